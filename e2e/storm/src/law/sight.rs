//! While the rollback policy cannot see how a version does, users get no more of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use sluice_crds::names::{label, rollout_type};
use sluice_world::api::{Store, Write, catalog};
use sluice_world::ending::{arms, weight};
use sluice_world::scenario::{NAME, NAMESPACE};
use tokio::time::Instant;

use super::{SLUICE, selected_by};

/// So many errors in a row mean that nothing is seen, where something was before.
const ERRORS: i64 = 3;
/// A pass that looked before asks the router first.
const A_PASS: Duration = Duration::from_secs(1);

/// Which versions the policy watches without seeing them, and how much each has had.
#[derive(Debug, Default)]
pub(super) struct Sight {
    /// The largest weight of each revision, by its hash.
    most: BTreeMap<String, i64>,
    /// The analyses that see nothing, by their names.
    blind: BTreeMap<String, Blind>,
}

#[derive(Debug)]
struct Blind {
    hash: String,
    since: Instant,
    /// The largest weight that the revision had until then.
    had: i64,
}

impl Sight {
    /// Notes what an analysis of the policy sees, and what the router gives.
    pub(super) fn note(&mut self, store: &Store, write: &Write) {
        match write.of.kind {
            "AnalysisRun" => self.analysis(write),
            "TraefikService" => {
                if let (Some(hash), Some(weight)) = (selected_by(store, &arms(store).0), weight(store)) {
                    let most = self.most.entry(hash).or_default();
                    *most = weight.max(*most);
                }
            }
            _ => {}
        }
    }

    fn analysis(&mut self, write: &Write) {
        let Some(run) = write.after.as_ref().or(write.before.as_ref()) else { return };
        let text = |path: &str| run.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = text("/metadata/name");
        let of = |name: &str| run.pointer("/metadata/labels").and_then(|all| all.get(name)?.as_str());
        if of(label::ROLLOUT_TYPE) != Some(rollout_type::POLICY) {
            return;
        }
        if write.after.as_ref().is_none_or(|run| !is_blind(run)) {
            self.blind.remove(&name);
        } else if let Some(hash) = of(label::POD_TEMPLATE_HASH) {
            let had = self.most.get(hash).copied().unwrap_or_default();
            let since = Instant::now();
            self.blind.entry(name).or_insert_with(|| Blind { hash: hash.to_owned(), since, had });
        }
    }

    /// Looks at a weight that the controller raised. It may hear so late of what is not seen.
    pub(super) fn raised(&self, store: &Store, is: i64, late: Duration) -> Option<String> {
        let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME)?;
        let blind = self.of(&selected_by(store, &arms(store).0)?, late).filter(|_| !is_let_through(&rollout))?;
        (is > blind.had).then(|| format!("nothing rises while the policy is blind: weight {} → {is}", blind.had))
    }

    /// Looks at a write of the Rollout by the controller, likewise.
    pub(super) fn rollout(&self, write: &Write, late: Duration) -> Option<String> {
        let (before, after) = (write.before.as_ref()?, write.after.as_ref()?);
        let status = |object: &Value, field: &str| object.get("status").and_then(|status| status.get(field)).cloned();
        let hash = status(after, "currentPodHash")?;
        let blind = self.of(hash.as_str()?, late).filter(|_| write.by == SLUICE && !is_let_through(before))?;
        // All users have it already: they are not sent back and forth.
        if blind.had >= 100 || status(before, "currentPodHash").as_ref() != Some(&hash) {
            return None;
        }
        let step = |object: &Value| status(object, "currentStepIndex").and_then(|step| step.as_i64());
        let is_stable = |object: &Value| status(object, "stableRS").as_ref() == Some(&hash);
        if is_stable(after) && !is_stable(before) {
            return Some("nothing is promoted while the policy is blind".to_owned());
        }
        (step(after) > step(before) && step(before).is_some())
            .then(|| format!("no step is passed while the policy is blind: {:?} → {:?}", step(before), step(after)))
    }

    /// What does not see that revision, and has not for longer than news and a pass take.
    fn of(&self, hash: &str, late: Duration) -> Option<&Blind> {
        self.blind.values().find(|one| one.hash == hash && one.since.elapsed() > A_PASS + late)
    }
}

/// Whether a person lets everything through.
fn is_let_through(rollout: &Value) -> bool {
    rollout.pointer("/status/promoteFull") == Some(&Value::Bool(true))
}

/// Whether an analysis goes on, and sees nothing of what it is to decide by.
fn is_blind(run: &Value) -> bool {
    let phase = run.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    let goes_on = phase == "Running" && run.pointer("/spec/terminate") != Some(&Value::Bool(true));
    let results = run.pointer("/status/metricResults").and_then(Value::as_array);
    goes_on && results.into_iter().flatten().any(sees_nothing)
}

fn sees_nothing(result: &Value) -> bool {
    let number = |field: &str| result.get(field).and_then(Value::as_i64).unwrap_or_default();
    let mut measured = result.get("measurements").and_then(Value::as_array).into_iter().flatten().rev();
    let newest = measured.find(|one| one.get("finishedAt").is_some());
    let is_error = newest.is_some_and(|one| one.get("phase").and_then(Value::as_str) == Some("Error"));
    let decides = result.get("dryRun") != Some(&Value::Bool(true));
    decides && is_error && (number("count") == 0 || number("consecutiveError") >= ERRORS)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_analysis_is_blind_once_nothing_or_nothing_more_is_measured() {
        let error = json!({"phase": "Error", "finishedAt": "2026-01-01T00:00:00Z"});
        let result =
            |count: i64, errors: i64| json!({"count": count, "consecutiveError": errors, "measurements": [error]});
        let dry = json!({"dryRun": true, "count": 0, "measurements": [error]});
        for (result, expected) in
            [(result(0, 1), true), (result(4, 2), false), (result(4, 3), true), (dry, false), (json!({}), false)]
        {
            let run = json!({"status": {"phase": "Running", "metricResults": [result]}});
            assert_eq!(is_blind(&run), expected, "{run}");
        }
    }
}
