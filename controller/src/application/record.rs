//! Writes down what came of a pass: status and what else changes of the Application in one write, then what people hear of it.

mod compact;

use jiff::Timestamp;
use kube::api::Patch;
use serde_json::{Value, json};
use sluice_crds::names::application::REFRESH;
use sluice_crds::{Application, ApplicationStatus};
use sluice_gitops::application::change::Change;
use sluice_gitops::application::event::{self, Event};
use sluice_gitops::application::fact::Fact;
use sluice_gitops::application::status::{self, Done};
use sluice_read::Objects;
use tracing::{info, warn};

use super::Error;
use super::observe::Seen;
use crate::apply::hand;
use crate::context::Context;
use crate::key::{Key, Kind, ObjectId};
use crate::metrics::Whose;
use crate::patch::difference;

/// Records a pass. Facts are told once the status has them; changes were made either way, and are told.
pub(super) async fn pass(
    ctx: &Context,
    key: &Key,
    seen: &Seen,
    facts: &[Fact],
    done: &[Done],
    now: Timestamp,
) -> Result<(), Error> {
    let before = &seen.observed.status;
    let mut folded = compact::fitted(status::fold(&seen.observed, facts, done, now), &seen.application);
    name_tools(&mut folded, &seen.tools);
    let written = match patch(seen, &folded, done) {
        Some(patch) => write(ctx, key, &patch).await,
        None => Ok(()),
    };
    if written.is_ok() {
        tell(ctx, key, seen, (before, &folded), facts);
    }
    tell_changes(ctx, key, seen, done);
    written
}

/// What renders the sources: in the field for one, or in that for several.
fn name_tools(status: &mut ApplicationStatus, tools: &[String]) {
    match tools {
        [] => {}
        [one] => (status.source_type, status.source_types) = (Some(one.clone()), Vec::new()),
        several => (status.source_type, status.source_types) = (None, several.to_vec()),
    }
}

/// What is to be written of the Application; `None`: nothing. Rests on the very version that was seen.
fn patch(seen: &Seen, folded: &ApplicationStatus, done: &[Done]) -> Option<Value> {
    let mut patch = own_changes(seen, done);
    if *folded != seen.observed.status {
        let json = |status: &ApplicationStatus| serde_json::to_value(status).unwrap_or_default();
        let changed = difference(&json(&seen.observed.status), &json(folded));
        if let (Some(changed), Some(fields)) = (changed, patch.as_object_mut()) {
            fields.insert("status".to_owned(), changed);
        }
    }
    if patch.as_object().is_none_or(serde_json::Map::is_empty) {
        return None;
    }
    let version = &seen.application.metadata.resource_version;
    json_patch::merge(&mut patch, &json!({"metadata": {"resourceVersion": version}}));
    Some(patch)
}

/// Changes of the Application itself, as a merge patch.
fn own_changes(seen: &Seen, done: &[Done]) -> Value {
    let mut finalizers = seen.observed.finalizers.clone();
    let mut fields = serde_json::Map::new();
    let mut metadata = serde_json::Map::new();
    for Done { change, .. } in done.iter().filter(|one| one.result.is_ok()) {
        match change {
            Change::ClearOperation => drop(fields.insert("operation".to_owned(), Value::Null)),
            Change::ClearRefresh => drop(metadata.insert("annotations".to_owned(), json!({REFRESH: null}))),
            Change::Hold { finalizer } => finalizers.push(finalizer.clone()),
            Change::Release { finalizer } => finalizers.retain(|one| one != finalizer),
            _ => {}
        }
    }
    if finalizers != seen.observed.finalizers {
        metadata.insert("finalizers".to_owned(), json!(finalizers));
    }
    if !metadata.is_empty() {
        fields.insert("metadata".to_owned(), Value::Object(metadata));
    }
    Value::Object(fields)
}

/// Writes a merge patch, and has the next pass wait until the cache shows it. The status is no subresource.
pub(super) async fn write(ctx: &Context, key: &Key, patch: &Value) -> Result<(), Error> {
    let api: Objects<Application> = Objects::namespaced(ctx.client.clone(), &key.namespace);
    match api.patch_metadata(&key.name, &hand::params(), &Patch::Merge(patch)).await {
        Ok(written) => {
            ctx.wrote(&ObjectId { kind: Kind::Application, key: key.clone() }, Kind::Application, &written);
            Ok(())
        }
        // It is gone: there is nothing to write any more.
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(Error::Status(error)),
    }
}

/// Tells people what is new: the same text as an event and as a log line.
fn tell(
    ctx: &Context,
    key: &Key,
    seen: &Seen,
    (before, after): (&ApplicationStatus, &ApplicationStatus),
    facts: &[Fact],
) {
    count(ctx, key, seen, after, facts);
    for Event { warning, reason, text } in event::events(before, after, facts) {
        info!(application = %key, reason, "{text}");
        if warning {
            ctx.events.warning(&seen.application, reason, &text);
        } else {
            ctx.events.normal(&seen.application, reason, &text);
        }
    }
}

/// Counts a sync that is over, as the status now has it.
fn count(ctx: &Context, key: &Key, seen: &Seen, after: &ApplicationStatus, facts: &[Fact]) {
    let ended = facts.iter().find_map(|fact| if let Fact::Ended(phase, _) = fact { Some(*phase) } else { None });
    if let (Some(phase), Some(state)) = (ended, &after.operation_state) {
        let dry_run = state.operation.sync.as_ref().is_some_and(|sync| sync.dry_run);
        let times = state.started_at.as_ref().zip(state.finished_at.as_ref());
        let took = times.map_or(0.0, |(from, to)| to.0.duration_since(from.0).as_secs_f64());
        ctx.metrics.gitops.synced(&whose(key, seen), phase, dry_run, took.max(0.0));
    }
}

/// The labels of its series. What is not known of it, its project or its cluster, is empty.
pub(super) fn whose(key: &Key, seen: &Seen) -> Whose {
    let home = seen.observed.home.as_ref().ok();
    let named = seen.observed.spec.as_ref().map(|spec| spec.project.clone()).unwrap_or_default();
    let project = home.map_or(named, |home| home.project.name.clone());
    let server = home.map(|home| home.place.server.clone()).unwrap_or_default();
    Whose { key: key.clone(), project, server }
}

fn tell_changes(ctx: &Context, key: &Key, seen: &Seen, done: &[Done]) {
    for Done { change, result } in done {
        match result {
            Ok(()) => info!(application = %key, "{change}"),
            Err(why) => {
                let text = format!("{change}: {why}");
                warn!(application = %key, "{text}");
                ctx.events.warning(&seen.application, sluice_crds::names::reason::RECONCILIATION_ERROR, &text);
            }
        }
    }
}
