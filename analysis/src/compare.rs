//! Compares the new version with the stable one by counters of both.
//!
//! The four counters come from one query, so that they are of one moment. What they grew by since the last measurement is
//! weighed, and the evidence kept in the metric's status: a controller that starts anew goes on where the last one ended.
//! Until the new version has answered enough requests a measurement says nothing, and is counted as none.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sluice_crds::{SequentialJudge, Violation, duration};

use crate::evidence::{Arm, Evidence, Look};
use crate::judge::{Outcome, Verdict, verdict};
use crate::provider::ARM;

/// Under which key status keeps the evidence so far.
pub const EVIDENCE: &str = "Evidence";

const ALPHA: f64 = 0.01;
const RATIO: f64 = 1.3;
const SAMPLES: i64 = 100;
const WAIT: SignedDuration = SignedDuration::from_hours(1);

/// How a metric compares two versions.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    queries: [(Counter, String); 4],
    alpha: f64,
    ratio: f64,
    samples: u64,
    wait: SignedDuration,
}

/// One of the four counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counter {
    CanaryBad,
    CanaryRequests,
    StableBad,
    StableRequests,
}

impl Counter {
    fn label(self) -> &'static str {
        match self {
            Self::CanaryBad => "canary bad",
            Self::CanaryRequests => "canary requests",
            Self::StableBad => "stable bad",
            Self::StableRequests => "stable requests",
        }
    }
}

/// What is kept between measurements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct State {
    since: Timestamp,
    counters: Counters,
    evidence: Evidence,
}

/// The counters as they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counters {
    canary_bad: f64,
    canary: f64,
    stable_bad: f64,
    stable: f64,
}

impl Comparison {
    /// Checks how a metric compares. Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(judge: &SequentialJudge, violations: &mut Vec<Violation>) -> Self {
        let mut note =
            |field: &str, message: &str| violations.push(Violation::new(format!("judge.sequential.{field}"), message));
        for name in judge.unknown.keys() {
            note(name, "there is no such field");
        }
        let SequentialJudge { canary, stable, .. } = judge;
        for (arm, queries) in [("canary", canary), ("stable", stable)] {
            for name in queries.unknown.keys() {
                note(&format!("{arm}.{name}"), "there is no such field");
            }
        }
        let queries = [
            (Counter::CanaryBad, "canary.bad", &canary.bad),
            (Counter::CanaryRequests, "canary.requests", &canary.requests),
            (Counter::StableBad, "stable.bad", &stable.bad),
            (Counter::StableRequests, "stable.requests", &stable.requests),
        ];
        for (_, field, query) in queries {
            if query.trim().is_empty() {
                note(field, "is empty; write a query for a counter");
            }
        }
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
        let queries = queries.map(|(counter, _, query)| (counter, query.clone()));
        Self { queries, alpha, ratio, samples: samples.unsigned_abs(), wait }
    }

    /// One PromQL query for all counters, told apart by the label [`ARM`].
    pub(crate) fn query(&self) -> String {
        let parts = self.queries.iter();
        let parts = parts.map(|(counter, query)| {
            format!("label_replace(sum({query}), \"{ARM}\", \"{}\", \"\", \"\")", counter.label())
        });
        parts.collect::<Vec<_>>().join(" or ")
    }

    /// Weighs the counters of one measurement, `kept` being what was kept after the last; says what is kept now, and what
    /// it comes to.
    pub(crate) fn weigh(&self, kept: Option<&str>, arms: &BTreeMap<String, f64>, now: Timestamp) -> (String, Verdict) {
        let before: Option<State> = kept.and_then(|text| serde_json::from_str(text).ok());
        let Some(counters) = Counters::of(arms) else {
            let message = "no series matches the queries for requests; see that both versions get traffic, and that the labels fit";
            return (kept.unwrap_or_default().to_owned(), verdict(Outcome::Error, message.to_owned()));
        };
        let mut state = before.unwrap_or_else(|| State { since: now, counters, evidence: Evidence::new(self.ratio) });
        // A counter that went down began anew somewhere: what it grew by is not known.
        if let Some(look) = state.counters.until(&counters) {
            state.evidence.add(&look);
        }
        state.counters = counters;
        let verdict = self.judge(&state, now);
        (serde_json::to_string(&state).unwrap_or_default(), verdict)
    }

    fn judge(&self, state: &State, now: Timestamp) -> Verdict {
        let Look { canary, stable } = state.evidence.seen;
        let seen = format!(
            "{} of {} requests bad, of the stable version {} of {}",
            canary.bad, canary.requests, stable.bad, stable.requests
        );
        if state.evidence.blames(self.alpha) {
            let words = "more than chance explains";
            return verdict(Outcome::Failed, format!("{seen}: {words} (at a false positive rate of {})", self.alpha));
        }
        if canary.requests >= self.samples {
            return verdict(Outcome::Successful, String::new());
        }
        let few = format!("{seen}: too few to tell; {} requests of the new version are needed", self.samples);
        if now.duration_since(state.since) >= self.wait {
            return verdict(Outcome::Inconclusive, few);
        }
        verdict(Outcome::Waiting, few)
    }
}

impl Counters {
    /// Reads them. A counter of bad requests that is not there has not counted any; of neither version's requests may be
    /// missing unless the other is there.
    fn of(arms: &BTreeMap<String, f64>) -> Option<Self> {
        let get =
            |counter: Counter| arms.get(counter.label()).copied().filter(|number| number.is_finite() && *number >= 0.0);
        let requests = (get(Counter::CanaryRequests), get(Counter::StableRequests));
        if requests == (None, None) {
            return None;
        }
        Some(Self {
            canary_bad: get(Counter::CanaryBad).unwrap_or_default(),
            canary: requests.0.unwrap_or_default(),
            stable_bad: get(Counter::StableBad).unwrap_or_default(),
            stable: requests.1.unwrap_or_default(),
        })
    }

    fn all(&self) -> [f64; 4] {
        [self.canary_bad, self.canary, self.stable_bad, self.stable]
    }

    /// What happened until they stood so; `None` where one of them went down.
    fn until(&self, later: &Self) -> Option<Look> {
        let grown: Vec<f64> = later.all().into_iter().zip(self.all()).map(|(now, before)| now - before).collect();
        let [canary_bad, canary, stable_bad, stable] = grown[..] else { return None };
        if grown.iter().any(|grown| *grown < 0.0) {
            return None;
        }
        let arm = |requests, bad| Arm { requests: whole(requests), bad: whole(bad) };
        Some(Look { canary: arm(canary, canary_bad), stable: arm(stable, stable_bad) })
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count: finite, and not negative")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests;
