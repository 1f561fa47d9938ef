//! Chance that follows from a seed.

use std::time::Duration;

/// A stream of numbers that follows from its seed (splitmix64).
#[derive(Clone, Debug)]
pub struct Rng(pub u64);

impl Rng {
    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when that is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next_u64().checked_rem(end).unwrap_or_default()
    }

    /// True in so many of a thousand cases.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// Another stream, which goes its own way from here.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.next_u64())
    }

    /// A duration between the two, both included, in whole milliseconds: tokio's timers know nothing finer.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let room = millis(most).saturating_sub(millis(least)).saturating_add(1);
        Duration::from_millis(millis(least) + self.below(room))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let draw = |seed| (0..8).scan(Rng(seed), |rng, _| Some(rng.below(100))).collect::<Vec<_>>();
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn a_fork_goes_its_own_way() {
        let mut rng = Rng(1);
        let mut fork = rng.fork();
        assert_ne!(rng.next_u64(), fork.next_u64());
    }

    #[test]
    fn bounds_are_kept() {
        let mut rng = Rng(3);
        let (least, most) = (Duration::from_millis(5), Duration::from_millis(8));
        let drawn: Vec<_> = (0..100).map(|_| rng.between(least, most)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&least), Some(&most)));
        assert_eq!((rng.below(0), rng.chance(0), rng.chance(1000)), (0, false, true));
    }
}
