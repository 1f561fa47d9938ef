//! Two counters of each version: its requests, and those that went wrong.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Comparison, Counted, Seen, State, grown, is_back, whole};
use crate::evidence::{Arm, Evidence, Look};
use crate::provider::ARM;

/// One of the four counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counter {
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

/// The counters as they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counters {
    canary_bad: f64,
    canary: f64,
    stable_bad: f64,
    stable: f64,
}

pub(super) fn query(queries: &[(Counter, String); 4]) -> String {
    let parts = queries
        .iter()
        .map(|(counter, query)| format!("label_replace(sum({query}), \"{ARM}\", \"{}\", \"\", \"\")", counter.label()));
    parts.collect::<Vec<_>>().join(" or ")
}

/// What is kept now and what was seen, or why nothing can be told.
pub(super) fn weigh(
    comparison: &Comparison,
    ratio: f64,
    kept: Option<&str>,
    arms: &BTreeMap<String, f64>,
    now: Timestamp,
) -> Result<(String, Seen), String> {
    let counters = Counters::of(arms).ok_or(
        "no series matches the queries for requests; see that both versions get traffic, and that the labels fit",
    )?;
    let fresh = || State::new(now, counters, Evidence::new(ratio));
    let mut state: State<Counters, Evidence> = State::read(kept).unwrap_or_else(fresh);
    if let Some(look) = state.count(counters) {
        state.evidence.add(&look);
    }
    let look = state.evidence.seen;
    let told = format!(
        "{} of {} requests bad, of the stable version {} of {}",
        look.canary.bad, look.canary.requests, look.stable.bad, look.stable.requests
    );
    let blamed = state.evidence.blames(comparison.alpha);
    Ok((
        state.written(),
        Seen { since: state.since, look, requests: look.canary.requests, whose: "the new version", blamed, told },
    ))
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
}

impl Counted for Counters {
    type Grown = Look;

    fn until(&self, later: &Self) -> Option<Look> {
        let of = |counter: fn(&Self) -> f64| grown(counter(self), counter(later)).map(whole);
        let canary = Arm { requests: of(|at| at.canary)?, bad: of(|at| at.canary_bad)? };
        let stable = Arm { requests: of(|at| at.stable)?, bad: of(|at| at.stable_bad)? };
        Some(Look { canary, stable })
    }

    fn is_back(&self, then: &Self, now: &Self) -> bool {
        let all = |at: &Self| [at.canary_bad, at.canary, at.stable_bad, at.stable];
        all(self).into_iter().zip(all(then)).zip(all(now)).any(|((before, then), now)| is_back(before, then, now))
    }
}
