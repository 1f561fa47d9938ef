//! A release as one trace of OpenTelemetry: its steps, its analyses, and the passes that changed something.
//!
//! *Guarantees*: nothing waits for it, and where no collector is named nothing is worked out. What is over is told once its end is in
//! the status, with identifiers that follow from the Rollout's uid and the release. So a process that starts anew, or takes over,
//! goes on with the same trace; what a process had told but not sent when it died is missing in it.

mod analysis;
mod release;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use kube::ResourceExt;
use sluice_core::fact::Fact;
use sluice_crds::names::label;
use sluice_crds::{AnalysisRun, AnalysisRunStatus, RolloutStatus};
use sluice_otlp::{Spans, TraceId};

use crate::apply::Done;
use crate::context::Context;
use crate::key::Key;
use crate::observe::Seen;
use release::{Pass, Release};

/// Where spans are told, and since when steps have been in force.
#[derive(Debug, Default)]
pub struct Traces {
    spans: OnceLock<Spans>,
    /// By Rollout: of which release, and since when its step has been in force.
    steps: Mutex<HashMap<Key, (TraceId, Timestamp)>>,
}

impl Traces {
    /// From now on what is over is told there.
    pub fn tell_to(&self, spans: Spans) {
        // It is called once, at the start.
        let _ = self.spans.set(spans);
    }

    /// A Rollout is gone.
    pub(crate) fn forget(&self, key: &Key) {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// Since when the step of a release has been in force, as far as this process knows.
    fn step_began(&self, key: &Key, release: &Release) -> Option<Timestamp> {
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.get(key).filter(|(trace, _)| *trace == release.trace).map(|(_, began)| *began)
    }

    fn step_begins(&self, key: &Key, release: &Release, at: Timestamp) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.insert(key.clone(), (release.trace.clone(), at));
    }
}

/// Tells of a pass over a Rollout whose status is written.
pub(crate) fn pass(ctx: &Context, seen: &Seen, facts: &[Fact], done: &Done, after: &RolloutStatus, began: Timestamp) {
    let Some(spans) = ctx.traces.spans.get() else { return };
    let (key, uid) = (Key::of(&seen.rollout), seen.rollout.uid().unwrap_or_default());
    let Some(release) = Release::of(&uid, after) else { return };
    let now = ctx.clock.now();
    let known = ctx.traces.step_began(&key, &release);
    let pass = Pass {
        rollout: &seen.rollout,
        before: &seen.observed.status,
        after,
        facts,
        done: &done.made,
        trouble: done.error.as_ref().map(ToString::to_string),
        from: began,
        to: now,
        step_began: known.unwrap_or_else(|| release.last_progress(&seen.observed.status)),
    };
    spans.tell(release::spans(&uid, &release, &pass));
    let moved = facts.iter().any(|fact| matches!(fact, Fact::StepDone(_)));
    if !release::is_under_way(after) {
        ctx.traces.forget(&key);
    } else if moved || known.is_none() {
        let at = if moved { now } else { pass.step_began };
        ctx.traces.step_begins(&key, &release, at);
    }
}

/// Tells of an analysis of a release, the end of which is written.
pub(crate) fn analysis(ctx: &Context, key: &Key, run: &AnalysisRun, ended: &AnalysisRunStatus) {
    let Some(spans) = ctx.traces.spans.get() else { return };
    let Some(owner) = run.owner_references().iter().find(|owner| owner.kind == "Rollout") else { return };
    let Some(rollout) = ctx.caches.rollout(&key.beside(&owner.name)) else { return };
    let Ok(rollout) = &rollout.0 else { return };
    let Some(status) = rollout.status.as_ref().filter(|_| rollout.uid().as_ref() == Some(&owner.uid)) else { return };
    // One of a release before would be told as of this one.
    if status.current_pod_hash.as_ref() != run.labels().get(label::POD_TEMPLATE_HASH) {
        return;
    }
    if let Some(release) = Release::of(&owner.uid, status) {
        spans.tell(analysis::span(&release, key, run, ended, ctx.clock.now()));
    }
}
