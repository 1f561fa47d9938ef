//! Changes an object.

use std::sync::Arc;

use serde_json::Value;

use super::super::catalog::{Absent, Generation, Sub, Unversioned};
use super::super::commit;
use super::super::edit::Edit;
use super::super::entry::Entry;
use super::super::state::State;
use super::super::status::{Cause, Status};
use super::super::{managed, meta, namespace, scale};
use super::create::create_applied;
use super::normal::normal;
use super::{Call, Done, Outcome, check, create};

const TEMPLATES: &str = "deprecated.daemonset.template.generation";

/// Changes an object, its status or its scale. What changes nothing commits nothing.
pub(crate) fn update(state: &mut State, call: &Call, edit: Edit) -> Result<Done, Status> {
    let Some(live) = state.get(call.of, call.namespace, call.name) else {
        return absent(state, call, edit);
    };
    let mut next = match (&edit, call.sub) {
        (Edit::Apply(applied, force), Sub::Object | Sub::Status) => managed::apply(call, &live.value, applied, *force)?,
        (_, Sub::Scale) => scaled(call, &live, &edit)?,
        (_, Sub::Object | Sub::Status | Sub::Eviction) => edit.of(call.of, &live.value)?,
    };
    check_identity(call, &live, &next, &edit)?;
    check_version(call, &live, &next, &edit)?;
    keep(call, &live.value, &mut next);
    normal(call, &mut next)?;
    raise_generation(call, &live.value, &mut next);
    check::changed(call, &next, &live.value)?;
    match (&edit, call.sub) {
        (_, Sub::Scale) => managed::note_scale(call, &live.value, &mut next),
        (Edit::Apply(..), _) => {}
        _ if meta::same_content(&live.value, &next) => return Ok(Done { entry: live, outcome: Outcome::Updated }),
        _ => managed::note(call, &live.value, &mut next),
    }
    Ok(finish(state, call, live, next))
}

fn absent(state: &mut State, call: &Call, edit: Edit) -> Result<Done, Status> {
    match edit {
        Edit::Put(object) if call.of.absent == Absent::Created && call.sub == Sub::Object => {
            create(state, call, object)
        }
        Edit::Apply(applied, _) if call.sub == Sub::Object => create_applied(state, call, applied),
        _ => Err(Status::not_found(call.of, call.name)),
    }
}

/// The object whose Scale is edited.
fn scaled(call: &Call, live: &Entry, edit: &Edit) -> Result<Value, Status> {
    let next = edit.of(call.of, &scale::of(call.of, &live.value))?;
    let replicas = next["spec"]["replicas"].as_i64().unwrap_or_default();
    if replicas < 0 && !call.of.custom {
        let cause = Cause::invalid("spec.replicas", &replicas.into(), "must be greater than or equal to 0");
        return Err(Status::invalid_as("autoscaling", "Scale", call.name, &[cause]));
    }
    let mut object = scale::applied(&live.value, &next);
    let version = meta::of(&next, "resourceVersion");
    // A Scale that names no version is taken as it is.
    if version.is_string() {
        meta::set(&mut object, "resourceVersion", version.clone());
    }
    Ok(object)
}

fn check_identity(call: &Call, live: &Entry, next: &Value, edit: &Edit) -> Result<(), Status> {
    let (wanted, uid) = (meta::text(next, "uid"), meta::text(&live.value, "uid"));
    if matches!(edit, Edit::Put(_)) && !wanted.is_empty() && wanted != uid {
        let group = if call.of.group.is_empty() { String::new() } else { format!("{}/", call.of.group) };
        let place = if call.of.custom { group } else { String::new() };
        let key = format!("/registry/{place}{}/{}/{}", call.of.plural, call.namespace, call.name);
        let why = format!("Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}");
        let head = format!("StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0");
        return Err(Status::conflict(call.of, call.name, format!("{head}, AdditionalErrorMsg: {why}")));
    }
    let name = meta::text(next, "name");
    if name != call.name {
        let message = format!("the name of the object ({name}) does not match the name on the URL ({})", call.name);
        return Err(Status::bad_request(message));
    }
    Ok(())
}

