//! What a process keeps in mind of a Rollout's notices between two passes: its note, which is ahead of the caches, and who has to
//! wait.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sluice_notify::Note;
use sluice_notify::story::Occurrence;

use tokio::time::Instant;

use crate::key::Key;

/// Longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// One Rollout's.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    /// The uid of the Rollout: another one of its name has another desk.
    pub(crate) uid: String,
    /// What was told, and what is owed.
    pub(crate) note: Note,
    /// The note that the cluster has; `None`: it has none.
    pub(crate) noted: Option<Note>,
    /// Whether an earlier process may have sent what is owed: until the first pass is over.
    pub(crate) is_taken_over: bool,
    /// Who cannot be told for a while, by service and recipient.
    pub(crate) waits: BTreeMap<String, Wait>,
}

/// A recipient who cannot be told for a while.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    /// Until then: by no clock that somebody sets.
    pub(crate) until: Instant,
    /// Attempts that failed one after the other.
    pub(crate) failed: u32,
}

impl Wait {
    /// After another failure: for as long as the service asks, else twice as long as before.
    pub(crate) fn after(before: Option<&Self>, asked: Option<Duration>, now: Instant) -> Self {
        let failed = before.map_or(0, |wait| wait.failed).saturating_add(1);
        let own = Duration::from_secs(1 << failed.min(9));
        let wait = asked.unwrap_or(own).min(LONGEST_WAIT);
        Self { until: now + wait, failed }
    }
}

/// The most events of one Rollout that wait to be told.
const MOST_HEARD: usize = 50;

/// All of them, and events that no status tells of. Those are in mind only: what dies with a process is not told.
#[derive(Debug, Default)]
pub(crate) struct Desks {
    desks: Mutex<HashMap<Key, Desk>>,
    heard: Mutex<HashMap<Key, Vec<Occurrence>>>,
}

impl Desks {
    /// The desk of that Rollout, if there is one.
    pub(crate) fn get(&self, key: &Key, uid: &str) -> Option<Desk> {
        self.lock().get(key).filter(|desk| desk.uid == uid).cloned()
    }

    /// Sets one up.
    pub(crate) fn open(&self, key: &Key, desk: Desk) {
        self.lock().insert(key.clone(), desk);
    }

    /// Takes one away that was set up by a cache that is behind. What was heard waits for the next.
    pub(crate) fn close(&self, key: &Key) {
        self.lock().remove(key);
    }

    /// Changes it at once, so that nothing is lost if the pass is cut off.
    pub(crate) fn put<T>(&self, key: &Key, change: impl FnOnce(&mut Desk) -> T) -> Option<T> {
        self.lock().get_mut(key).map(change)
    }

    /// The Rollout is gone, or nobody wants to hear of it.
    pub(crate) fn forget(&self, key: &Key) {
        self.close(key);
        self.ears().remove(key);
    }

    /// Notes an event of a Rollout.
    pub(crate) fn hear(&self, key: &Key, one: Occurrence) {
        let mut heard = self.ears();
        let all = heard.entry(key.clone()).or_default();
        if all.len() < MOST_HEARD {
            all.push(one);
        }
    }

    /// The events since it was asked last.
    pub(crate) fn heard(&self, key: &Key) -> Vec<Occurrence> {
        self.ears().remove(key).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Desk>> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ears(&self) -> MutexGuard<'_, HashMap<Key, Vec<Occurrence>>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
