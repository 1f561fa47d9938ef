//! Makes an object.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::catalog::{self, Generation, Resource, Sub};
use super::super::commit;
use super::super::entry::Entry;
use super::super::meta;
use super::super::state::State;
use super::super::status::Status;
use super::super::{kinds, managed, zero};
use super::normal::normal;
use super::{Call, Done, Outcome, check};

/// Makes an object; its name may be made of `generateName`.
pub(crate) fn create(state: &mut State, call: &Call, mut object: Value) -> Result<Done, Status> {
    meta::set(&mut object, "managedFields", Value::Null);
    prepare(state, call, &mut object)?;
    managed::note(call, &zero::of(call.of), &mut object);
    kinds::settle(call.of, &mut object);
    insert(state, call, object)
}

/// Makes what a manager applies.
pub(super) fn create_applied(state: &mut State, call: &Call, applied: &Value) -> Result<Done, Status> {
    let mut object = managed::applied_new(call, applied)?;
    meta::set(&mut object, "resourceVersion", Value::Null);
    prepare(state, call, &mut object)?;
    kinds::settle(call.of, &mut object);
    insert(state, call, object)
}

fn prepare(state: &mut State, call: &Call, object: &mut Value) -> Result<(), Status> {
    check_namespace(state, call)?;
    if let Some(fields) = object.as_object_mut() {
        fields.insert("kind".to_owned(), call.of.kind.into());
        fields.insert("apiVersion".to_owned(), call.of.api_version().into());
    }
    begin(state, call, object);
    normal(call, object)
}

fn insert(state: &mut State, call: &Call, object: Value) -> Result<Done, Status> {
    check::new(call, &object)?;
    if !meta::text(&object, "resourceVersion").is_empty() {
        return Err(Status::failed("resourceVersion should not be set on objects to be created"));
    }
    let name = meta::text(&object, "name");
    if let Some(other) = state.get(call.of, call.namespace, name) {
        let exists = Status::already_exists(call.of, name);
        let going = meta::goes(&other.value);
        let message =
            if going { format!("object is being deleted: {exists}", exists = exists.message) } else { exists.message };
        return Err(Status { message, ..exists });
    }
    let entry = commit::put(state, call, None, object);
    Ok(Done { entry, outcome: Outcome::Created })
}

/// A namespace must be there, and there to stay.
fn check_namespace(state: &State, call: &Call) -> Result<(), Status> {
    if !call.of.namespaced {
        return Ok(());
    }
    let namespace: Option<Arc<Entry>> = state.get(&catalog::NAMESPACE, "", call.namespace);
    let Some(namespace) = namespace else {
        return Err(Status::not_found(&catalog::NAMESPACE, call.namespace));
    };
    if meta::goes(&namespace.value) {
        return Err(terminating(call));
    }
    Ok(())
}

fn terminating(call: &Call) -> Status {
    let (namespace, kind) = (call.namespace, call.of.full_name());
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    let message = format!("{kind} \"{}\" is forbidden: {why}", call.name);
    let words = format!("namespace {namespace} is being terminated");
    let cause = json!({"reason": "NamespaceTerminating", "message": words, "field": "metadata.namespace"});
    let mut refusal = Status::new(403, "Forbidden", message).about(call.of, call.name);
    if let Some(details) = &mut refusal.details {
        details["causes"] = json!([cause]);
    }
    refusal
}

/// What the server says of every new object, whatever the request says.
fn begin(state: &mut State, call: &Call, object: &mut Value) {
    let uid = state.uid();
    if meta::text(object, "name").is_empty() && !meta::text(object, "generateName").is_empty() {
        let name = format!("{}{}", meta::text(object, "generateName"), letters(&uid));
        meta::set(object, "name", name.into());
    }
    if call.of.namespaced {
        meta::set(object, "namespace", call.namespace.into());
    }
    meta::set(object, "uid", uid.into());
    meta::set(object, "creationTimestamp", call.time().into());
    meta::set(object, "deletionTimestamp", Value::Null);
    meta::set(object, "deletionGracePeriodSeconds", Value::Null);
    meta::set(object, "generation", first_generation(call.of));
    if call.of.has(Sub::Status)
        && let Some(fields) = object.as_object_mut()
    {
        fields.remove("status");
    }
}

fn first_generation(of: &Resource) -> Value {
    if of.generation == Generation::None { Value::Null } else { 1.into() }
}

/// Five letters that follow from the uid, of those that the real server takes.
fn letters(uid: &str) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let count = LETTERS.len() as u64;
    let digits = uid.rsplit('-').next().unwrap_or_default();
    // Multiplying spreads neighbours, as names of a row that look alike are hard to tell apart.
    let mut rest = u64::from_str_radix(digits, 16).unwrap_or_default().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let letter = |_| {
        let at = usize::try_from(rest % count).unwrap_or_default();
        rest /= count;
        LETTERS.get(at).map_or('x', |letter| char::from(*letter))
    };
    (0..5).map(letter).collect()
}
