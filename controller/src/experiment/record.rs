//! Writes down what came of a pass: the status in one write, then the events that tell of it.

use jiff::Timestamp;
use kube::api::Patch;
use serde_json::{Value, json};
use sluice_core::event::Event;
use sluice_core::experiment::change::Change;
use sluice_core::experiment::fact::Fact;
use sluice_core::experiment::observed::Deletion;
use sluice_core::experiment::{event, status};
use sluice_crds::{Experiment, ExperimentStatus};
use sluice_read::Objects;
use tracing::{info, warn};

use crate::apply::Cause;
use crate::apply::hand;
use crate::context::Context;
use crate::experiment::Error;
use crate::experiment::apply::Done;
use crate::experiment::observe::Seen;
use crate::key::{Key, Kind, ObjectId};
use crate::patch::difference;

/// Records a pass, unless the Experiment went with it. Facts are told once the status has them; changes were made either way, and are told.
pub(super) async fn pass(
    ctx: &Context,
    key: &Key,
    seen: &Seen,
    facts: &[Fact],
    done: &Done,
    now: Timestamp,
) -> Result<(), Error> {
    let before = &seen.observed.status;
    let folded = status::fold(&seen.observed, facts, &done.made, now);
    let went = seen.observed.deletion != Deletion::None && done.made.contains(&Change::LetGo);
    let written = if went { Ok(()) } else { write_status(ctx, key, seen, &folded).await };
    let after = if written.is_ok() { &folded } else { before };
    tell(ctx, &seen.experiment, event::events(before, after, &done.made));
    if let Some(error) = &done.error {
        trouble(ctx, key, &seen.experiment, error);
    }
    written
}

async fn write_status(ctx: &Context, key: &Key, seen: &Seen, folded: &ExperimentStatus) -> Result<(), Error> {
    if *folded == seen.observed.status {
        return Ok(());
    }
    let json = |status| serde_json::to_value(status).unwrap_or_default();
    let Some(changed) = difference(&json(&seen.observed.status), &json(folded)) else { return Ok(()) };
    // The resource version: no status may rest on another one than it was folded from.
    let version = &seen.experiment.metadata.resource_version;
    write(ctx, key, &json!({"metadata": {"resourceVersion": version}, "status": changed})).await
}

/// Writes a merge patch, and has the next pass wait until the cache shows it. The status is no subresource.
pub(super) async fn write(ctx: &Context, key: &Key, patch: &Value) -> Result<(), Error> {
    let api: Objects<Experiment> = Objects::namespaced(ctx.client.clone(), &key.namespace);
    let written = api.patch_metadata(&key.name, &hand::params(), &Patch::Merge(patch)).await.map_err(Error::Status)?;
    ctx.wrote(&ObjectId { kind: Kind::Experiment, key: key.clone() }, Kind::Experiment, &written);
    Ok(())
}

fn tell(ctx: &Context, object: &Experiment, events: Vec<Event>) {
    for Event { warning, reason, text } in events {
        info!(experiment = %Key::of(object), reason, "{text}");
        if warning {
            ctx.events.warning(object, &reason, &text);
        } else {
            ctx.events.normal(object, &reason, &text);
        }
    }
}

/// Tells of a change that could not be made, except when somebody else was just faster.
fn trouble(ctx: &Context, key: &Key, object: &Experiment, error: &Error) {
    let Error::Apply { change, cause } = error else { return };
    if matches!(cause, Cause::Outdated) || matches!(cause, Cause::Api(kube::Error::Api(status)) if status.code == 409) {
        return;
    }
    let mut text = format!("{change}: {cause}");
    let mut inner = std::error::Error::source(cause);
    while let Some(one) = inner {
        text = format!("{text}: {one}");
        inner = one.source();
    }
    warn!(experiment = %key, "{text}");
    ctx.events.warning(object, sluice_crds::names::reason::RECONCILIATION_ERROR, &text);
}
