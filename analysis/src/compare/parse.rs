//! Checks how a metric compares two versions.

use jiff::SignedDuration;
use sluice_crds::{
    ArmQueries, HealthJudge, MannWhitneyJudge, NumberQueries, SequentialJudge, ThresholdJudge, Unknown, Violation,
    duration,
};

use super::counters::Counter;
use super::health;
use super::latency::Queries;
use super::ranks::Bounds;
use super::threshold::{self, Bound};
use super::{Comparison, What};

const ALPHA: f64 = 0.01;
const RATIO: f64 = 1.3;
const TOLERANCE: f64 = 0.05;
const SAMPLES: i64 = 100;
const FEW_SAMPLES: i64 = 20;
const WAIT: SignedDuration = SignedDuration::from_hours(1);

impl Comparison {
    /// The sequential test. Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn sequential(judge: &SequentialJudge, violations: &mut Vec<Violation>) -> Self {
        let SequentialJudge { canary, stable, .. } = judge;
        let mut notes = Notes { judge: "sequential", violations };
        notes.unknown("", &judge.unknown);
        let ratio = judge.min_ratio.unwrap_or(RATIO);
        let what = if canary.latency.is_none() && stable.latency.is_none() {
            What::Requests { queries: requests(canary, stable, &mut notes), ratio }
        } else {
            What::Latency { queries: latency(canary, stable, &mut notes), ratio }
        };
        notes.must(ratio > 1.0 && ratio <= 20.0, "minRatio", "must be above 1 and at most 20, such as 1.3");
        let alpha = alpha(judge.false_positive_rate, &mut notes);
        let (samples, wait) = patience(judge.min_samples.unwrap_or(SAMPLES), judge.max_wait.as_deref(), &mut notes);
        Self { what, alpha, samples, wait }
    }

    /// The test of Mann and Whitney, at so many looks. Violations as above.
    pub(crate) fn mann_whitney(judge: &MannWhitneyJudge, looks: Option<u32>, violations: &mut Vec<Violation>) -> Self {
        let mut notes = Notes { judge: "mannWhitney", violations };
        notes.unknown("", &judge.unknown);
        let needs = "needs a count on the metric: each of so many measurements has its part of falsePositiveRate; sequential needs none";
        notes.must(looks.is_some(), "", needs);
        let tolerance = judge.tolerance.unwrap_or(TOLERANCE);
        notes.must((0.0..0.5).contains(&tolerance), "tolerance", "must be at least 0 and below 0.5, such as 0.05");
        let queries = latency(&judge.canary, &judge.stable, &mut notes);
        let alpha = alpha(judge.false_positive_rate, &mut notes);
        let (samples, wait) = patience(judge.min_samples.unwrap_or(SAMPLES), judge.max_wait.as_deref(), &mut notes);
        let bounds = Bounds { tolerance, looks: looks.unwrap_or(1) };
        Self { what: What::Ranks { queries, bounds }, alpha, samples, wait }
    }

    /// A bound. Violations as above.
    pub(crate) fn threshold(judge: &ThresholdJudge, violations: &mut Vec<Violation>) -> Self {
        let mut notes = Notes { judge: "threshold", violations };
        notes.unknown("", &judge.unknown);
        let queries = threshold::Queries {
            canary: number("canary", &judge.canary, &mut notes),
            stable: number("stable", &judge.stable, &mut notes),
        };
        let (limit, times) = (judge.limit, judge.times);
        notes.must(
            limit.is_some() != times.is_some(),
            "",
            "needs either limit or times: from where on is a number bad?",
        );
        notes.must(times.is_none_or(|times| times > 1.0), "times", "must be above 1, such as 2");
        let of_times =
            "goes with times only; the failures that limit counts tell by themselves whether they are enough";
        let (difference, telling) = (judge.min_difference, judge.min_samples_to_fail);
        notes.must(difference.is_none() || times.is_some(), "minDifference", of_times);
        notes.must(telling.is_none() || times.is_some(), "minSamplesToFail", of_times);
        notes.must(difference.is_none_or(|least| least >= 0.0), "minDifference", "must be at least 0");
        let samples = judge.min_samples.unwrap_or(FEW_SAMPLES);
        let telling = telling.unwrap_or(samples);
        notes.must(telling >= samples, "minSamplesToFail", "must be at least minSamples");
        let bound = times.map_or(Bound::Limit(limit.unwrap_or_default()), |times| {
            Bound::Times(threshold::Times {
                factor: times,
                difference: difference.unwrap_or_default(),
                telling: telling.unsigned_abs(),
            })
        });
        let (samples, wait) = patience(samples, judge.max_wait.as_deref(), &mut notes);
        Self { what: What::Number { queries, bound }, alpha: ALPHA, samples, wait }
    }
}

