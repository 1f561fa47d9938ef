//! Notices: sent, and not sent, by the names that other controllers of this API have.

use std::sync::Arc;

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::register::add;
use super::{EventCounts, Passes};
use crate::key::Key;

/// Passes of the loop of notices, and what came of attempts.
#[derive(Clone, Debug)]
pub struct Notices {
    /// Passes.
    pub passes: Passes,
    /// Mistakes in the ConfigMap and the Secret.
    pub problems: Gauge,
    /// Notices that a service took, by Rollout, type and reason.
    pub(super) success: Arc<EventCounts>,
    /// Attempts that failed, likewise.
    pub(super) error: Arc<EventCounts>,
}

impl Notices {
    pub(super) fn new(page: &mut Registry) -> Self {
        Self {
            passes: Passes::new(page, "sluice_notices", "notices"),
            problems: add(page, "sluice_notifications_problems", "Mistakes in the ConfigMap of the notifications"),
            success: Arc::default(),
            error: Arc::default(),
        }
    }

    /// Counts an attempt to send what that trigger sends of that Rollout.
    pub fn sent(&self, about: &Key, trigger: &str, well: bool) {
        let reason = reason(trigger);
        let bad =
            ["Failed", "Error", "Aborted", "Rollback", "Exceeded", "Invalid"].iter().any(|word| reason.contains(word));
        let kind = if bad { "Warning" } else { "Normal" };
        if well { &self.success } else { &self.error }.inc(about, kind, &reason);
    }

    /// The Rollout is gone, and so are its series.
    pub fn forget(&self, about: &Key) {
        self.success.forget(about);
        self.error.forget(about);
    }
}

/// The event's reason that a trigger is named after: `on-rollout-paused` is RolloutPaused.
fn reason(trigger: &str) -> String {
    let words = trigger.strip_prefix("on-").unwrap_or(trigger).split('-');
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    words.map(capital).collect()
}
