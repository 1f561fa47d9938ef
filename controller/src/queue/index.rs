//! What the queue knows, without waiting: plain data in, plain data out.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use sluice_live::Waits;
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
    /// Since when there is a key due.
    due_since: Option<Instant>,
    /// When a key was last asked for, or given back. `None` before somebody began to.
    moved: Option<Instant>,
}

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self {
            due: VecDeque::new(),
            timers: BTreeMap::new(),
            entries: HashMap::new(),
            timers_made: 0,
            due_since: None,
            moved: None,
        }
    }
}

#[derive(Debug, Default)]
struct Entry {
    place: Place,
    timer: Option<(Instant, u64)>,
    failure: Option<Failure>,
    /// When it was handed out last.
    taken: Option<Instant>,
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
    waits: Waits,
    not_before: Instant,
}

/// What should have moved and has not.
#[derive(Debug, PartialEq, Eq)]
pub enum Still<K> {
    /// The pass of this key.
    Pass(K),
    /// The keys that are due, so many.
    Due(usize),
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
                if self.due.is_empty() {
                    self.due_since = Some(now);
                }
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
        self.moved = Some(now);
        self.ring(now);
        if let Some(key) = self.due.pop_front() {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.place = Place::Running;
                entry.taken = Some(now);
                // The pass looks at everything, and says itself when to look again.
                if let Some(timer) = entry.timer.take() {
                    self.timers.remove(&timer);
                }
            }
            return Turn::Now(key);
        }
        self.timers.first_key_value().map_or(Turn::Never, |((at, _), _)| Turn::At(*at))
    }

    pub(super) fn done(&mut self, key: &K, now: Instant) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.failure = None;
        }
        self.give_back(key, now);
    }

    pub(super) fn failed(&mut self, key: &K, now: Instant) {
        self.moved = Some(now);
        let Some(entry) = self.entries.get_mut(key) else { return };
        let failure = entry
            .failure
            .get_or_insert_with(|| Failure { waits: Waits::of(key, (FIRST_WAIT, LONGEST_WAIT)), not_before: now });
        failure.not_before = now + FIRST_WAIT;
        let wait = failure.waits.failed();
        let again = entry.place == Place::RunningAgain;
        entry.place = Place::Idle;
        self.add_at(key.clone(), now + wait);
        if again {
            self.add(key.clone(), now);
        }
    }

    pub(super) fn put_off(&mut self, key: &K, until: Instant, now: Instant) {
        self.add_at(key.clone(), until);
        self.give_back(key, now);
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

    /// What last moved before that time, and should have moved since. Nothing, before somebody began to ask for keys.
    pub(super) fn still(&self, before: Instant) -> Option<Still<K>> {
        let moved = self.moved?;
        let running = |entry: &Entry| matches!(entry.place, Place::Running | Place::RunningAgain);
        let hangs = |entry: &Entry| running(entry) && entry.taken.is_some_and(|taken| taken < before);
        if let Some((key, _)) = self.entries.iter().find(|(_, entry)| hangs(entry)) {
            return Some(Still::Pass(key.clone()));
        }
        let late = self.timers.range(..(before, 0)).count();
        let waits = !self.due.is_empty() && self.due_since.is_some_and(|since| since < before);
        (moved < before && (waits || late > 0)).then_some(Still::Due(self.due.len() + late))
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

    fn give_back(&mut self, key: &K, now: Instant) {
        self.moved = Some(now);
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
