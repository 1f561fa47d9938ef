//! One number of each version: the new one's must not reach a bound, unless the stable one's is as bad.
//!
//! What happens to both versions no rollback would mend: it is Inconclusive, and people decide.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Comparison, SHARED, State, Weighed, float};
use crate::judge::{Outcome, Verdict, verdict};
use crate::provider::ARM;

/// How many standard deviations apart two shares must be for one to be the worse. Of shares that are alike one in a hundred
/// pairs is, by the normal approximation of the difference of two proportions.
const APART: f64 = 2.33;
/// The fewest failed requests that are more than an accident.
const FEWEST: f64 = 3.0;

/// From where on a number is bad.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bound {
    /// From here on.
    Limit(f64),
    /// From so many times the stable version's on.
    Times(Times),
}

/// By what a number is measured by the stable version's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Times {
    /// From so many times that on it is bad.
    pub(super) factor: f64,
    /// It must be so far above it too.
    pub(super) difference: f64,
    /// Requests of each version without which it fails nothing.
    pub(super) telling: u64,
}

/// Whom too few requests are known of, and how many are needed.
struct Few {
    requests: f64,
    whose: &'static str,
    needed: u64,
}

/// Queries for both versions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Queries {
    pub(super) canary: Number,
    pub(super) stable: Number,
}

/// Queries for one version.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    pub(super) value: String,
    pub(super) requests: Option<String>,
}

/// What was read of one version.
#[derive(Clone, Copy, Debug)]
struct Reading {
    value: Option<f64>,
    requests: Option<f64>,
}

pub(super) fn query(queries: &Queries) -> String {
    let part =
        |(name, query): (&str, &String)| format!("label_replace(sum({query}), \"{ARM}\", \"{name}\", \"\", \"\")");
    let values = [("canary value", &queries.canary.value), ("stable value", &queries.stable.value)];
    let requests = [("canary requests", &queries.canary.requests), ("stable requests", &queries.stable.requests)];
    let requests = requests.into_iter().filter_map(|(name, query)| Some((name, query.as_ref()?)));
    values.into_iter().chain(requests).map(part).collect::<Vec<_>>().join(" or ")
}

/// What is kept now, and what the numbers say.
pub(super) fn weigh(
    comparison: &Comparison,
    bound: Bound,
    kept: Option<&str>,
    arms: &BTreeMap<String, f64>,
    now: Timestamp,
) -> Weighed {
    let get = |name: &str| arms.get(name).copied().filter(|number| number.is_finite());
    let of = |arm: &str| Reading { value: get(&format!("{arm} value")), requests: get(&format!("{arm} requests")) };
    let (canary, stable) = (of("canary"), of("stable"));
    // Since when there have been too few requests to tell.
    let since = State::<(), ()>::read(kept).map_or(now, |state| state.since);
    let said = |since, verdict| Weighed { kept: State::new(since, (), ()).written(), verdict, power: None };
    let wait = |told: &str, few: &Few| said(since, comparison.too_few(told, (few.whose, few.needed), since, now));
    let baseline = if matches!(bound, Bound::Times(_)) { stable.requests } else { None };
    if let Some(few) = few([canary.requests, baseline], comparison.samples) {
        return wait(&format!("{:.0} requests so far", few.requests), &few);
    }
    match judged(bound, canary, stable) {
        Ok(verdict) => match doubt(bound, &verdict, [canary.requests, baseline]) {
            Some(few) => wait(&verdict.message, &few),
            None => said(now, verdict),
        },
        Err(message) => Weighed::error(kept, message),
    }
}

/// The version that answered fewer requests than are needed, where they are known.
fn few([canary, stable]: [Option<f64>; 2], needed: u64) -> Option<Few> {
    let arms = [(canary, "the new version"), (stable, "the stable version")];
    let few = |(requests, whose): (Option<f64>, _)| Some(Few { requests: requests?, whose, needed });
    arms.into_iter().filter_map(few).find(|few| few.requests < float(needed))
}

/// Whether a verdict rests on too few requests: of few, the slowest are slow by chance.
fn doubt(bound: Bound, verdict: &Verdict, requests: [Option<f64>; 2]) -> Option<Few> {
    let Bound::Times(Times { telling, .. }) = bound else { return None };
    if verdict.outcome == Outcome::Failed { few(requests, telling) } else { None }
}

fn judged(bound: Bound, canary: Reading, stable: Reading) -> Result<Verdict, String> {
    let missing = |whose: &str| format!("no series matches the query for the number of the {whose} version");
    let new = canary.value.ok_or_else(|| missing("new"))?;
    let old = || stable.value.ok_or_else(|| missing("stable"));
    let least = match bound {
        Bound::Limit(limit) => limit,
        Bound::Times(Times { factor, difference, .. }) => {
            let old = old().and_then(above_nothing)?;
            (factor * old).max(old + difference)
        }
    };
    if new < least {
        return Ok(verdict(Outcome::Successful, String::new()));
    }
    let old = old()?;
    let [of_new, of_old] = [canary, stable].map(rests_on);
    let told = format!("{new:.4}{of_new}, from {least:.4} on it is too much; the stable version has {old:.4}{of_old}");
    let failed = verdict(Outcome::Failed, told.clone());
    Ok(match bound {
        Bound::Times(_) => failed,
        Bound::Limit(_) if is_worse((new, canary), (old, stable)) => failed,
        Bound::Limit(_) => verdict(Outcome::Inconclusive, format!("{told}: {SHARED}")),
    })
}

/// How many requests a number is of, where that is known.
fn rests_on(reading: Reading) -> String {
    reading.requests.map(|requests| format!(" ({requests:.0} requests)")).unwrap_or_default()
}

fn above_nothing(old: f64) -> Result<f64, String> {
    let none = "the stable version's number is 0, and no number is so many times that; set limit instead of times";
    if old > 0.0 { Ok(old) } else { Err(none.to_owned()) }
}

/// Whether the new version's number is above the stable one's; of shares of requests, by more than chance.
fn is_worse((new, canary): (f64, Reading), (old, stable): (f64, Reading)) -> bool {
    let Some((n, m)) = canary.requests.zip(stable.requests).filter(|(_, m)| *m >= 1.0) else { return new > old };
    let pooled = ((new * n + old * m) / (n + m)).clamp(0.0, 1.0);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    new * n >= FEWEST && new - old > APART * deviation
}

#[cfg(test)]
mod tests;
