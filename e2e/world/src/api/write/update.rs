//! Changes an object.

use std::sync::Arc;

use serde_json::Value;

use super::super::catalog::{Absent, Generation, Sub, Unversioned};
use super::super::commit;
use super::super::edit::Edit;
use super::super::entry::Entry;
use super::super::meta;
use super::super::state::State;
use super::super::status::{Cause, Status};
use super::{Call, Done, Outcome, create};

/// Changes an object, or its status. What changes nothing commits nothing.
pub(crate) fn update(state: &mut State, call: &Call, edit: Edit) -> Result<Done, Status> {
    let Some(live) = state.get(call.of, call.namespace, call.name) else {
        return absent(state, call, edit);
    };
    let mut next = edit.of(call, &live.value)?;
    check_identity(call, &live, &next)?;
    check_version(call, &live, &next, &edit)?;
    keep(call, &live.value, &mut next);
    raise_generation(call, &live.value, &mut next);
    finish(state, call, live, next)
}

fn absent(state: &mut State, call: &Call, edit: Edit) -> Result<Done, Status> {
    match edit {
        Edit::Put(object) if call.of.absent == Absent::Created && call.sub == Sub::Object => {
            create(state, call, object)
        }
        _ => Err(Status::not_found(call.of, call.name)),
    }
}

fn check_identity(call: &Call, live: &Entry, next: &Value) -> Result<(), Status> {
    let (wanted, uid) = (meta::text(next, "uid"), meta::text(&live.value, "uid"));
    if !wanted.is_empty() && wanted != uid {
        let why = format!("Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}");
        return Err(Status::conflict(call.of, call.name, why));
    }
    Ok(())
}

fn check_version(call: &Call, live: &Entry, next: &Value, edit: &Edit) -> Result<(), Status> {
    let wanted = meta::text(next, "resourceVersion");
    if wanted.is_empty() || wanted == "0" {
        let refused = call.of.unversioned == Unversioned::Refused && matches!(edit, Edit::Put(_));
        let cause = Cause::invalid("metadata.resourceVersion", &0.into(), "must be specified for an update");
        return if refused { Err(Status::invalid(call.of, call.name, &[cause])) } else { Ok(()) };
    }
    if wanted.parse() == Ok(live.version) { Ok(()) } else { Err(Status::outdated(call.of, call.name)) }
}

/// What this request cannot change, whatever it says.
fn keep(call: &Call, live: &Value, next: &mut Value) {
    if call.sub == Sub::Status {
        let status = next.get("status").cloned().unwrap_or_default();
        *next = live.clone();
        if let Some(fields) = next.as_object_mut() {
            meta::put(fields, "status", status);
        }
        return;
    }
    for key in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
    ] {
        meta::set(next, key, meta::of(live, key).clone());
    }
    meta::copy(next, live, "apiVersion");
    meta::copy(next, live, "kind");
    if call.of.has(Sub::Status) {
        meta::copy(next, live, "status");
    }
}

fn raise_generation(call: &Call, live: &Value, next: &mut Value) {
    let changed = match call.of.generation {
        Generation::None => return,
        Generation::OfSpec => live.get("spec") != next.get("spec"),
        Generation::OfContent => content_differs(call, live, next),
    };
    if changed {
        let generation = meta::of(live, "generation").as_i64().unwrap_or_default();
        meta::set(next, "generation", (generation + 1).into());
    }
}

fn content_differs(call: &Call, live: &Value, next: &Value) -> bool {
    let counts = |key: &str| key != "metadata" && (key != "status" || !call.of.has(Sub::Status));
    let (Some(live), Some(next)) = (live.as_object(), next.as_object()) else { return true };
    let differs = |(key, value): (&String, &Value)| counts(key) && live.get(key) != Some(value);
    next.iter().any(differs) || live.keys().any(|key| counts(key) && !next.contains_key(key))
}

fn finish(state: &mut State, call: &Call, live: Arc<Entry>, mut next: Value) -> Result<Done, Status> {
    meta::set(&mut next, "resourceVersion", meta::of(&live.value, "resourceVersion").clone());
    if meta::goes(&live.value) && meta::list(&next, "finalizers").is_empty() {
        let entry = commit::remove(state, call, live, next);
        return Ok(Done { entry, outcome: Outcome::Gone });
    }
    if next == *live.value {
        return Ok(Done { entry: live, outcome: Outcome::Updated });
    }
    let entry = commit::put(state, call, Some(live), next);
    Ok(Done { entry, outcome: Outcome::Updated })
}