impl Comparison {
    /// Failures of pods. Violations as above.
    pub(crate) fn health(judge: &HealthJudge, violations: &mut Vec<Violation>) -> Self {
        let mut notes = Notes { judge: "health", violations };
        notes.unknown("", &judge.unknown);
        let failures = u32::try_from(judge.failures).ok().filter(|failures| *failures > 0);
        notes.must(failures.is_some(), "failures", "must be at least 1");
        let within = duration::parse(&judge.within).ok().filter(|within| *within > SignedDuration::ZERO);
        notes.must(within.is_some(), "within", "must be a duration above 0, such as 5m");
        let bound = health::Bound { failures: failures.unwrap_or(1), within: within.unwrap_or(WAIT) };
        Self { what: What::Health(bound), alpha: ALPHA, samples: 0, wait: WAIT }
    }
}

/// Where violations of one judge are noted.
struct Notes<'a> {
    judge: &'static str,
    violations: &'a mut Vec<Violation>,
}

impl Notes<'_> {
    fn must(&mut self, holds: bool, field: &str, message: &str) {
        if !holds {
            let dot = if field.is_empty() { "" } else { "." };
            self.violations.push(Violation::new(format!("judge.{}{dot}{field}", self.judge), message));
        }
    }

    fn unknown(&mut self, within: &str, fields: &Unknown) {
        for name in fields.keys() {
            self.must(false, &format!("{within}{name}"), "there is no such field");
        }
    }

    fn needed(&mut self, field: &str, query: Option<&String>) -> String {
        let query = query.cloned().unwrap_or_default();
        self.must(!query.trim().is_empty(), field, "is empty; write a query");
        query
    }
}

fn alpha(rate: Option<f64>, notes: &mut Notes<'_>) -> f64 {
    let alpha = rate.unwrap_or(ALPHA);
    notes.must(alpha > 0.0 && alpha < 0.5, "falsePositiveRate", "must be above 0 and below 0.5, such as 0.01");
    alpha
}

fn patience(samples: i64, wait: Option<&str>, notes: &mut Notes<'_>) -> (u64, SignedDuration) {
    notes.must(samples >= 1, "minSamples", "must be at least 1");
    let wait = wait.map_or(Some(WAIT), |wait| duration::parse(wait).ok().filter(|wait| *wait > SignedDuration::ZERO));
    notes.must(wait.is_some(), "maxWait", "must be a duration above 0, such as 30m");
    (samples.unsigned_abs(), wait.unwrap_or(WAIT))
}

fn requests(canary: &ArmQueries, stable: &ArmQueries, notes: &mut Notes<'_>) -> [(Counter, String); 4] {
    misspelt(canary, stable, notes);
    let queries = [
        (Counter::CanaryBad, "canary.bad", &canary.bad),
        (Counter::CanaryRequests, "canary.requests", &canary.requests),
        (Counter::StableBad, "stable.bad", &stable.bad),
        (Counter::StableRequests, "stable.requests", &stable.requests),
    ];
    queries.map(|(counter, field, query)| (counter, notes.needed(field, query.as_ref())))
}

fn latency(canary: &ArmQueries, stable: &ArmQueries, notes: &mut Notes<'_>) -> Queries {
    misspelt(canary, stable, notes);
    for (field, other) in [
        ("canary.bad", &canary.bad),
        ("canary.requests", &canary.requests),
        ("stable.bad", &stable.bad),
        ("stable.requests", &stable.requests),
    ] {
        let message = "does not go with latency; compare one of them, and the other in a metric of its own";
        notes.must(other.is_none(), field, message);
    }
    Queries {
        canary: notes.needed("canary.latency", canary.latency.as_ref()),
        stable: notes.needed("stable.latency", stable.latency.as_ref()),
    }
}

fn number(arm: &str, queries: &NumberQueries, notes: &mut Notes<'_>) -> threshold::Number {
    notes.unknown(&format!("{arm}."), &queries.unknown);
    let value = notes.needed(&format!("{arm}.value"), Some(&queries.value));
    let requests = queries.requests.as_ref();
    let requests = requests.map(|query| notes.needed(&format!("{arm}.requests"), Some(query)));
    threshold::Number { value, requests }
}

fn misspelt(canary: &ArmQueries, stable: &ArmQueries, notes: &mut Notes<'_>) {
    notes.unknown("canary.", &canary.unknown);
    notes.unknown("stable.", &stable.unknown);
}
