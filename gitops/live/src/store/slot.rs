//! One place that is watched: a kind, in one namespace or everywhere.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use sluice_gitops::Key;

/// What one watch sees.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) group: String,
    pub(crate) kind: String,
    /// Empty: all namespaces.
    pub(crate) namespace: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = if self.group.is_empty() { "" } else { "/" };
        write!(f, "{}{group}{}", self.group, self.kind)?;
        if self.namespace.is_empty() { Ok(()) } else { write!(f, " of namespace {}", self.namespace) }
    }
}

/// How a place stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// It is being listed for the first time.
    #[default]
    Listing,
    /// It was listed.
    Ready,
    /// There is nothing of that kind here: it is not served, or not looked at.
    Absent,
    /// It cannot be read; this is why.
    Failed(String),
}

/// What is known of a place, beside the objects that are kept.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    pub(super) state: State,
    /// Objects that are there and not kept, by the print of their keys.
    pub(super) dropped: HashSet<u64>,
    /// Objects that are wanted, and were dropped before: they are read one by one.
    pub(super) reading: HashSet<Arc<Key>>,
    /// What the list that is being read has shown.
    pub(super) listing: Option<HashSet<u64>>,
    /// What was written and not shown by the watch since, and whether that is so for long.
    pub(super) unseen: HashMap<Arc<Key>, bool>,
    /// What was deleted and not shown as gone by the watch since, by its UID.
    pub(super) buried: HashMap<Arc<Key>, String>,
}

impl Slot {
    /// Somebody wants an object that is not kept. If it may be there it must be read.
    pub(super) fn miss(&mut self, key: &Arc<Key>) {
        let is_listing = self.listing.as_ref().is_some_and(|seen| seen.contains(&print(key)));
        if is_listing || self.dropped.contains(&print(key)) {
            self.reading.insert(key.clone());
        }
    }

    /// Whether a list or a watch has to show it yet.
    pub(super) fn is_unseen(&self, key: &Key) -> bool {
        self.unseen.contains_key(key)
    }
}

/// Eight bytes for a key. Two that share them cost a read, nothing else.
pub(super) fn print(key: &Key) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&key.namespace, &key.name).hash(&mut hasher);
    hasher.finish()
}
