//! A histogram of each version: how long its requests took.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Comparison, Counted, Seen, State, grown, is_back, whole};
use crate::evidence::{Buckets, Latency};
use crate::provider::ARM;

const CANARY: &str = "canary le ";
const STABLE: &str = "stable le ";
/// More buckets than any histogram has.
const MOST: usize = 200;

/// The buckets as they stand, in ascending order of their bounds. What is no more than the next is counted there too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Histograms {
    bounds: Vec<String>,
    canary: Vec<f64>,
    stable: Vec<f64>,
}

/// Queries for the buckets of each version.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Queries {
    pub(super) canary: String,
    pub(super) stable: String,
}

pub(super) fn query(queries: &Queries) -> String {
    let part = |arm: &str, query: &str| {
        format!("label_replace(sum by (le) ({query}), \"{ARM}\", \"{arm}$1\", \"le\", \"(.*)\")")
    };
    format!("{} or {}", part(CANARY, &queries.canary), part(STABLE, &queries.stable))
}

/// What is kept now and what was seen, or why nothing can be told.
pub(super) fn weigh(
    comparison: &Comparison,
    ratio: f64,
    kept: Option<&str>,
    arms: &BTreeMap<String, f64>,
    now: Timestamp,
) -> Result<(String, Seen), String> {
    let counters = Histograms::of(arms)?;
    let fresh = || State::new(now, counters.clone(), Latency::new(ratio));
    let mut state: State<Histograms, Latency> = State::read(kept).unwrap_or_else(fresh);
    if let Some((canary, stable)) = state.count(counters) {
        state.evidence.add(&canary, &stable);
    }
    let (quantile, look) = state.evidence.telling();
    let told = format!(
        "{} of {} requests are as slow as the slowest {:.0} % of the stable version were before, of its own now {} of {}",
        look.canary.bad,
        look.canary.requests,
        (1.0 - quantile) * 100.0,
        look.stable.bad,
        look.stable.requests
    );
    let blamed = state.evidence.blames(comparison.alpha);
    Ok((
        state.written(),
        Seen { since: state.since, look, requests: look.canary.requests, whose: "the new version", blamed, told },
    ))
}

impl Histograms {
    pub(super) fn of(arms: &BTreeMap<String, f64>) -> Result<Self, String> {
        let (canary, stable) = (of_arm(arms, CANARY), of_arm(arms, STABLE));
        if canary.is_empty() && stable.is_empty() {
            return Err(
                "no series with the label le matches the queries; they must be for the buckets of a histogram".into()
            );
        }
        let longer = if canary.len() > stable.len() { &canary } else { &stable };
        if longer.len() > MOST {
            return Err(format!("the histogram has {} buckets; {MOST} is the most", longer.len()));
        }
        let bounds: Vec<String> = longer.iter().map(|(bound, _)| (*bound).to_owned()).collect();
        // A version that was never asked has no buckets yet.
        let counts = |arm: &[(&str, f64)]| match arm {
            [] => Some(vec![0.0; bounds.len()]),
            arm if arm.iter().map(|(bound, _)| *bound).eq(bounds.iter()) => {
                Some(arm.iter().map(|(_, count)| *count).collect())
            }
            _ => None,
        };
        let (Some(canary), Some(stable)) = (counts(&canary), counts(&stable)) else {
            return Err("the histograms of the two versions have different buckets; they cannot be compared".into());
        };
        Ok(Self { bounds, canary, stable })
    }
}

impl Counted for Histograms {
    type Grown = (Buckets, Buckets);

    /// Nor is it known where the buckets are others.
    fn until(&self, later: &Self) -> Option<(Buckets, Buckets)> {
        if self.bounds != later.bounds {
            return None;
        }
        Some((buckets(&self.canary, &later.canary)?, buckets(&self.stable, &later.stable)?))
    }

    /// Of other buckets nothing is known.
    fn is_back(&self, then: &Self, now: &Self) -> bool {
        let arms = [(&self.canary, &then.canary, &now.canary), (&self.stable, &then.stable, &now.stable)];
        let any = |(before, then, now): (&Vec<f64>, &Vec<f64>, &Vec<f64>)| {
            before.iter().zip(then).zip(now).any(|((before, then), now)| is_back(*before, *then, *now))
        };
        self.bounds == then.bounds && then.bounds == now.bounds && arms.into_iter().any(any)
    }
}

/// The buckets of one version by their bounds, the least first.
fn of_arm<'a>(arms: &'a BTreeMap<String, f64>, arm: &str) -> Vec<(&'a str, f64)> {
    let counts = arms.iter().filter(|(_, count)| count.is_finite() && **count >= 0.0);
    let mut found: Vec<(f64, &str, f64)> = counts
        .filter_map(|(name, count)| {
            let bound = name.strip_prefix(arm)?;
            Some((bound.parse().ok()?, bound, *count))
        })
        .collect();
    found.sort_by(|(one, ..), (other, ..)| one.total_cmp(other));
    found.into_iter().map(|(_, bound, count)| (bound, count)).collect()
}

fn buckets(before: &[f64], now: &[f64]) -> Option<Buckets> {
    before.iter().zip(now).map(|(before, now)| grown(*before, *now).map(whole)).collect::<Option<_>>().map(Buckets)
}
