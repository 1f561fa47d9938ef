//! Reads the file.

use std::collections::BTreeMap;

use serde_json::Value;
use sluice_crds::Violation;

use crate::fields::{Fields, Found};
use crate::{KEY, Policy, Settings, Target, target, trigger};

/// The largest file, in bytes.
const MOST_BYTES: usize = 256 << 10;
/// The most targets.
const MOST_TARGETS: usize = 5000;

/// Reads a policy as it stands in the ConfigMap, or says all that is wrong with it.
pub fn read(text: &str) -> Result<Policy, Vec<Violation>> {
    let mut found = Found::default();
    let policy = value(text).map(|value| policy(value, &mut found));
    match policy {
        Ok(policy) if found.0.is_empty() => Ok(policy),
        Ok(_) => Err(found.0),
        Err(violation) => Err(vec![violation]),
    }
}

fn value(text: &str) -> Result<Value, Violation> {
    if text.len() > MOST_BYTES {
        let bytes = text.len();
        return Err(Violation::new(KEY, format!("has {bytes} bytes; {MOST_BYTES} are the most")));
    }
    serde_saphyr::from_str(text).map_err(|error| {
        let error = error.to_string();
        Violation::new(KEY, format!("is no YAML: {}", error.lines().next().unwrap_or_default()))
    })
}

fn policy(value: Value, found: &mut Found) -> Policy {
    let mut fields = Fields::of("", value, found);
    let (at, items) = (fields.at("triggers"), fields.list("triggers", found).unwrap_or_default());
    let triggers = trigger::triggers(items, &at, found);
    let settings = target::settings(&mut fields, &Settings::default(), found);
    let targets = fields.take("rollback_targets").map(|value| targets(value, &settings, found));
    fields.end(found);
    let watched = !triggers.is_empty() || targets.iter().flat_map(BTreeMap::values).any(|one| one.triggers.is_some());
    if !watched && found.0.is_empty() {
        found.wrong("triggers", "is missing; say what counts as a version gone bad");
    }
    Policy { triggers, settings, targets }
}

fn targets(value: Value, settings: &Settings, found: &mut Found) -> BTreeMap<String, Target> {
    let mut fields = Fields::of("rollback_targets", value, found);
    let targets = fields.rest();
    if targets.len() > MOST_TARGETS {
        let count = targets.len();
        found.wrong("rollback_targets", format!("has {count} targets; {MOST_TARGETS} are the most"));
        return BTreeMap::new();
    }
    let read = targets.into_iter().map(|(name, value)| {
        let target = target::target(&fields.at(&name), value, settings, found);
        (name, target)
    });
    read.collect()
}