fn check_version(call: &Call, live: &Entry, next: &Value, edit: &Edit) -> Result<(), Status> {
    let wanted = meta::text(next, "resourceVersion");
    match wanted.parse::<u64>() {
        Ok(version) if version == live.version => Ok(()),
        Ok(version) if version > 0 => Err(Status::outdated(call.of, call.name)),
        Err(_) if !wanted.is_empty() => {
            Err(Status::failed(format!("strconv.ParseUint: parsing \"{wanted}\": invalid syntax")))
        }
        _ if call.of.unversioned == Unversioned::Taken || matches!(edit, Edit::Apply(..)) => Ok(()),
        _ => {
            let cause = Cause::invalid("metadata.resourceVersion", &0.into(), "must be specified for an update");
            let kind = call.of.plural;
            Err(Status::invalid_as(call.of.group, kind, call.name, &[cause]))
        }
    }
}

/// What this request cannot change, whatever it says.
fn keep(call: &Call, live: &Value, next: &mut Value) {
    if call.sub == Sub::Status {
        return keep_all_but_status(live, next);
    }
    for key in ["namespace", "creationTimestamp", "generation", "resourceVersion"] {
        meta::set(next, key, meta::of(live, key).clone());
    }
    // Left out is as before; named otherwise is checked.
    for key in ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        if meta::of(next, key).is_null() || meta::goes(live) {
            meta::set(next, key, meta::of(live, key).clone());
        }
    }
    meta::copy(next, live, "apiVersion");
    meta::copy(next, live, "kind");
    if call.of.has(Sub::Status) {
        meta::copy(next, live, "status");
    }
}

/// Everything but the status and who owns it is as before. What is the same already is not copied again.
fn keep_all_but_status(live: &Value, next: &mut Value) {
    let managed = meta::of(next, "managedFields").clone();
    let (Some(live), Some(fields)) = (live.as_object(), next.as_object_mut()) else { return };
    fields.retain(|key, _| key == "status" || live.contains_key(key));
    for (key, value) in live.iter().filter(|(key, _)| *key != "status") {
        if fields.get(key) != Some(value) {
            fields.insert(key.clone(), value.clone());
        }
    }
    if !managed.is_null() {
        meta::set(next, "managedFields", managed);
    }
}

fn raise_generation(call: &Call, live: &Value, next: &mut Value) {
    count_templates(call, live, next);
    let changed = match call.of.generation {
        Generation::None => return,
        Generation::OfAll => !meta::same_content(live, next),
        Generation::OfSpec => live.get("spec") != next.get("spec"),
        Generation::OfSpecAndAnnotations => {
            live.get("spec") != next.get("spec") || meta::of(live, "annotations") != meta::of(next, "annotations")
        }
        Generation::OfContent => content_differs(call, live, next),
    };
    if changed {
        let generation = meta::of(live, "generation").as_i64().unwrap_or_default();
        meta::set(next, "generation", (generation + 1).into());
    }
}

/// A DaemonSet counts its templates in an annotation, of old.
fn count_templates(call: &Call, live: &Value, next: &mut Value) {
    if call.of.kind != "DaemonSet" || live.pointer("/spec/template") == next.pointer("/spec/template") {
        return;
    }
    let count = meta::of(live, "annotations")[TEMPLATES].as_str().and_then(|count| count.parse::<u64>().ok());
    let annotations = meta::inside(next, "metadata").entry("annotations").or_insert_with(|| serde_json::json!({}));
    annotations[TEMPLATES] = (count.unwrap_or(1) + 1).to_string().into();
}

fn content_differs(call: &Call, live: &Value, next: &Value) -> bool {
    let counts = |key: &str| key != "metadata" && (key != "status" || !call.of.has(Sub::Status));
    let (Some(live), Some(next)) = (live.as_object(), next.as_object()) else { return true };
    let differs = |(key, value): (&String, &Value)| counts(key) && live.get(key) != Some(value);
    next.iter().any(differs) || live.keys().any(|key| counts(key) && !next.contains_key(key))
}

fn finish(state: &mut State, call: &Call, live: Arc<Entry>, next: Value) -> Done {
    if meta::goes(&live.value)
        && meta::list(&next, "finalizers").is_empty()
        && ended(&next)
        && !namespace::holds(call.of, &next)
    {
        let last = (*live.value).clone();
        let version = live.version;
        commit::remove(state, call, live, last);
        // Who let it go is answered with what was asked, at the version there was; watches see what was there.
        return Done { entry: Entry::new(next, version), outcome: Outcome::Gone };
    }
    if next == *live.value {
        return Done { entry: live, outcome: Outcome::Updated };
    }
    Done { entry: commit::put(state, call, Some(live), next), outcome: Outcome::Updated }
}

/// Whether nobody's grace period is to be waited for.
fn ended(object: &Value) -> bool {
    meta::of(object, "deletionGracePeriodSeconds").as_i64().is_none_or(|grace| grace == 0)
}
