//! What a process keeps in mind of a Rollout's notices between two passes: its note, which is ahead of the caches, and who has to
//! wait.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sluice_notify::Note;
use sluice_notify::send::Failure;
use sluice_notify::story::Occurrence;
use tokio::time::Instant;

use crate::key::Key;

/// Longest wait between two attempts, where the service does not ask for another.
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// Longest wait after an attempt that may have been heard.
const LONGEST_UNHEARD: Duration = Duration::from_hours(1);
/// Shortest and longest wait after credentials were refused: who asks too often with wrong ones is locked out. That they were changed is
/// heard of at once.
const REFUSED: (Duration, Duration) = (Duration::from_mins(1), Duration::from_hours(1));
/// When to look again where this process may not send. One that leads no more ends before that.
pub(super) const WITHHELD: Duration = Duration::from_secs(2);
/// Shortest wait that a service can ask for.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

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
    failed: u32,
    /// Those of them that may have been heard.
    unanswered: u32,
}

impl Wait {
    /// After an attempt that got through.
    pub(crate) fn until(until: Instant) -> Self {
        Self { until, failed: 0, unanswered: 0 }
    }

    /// After another failure. `None`: nothing is to be tried again.
    pub(crate) fn following(before: Option<&Self>, failure: Failure, now: Instant) -> Option<Self> {
        match failure {
            Failure::Temporary { retry_after } => Some(Self::after(before, retry_after, now)),
            Failure::Unanswered => Some(Self::unheard(before, now)),
            Failure::Refused => Some(Self::refused(before, now)),
            Failure::Withheld => Some(Self::until(now + WITHHELD)),
            Failure::Permanent | Failure::Template | Failure::Gone => None,
        }
    }

    /// After another failure: for as long as the service asks, else twice as long as before.
    pub(crate) fn after(before: Option<&Self>, asked: Option<Duration>, now: Instant) -> Self {
        let before = before.copied().unwrap_or(Self::until(now));
        let failed = before.failed.saturating_add(1);
        let wait = asked.map_or(doubled(failed).min(LONGEST_WAIT), |asked| asked.max(SHORTEST_WAIT));
        Self { until: now + wait, failed, ..before }
    }

    /// After another failure by credentials that the service does not take.
    pub(crate) fn refused(before: Option<&Self>, now: Instant) -> Self {
        let (shortest, longest) = REFUSED;
        let asked = before.map_or(shortest, |before| shortest * (1 << before.failed.min(6)));
        Self::after(before, Some(asked.min(longest)), now)
    }

    /// After one that may have been heard. Each repeat may be one message more, so these waits grow longer than others: before a notice
    /// is given up there are some thirty.
    pub(crate) fn unheard(before: Option<&Self>, now: Instant) -> Self {
        let before = before.copied().unwrap_or(Self::until(now));
        let unanswered = before.unanswered.saturating_add(1);
        Self {
            until: now + doubled(unanswered).min(LONGEST_UNHEARD),
            failed: before.failed.saturating_add(1),
            unanswered,
        }
    }
}

/// 2 s, 4 s, and so on.
fn doubled(times: u32) -> Duration {
    Duration::from_secs(1 << times.min(12))
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

    /// Something goes on or by of which nobody wants to hear: whoever comes later has missed it, as with an object of which nothing was
    /// ever told.
    pub(crate) fn missed(&self, key: &Key, uid: String) {
        self.ears().remove(key);
        self.open(key, Desk { uid, note: Note::default(), noted: None, is_taken_over: false, waits: BTreeMap::new() });
    }

    /// Takes one away that was set up by a cache that is behind. What was heard waits for the next.
    pub(crate) fn close(&self, key: &Key) {
        self.lock().remove(key);
    }

    /// Changes it at once, so that nothing is lost if the pass is cut off.
    pub(crate) fn put<T>(&self, key: &Key, change: impl FnOnce(&mut Desk) -> T) -> Option<T> {
        self.lock().get_mut(key).map(change)
    }

    /// Nobody has to wait any more: what kept somebody from being told may have been corrected.
    pub(crate) fn hurry(&self) {
        let now = Instant::now();
        self.lock().values_mut().flat_map(|desk| desk.waits.values_mut()).for_each(|wait| wait.until = now);
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
