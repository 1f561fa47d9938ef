//! How an Application stands, as its status says.

use jiff::Timestamp;
use sluice_crds::{Application, ApplicationSource, OperationState, RevisionHistory, SyncResult};
use sluice_gitops::application::revision::Revision;
pub(crate) use sluice_orders::application::{is_automated, is_busy, running};

/// What a status that is not there says.
const UNKNOWN: &str = "Unknown";

/// Synced, OutOfSync or Unknown.
pub(crate) fn sync(app: &Application) -> &str {
    let sync = app.status.as_ref().and_then(|status| status.sync.as_ref());
    sync.map(|sync| sync.status.as_str()).filter(|text| !text.is_empty()).unwrap_or(UNKNOWN)
}

/// Healthy, Suspended, Progressing, Missing, Degraded or Unknown.
pub(crate) fn health(app: &Application) -> &str {
    let health = app.status.as_ref().and_then(|status| status.health.as_ref());
    health.and_then(|health| health.status.as_deref()).unwrap_or(UNKNOWN)
}

/// The commit that was compared last, as people write it.
pub(crate) fn compared(app: &Application) -> String {
    let sync = app.status.as_ref().and_then(|status| status.sync.as_ref());
    sync.and_then(Revision::compared).map(|revision| revision.short()).unwrap_or_default()
}

/// The commit that a sync went to.
pub(crate) fn done(result: &SyncResult) -> String {
    Revision::done(result).map(|revision| revision.short()).unwrap_or_default()
}

/// The commit of a past deployment.
pub(crate) fn deployed(entry: &RevisionHistory) -> String {
    let revisions = if entry.revisions.is_empty() { vec![entry.revision.clone()] } else { entry.revisions.clone() };
    Revision(revisions).short()
}

/// What is being done with it, or was done last.
pub(crate) fn state(app: &Application) -> Option<&OperationState> {
    app.status.as_ref()?.operation_state.as_ref()
}

/// Its sources, whichever field they are in.
pub(crate) fn sources(app: &Application) -> &[ApplicationSource] {
    match (&app.spec.source, app.spec.sources.as_slice()) {
        (Some(source), []) => std::slice::from_ref(source),
        (_, sources) => sources,
    }
}

/// What a source is to be at, as it says.
pub(crate) fn target(source: &ApplicationSource) -> &str {
    match source.target_revision.as_deref() {
        Some(revision) if !revision.is_empty() => revision,
        _ if source.chart.is_some() => "newest",
        _ => "HEAD",
    }
}

/// How long something took, or takes.
pub(crate) fn took(state: &OperationState, now: Timestamp) -> Option<String> {
    let started = state.started_at.as_ref()?.0;
    let end = state.finished_at.as_ref().map_or(now, |at| at.0);
    Some(crate::age::text(end.duration_since(started)))
}
