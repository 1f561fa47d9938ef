//! TraefikServices as strangers edit them, and answers of Traefik's API.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sluice_traffic::traefik::{self, loaded};
use sluice_traffic::{Arms, Share};

libfuzzer_sys::fuzz_target!(|data: &[u8]| try_one(data));

/// Lines of JSON: the TraefikService, then the answers for the weighted service and for each arm.
///
/// # Panics
/// When a patch does not do what it is for, or a replica counts as loaded that has other weights.
fn try_one(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n').map(|line| serde_json::from_slice::<Value>(line).ok());
    let Some(Some(live)) = lines.next() else { return };
    let named = ("web-canary".to_owned(), "web-stable".to_owned());
    for (canary, stable) in [traefik::arms(&live).unwrap_or_else(|_| named.clone()), named] {
        let arms = Arms { namespace: "shop".to_owned(), canary, stable, whole: 100 };
        for percent in [0, 20, 100, u32::MAX] {
            patched(&live, &arms, percent);
        }
        let _ = (traefik::listed(&live, &arms.canary), traefik::listed(&live, &arms.stable));
    }
    answers(lines);
}

/// The patch applies, says what was asked for, and needs no second one; nothing else is touched.
fn patched(live: &Value, arms: &Arms, percent: u32) {
    if arms.canary == arms.stable {
        return;
    }
    let share = Share::of_canary(percent);
    let Ok(Some(patch)) = traefik::patch(live, arms, &share) else { return };
    let mut after = live.clone();
    json_patch::patch(&mut after, &patch).expect("a patch made for this object applies to it");
    assert_eq!(traefik::read(&after, arms), Ok(Some(share.within(100))));
    assert_eq!(traefik::patch(&after, arms, &share), Ok(None));
    if live.pointer("/metadata/annotations").is_none() {
        assert_eq!(without_weights(after), without_weights(live.clone()));
    }
}

fn without_weights(mut live: Value) -> Value {
    let entries = live.pointer_mut("/spec/weighted/services").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten().filter_map(Value::as_object_mut) {
        entry.remove("weight");
    }
    live
}

fn answers(lines: impl Iterator<Item = Option<Value>>) {
    let weighted = loaded::weighted_name("shop", "web");
    let arm = |name: &str, weight| loaded::Arm {
        service: loaded::service_name("shop", name, Some("80")),
        weight,
        servers: Some(BTreeSet::from(["10.0.0.1:80".to_owned()])),
    };
    let arms = vec![arm("web-canary", 20), arm("web-stable", 80)];
    let wanted = loaded::Wanted { weighted, arms, entries: Vec::new(), mirrors: Vec::new() };
    let answers = lines.map(|line| line.ok_or_else(|| "no JSON".to_owned()));
    let answers: BTreeMap<_, _> = wanted.paths().into_iter().zip(answers).collect();
    match loaded::loaded(&answers, &wanted) {
        Ok(()) => {
            assert_eq!(loaded::loaded(&answers, &wanted.by_weight()), Ok(()));
            let mut other = wanted;
            other.arms.iter_mut().for_each(|arm| arm.weight += 1);
            assert!(loaded::loaded(&answers, &other.by_weight()).is_err());
        }
        Err(why) => sluice_fuzz::fits_a_status(&why.to_string()),
    }
}
