//! The only place that reads the time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Tells the time: the machine's, or a virtual one that a test's paused runtime drives.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Started at a chosen time, and goes on with tokio's clock.
    Virtual {
        /// What the time was at `anchor`.
        start: Timestamp,
        /// The moment on tokio's clock that stands for `start`.
        anchor: Instant,
    },
}

impl Clock {
    /// A clock that shows `start` now, and goes on with tokio's clock.
    pub fn starting_at(start: Timestamp) -> Self {
        Self::Virtual { start, anchor: Instant::now() }
    }

    /// What the time is.
    #[allow(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Virtual { start, anchor } => SignedDuration::try_from(anchor.elapsed())
                .ok()
                .and_then(|passed| start.checked_add(passed).ok())
                .unwrap_or(Timestamp::MAX),
        }
    }

    /// The moment on tokio's clock at which it will be `at`; now when that has passed.
    pub fn moment(&self, at: Timestamp) -> Instant {
        let wait = Duration::try_from(at.duration_since(self.now())).unwrap_or_default();
        let now = Instant::now();
        now.checked_add(wait).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_virtual_clock_goes_with_paused_time() {
        let clock = Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap());
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now().to_string(), "2026-01-01T00:01:30Z");
    }

    #[tokio::test(start_paused = true)]
    async fn a_time_that_has_passed_is_now() {
        let clock = Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(clock.moment("2025-12-31T00:00:00Z".parse().unwrap()), Instant::now());
        assert_eq!(clock.moment("2026-01-01T00:00:05Z".parse().unwrap()), Instant::now() + Duration::from_secs(5));
    }
}
