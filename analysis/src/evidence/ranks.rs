//! Evidence from ranks: whether one version's requests take longer than the other's, all in all.
//!
//! *The formula.* Between two looks, `m` requests of the canary and `n` of the stable version came to the buckets of one
//! histogram. `U` counts the pairs, one request of each version, in which the canary's was slower; pairs in one bucket count
//! half. Of versions that are alike, `U` is `m n / 2` in the mean, with the variance
//!
//! ```text
//! m n / 12 × (N + 1 − Σ t (t² − 1) / (N (N − 1)))        N = m + n, t = requests in a bucket
//! ```
//!
//! Every look is a stratum of its own, so that neither a weight that rises nor an app that gets slower for everyone says
//! anything of the canary. The strata are added up with the weights `1 / (N + 1)`, and the sum is compared with the normal
//! distribution.
//!
//! *For a fixed number of looks.* This is an ordinary test: looked at again and again it would blame every version in the
//! end. It is held to `alpha` by giving each of `k` looks `alpha / k` (Bonferroni).
//!
//! Sources: Mann and Whitney, *On a Test of Whether one of Two Random Variables is Stochastically Larger than the Other*
//! (1947); van Elteren, *On the combination of independent two sample tests of Wilcoxon* (1960); for ties, Lehmann,
//! *Nonparametrics* (1975).

use serde::{Deserialize, Serialize};

use super::counts::float;
use super::latency::Buckets;
use super::normal::beyond;

/// The evidence so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ranks {
    /// Requests of the new version that were ranked.
    pub canary: u64,
    /// Requests of the stable version that were ranked.
    pub stable: u64,
    /// By how many pairs `U` is above its mean, in all strata, weighed.
    excess: f64,
    variance: f64,
    /// All pairs, weighed.
    pairs: f64,
}

impl Ranks {
    /// Adds what was seen since the last look. Where one version answered nothing there is nothing to rank.
    pub fn add(&mut self, canary: &Buckets, stable: &Buckets) {
        let (new, old) = (counts(canary), counts(stable));
        let [m, n] = [&new, &old].map(|counts| float(counts.iter().sum()));
        if m == 0.0 || n == 0.0 || new.len() != old.len() {
            return;
        }
        let weight = 1.0 / (m + n + 1.0);
        self.canary += new.iter().sum::<u64>();
        self.stable += old.iter().sum::<u64>();
        self.excess += weight * (slower(&new, &old) - m * n / 2.0);
        self.variance += weight * weight * m * n / 12.0 * (m + n + 1.0 - ties(&new, &old));
        self.pairs += weight * m * n;
    }

    /// Of two requests, one of each version, how often the canary's is the slower one: a half where they are alike.
    pub fn slower(&self) -> f64 {
        if self.pairs > 0.0 { 0.5 + self.excess / self.pairs } else { 0.5 }
    }

    /// How likely a version that is as fast looks as slow as this, at one look.
    pub fn chance(&self) -> f64 {
        if self.variance > 0.0 { beyond(self.excess / self.variance.sqrt()) } else { 1.0 }
    }
}

/// The requests in each bucket alone.
fn counts(buckets: &Buckets) -> Vec<u64> {
    let before = std::iter::once(0).chain(buckets.0.iter().copied());
    buckets.0.iter().zip(before).map(|(all, before)| all.saturating_sub(before)).collect()
}

/// The pairs in which the request of the first is slower; those in one bucket count half.
fn slower(new: &[u64], old: &[u64]) -> f64 {
    let mut faster = 0.0;
    let pairs = new.iter().zip(old).map(|(new, old)| {
        let found = float(*new) * (faster + float(*old) / 2.0);
        faster += float(*old);
        found
    });
    pairs.sum()
}

/// By how much ties make the variance smaller.
fn ties(new: &[u64], old: &[u64]) -> f64 {
    let together: Vec<f64> = new.iter().zip(old).map(|(new, old)| float(*new) + float(*old)).collect();
    let all: f64 = together.iter().sum();
    let tied: f64 = together.iter().map(|t| t * (t * t - 1.0)).sum();
    tied / (all * (all - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(canary: &[u64], stable: &[u64]) -> Ranks {
        let mut ranks = Ranks::default();
        ranks.add(&Buckets(canary.into()), &Buckets(stable.into()));
        ranks
    }

    /// Worked out by hand: canary in buckets 2, 3, 3; stable in buckets 1, 2, 3.
    #[test]
    fn pairs_are_counted_and_those_in_one_bucket_half() {
        let ranks = ranked(&[0, 1, 3], &[1, 2, 3]);
        // 1 + 1/2, and twice 2 + 1/2, of 9 pairs.
        assert!((ranks.slower() - 6.5 / 9.0).abs() < 1e-12);
        // t = 1, 2, 3: (0 + 6 + 24) / 30 = 1, so 9 / 12 × (7 − 1) = 4.5.
        let z = 2.0 / 4.5_f64.sqrt();
        assert!((ranks.chance() - beyond(z)).abs() < 1e-12);
    }

    #[test]
    fn requests_that_are_all_in_one_bucket_say_nothing() {
        let ranks = ranked(&[0, 50], &[0, 500]);
        assert!((ranks.slower() - 0.5).abs() < 1e-12 && (ranks.chance() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_version_without_requests_is_not_ranked() {
        assert_eq!(ranked(&[0, 0], &[5, 9]), Ranks::default());
        assert_eq!(ranked(&[5, 9], &[0, 0]), Ranks::default());
    }

    /// The app gets slower for everyone while the canary's weight goes up: put together, its requests would look slow.
    #[test]
    fn an_app_that_gets_slower_as_the_weight_rises_says_nothing_of_the_canary() {
        let mut ranks = Ranks::default();
        ranks.add(&Buckets(vec![45, 50, 50]), &Buckets(vec![855, 950, 950]));
        ranks.add(&Buckets(vec![0, 50, 500]), &Buckets(vec![0, 50, 500]));
        assert!((ranks.slower() - 0.5).abs() < 1e-9, "{}", ranks.slower());
    }
}
