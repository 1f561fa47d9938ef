//! Evidence from failures and requests, counted for each version.

use serde::{Deserialize, Serialize};

/// How many times worse a version may be for the test to look for it: the most.
const WORST: f64 = 30.0;
/// At how many places between the least and the most.
const PLACES: u32 = 12;

/// What one version did between two looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// Requests that it answered.
    pub requests: u64,
    /// Those that went wrong: failed, or were slow.
    pub bad: u64,
}

impl Arm {
    fn and(self, other: Self) -> Self {
        Self { requests: self.requests.saturating_add(other.requests), bad: self.bad.saturating_add(other.bad) }
    }
}

/// What both versions did between two looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The new version.
    pub canary: Arm,
    /// The one it is compared with.
    pub stable: Arm,
}

/// The evidence so far. Kept in a run's status between looks, so that a controller that starts anew goes on where the last
/// one ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Natural logarithm of the e-value of each ratio.
    logs: Vec<f64>,
    least: f64,
    /// All that was added so far.
    pub seen: Look,
}

impl Evidence {
    /// None so far. `least` is the smallest ratio of bad requests that is worth finding, such as 1.3; it is taken to be
    /// above 1 and below 30.
    pub fn new(least: f64) -> Self {
        let least = least.clamp(1.01, WORST - 1.0);
        Self { logs: vec![0.0; PLACES as usize], least, seen: Look::default() }
    }

    /// Adds what was seen since the last look. More bad requests than requests are counted as that many: the two numbers
    /// come from two queries.
    pub fn add(&mut self, look: &Look) {
        let (canary, stable) = (whole(look.canary), whole(look.stable));
        self.seen = Look { canary: self.seen.canary.and(canary), stable: self.seen.stable.and(stable) };
        let all = float(canary.requests) + float(stable.requests);
        if all == 0.0 {
            return;
        }
        let share = float(canary.requests) / all;
        let (bad, bad_of_both) = (float(canary.bad), float(canary.bad) + float(stable.bad));
        for (log, ratio) in self.logs.iter_mut().zip(ratios(self.least)) {
            *log += bad * ratio.ln() - bad_of_both * (ratio * share + 1.0 - share).ln();
        }
    }

    /// Natural logarithm of the e-value: how much more likely all this is if the canary is worse.
    pub fn log(&self) -> f64 {
        mean_of_exponentials(&self.logs)
    }

    /// Whether the canary is worse. Wrong about a good one at most with this probability, over all looks together.
    pub fn blames(&self, alpha: f64) -> bool {
        self.log() >= -alpha.ln()
    }
}

/// The ratios that are tried, evenly spread by their logarithm.
fn ratios(least: f64) -> impl Iterator<Item = f64> {
    let step = (WORST / least).ln() / f64::from(PLACES - 1);
    (0..PLACES).map(move |place| least * (step * f64::from(place)).exp())
}

/// The logarithm of the mean of numbers whose logarithms are given.
pub(super) fn mean_of_exponentials(logs: &[f64]) -> f64 {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|log| (log - most).exp()).sum();
    most + sum.ln() - float(logs.len() as u64).ln()
}

fn whole(arm: Arm) -> Arm {
    Arm { bad: arm.bad.min(arm.requests), ..arm }
}

#[allow(clippy::cast_precision_loss, reason = "counts of requests stay far below 2^52")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(canary: (u64, u64), stable: (u64, u64)) -> Look {
        let arm = |(requests, bad)| Arm { requests, bad };
        Look { canary: arm(canary), stable: arm(stable) }
    }

    fn after(looks: &[Look]) -> Evidence {
        let mut evidence = Evidence::new(1.3);
        for look in looks {
            evidence.add(look);
        }
        evidence
    }

    #[test]
    fn without_requests_or_failures_there_is_no_evidence() {
        for looks in [vec![], vec![look((0, 0), (0, 0))], vec![look((50, 0), (950, 0)); 100]] {
            assert!(after(&looks).log().abs() < 1e-9, "{looks:?}");
        }
    }

    #[test]
    fn a_canary_that_gets_everything_cannot_be_compared() {
        assert!(after(&[look((100, 50), (0, 0))]).log().abs() < 1e-9);
    }

    #[test]
    fn three_broken_answers_among_many_good_ones_are_enough() {
        let evidence = after(&[look((3, 3), (57, 0))]);
        assert!(evidence.blames(0.01), "{}", evidence.log());
    }

    #[test]
    fn failures_by_the_share_of_requests_speak_for_the_canary() {
        assert!(after(&vec![look((50, 1), (950, 19)); 20]).log() < 0.0);
    }

    #[test]
    fn what_went_before_is_kept_when_it_is_written_down() {
        let evidence = after(&[look((50, 3), (950, 7))]);
        let kept: Evidence = serde_json::from_str(&serde_json::to_string(&evidence).unwrap()).unwrap();
        assert!((kept.log() - evidence.log()).abs() < 1e-9);
    }

    #[test]
    fn more_failures_than_requests_are_no_more_than_all() {
        assert_eq!(after(&[look((5, 9), (95, 1))]), after(&[look((5, 5), (95, 1))]));
    }
}
