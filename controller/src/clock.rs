//! The only place that reads the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Tells the time: the machine's, or a virtual one that a test's paused runtime drives.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Started at a chosen time, and goes on with tokio's clock.
    Virtual {
        /// What the time was at `anchor`.
        start: Timestamp,
        /// The moment on tokio's clock that stands for `start`.
        anchor: Instant,
        /// By how many seconds it is set ahead of that; shared by all clones.
        ahead: Arc<AtomicI64>,
    },
}

/// No sleep on tokio's clock is longer: somebody may set the machine's clock meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

impl Clock {
    /// A clock that shows `start` now, and goes on with tokio's clock.
    pub fn starting_at(start: Timestamp) -> Self {
        Self::Virtual { start, anchor: Instant::now(), ahead: Arc::default() }
    }

    /// Sets a virtual clock, and all its clones, so many seconds ahead of the true time, or behind.
    pub fn set_ahead(&self, seconds: i64) {
        if let Self::Virtual { ahead, .. } = self {
            ahead.store(seconds, Ordering::Relaxed);
        }
    }

    /// What the time is.
    #[allow(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Virtual { start, anchor, ahead } => SignedDuration::try_from(anchor.elapsed())
                .ok()
                .and_then(|passed| passed.checked_add(SignedDuration::from_secs(ahead.load(Ordering::Relaxed))))
                .and_then(|passed| start.checked_add(passed).ok())
                .unwrap_or(Timestamp::MAX),
        }
    }

    /// The moment on tokio's clock at which it will be `at`, or a minute from now if that is earlier: whoever waits looks
    /// again then, as the machine's clock may have been set. Now when `at` has passed.
    pub fn moment(&self, at: Timestamp) -> Instant {
        let wait = Duration::try_from(at.duration_since(self.now())).unwrap_or_default().min(LONGEST_SLEEP);
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

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_moves_all_its_clones_and_nobody_sleeps_past_it() {
        let clock = Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap());
        let other = clock.clone();
        let in_an_hour = "2026-01-01T01:00:00Z".parse().unwrap();
        assert_eq!(clock.moment(in_an_hour), Instant::now() + LONGEST_SLEEP);
        other.set_ahead(3600);
        assert_eq!(clock.now(), in_an_hour);
        assert_eq!(clock.moment(in_an_hour), Instant::now());
    }
}
