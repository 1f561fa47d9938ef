//! Differences that count as none in all Applications.

use std::collections::BTreeMap;

use sluice_crds::{IgnoreDifferences, decode};
use sluice_gitops::diff::Ignore;

/// The rules that are written, by what they are written under. One that cannot be read is known as such: without it, a
/// sync would undo what it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    rules: BTreeMap<String, Ignore>,
    /// Why a rule cannot be read.
    broken: BTreeMap<String, String>,
}

impl Ignored {
    /// Reads the rule for a kind that stands under that key.
    pub(super) fn take(&mut self, key: String, kind: &str, text: &str) {
        match rule(kind, text) {
            Ok(rule) => drop(self.rules.insert(key, rule)),
            Err(why) => drop(self.broken.insert(key, why)),
        }
    }

    /// A rule that cannot be read stays as it was read before.
    pub(super) fn keep(&mut self, before: &Self) {
        for key in self.broken.keys() {
            if let Some(rule) = before.rules.get(key) {
                self.rules.insert(key.clone(), rule.clone());
            }
        }
    }

    /// The rules in force.
    pub fn rules(&self) -> impl Iterator<Item = &Ignore> {
        self.rules.values()
    }

    /// The keys whose rules cannot be read, and why.
    pub(super) fn broken(&self) -> impl Iterator<Item = (&String, &String)> {
        self.broken.iter()
    }

    /// Those of them that no rule of before stands in for, and why.
    pub fn void(&self) -> impl Iterator<Item = (&String, &String)> {
        self.broken().filter(|(key, _)| !self.rules.contains_key(*key))
    }
}

fn rule(kind: &str, text: &str) -> Result<Ignore, String> {
    let mut one: IgnoreDifferences = match serde_saphyr::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Object(mut fields)) => {
            fields.insert("kind".to_owned(), serde_json::Value::from(""));
            decode(serde_json::Value::Object(fields)).map_err(|error| error.to_string())?
        }
        _ => return Err("is no YAML of jsonPointers, jqPathExpressions and managedFieldsManagers".to_owned()),
    };
    let (group, kind) = match kind {
        "all" => ("*", "*"),
        named => named.split_once('_').unwrap_or(("", named)),
    };
    (one.group, one.kind) = (Some(group.to_owned()), kind.to_owned());
    Ignore::of(&one).map_err(|wrong| sluice_crds::violation::in_one_line(&wrong))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn ignored(written: &[(&str, &str)]) -> Ignored {
        let mut ignored = Ignored::default();
        for (key, text) in written {
            ignored.take((*key).to_owned(), key, text);
        }
        ignored
    }

    #[test]
    fn a_rule_that_cannot_be_read_leaves_the_one_before_in_force() {
        let replicas = "jsonPointers: [/spec/replicas]";
        let before = ignored(&[("apps_Deployment", replicas), ("batch_Job", "jsonPointers: [/spec/suspend]")]);
        let mut now = ignored(&[("apps_Deployment", "- x"), ("all", "- x"), ("apps_StatefulSet", replicas)]);
        assert_eq!(now.rules().count(), 1);
        now.keep(&before);
        let deployments = json!({"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]});
        let deployments = Ignore::of(&decode(deployments).unwrap()).unwrap();
        assert!(now.rules().any(|rule| *rule == deployments));
        assert_eq!(now.rules().count(), 2, "what is not written any more is none");
        let void: Vec<&str> = now.void().map(|(key, _)| key.as_str()).collect();
        assert_eq!(void, ["all"], "nothing stands in for it");
        // So it stays until it is mended.
        let mut later = ignored(&[("apps_Deployment", "- y")]);
        later.keep(&now);
        assert!(later.rules().any(|rule| *rule == deployments));
    }
}
