//! A step is passed only when what it waits for was so, and told once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sluice_controller::clock::Clock;
use sluice_crds::names::label;
use sluice_world::api::catalog::{self, Resource};
use sluice_world::api::{Store, Write};
use sluice_world::ending::weight;
use sluice_world::scenario::NAMESPACE;

use super::SLUICE;

/// Times are kept in whole seconds.
const ROUNDED: SignedDuration = SignedDuration::from_secs(1);

/// What was seen since the step in force began, and of all steps so far.
#[derive(Debug, Default)]
pub(super) struct Steps {
    weights: BTreeSet<i64>,
    resumed: bool,
    /// How often each step of each Rollout, by uid, was passed.
    passed: BTreeMap<(String, i64), i64>,
    /// How often events said so.
    told: BTreeMap<(String, i64), i64>,
}

impl Steps {
    /// Notes the router's weight.
    pub(super) fn weighed(&mut self, store: &Store) {
        self.weights.extend(weight(store));
    }

    /// Looks at a write of the Rollout; says which law it broke. `clock` is the true time, where everybody has that.
    pub(super) fn rollout(&mut self, store: &Store, write: &Write, clock: Option<&Clock>) -> Option<String> {
        let (Some(before), Some(after)) = (&write.before, &write.after) else {
            // Events about one that is gone may still come.
            (self.weights, self.resumed) = (BTreeSet::new(), false);
            return None;
        };
        let (from, to) = (step(before), step(after));
        if write.by != SLUICE {
            self.resumed |= from != to || pauses(after) < pauses(before);
            return None;
        }
        let begun =
            ["currentPodHash", "currentStepHash", "abortedAt"].iter().any(|field| differs(before, after, field));
        if from == to && !begun {
            return None;
        }
        let broken = from.filter(|from| to == Some(from + 1) && !begun && !is_over(before, after));
        let broken = broken.and_then(|from| self.unfit(store, before, from, clock.map(Clock::now)));
        (self.weights, self.resumed) = (weight(store).into_iter().collect(), false);
        *self.passed.entry((uid(after, "/metadata/uid"), to.unwrap_or_default())).or_default() += 1;
        broken
    }

    /// Looks at an event; says when it tells of a step more often than that was passed.
    pub(super) fn event(&mut self, write: &Write) -> Option<String> {
        let (after, before) = (write.after.as_ref()?, write.before.as_ref());
        if before.is_some_and(|before| before.get("series") == after.get("series")) {
            return None;
        }
        let note = after.get("note").and_then(Value::as_str)?;
        let number: i64 = note.strip_prefix("step ")?.strip_suffix(" done")?.parse().ok()?;
        let of = (uid(after, "/regarding/uid"), number);
        let told = self.told.entry(of.clone()).or_default();
        *told += 1;
        let passed = self.passed.get(&of).copied().unwrap_or_default();
        (*told > passed)
            .then(|| format!("an event tells what the status says: \"{note}\" {told} times, passed {passed}"))
    }

    /// Why that step may not be passed.
    fn unfit(&self, store: &Store, rollout: &Value, at: i64, now: Option<Timestamp>) -> Option<String> {
        if rollout.pointer("/spec/paused") == Some(&Value::Bool(true)) {
            return Some(format!("nothing goes on while its owner pauses it: step {at} is passed"));
        }
        let wanted = rollout.pointer("/spec/strategy/canary/steps")?.get(usize::try_from(at).ok()?)?;
        let routed = rollout.pointer("/spec/strategy/canary/trafficRouting").is_some();
        let nobody = rollout.pointer("/spec/replicas") == Some(&Value::from(0));
        if let Some(share) = wanted.get("setWeight").and_then(Value::as_i64)
            && routed
            && !nobody
            && !self.weights.iter().any(|weight| (least(rollout, share)..=share).contains(weight))
        {
            return Some(format!("a step is passed only once its weight is set: {share} is not in {:?}", self.weights));
        }
        if let Some(length) = wanted.pointer("/pause/duration").and_then(Value::as_str)
            && !self.resumed
            && let (Some(now), Some(length)) = (now, seconds(length))
            && since(rollout).is_none_or(|since| now.duration_since(since) + ROUNDED < length)
        {
            return Some(format!("a pause lasts as long as it says: {:?} to {now}, of {length:#}", since(rollout)));
        }
        let judged = |kind: &str, by| wanted.get(kind).is_some() && !self.resumed && !went_well(store, by, rollout, at);
        if judged("experiment", &catalog::EXPERIMENT) {
            return Some(format!("an experiment step is passed only by an experiment that went well: step {at}"));
        }
        judged("analysis", &catalog::ANALYSIS_RUN)
            .then(|| format!("an analysis step is passed only by an analysis that went well: step {at}"))
    }
}

/// The weight that is enough for a step: all of it, unless the spec lets fewer pods do.
fn least(rollout: &Value, share: i64) -> i64 {
    let count = |path: &str| rollout.pointer(path).and_then(Value::as_i64).unwrap_or_default();
    let Some(threshold) = rollout.pointer("/spec/strategy/canary/replicaProgressThreshold") else { return share };
    let (replicas, value) = (count("/spec/replicas"), threshold.get("value").and_then(Value::as_i64).unwrap_or(100));
    let needed = rounded_up(share * replicas);
    let enough = if threshold.get("type") == Some(&Value::from("Pods")) {
        value.min(needed)
    } else {
        rounded_up(needed * value)
    };
    share.min(enough * 100 / replicas.max(1))
}

fn rounded_up(hundredths: i64) -> i64 {
    hundredths.div_euclid(100) + i64::from(hundredths % 100 > 0)
}

fn step(rollout: &Value) -> Option<i64> {
    rollout.pointer("/status/currentStepIndex").and_then(Value::as_i64)
}

fn uid(object: &Value, at: &str) -> String {
    object.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn pauses(rollout: &Value) -> usize {
    rollout.pointer("/status/pauseConditions").and_then(Value::as_array).map_or(0, Vec::len)
}

fn differs(before: &Value, after: &Value, field: &str) -> bool {
    let get = |object: &Value| object.get("status").and_then(|status| status.get(field).cloned());
    get(before) != get(after)
}

/// Whether the steps do not count any more: everything is promoted, or the new revision is the stable one.
fn is_over(before: &Value, after: &Value) -> bool {
    let full = before.pointer("/status/promoteFull") == Some(&Value::Bool(true));
    full || after.pointer("/status/stableRS") == after.pointer("/status/currentPodHash")
}

/// Since when the controller's pause holds.
fn since(rollout: &Value) -> Option<Timestamp> {
    rollout.pointer("/status/pauseConditions/0/startTime")?.as_str()?.parse().ok()
}

fn seconds(length: &str) -> Option<SignedDuration> {
    length.parse().ok()
}

/// Whether something of that kind judged the step, and well.
fn went_well(store: &Store, by: &'static Resource, rollout: &Value, at: i64) -> bool {
    let hash = rollout.pointer("/status/currentPodHash").and_then(Value::as_str);
    store.list(by, NAMESPACE).iter().any(|run| {
        let label = |name| run.pointer("/metadata/labels").and_then(|labels| labels.get(name)).and_then(Value::as_str);
        label(label::POD_TEMPLATE_HASH) == hash
            && label(label::STEP_INDEX) == Some(&at.to_string())
            && run.pointer("/status/phase").and_then(Value::as_str) == Some("Successful")
    })
}
