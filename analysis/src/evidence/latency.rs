//! Evidence from latencies, by rank: which requests are among the slow ones.
//!
//! Latencies come as the buckets of a histogram. What "slow" means is learnt from the stable version's past: the bucket
//! that half, nine tenths and 99 hundredths of its requests came to. From then on a slow request is a bad one, and the
//! evidence is that of bad requests. The average of the three is an e-value too. Only the order of latencies counts: one
//! request that took a minute is no more than one that was slow.

use serde::{Deserialize, Serialize};

use super::counts::{Arm, Evidence, Look, mean_of_exponentials};

/// The parts of the stable version's requests that are not slow.
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];
/// So many requests of the stable version must have been seen before anything is called slow.
const LEARNT: u64 = 200;

/// What one version's histogram counted between two looks: for each bucket, in ascending order, the requests that were at
/// most so slow. The last bucket counts all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets(pub Vec<u64>);

/// The evidence so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// What the stable version's histogram counted so far.
    past: Vec<u64>,
    evidence: Vec<Evidence>,
}

impl Latency {
    /// None so far. `least` is the smallest ratio of slow requests that is worth finding.
    pub fn new(least: f64) -> Self {
        Self { past: Vec::new(), evidence: vec![Evidence::new(least); QUANTILES.len()] }
    }

    /// Adds what was seen since the last look. Histograms of other buckets than before begin anew: what was learnt of them
    /// means nothing any more.
    pub fn add(&mut self, canary: &Buckets, stable: &Buckets) {
        if self.past.len() != stable.0.len() {
            self.past = vec![0; stable.0.len()];
        }
        if canary.0.len() == stable.0.len() && self.past.last().is_some_and(|seen| *seen >= LEARNT) {
            for (evidence, quantile) in self.evidence.iter_mut().zip(QUANTILES) {
                if let Some(bucket) = bucket(&self.past, quantile) {
                    evidence.add(&Look { canary: slow(canary, bucket), stable: slow(stable, bucket) });
                }
            }
        }
        for (past, now) in self.past.iter_mut().zip(&stable.0) {
            *past = past.saturating_add(*now);
        }
    }

    /// The part of the stable version's requests that is not slow, and what both versions did beyond that: of the evidence that
    /// says most. The requests are those that were weighed.
    pub fn telling(&self) -> (f64, Look) {
        let all = self.evidence.iter().zip(QUANTILES);
        let most = all.max_by(|(one, _), (other, _)| weight(one).total_cmp(&weight(other)));
        most.map_or_else(Default::default, |(evidence, quantile)| (quantile, evidence.seen))
    }

    /// Natural logarithm of the e-value.
    pub fn log(&self) -> f64 {
        let logs: Vec<f64> = self.evidence.iter().map(Evidence::log).collect();
        mean_of_exponentials(&logs)
    }

    /// Whether the canary is slower. Wrong about a good one at most with this probability, over all looks together.
    pub fn blames(&self, alpha: f64) -> bool {
        self.log() >= -alpha.ln()
    }
}

/// How much it says; least of all where nothing could be weighed, as no request is slower than the last bucket.
fn weight(evidence: &Evidence) -> f64 {
    if evidence.seen == Look::default() { f64::NEG_INFINITY } else { evidence.log() }
}

/// The first bucket with at least that part of all. `None` where that is the last one, in which nothing is slower.
fn bucket(cumulative: &[u64], quantile: f64) -> Option<usize> {
    let needed = super::counts::float(*cumulative.last()?) * quantile;
    let found = cumulative.iter().position(|count| super::counts::float(*count) >= needed)?;
    (found + 1 < cumulative.len()).then_some(found)
}

fn slow(buckets: &Buckets, bucket: usize) -> Arm {
    let all = buckets.0.last().copied().unwrap_or_default();
    let fast = buckets.0.get(bucket).copied().unwrap_or_default();
    Arm { requests: all, bad: all.saturating_sub(fast) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten looks at which the stable version has these buckets, and the canary those.
    fn ten_looks(canary: [u64; 4], stable: [u64; 4]) -> Latency {
        let mut latency = Latency::new(1.3);
        for _ in 0..10 {
            latency.add(&Buckets(canary.into()), &Buckets(stable.into()));
        }
        latency
    }

    #[test]
    fn a_canary_that_is_as_fast_is_not_blamed() {
        assert!(!ten_looks([5, 9, 10, 10], [50, 90, 99, 100]).blames(0.01));
    }

    #[test]
    fn a_canary_that_is_slower_is_blamed() {
        assert!(ten_looks([0, 3, 8, 10], [50, 90, 99, 100]).blames(0.01));
    }

    #[test]
    fn before_the_stable_version_is_known_nothing_is_slow() {
        let mut latency = Latency::new(1.3);
        latency.add(&Buckets(vec![0, 0, 10]), &Buckets(vec![100, 100, 100]));
        latency.add(&Buckets(vec![0, 0, 10]), &Buckets(vec![99, 99, 99]));
        assert!(latency.log().abs() < 1e-9);
    }

    #[test]
    fn buckets_that_changed_begin_anew() {
        let mut latency = ten_looks([5, 9, 10, 10], [50, 90, 99, 100]);
        let before = latency.log();
        latency.add(&Buckets(vec![0, 10]), &Buckets(vec![90, 100]));
        assert!((latency.log() - before).abs() < 1e-9);
    }
}
