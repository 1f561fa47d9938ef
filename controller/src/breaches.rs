//! When analyses broke, until no user is left on their Rollout's new version: objects tell time in whole seconds only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::key::Key;

/// Breaches whose Rollouts still have users on the new revision, as far as is known.
#[derive(Debug, Default)]
pub struct Breaches(Mutex<HashMap<Key, Timestamp>>);

impl Breaches {
    /// A measurement of that time ended an analysis of that Rollout badly.
    pub fn broke(&self, rollout: &Key, at: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(rollout.clone()).or_insert(at);
    }

    /// No user is on the new revision of that Rollout any more, or none is to be taken back. Gives the time of the breach before,
    /// once.
    pub fn answered(&self, rollout: &Key) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(rollout)
    }
}
