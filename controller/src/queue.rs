//! The work queue: which object is looked at next.
//!
//! *Guarantees*: a key is never handed out twice at the same time; what is added while its pass runs
//! is handed out again after it; a key that keeps failing waits longer each time and delays no other.

mod index;

use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use index::Index;
pub use index::Still;

/// Keys waiting for a pass, on tokio's clock. Has one consumer: the dispatcher of its loop.
#[derive(Debug)]
pub struct Queue<K> {
    index: Mutex<Index<K>>,
    changed: Notify,
}

impl<K: Clone + Eq + Hash> Default for Queue<K> {
    fn default() -> Self {
        Self { index: Mutex::new(Index::default()), changed: Notify::new() }
    }
}

impl<K: Clone + Eq + Hash> Queue<K> {
    /// Asks for a pass now: after the one that runs, and a moment later if the last one failed.
    pub fn add(&self, key: K) {
        self.lock().add(key, Instant::now());
        self.changed.notify_one();
    }

    /// Asks for a pass at that time. Of several times the earliest counts; any pass makes them void.
    pub fn add_at(&self, key: K, at: Instant) {
        self.lock().add_at(key, at);
        self.changed.notify_one();
    }

    /// Waits for the next key that is due, and hands it out. [`Queue::done`] or [`Queue::failed`] gives it back.
    pub async fn next(&self) -> K {
        loop {
            let turn = self.lock().take(Instant::now());
            match turn {
                index::Turn::Now(key) => return key,
                index::Turn::At(at) => tokio::select! {
                    biased;
                    () = sleep_until(at) => {}
                    () = self.changed.notified() => {}
                },
                index::Turn::Never => self.changed.notified().await,
            }
        }
    }

    /// Gives a key back after a pass that went well: its failures are forgotten.
    pub fn done(&self, key: &K) {
        self.lock().done(key, Instant::now());
        self.changed.notify_one();
    }

    /// Gives a key back after a pass that failed: it is handed out again after a wait, longer each time.
    pub fn failed(&self, key: &K) {
        self.lock().failed(key, Instant::now());
        self.changed.notify_one();
    }

    /// Gives a key back that could not have its pass yet: it is handed out again at that time.
    pub fn put_off(&self, key: &K, until: Instant) {
        self.lock().put_off(key, until, Instant::now());
        self.changed.notify_one();
    }

    /// Drops what is known of a key whose object is gone; a pass that runs ends as usual.
    pub fn forget(&self, key: &K) {
        self.lock().forget(key);
    }

    /// How many keys are due and not handed out.
    pub fn depth(&self) -> usize {
        self.lock().depth()
    }

    /// What should have moved for that long and has not: a pass that does not end, or keys that nobody takes.
    pub fn still(&self, long: Duration) -> Option<Still<K>> {
        self.lock().still(Instant::now().checked_sub(long)?)
    }

    fn lock(&self) -> MutexGuard<'_, Index<K>> {
        // No code that can panic runs under the lock; a poisoned one is as good as any.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: fmt::Display> fmt::Display for Still<K> {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass(key) => write!(text, "the pass of {key} does not end"),
            Self::Due(keys) => write!(text, "{keys} objects are due and none is looked at"),
        }
    }
}

#[cfg(test)]
mod tests;
