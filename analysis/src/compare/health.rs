//! How often the pods of each version failed within a time: containers that restarted, pods that were ready and are not.
//!
//! Pods that come, go, or are not ready yet have failed nothing. What strikes each of the stable version's pods as often, a node or
//! a database, no rollback would mend: it is Inconclusive. A few failures in a large fleet excuse no version that crashes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{SHARED, State, Weighed};
use crate::judge::{Outcome, verdict};
use crate::pods::{self, Health};

/// From where on pods fail too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) failures: u32,
    pub(super) within: SignedDuration,
}

/// A pod of the new version fails more often than one of the stable version if it does so this many times as often.
const WORSE: usize = 2;

/// The most failures of a version that are remembered.
const MOST: usize = 1000;

/// What was seen of one version: its pods at the last look, and when some failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Arm {
    pods: BTreeMap<String, (bool, u32)>,
    failed: Vec<i64>,
}

impl Arm {
    /// Takes in the pods as they are now. A pod that came since the last look failed as often as it has restarted, but where not
    /// all are looked at: there it may be an old one that takes the place of one that went.
    fn look(&mut self, pods: &BTreeMap<String, Health>, now: i64, since: i64) {
        let are_all = pods.len().max(self.pods.len()) < pods::MOST;
        for (name, pod) in pods {
            let unknown = (false, if are_all { 0 } else { pod.restarts });
            let (was_ready, restarts) = self.pods.get(name).copied().unwrap_or(unknown);
            let restarted = pod.restarts.saturating_sub(restarts);
            let lost = u32::from(was_ready && !pod.ready);
            self.failed.extend(std::iter::repeat_n(now, restarted.max(lost) as usize));
        }
        self.failed.retain(|at| *at > since);
        self.failed.drain(..self.failed.len().saturating_sub(MOST));
        self.pods = seen(pods);
    }

    /// Whether a pod of this version fails more often than one of that.
    fn is_worse_than(&self, other: &Self) -> bool {
        let each = |arm: &Self, of: &Self| arm.failed.len() * of.pods.len().max(1);
        each(self, other) > WORSE * each(other, self)
    }
}

fn seen(pods: &BTreeMap<String, Health>) -> BTreeMap<String, (bool, u32)> {
    pods.iter().map(|(name, pod)| (name.clone(), (pod.ready, pod.restarts))).collect()
}

pub(super) fn weigh(bound: Bound, kept: Option<&str>, arms: &BTreeMap<String, f64>, now: Timestamp) -> Weighed {
    let (canary, stable) = (pods_of("canary ", arms), pods_of("stable ", arms));
    if canary.is_empty() {
        return Weighed::error(kept, "the new version has no pods".to_owned());
    }
    let first = |pods| Arm { pods: seen(pods), failed: Vec::new() };
    let fresh = || State::new(now, (), (first(&canary), first(&stable)));
    let mut state: State<(), (Arm, Arm)> = State::read(kept).unwrap_or_else(fresh);
    let (second, since) = (now.as_second(), now.as_second().saturating_sub(bound.within.as_secs()));
    state.evidence.0.look(&canary, second, since);
    state.evidence.1.look(&stable, second, since);
    let (new, old) = (&state.evidence.0, &state.evidence.1);
    let told = format!(
        "pods of the new version failed {} times within {} s ({} looked at), {} are too many; those of the stable version {} times ({} looked at)",
        new.failed.len(),
        bound.within.as_secs(),
        new.pods.len(),
        bound.failures,
        old.failed.len(),
        old.pods.len(),
    );
    let verdict = match bound.failures as usize {
        most if new.failed.len() < most => verdict(Outcome::Successful, String::new()),
        _ if new.is_worse_than(old) => verdict(Outcome::Failed, told),
        _ => verdict(Outcome::Inconclusive, format!("{told}: {SHARED}")),
    };
    Weighed { kept: state.written(), verdict, power: None }
}

