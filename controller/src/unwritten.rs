//! News of a Rollout that waits for more to be written with it.
//!
//! In memory only: what is lost with the process is found out anew by the next pass.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::key::Key;

/// How long news waits. A step takes about as long where the router reloads every two seconds, so that its pods, its weight
/// and its end make one write or two; a person who looks at numbers does not mind.
const PATIENCE: Duration = Duration::from_secs(3);

/// Since when each Rollout has had news that is not written.
#[derive(Debug, Default)]
pub struct Unwritten(Mutex<HashMap<Key, Instant>>);

impl Unwritten {
    /// How long the news of this Rollout, which there is from now on at the latest, still waits; `None` once it has waited
    /// long enough.
    pub fn waits(&self, rollout: &Key, now: Instant) -> Option<Duration> {
        let since = *self.lock().entry(rollout.clone()).or_insert(now);
        Some((since + PATIENCE).saturating_duration_since(now)).filter(|left| !left.is_zero())
    }

    /// Everything about this Rollout is written, or nobody asks any more.
    pub fn forget(&self, rollout: &Key) {
        self.lock().remove(rollout);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn news_waits_from_its_first_sight_and_no_longer() {
        let (unwritten, key, begin) = (Unwritten::default(), Key::new("shop", "web"), Instant::now());
        let second = Duration::from_secs(1);
        assert_eq!(unwritten.waits(&key, begin), Some(3 * second));
        assert_eq!(unwritten.waits(&key, begin + second), Some(2 * second));
        assert_eq!(unwritten.waits(&key, begin + 3 * second), None);
        unwritten.forget(&key);
        assert_eq!(unwritten.waits(&key, begin + 4 * second), Some(3 * second), "the next news waits anew");
    }
}
