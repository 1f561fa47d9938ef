//! Writes down what came of a run: its status in one write, then the events that tell of it.

use kube::api::Patch;
use serde_json::json;
use sluice_analysis::fact::{Fact, facts};
use sluice_crds::{AnalysisPhase, AnalysisRun, AnalysisRunStatus};
use sluice_notify::story;
use sluice_read::Objects;
use tracing::info;

use crate::analysis_run::Error;
use crate::analysis_run::observe::Seen;
use crate::apply::hand;
use crate::context::Context;
use crate::key::{Key, Kind, ObjectId};
use crate::patch::difference;
use crate::traces;

/// Brings the stored status to `folded`; writes nothing when it says so already.
pub(super) async fn status(
    ctx: &Context,
    key: &Key,
    object: &AnalysisRun,
    seen: &Seen,
    folded: &AnalysisRunStatus,
) -> Result<(), Error> {
    let (before, after) = (serde_json::to_value(&seen.status)?, serde_json::to_value(folded)?);
    let Some(difference) = difference(&before, &after) else { return Ok(()) };
    // The resource version: no status may rest on another one than it was folded from.
    let patch = json!({"metadata": {"resourceVersion": object.metadata.resource_version}, "status": difference});
    write(ctx, key, &patch).await?;
    note_breach(ctx, key, object, seen, folded);
    if folded.phase.is_completed() && !seen.status.phase.is_completed() {
        traces::analysis(ctx, key, object, folded);
    }
    for fact in facts(&seen.status, folded) {
        tell(ctx, key, object, &fact);
    }
    Ok(())
}

/// Writes a merge patch, and has the next pass wait until the cache shows it.
pub(super) async fn write(ctx: &Context, key: &Key, patch: &serde_json::Value) -> Result<(), Error> {
    let api: Objects<AnalysisRun> = Objects::namespaced(ctx.client.clone(), &key.namespace);
    let written = api.patch_metadata(&key.name, &hand::params(), &Patch::Merge(patch)).await.map_err(Error::Status)?;
    ctx.wrote(&ObjectId { kind: Kind::AnalysisRun, key: key.clone() }, Kind::AnalysisRun, &written);
    Ok(())
}

fn note_breach(ctx: &Context, key: &Key, object: &AnalysisRun, seen: &Seen, folded: &AnalysisRunStatus) {
    if !matches!(folded.phase, AnalysisPhase::Failed | AnalysisPhase::Error) {
        return;
    }
    let finished = seen.readings.iter().map(|reading| reading.finished).max();
    if let (Some(rollout), Some(finished)) = (rollout(object), finished) {
        ctx.breaches.broke(&key.beside(rollout), finished);
    }
}

/// The Rollout that it judges, if it is one's.
fn rollout(object: &AnalysisRun) -> Option<&str> {
    let mut owners = object.metadata.owner_references.iter().flatten();
    owners.find(|owner| owner.kind == "Rollout").map(|owner| owner.name.as_str())
}

fn tell(ctx: &Context, key: &Key, object: &AnalysisRun, fact: &Fact) {
    let release = rollout(object).and_then(|name| ctx.caches.rollout(&key.beside(name)));
    let release = release.and_then(|cached| cached.0.as_ref().ok()?.status.as_ref().and_then(story::release));
    info!(run = %key, release, "{fact}");
    if fact.is_warning() {
        ctx.events.warning(object, &fact.reason(), &fact.to_string());
    } else {
        ctx.events.normal(object, &fact.reason(), &fact.to_string());
    }
}
