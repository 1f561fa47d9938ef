//! Notices: sent, and not sent, by the names that other controllers of this API have.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sluice_notify::plan::Judged;

use super::labels::{InNamespace, in_namespace};
use super::register::{add, established, times};
use super::{EventCounts, Passes};
use crate::key::Key;

/// `config_map`.
pub(super) type OfMap = [(&'static str, &'static str); 1];
/// `trigger`, `service` and `succeeded`.
type OfDelivery = [(&'static str, String); 3];
/// `name` and `triggered`.
type OfTrigger = [(&'static str, String); 2];

/// Passes of the loops of notices, and what came of attempts.
#[derive(Clone, Debug)]
pub struct Notices {
    /// Passes over what is to be told of Rollouts.
    pub passes: Passes,
    /// The same of Applications.
    pub app_passes: Passes,
    /// Mistakes in a ConfigMap and its Secret, by the ConfigMap's name.
    pub problems: Family<OfMap, Gauge>,
    /// Notices of Applications, by trigger, service, and whether the service took them.
    delivered: Family<OfDelivery, Counter>,
    /// Conditions of Applications' triggers, by trigger, and whether they held.
    evaluated: Family<OfTrigger, Counter>,
    /// Seconds of attempts to send a notice of a Rollout, by its namespace.
    seconds: Family<InNamespace, Histogram>,
    /// Notices that a service took, by Rollout, type and reason.
    pub(super) success: Arc<EventCounts>,
    /// Attempts that failed, likewise.
    pub(super) error: Arc<EventCounts>,
}

impl Notices {
    pub(super) fn new(page: &mut Registry) -> Self {
        Self {
            passes: Passes::new(page, "sluice_notices", "notices of Rollouts"),
            app_passes: Passes::new(page, "sluice_app_notices", "notices of Applications"),
            problems: add(page, "sluice_notifications_problems", "Mistakes in the ConfigMap of the notifications"),
            delivered: add(page, "argocd_notifications_deliveries", "Attempts to send a notice of an Application"),
            evaluated: add(page, "argocd_notifications_trigger_eval", "Conditions of triggers that were judged"),
            seconds: times(page, "notification_send", "Seconds of attempts to send a notice of a Rollout", established),
            success: Arc::default(),
            error: Arc::default(),
        }
    }

    /// How long an attempt to send a notice of that Rollout took.
    pub fn took(&self, about: &Key, time: Duration) {
        self.seconds.get_or_create(&in_namespace(&about.namespace)).observe(time.as_secs_f64());
    }

    /// Counts an attempt to send what that trigger sends of that Rollout.
    pub fn sent(&self, about: &Key, trigger: &str, well: bool) {
        let reason = reason(trigger);
        let bad =
            ["Failed", "Error", "Aborted", "Rollback", "Exceeded", "Invalid"].iter().any(|word| reason.contains(word));
        let kind = if bad { "Warning" } else { "Normal" };
        if well { &self.success } else { &self.error }.inc(about, kind, &reason);
    }

    /// Counts an attempt to send what that trigger sends of an Application.
    pub fn delivered(&self, trigger: &str, service: &str, well: bool) {
        let labels =
            [("trigger", trigger.to_owned()), ("service", service.to_owned()), ("succeeded", well.to_string())];
        self.delivered.get_or_create(&labels).inc();
    }

    /// Counts conditions that were judged.
    pub fn judged(&self, Judged { trigger, held, others }: &Judged) {
        for (triggered, count) in [(true, *held), (false, *others)] {
            if count > 0 {
                let labels = [("name", trigger.clone()), ("triggered", triggered.to_string())];
                self.evaluated.get_or_create(&labels).inc_by(count as u64);
            }
        }
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
