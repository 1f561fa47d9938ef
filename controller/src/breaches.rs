//! When analyses broke, until their Rollout's canary is seen at weight 0: objects tell time in whole seconds only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::key::Key;

/// Breaches whose Rollouts still send traffic to the new revision, as far as is known.
#[derive(Debug, Default)]
pub struct Breaches(Mutex<HashMap<Key, Timestamp>>);

impl Breaches {
    /// A measurement of that time ended an analysis of that Rollout badly.
    pub fn broke(&self, rollout: &Key, at: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(rollout.clone()).or_insert(at);
    }

    /// The router was seen to send nothing to the new revision of that Rollout. Gives the time of the breach before,
    /// once.
    pub fn at_zero(&self, rollout: &Key) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(rollout)
    }
}
