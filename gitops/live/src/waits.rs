//! How far apart attempts are at what goes on failing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use backoff::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// The waits between attempts at one thing: from the shortest on, each about twice the one before, and none beyond the longest.
///
/// Each thing has a jitter of its own: what fails together does not come back together, and the same waits the same in every run.
#[derive(Debug)]
pub struct Waits {
    next: ExponentialBackoff,
    longest: Duration,
}

impl Waits {
    /// Those of one thing, with the shortest and the longest.
    pub fn of(thing: &impl Hash, (shortest, longest): (Duration, Duration)) -> Self {
        let mut seed = DefaultHasher::new();
        thing.hash(&mut seed);
        let next = ExponentialBuilder::default()
            .with_min_delay(shortest)
            .with_max_delay(longest)
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(seed.finish())
            .build();
        Self { next, longest }
    }

    /// The wait after one more failure.
    pub fn failed(&mut self) -> Duration {
        self.next.next().unwrap_or(self.longest).min(self.longest)
    }
}
