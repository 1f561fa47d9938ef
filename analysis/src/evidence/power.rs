//! What traffic can show, and how soon: told before a release begins.

use std::fmt;

use jiff::SignedDuration;

/// How much later the average over several ratios shows it than the right ratio alone would, as a logarithm.
const SPREAD: f64 = 1.0;
/// What takes longer than this is never seen in a release.
const NEVER: f64 = 7.0 * 86_400.0;

/// The traffic at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Power {
    /// Requests a second, of both versions together.
    pub requests: f64,
    /// The canary's share of them, above 0 and below 1.
    pub share: f64,
    /// The part of the stable version's requests that are bad, above 0 and below 1.
    pub bad: f64,
    /// How often a good version may be blamed.
    pub alpha: f64,
}

impl Power {
    /// About how long it takes until a version that is `ratio` times worse is blamed; `None` where a week is not enough.
    ///
    /// Each bad request adds, in the mean, the Kullback-Leibler divergence between its chance of being the canary's if that is
    /// worse, and if not; `ln(1 / alpha)` is needed (Wald, *Sequential Analysis*, 1947).
    pub fn time_to_blame(&self, ratio: f64) -> Option<SignedDuration> {
        let ratio = ratio.min(1.0 / self.bad);
        let (rest, worse) = (1.0 - self.share, ratio * self.share);
        let chance = worse / (worse + rest);
        let gain = chance * (chance / self.share).ln() + (1.0 - chance) * ((1.0 - chance) / rest).ln();
        let bad_a_second = self.requests * self.bad * (worse + rest);
        let seconds = (SPREAD - self.alpha.ln()) / (bad_a_second * gain);
        (0.0..NEVER).contains(&seconds).then(|| SignedDuration::from_secs_f64(seconds.ceil()))
    }
}

/// One sentence for people.
impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, share, bad, .. } = self;
        write!(
            f,
            "at {requests:.1} requests/s, {:.1} % of them to the canary and {:.2} % bad: ",
            share * 100.0,
            bad * 100.0
        )?;
        for (index, ratio) in [2.0, 10.0].into_iter().enumerate() {
            let begin = if index == 0 { "" } else { ", " };
            match self.time_to_blame(ratio) {
                Some(time) => write!(f, "{begin}a version {ratio:.0} times worse shows after about {}", about(time))?,
                None => write!(f, "{begin}a version {ratio:.0} times worse does not show within a week")?,
            }
        }
        Ok(())
    }
}

/// In the unit that people would say it in.
fn about(time: SignedDuration) -> String {
    match time.as_secs() {
        seconds if seconds < 120 => format!("{seconds} s"),
        seconds if seconds < 7200 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h", (seconds + 1800) / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn power(requests: f64) -> Power {
        Power { requests, share: 0.05, bad: 0.005, alpha: 0.01 }
    }

    #[test]
    fn more_traffic_shows_more() {
        let seconds = |requests, ratio| power(requests).time_to_blame(ratio).map(|time| time.as_secs());
        assert_eq!(seconds(20.0, 10.0), Some(92));
        assert_eq!(seconds(2.0, 10.0), Some(916));
        assert_eq!(seconds(200.0, 2.0), Some(310));
        assert_eq!(seconds(0.001, 2.0), None);
    }

    #[test]
    fn people_are_told_in_a_sentence() {
        let words = "at 20.0 requests/s, 5.0 % of them to the canary and 0.50 % bad: \
            a version 2 times worse shows after about 52 min, a version 10 times worse shows after about 92 s";
        assert_eq!(power(20.0).to_string(), words);
    }
}