/// The pods of one version.
fn pods_of(arm: &str, arms: &BTreeMap<String, f64>) -> BTreeMap<String, Health> {
    let mine = arms.iter().filter_map(|(key, number)| Some((key.strip_prefix(arm)?.rsplit_once(' ')?, *number)));
    let mut pods: BTreeMap<String, Health> = BTreeMap::new();
    for ((name, what), number) in mine {
        let pod = pods.entry(name.to_owned()).or_insert(Health { ready: false, restarts: 0 });
        match what {
            "ready" => pod.ready = number > 0.0,
            _ => pod.restarts = u32::try_from(super::whole(number)).unwrap_or(u32::MAX),
        }
    }
    pods
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::pods::answer;

    /// Name, whether it is ready, restarts.
    type Pods<'a> = &'a [(&'a str, bool, u32)];

    fn fleet(pods: Pods<'_>) -> BTreeMap<String, Health> {
        pods.iter()
            .map(|(name, ready, restarts)| ((*name).to_owned(), Health { ready: *ready, restarts: *restarts }))
            .collect()
    }

    /// Looks a minute apart, each at the pods of both versions.
    fn told(looks: &[(Pods<'_>, Pods<'_>)]) -> String {
        let bound = Bound { failures: 3, within: SignedDuration::from_mins(5) };
        let (mut kept, mut told) = (None, String::new());
        for ((canary, stable), minute) in looks.iter().zip(0..) {
            let now = Timestamp::from_second(minute * 60).unwrap();
            let weighed = weigh(bound, kept.as_deref(), &answer(&fleet(canary), &fleet(stable)).arms, now);
            told += format!("{:?} {}", weighed.verdict.outcome, weighed.verdict.message).trim();
            told += "\n";
            kept = Some(weighed.kept);
        }
        told
    }

    #[test]
    fn restarts_and_pods_that_are_ready_no_more_are_counted_within_the_time() {
        let well = [("s", true, 0)];
        let looks: &[(Pods<'_>, Pods<'_>)] = &[
            (&[("a", true, 7), ("b", false, 0)], &well),
            (&[("a", false, 7), ("b", true, 0)], &well),
            (&[("a", true, 8), ("b", true, 0)], &well),
            (&[("b", true, 0), ("c", false, 0)], &well),
            (&[("b", true, 0), ("c", true, 0)], &well),
            (&[("b", true, 0), ("c", false, 1)], &well),
            (&[("b", true, 0), ("c", true, 3)], &well),
        ];
        expect![[r#"
            Successful
            Successful
            Successful
            Successful
            Successful
            Failed pods of the new version failed 3 times within 300 s (2 looked at), 3 are too many; those of the stable version 0 times (1 looked at)
            Failed pods of the new version failed 4 times within 300 s (2 looked at), 3 are too many; those of the stable version 0 times (1 looked at)
        "#]].assert_eq(&told(looks));
    }

    /// A node of a large fleet that restarts excuses no version that crashes.
    #[test]
    fn versions_are_compared_by_what_each_pod_does() {
        let names: Vec<String> = (0..100).map(|number| format!("s{number}")).collect();
        let stable = |lost: usize| -> Vec<(&str, bool, u32)> {
            names.iter().enumerate().map(|(number, name)| (name.as_str(), number >= lost, 0)).collect()
        };
        let (well, three, most) = (stable(0), stable(3), stable(90));
        let crashes: &[(Pods<'_>, Pods<'_>)] = &[(&[("a", true, 0)], &well), (&[("a", false, 4)], &three)];
        expect![[r#"
            Successful
            Failed pods of the new version failed 4 times within 300 s (1 looked at), 3 are too many; those of the stable version 3 times (100 looked at)
        "#]].assert_eq(&told(crashes));
        let new = |ready: bool| [("a", ready, 0), ("b", ready, 0), ("c", ready, 0)];
        let (before, after) = (new(true), new(false));
        let database: &[(Pods<'_>, Pods<'_>)] = &[(&before, &well), (&after, &most)];
        expect![[r#"
            Successful
            Inconclusive pods of the new version failed 3 times within 300 s (3 looked at), 3 are too many; those of the stable version 90 times (100 looked at): it may not be the version that does it
        "#]].assert_eq(&told(database));
    }

    /// The first 200 are looked at: one that goes makes room for another, which restarted long ago.
    #[test]
    fn a_pod_that_is_seen_late_in_a_large_fleet_did_not_fail_now() {
        let names: Vec<String> = (0..=pods::MOST).map(|number| format!("p{number:03}")).collect();
        let all: Vec<(&str, bool, u32)> =
            names.iter().map(|name| (name.as_str(), true, if *name == names[pods::MOST] { 3 } else { 0 })).collect();
        let well = [("s", true, 0)];
        let looks: &[(Pods<'_>, Pods<'_>)] = &[(&all, &well), (&all[1..], &well), (&all[2..], &well)];
        expect![[r#"
            Successful
            Successful
            Successful
        "#]]
        .assert_eq(&told(looks));
    }

    #[test]
    fn what_strikes_both_versions_is_not_the_new_ones_fault() {
        let looks: &[(Pods<'_>, Pods<'_>)] =
            &[(&[("a", true, 0)], &[("s", true, 0)]), (&[("a", true, 3)], &[("s", true, 3)]), (&[], &[("s", true, 3)])];
        expect![[r#"
            Successful
            Inconclusive pods of the new version failed 3 times within 300 s (1 looked at), 3 are too many; those of the stable version 3 times (1 looked at): it may not be the version that does it
            Error the new version has no pods
        "#]].assert_eq(&told(looks));
    }
}
