//! Two histograms, compared once and for all at a fixed number of looks.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::latency::Histograms;
use super::{Comparison, Seen, State};
use crate::evidence::{Look, Ranks};

/// When a version is too slow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    /// How much more often than half of the time its requests may be the slower ones.
    pub(super) tolerance: f64,
    /// At how many looks it is judged: each has its part of the chance to be wrong.
    pub(super) looks: u32,
}

/// What is kept now and what was seen, or why nothing can be told.
pub(super) fn weigh(
    comparison: &Comparison,
    bounds: Bounds,
    kept: Option<&str>,
    arms: &BTreeMap<String, f64>,
    now: Timestamp,
) -> Result<(String, Seen), String> {
    let counters = Histograms::of(arms)?;
    let fresh = || State::new(now, counters.clone(), Ranks::default());
    let mut state: State<Histograms, Ranks> = State::read(kept).unwrap_or_else(fresh);
    if let Some((canary, stable)) = state.count(counters) {
        state.evidence.add(&canary, &stable);
    }
    let ranks = state.evidence;
    let told = format!(
        "of two requests, one of each version, the new version's is the slower one {:.1} times in 100 ({} requests, of the stable version {})",
        ranks.slower() * 100.0,
        ranks.canary,
        ranks.stable
    );
    // Of few requests the normal distribution knows nothing.
    let requests = ranks.canary.min(ranks.stable);
    let is_unlikely = ranks.chance() < comparison.alpha / f64::from(bounds.looks);
    let blamed = requests >= comparison.samples && is_unlikely && ranks.slower() > 0.5 + bounds.tolerance;
    Ok((
        state.written(),
        Seen { since: state.since, look: Look::default(), requests, whose: "each version", blamed, told },
    ))
}
