//! Rollback policies as strangers write them: what is read says what to measure, and what is not is named.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use sluice_policy::{Names, Place, Versions, read};

fuzz_target!(|text: &str| {
    let policy = match read(text) {
        Ok(policy) => policy,
        Err(violations) => {
            assert!(!violations.is_empty(), "refused without a reason");
            return;
        }
    };
    for namespace in ["shop-prod", "policy"] {
        let names = Names { namespace, name: "web", application: Some("app"), policy: "policy" };
        let Some(rules) = policy.rules(&names) else { continue };
        let [own, rollout, new, stable] = [namespace, "web", "abc", "def"].map(str::to_owned);
        let (since, began) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        let place = Place::Arms { new: "canary".to_owned(), stable: "stable".to_owned(), began };
        let versions = Versions { namespace: own, rollout, new, stable, place, ports: Vec::new(), since };
        let watched = rules.watch(&versions);
        assert_eq!(watched.metrics.len(), rules.triggers.len(), "a trigger is not measured");
        rules.checks(&versions, None);
        rules.reins(&[Timestamp::UNIX_EPOCH], Timestamp::UNIX_EPOCH);
    }
});
