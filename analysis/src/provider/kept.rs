//! What a server gave for a while: kept until shortly before it expires.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

/// The most that are kept.
const MOST: usize = 1000;

/// Things that still hold, by who asked for them. Cloning gives the same.
pub(super) struct Kept<Who, What>(Arc<Mutex<HashMap<Who, (What, Timestamp)>>>);

impl<Who, What> Clone for Kept<Who, What> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Who, What> Default for Kept<Who, What> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<Who, What> fmt::Debug for Kept<Who, What> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kept", self.lock().len())
    }
}

impl<Who, What> Kept<Who, What> {
    fn lock(&self) -> MutexGuard<'_, HashMap<Who, (What, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Who: Clone + Eq + Hash, What: Clone> Kept<Who, What> {
    /// Drops what was refused.
    pub(super) fn forget(&self, who: &Who) {
        self.lock().remove(who);
    }

    /// What still holds.
    pub(super) fn get(&self, who: &Who, now: Timestamp) -> Option<What> {
        self.lock().get(who).filter(|(_, until)| *until > now).map(|(what, _)| what.clone())
    }

    /// Keeps it until then, if there is room.
    pub(super) fn keep(&self, who: &Who, what: What, until: Timestamp, now: Timestamp) {
        let mut kept = self.lock();
        kept.retain(|_, (_, until)| *until > now);
        if kept.len() < MOST {
            kept.insert(who.clone(), (what, until));
        }
    }
}
