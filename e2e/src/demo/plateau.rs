//! Wanted shares of the traffic over time, and how the measured ones compare.
//!
//! A plateau is a time in which the wanted share of a version stays the same. It is judged as a whole, by the requests
//! sent from two seconds after Traefik loaded the change until the next change is written: a shorter time at a small
//! share would measure luck. A plateau that is over sooner than [`LEAST`] after that is not judged.

use std::time::Duration;

use tokio::time::Instant;

use crate::load::{Sample, Summary};

/// After a change was loaded, so long is left out.
pub(super) const SETTLE: Duration = Duration::from_secs(2);
/// A shorter time is not judged.
const LEAST: Duration = Duration::from_secs(1);

/// The traffic as the API has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Routing {
    /// The stable Service.
    pub(super) stable: Arm,
    /// The canary Service.
    pub(super) canary: Arm,
}

/// One Service in the TraefikService.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arm {
    /// Its weight.
    pub(super) weight: u32,
    /// The hash of the revision that it selects; empty before the first.
    pub(super) hash: String,
}

impl Routing {
    /// The percentage of the requests that the revision of that hash should get.
    pub(super) fn wanted(&self, hash: &str) -> f64 {
        let arms = [&self.stable, &self.canary];
        let sum = |arms: &mut dyn Iterator<Item = &&Arm>| arms.map(|arm| f64::from(arm.weight)).sum::<f64>();
        let (all, own) = (sum(&mut arms.iter()), sum(&mut arms.iter().filter(|arm| arm.hash == hash)));
        // An empty sum is -0.0, which reads oddly.
        if own == 0.0 { 0.0 } else { 100.0 * own / all }
    }
}

/// A wanted share and the time that it was wanted in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Plateau {
    /// The wanted percentage.
    pub(super) wanted: f64,
    /// When it was written.
    pub(super) from: Instant,
    /// When Traefik was seen to use it; none when that was never seen.
    pub(super) loaded: Option<Instant>,
    /// When the next one was written.
    pub(super) to: Instant,
}

/// How a plateau was kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kept {
    /// The measured percentage.
    pub(super) measured: f64,
    /// The requests that it was measured by.
    pub(super) requests: u64,
}

impl Plateau {
    /// The plateaus of the revision of that hash between two times.
    pub(super) fn all(
        hash: &str,
        (from, to): (Instant, Instant),
        routings: &[(Instant, Routing)],
        loaded: &[(Instant, (u32, u32))],
    ) -> Vec<Self> {
        let mut plateaus: Vec<Self> = Vec::new();
        let ends = routings.iter().skip(1).map(|(at, _)| *at).chain([to]);
        for ((began, routing), ended) in routings.iter().zip(ends) {
            let (began, ended) = ((*began).max(from), ended.min(to));
            if began >= ended {
                continue;
            }
            let wanted = routing.wanted(hash);
            match plateaus.last_mut().filter(|last| same(last.wanted, wanted)) {
                Some(last) => last.to = ended,
                None => plateaus.push(Self { wanted, from: began, loaded: seen(routing, began, loaded), to: ended }),
            }
        }
        plateaus
    }

    /// What `version` got of the requests, in the time that counts. None when that is too short to judge.
    pub(super) fn kept(&self, version: &str, samples: &[Sample]) -> Option<Kept> {
        let from = self.loaded? + SETTLE;
        if self.to.checked_duration_since(from)? < LEAST {
            return None;
        }
        let summary = Summary::of(samples.iter().filter(|sample| (from..self.to).contains(&sample.sent)));
        Some(Kept { measured: summary.share(version), requests: summary.total.requests })
    }
}

/// When Traefik was first seen to use the weights, at or after `from`.
fn seen(routing: &Routing, from: Instant, loaded: &[(Instant, (u32, u32))]) -> Option<Instant> {
    let weights = (routing.stable.weight, routing.canary.weight);
    let ends = loaded.iter().skip(1).map(|(at, _)| Some(*at)).chain([None]);
    let spans = loaded.iter().zip(ends);
    let mut fitting = spans.filter(|((_, used), end)| *used == weights && end.is_none_or(|end| end > from));
    fitting.next().map(|((began, _), _)| (*began).max(from))
}

fn same(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn routing(stable: (u32, &str), canary: (u32, &str)) -> Routing {
        let arm = |(weight, hash): (u32, &str)| Arm { weight, hash: hash.to_owned() };
        Routing { stable: arm(stable), canary: arm(canary) }
    }

    /// The plateaus of `new`, as (wanted, from, loaded, to) in seconds.
    fn check(
        routings: &[(u64, Routing)],
        loaded: &[(u64, (u32, u32))],
        until: u64,
        expected: &[(u32, u64, Option<u64>, u64)],
    ) {
        let zero = Instant::now();
        let at = |second: u64| zero + Duration::from_secs(second);
        let routings: Vec<_> = routings.iter().map(|(second, routing)| (at(*second), routing.clone())).collect();
        let loaded: Vec<_> = loaded.iter().map(|(second, weights)| (at(*second), *weights)).collect();
        let plateaus = Plateau::all("new", (at(0), at(until)), &routings, &loaded);
        let expected = expected.iter().map(|&(wanted, from, loaded, to)| Plateau {
            wanted: wanted.into(),
            from: at(from),
            loaded: loaded.map(at),
            to: at(to),
        });
        assert_eq!(plateaus, expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_promotion_that_swaps_the_services_is_one_plateau() {
        check(
            &[
                (0, routing((100, "old"), (0, "new"))),
                (2, routing((80, "old"), (20, "new"))),
                (6, routing((0, "old"), (100, "new"))),
                (8, routing((0, "new"), (100, "new"))),
                (9, routing((100, "new"), (0, "new"))),
            ],
            &[(0, (100, 0)), (3, (80, 20)), (7, (0, 100)), (10, (100, 0))],
            12,
            &[(0, 0, Some(0), 2), (20, 2, Some(3), 6), (100, 6, Some(7), 12)],
        );
    }

    #[test]
    fn a_change_that_traefik_never_showed_is_not_loaded() {
        check(
            &[(0, routing((100, "old"), (0, "new"))), (2, routing((80, "old"), (20, "new")))],
            &[(0, (100, 0))],
            4,
            &[(0, 0, Some(0), 2), (20, 2, None, 4)],
        );
    }

    #[test]
    fn a_plateau_is_judged_from_two_seconds_after_it_was_loaded() {
        let zero = Instant::now();
        let at = |millis: u64| zero + Duration::from_millis(millis);
        let sample = |millis: u64, version: &str| Sample {
            sent: at(millis),
            took: Duration::ZERO,
            version: Some(Arc::from(version)),
            failure: None,
        };
        // What comes before 3 s or from 5 s on is all old.
        let samples: Vec<_> = (0..60)
            .map(|tenth| sample(tenth * 100, if (30..50).contains(&tenth) && tenth % 2 == 0 { "v2" } else { "v1" }))
            .collect();
        let plateau = |to| Plateau { wanted: 50.0, from: at(500), loaded: Some(at(1000)), to: at(to) };
        assert_eq!(plateau(5000).kept("v2", &samples), Some(Kept { measured: 50.0, requests: 20 }));
        assert_eq!(plateau(3900).kept("v2", &samples), None, "too short");
        assert_eq!(Plateau { loaded: None, ..plateau(5000) }.kept("v2", &samples), None, "never loaded");
    }
}
