//! Checks how a metric compares two versions.

use jiff::SignedDuration;
use sluice_crds::{ArmQueries, SequentialJudge, Violation, duration};

use super::counters::Counter;
use super::{Comparison, What};

const ALPHA: f64 = 0.01;
const RATIO: f64 = 1.3;
const SAMPLES: i64 = 100;
const WAIT: SignedDuration = SignedDuration::from_hours(1);

impl Comparison {
    /// Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(judge: &SequentialJudge, violations: &mut Vec<Violation>) -> Self {
        let mut note =
            |field: &str, message: &str| violations.push(Violation::new(format!("judge.sequential.{field}"), message));
        for name in judge.unknown.keys() {
            note(name, "there is no such field");
        }
        let what = what(judge, &mut note);
        let alpha = judge.false_positive_rate.unwrap_or(ALPHA);
        if !(alpha > 0.0 && alpha < 0.5) {
            note("falsePositiveRate", "must be above 0 and below 0.5, such as 0.01");
        }
        let ratio = judge.min_ratio.unwrap_or(RATIO);
        if !(ratio > 1.0 && ratio <= 20.0) {
            note("minRatio", "must be above 1 and at most 20, such as 1.3");
        }
        let samples = judge.min_samples.unwrap_or(SAMPLES);
        if samples < 1 {
            note("minSamples", "must be at least 1");
        }
        let wait = match judge.max_wait.as_deref().map(duration::parse) {
            None => WAIT,
            Some(Ok(wait)) if wait.is_positive() => wait,
            Some(_) => {
                note("maxWait", "must be a duration above 0, such as 30m");
                WAIT
            }
        };
        Self { what, alpha, ratio, samples: samples.unsigned_abs(), wait }
    }
}

fn what(judge: &SequentialJudge, note: &mut impl FnMut(&str, &str)) -> What {
    let SequentialJudge { canary, stable, .. } = judge;
    for (arm, queries) in [("canary", canary), ("stable", stable)] {
        for name in queries.unknown.keys() {
            note(&format!("{arm}.{name}"), "there is no such field");
        }
    }
    if canary.latency.is_none() && stable.latency.is_none() {
        requests(canary, stable, note)
    } else {
        latency(canary, stable, note)
    }
}

fn requests(canary: &ArmQueries, stable: &ArmQueries, note: &mut impl FnMut(&str, &str)) -> What {
    let queries = [
        (Counter::CanaryBad, "canary.bad", &canary.bad),
        (Counter::CanaryRequests, "canary.requests", &canary.requests),
        (Counter::StableBad, "stable.bad", &stable.bad),
        (Counter::StableRequests, "stable.requests", &stable.requests),
    ];
    What::Requests(queries.map(|(counter, field, query)| (counter, needed(field, query.as_ref(), note))))
}

fn latency(canary: &ArmQueries, stable: &ArmQueries, note: &mut impl FnMut(&str, &str)) -> What {
    for (field, other) in [
        ("canary.bad", &canary.bad),
        ("canary.requests", &canary.requests),
        ("stable.bad", &stable.bad),
        ("stable.requests", &stable.requests),
    ] {
        if other.is_some() {
            note(field, "does not go with latency; compare one of them, and the other in a metric of its own");
        }
    }
    What::Latency {
        canary: needed("canary.latency", canary.latency.as_ref(), note),
        stable: needed("stable.latency", stable.latency.as_ref(), note),
    }
}

fn needed(field: &str, query: Option<&String>, note: &mut impl FnMut(&str, &str)) -> String {
    let query = query.cloned().unwrap_or_default();
    if query.trim().is_empty() {
        note(field, "is empty; write a query for a counter");
    }
    query
}
