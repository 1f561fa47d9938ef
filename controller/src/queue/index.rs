//! What the queue knows, without waiting: plain data in, plain data out.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use backoff::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

/// Shortest wait after a failure. Changes do not cut it short: a pass that fails after its first
/// write makes a change itself, and would chase its own tail.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// Longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Index<K> {
    due: VecDeque<K>,
    timers: BTreeMap<(Instant, u64), K>,
    entries: HashMap<K, Entry>,
    timers_made: u64,
}

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self { due: VecDeque::new(), timers: BTreeMap::new(), entries: HashMap::new(), timers_made: 0 }
    }
}

#[derive(Debug, Default)]
struct Entry {
    place: Place,
    timer: Option<(Instant, u64)>,
    failure: Option<Failure>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Idle,
    Due,
    /// Handed out; nothing asked for since.
    Running,
    /// Handed out, and asked for again since.
    RunningAgain,
}

#[derive(Debug)]
struct Failure {
    waits: ExponentialBackoff,
    not_before: Instant,
}

/// Whose turn it is.
pub(super) enum Turn<K> {
    /// This key's, now.
    Now(K),
    /// Somebody's, at that time.
    At(Instant),
    /// Nobody's, until something is added.
    Never,
}

impl<K: Clone + Eq + Hash> Index<K> {
    pub(super) fn add(&mut self, key: K, now: Instant) {
        let entry = self.entries.entry(key.clone()).or_default();
        match (entry.place, &entry.failure) {
            (Place::Idle, Some(failure)) if failure.not_before > now => {
                let at = failure.not_before;
                self.add_at(key, at);
            }
            (Place::Idle, _) => {
                entry.place = Place::Due;
                self.due.push_back(key);
            }
            (Place::Running, _) => entry.place = Place::RunningAgain,
            (Place::Due | Place::RunningAgain, _) => {}
        }
    }

    pub(super) fn add_at(&mut self, key: K, at: Instant) {
        let entry = self.entries.entry(key.clone()).or_default();
        if entry.timer.is_some_and(|(earlier, _)| earlier <= at) {
            return;
        }
        if let Some(later) = entry.timer.replace((at, self.timers_made)) {
            self.timers.remove(&later);
        }
        self.timers.insert((at, self.timers_made), key);
        self.timers_made += 1;
    }

    pub(super) fn take(&mut self, now: Instant) -> Turn<K> {
        self.ring(now);
        if let Some(key) = self.due.pop_front() {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.place = Place::Running;
                // The pass looks at everything, and says itself when to look again.
                if let Some(timer) = entry.timer.take() {
                    self.timers.remove(&timer);
                }
            }
            return Turn::Now(key);
        }
        self.timers.first_key_value().map_or(Turn::Never, |((at, _), _)| Turn::At(*at))
    }

    pub(super) fn done(&mut self, key: &K) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.failure = None;
        }
        self.give_back(key);
    }

    pub(super) fn failed(&mut self, key: &K, now: Instant) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        let failure = entry.failure.get_or_insert_with(|| Failure { waits: waits(key), not_before: now });
        failure.not_before = now + FIRST_WAIT;
        let wait = failure.waits.next().unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        let again = entry.place == Place::RunningAgain;
        entry.place = Place::Idle;
        self.add_at(key.clone(), now + wait);
        if again {
            self.add(key.clone(), now);
        }
    }

    pub(super) fn put_off(&mut self, key: &K, until: Instant) {
        self.add_at(key.clone(), until);
        self.give_back(key);
    }

    pub(super) fn forget(&mut self, key: &K) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        if let Some(timer) = entry.timer.take() {
            self.timers.remove(&timer);
        }
        entry.failure = None;
        if entry.place == Place::Idle {
            self.entries.remove(key);
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.due.len()
    }

    /// Makes the keys due whose time has come.
    fn ring(&mut self, now: Instant) {
        while let Some(first) = self.timers.first_entry() {
            if first.key().0 > now {
                break;
            }
            let key = first.remove();
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.timer = None;
            }
            self.add(key, now);
        }
    }

    fn give_back(&mut self, key: &K) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        match entry.place {
            Place::RunningAgain => {
                entry.place = Place::Due;
                self.due.push_back(key.clone());
            }
            Place::Running if entry.timer.is_none() && entry.failure.is_none() => {
                self.entries.remove(key);
            }
            _ => entry.place = Place::Idle,
        }
    }
}

/// The waits of one key, from the shortest to the longest, with a jitter of its own: keys that fail
/// together do not come back together, and the same key waits the same in every run.
fn waits(key: &impl Hash) -> ExponentialBackoff {
    let mut seed = DefaultHasher::new();
    key.hash(&mut seed);
    ExponentialBuilder::default()
        .with_min_delay(FIRST_WAIT)
        .with_max_delay(LONGEST_WAIT)
        .without_max_times()
        .with_jitter()
        .with_jitter_seed(seed.finish())
        .build()
}
