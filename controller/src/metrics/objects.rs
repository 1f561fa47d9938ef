//! Series of single objects, read from the caches at each scrape: nothing to keep in step, nothing left behind.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use sluice_core::spec::Router;
use sluice_core::validate;
use sluice_crds::names::{condition, reason};
use sluice_crds::{Rollout, RolloutStatus};

use crate::caches::{Caches, Guarded, PolicyMap};
use crate::context::Queues;
use crate::key::Key;
use crate::metrics::page::{Page, Sample, of};
use crate::metrics::{Acts, LoopName, Notices, analyses};

/// How often events were said, by object.
#[derive(Debug, Default)]
pub struct EventCounts(Mutex<BTreeMap<Key, BTreeMap<Said, i64>>>);

/// Type and reason.
type Said = (&'static str, String);

impl EventCounts {
    /// One more event of that type and reason.
    pub fn inc(&self, about: &Key, kind: &'static str, reason: &str) {
        *self.lock().entry(about.clone()).or_default().entry((kind, reason.to_owned())).or_default() += 1;
    }

    /// Drops the counts of an object that is gone.
    pub fn forget(&self, about: &Key) {
        self.lock().remove(about);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, BTreeMap<Said, i64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(super) struct Objects {
    caches: Caches,
    queues: Queues,
    events: Arc<EventCounts>,
    notices: Notices,
    acts: Acts,
}

impl Objects {
    pub(super) fn new(
        caches: &Caches,
        queues: &Queues,
        events: Arc<EventCounts>,
        notices: &Notices,
        acts: Acts,
    ) -> Self {
        Self { caches: caches.clone(), queues: queues.clone(), events, notices: notices.clone(), acts }
    }
}

impl Collector for Objects {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let mut page = Page(&mut encoder);
        page.gauge(
            "argo_rollouts_controller_info",
            "The controller",
            vec![(vec![("version", env!("CARGO_PKG_VERSION").to_owned())], 1)],
        )?;
        page.gauge("sluice_queue_depth", "Objects due for a pass", self.depths())?;
        if !self.acts.now() {
            return Ok(());
        }
        rollouts(&mut page, &intact(&self.caches.rollouts.state()))?;
        analyses::runs(&mut page, &intact(&self.caches.analysis_runs.state()))?;
        let (own, cluster) = (self.caches.templates.state(), self.caches.cluster_templates.state());
        analyses::templates(&mut page, &intact(&own), &intact(&cluster))?;
        analyses::experiments(&mut page, &intact(&self.caches.experiments.state()))?;
        policies(&mut page, &self.caches.policies.state())?;
        page.counter("rollout_events", "Kubernetes events about Rollouts", said(&self.events))?;
        let (sent, failed) = (said(&self.notices.success), said(&self.notices.error));
        page.plain("notification_send_success", "Notices that a service took", sent)?;
        page.plain("notification_send_error", "Attempts to send a notice that failed", failed)
    }
}

impl Objects {
    fn depths(&self) -> Vec<Sample> {
        let depth = |name: LoopName, depth: usize| {
            (vec![("loop", name.as_str().to_owned())], i64::try_from(depth).unwrap_or(i64::MAX))
        };
        vec![
            depth(LoopName::Rollout, self.queues.rollouts.depth()),
            depth(LoopName::AnalysisRun, self.queues.analysis_runs.depth()),
            depth(LoopName::Experiment, self.queues.experiments.depth()),
            depth(LoopName::Application, self.queues.applications.depth()),
            depth(LoopName::Policy, self.queues.policies.depth()),
            depth(LoopName::Notice, self.queues.notices.depth()),
            depth(LoopName::AppNotice, self.queues.app_notices.depth()),
        ]
    }
}

fn intact<K>(objects: &[Arc<Guarded<K>>]) -> Vec<&K> {
    objects.iter().filter_map(|object| object.0.as_ref().ok()).collect()
}

fn rollouts(page: &mut Page<'_, '_>, rollouts: &[&Rollout]) -> fmt::Result {
    let count = |of_one: fn(&Rollout) -> i32| {
        rollouts.iter().map(|one| (of(&Key::of(*one), []), i64::from(of_one(one)))).collect()
    };
    page.gauge("rollout_info", "A Rollout and how it stands", rollouts.iter().map(|one| rollout_info(one)).collect())?;
    page.gauge("rollout_info_replicas_desired", "Pods asked for", count(|one| one.spec.replicas.unwrap_or(1)))?;
    page.gauge(
        "rollout_info_replicas_available",
        "Pods available",
        count(|one| status(one, |status| status.available_replicas)),
    )?;
    page.gauge(
        "rollout_info_replicas_unavailable",
        "Pods not available",
        count(|one| status(one, |status| status.replicas - status.available_replicas)),
    )?;
    page.gauge(
        "rollout_info_replicas_updated",
        "Pods of the newest template",
        count(|one| status(one, |status| status.updated_replicas)),
    )?;
    canaries(page, rollouts)
}

/// How far those have come that go step by step.
fn canaries(page: &mut Page<'_, '_>, rollouts: &[&Rollout]) -> fmt::Result {
    let known = |of_one: fn(&Rollout) -> Option<i64>| {
        rollouts.iter().filter_map(|one| Some((of(&Key::of(*one), []), of_one(one)?))).collect()
    };
    page.gauge(
        "sluice_rollout_weight",
        "The new version's share of the traffic, as the router was told",
        known(weight),
    )?;
    page.gauge("sluice_rollout_step", "Steps that are done", known(step))?;
    page.gauge("sluice_rollout_steps", "Steps that there are", known(steps))
}

fn weight(rollout: &Rollout) -> Option<i64> {
    Some(rollout.status.as_ref()?.canary.weights.as_ref()?.canary.weight.into())
}

fn step(rollout: &Rollout) -> Option<i64> {
    Some(rollout.status.as_ref()?.current_step_index?.into())
}

fn steps(rollout: &Rollout) -> Option<i64> {
    i64::try_from(rollout.spec.strategy.canary.as_ref()?.steps.len()).ok()
}

fn status(rollout: &Rollout, count: fn(&RolloutStatus) -> i32) -> i32 {
    rollout.status.as_ref().map_or(0, count)
}

fn rollout_info(rollout: &Rollout) -> Sample {
    let canary = rollout.spec.strategy.canary.as_ref();
    let strategy = if canary.is_some() { "canary" } else { "blueGreen" };
    let routing = canary.and_then(|canary| canary.traffic_routing.as_ref());
    let routers = routing.map(validate::routers).unwrap_or_default();
    let routers: Vec<&str> = routers.iter().map(Router::name).collect();
    let labels = [("strategy", strategy), ("traffic_router", &routers.join(",")), ("phase", rollout_phase(rollout))];
    (of(&Key::of(rollout), labels.map(|(name, value)| (name, value.to_owned()))), 1)
}

/// The phase as `rollout_info` has it, which is told from conditions and not from `status.phase`.
fn rollout_phase(rollout: &Rollout) -> &'static str {
    let conditions = rollout.status.as_ref().map_or(&[][..], |status| &status.conditions);
    if conditions.iter().any(|one| one.r#type == condition::INVALID_SPEC) {
        return "InvalidSpec";
    }
    let progressing = conditions.iter().find(|one| one.r#type == condition::PROGRESSING);
    match progressing.map(|one| one.reason.as_str()) {
        Some(reason::NEW_REPLICA_SET_AVAILABLE) => "Completed",
        Some(reason::PAUSED) => "Paused",
        Some(reason::PROGRESS_DEADLINE_EXCEEDED) => "Timeout",
        Some(reason::ABORTED) => "Abort",
        Some(reason::REPLICA_SET_CREATE_ERROR | reason::RECONCILIATION_ERROR) => "Error",
        _ => "Progressing",
    }
}

fn policies(page: &mut Page<'_, '_>, policies: &[Arc<PolicyMap>]) -> fmt::Result {
    let valid = |one: &Arc<PolicyMap>| (of(&Key::of(&**one), []), i64::from(one.broken.is_none()));
    let help = "1 where the newest form of a rollback policy is in force, 0 where it has mistakes";
    page.gauge("sluice_rollback_policy_valid", help, policies.iter().map(valid).collect())?;
    let in_force = |one: &Arc<PolicyMap>| (of(&Key::of(&**one), []), i64::from(one.form.is_some()));
    let help = "1 where some form of a rollback policy is in force, 0 where it never had a good one: no release is watched by it";
    page.gauge("sluice_rollback_policy_in_force", help, policies.iter().map(in_force).collect())
}

fn said(counts: &EventCounts) -> Vec<Sample> {
    let counts = counts.lock();
    let sample = |about: &Key, (kind, reason): &Said, count| {
        (of(about, [("type", (*kind).to_owned()), ("reason", reason.clone())]), count)
    };
    counts.iter().flat_map(|(about, said)| said.iter().map(move |(what, count)| sample(about, what, *count))).collect()
}
