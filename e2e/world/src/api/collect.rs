//! The garbage collector: what is owned by nobody goes, what waits for its dependents goes after them. Definitions and
//! namespaces have their turn with it.

use std::sync::Arc;

use serde_json::Value;

use super::catalog::{Resource, Sub};
use super::edit::Edit;
use super::entry::Entry;
use super::state::{State, Write};
use super::write::{Call, Deletion, Propagation, Run, Unknown, delete, update};
use super::{definition, meta, namespace};

const MANAGER: &str = "kube-controller-manager";
const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Whether the collector has something to look at after a write.
pub(crate) fn concerns(write: &Write) -> bool {
    let owned = |object: &Arc<Value>| !meta::list(object, "ownerReferences").is_empty();
    match &write.after {
        None => true,
        Some(_) if definition::is(write.of) => true,
        Some(object) => meta::goes(object) || write.verb == "create" && owned(object),
    }
}

/// Does everything that is to be done now.
pub(crate) fn collect(state: &mut State, now: jiff::Timestamp) {
    // Each round takes one generation of dependents; ones that are held by others' finalizers end it.
    while round(state, now) {}
}

fn round(state: &mut State, now: jiff::Timestamp) -> bool {
    let before = state.version;
    definition::turn(state, now);
    namespace::turn(state, now);
    for (of, entry) in everything(state) {
        let call = call(of, &entry.value, now);
        if held_for_dependents(&entry.value) {
            let _ = release(state, &call, &entry.value);
        }
        if !meta::list(&entry.value, "ownerReferences").is_empty() {
            let _ = follow_owners(state, &call, &entry.value);
        }
    }
    state.version != before
}

fn everything(state: &State) -> Vec<(&'static Resource, Arc<Entry>)> {
    let concerned = |entry: &&Arc<Entry>| {
        !meta::list(&entry.value, "ownerReferences").is_empty() || held_for_dependents(&entry.value)
    };
    let of_shelf = |(of, shelf): (&'static Resource, &super::state::Shelf)| {
        shelf.objects.values().filter(concerned).map(|entry| (of, entry.clone())).collect::<Vec<_>>()
    };
    state.shelves().flat_map(of_shelf).collect()
}

fn call<'a>(of: &'static Resource, object: &'a Value, now: jiff::Timestamp) -> Call<'a> {
    let (namespace, name) = (meta::text(object, "namespace"), meta::text(object, "name"));
    Call { of, namespace, name, sub: Sub::Object, by: MANAGER, run: Run::Real, unknown: Unknown::Dropped, now }
}

fn held_for_dependents(object: &Value) -> bool {
    meta::goes(object) && (has_finalizer(object, FOREGROUND) || has_finalizer(object, ORPHAN))
}

fn has_finalizer(object: &Value, finalizer: &str) -> bool {
    meta::list(object, "finalizers").iter().any(|each| each == finalizer)
}

/// Lets an owner go when none of those it waits for is left, or all of those it gives up know.
fn release(state: &mut State, call: &Call, owner: &Value) -> Result<(), super::Status> {
    let uid = meta::text(owner, "uid");
    let dependents = dependents(state, uid);
    if has_finalizer(owner, ORPHAN) {
        for (of, entry) in dependents {
            without_owners(state, &self::call(of, &entry.value, call.now), &entry.value, |other| other == uid)?;
        }
        return without_finalizer(state, call, owner, ORPHAN);
    }
    let blocks = |(_, entry): &(&Resource, Arc<Entry>)| {
        let refers = |owner: &&Value| owner["uid"] == uid;
        meta::list(&entry.value, "ownerReferences")
            .iter()
            .filter(refers)
            .any(|owner| owner["blockOwnerDeletion"] == true)
    };
    if dependents.iter().any(blocks) {
        return Ok(());
    }
    without_finalizer(state, call, owner, FOREGROUND)
}

fn dependents(state: &State, uid: &str) -> Vec<(&'static Resource, Arc<Entry>)> {
    let owned = |entry: &Entry| meta::list(&entry.value, "ownerReferences").iter().any(|owner| owner["uid"] == uid);
    everything(state).into_iter().filter(|(_, entry)| owned(entry)).collect()
}

/// What becomes of an object whose owners went, or go after it.
fn follow_owners(state: &mut State, call: &Call, object: &Value) -> Result<(), super::Status> {
    let owners = meta::list(object, "ownerReferences");
    let fates: Vec<(Fate, &str)> = owners
        .iter()
        .map(|owner| (fate(state, call.namespace, owner), owner["uid"].as_str().unwrap_or_default()))
        .collect();
    let all = |fate: Fate| fates.iter().filter(|(each, _)| *each == fate).count();
    if all(Fate::Stays) == fates.len() || meta::goes(object) {
        return Ok(());
    }
    if all(Fate::Stays) > 0 {
        let leaving = |uid: &str| fates.iter().any(|(fate, each)| *each == uid && *fate != Fate::Stays);
        return without_owners(state, call, object, leaving);
    }
    let waited_for = all(Fate::Waits) > 0 && !dependents(state, meta::text(object, "uid")).is_empty();
    let propagation = if waited_for { Propagation::Foreground } else { Propagation::Background };
    let uid = Some(meta::text(object, "uid").to_owned());
    delete(state, call, &Deletion { uid, propagation: Some(propagation), ..Deletion::default() }).map(|_| ())
}

/// Where an owner stands.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Stays,
    /// It goes when its dependents have.
    Waits,
    Gone,
}

fn fate(state: &State, namespace: &str, owner: &Value) -> Fate {
    let api_version = owner["apiVersion"].as_str().unwrap_or_default();
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let kind = owner["kind"].as_str().unwrap_or_default();
    let Some(of) = state.served().iter().find(|of| of.stored && of.is(group, kind)) else { return Fate::Gone };
    let namespace = if of.namespaced { namespace } else { "" };
    let found = state.get(of, namespace, owner["name"].as_str().unwrap_or_default());
    match found.filter(|found| meta::of(&found.value, "uid") == &owner["uid"]) {
        None => Fate::Gone,
        Some(found) if meta::goes(&found.value) && has_finalizer(&found.value, FOREGROUND) => Fate::Waits,
        Some(_) => Fate::Stays,
    }
}

fn without_owners(
    state: &mut State,
    call: &Call,
    object: &Value,
    leaving: impl Fn(&str) -> bool,
) -> Result<(), super::Status> {
    let stays = |owner: &&Value| !leaving(owner["uid"].as_str().unwrap_or_default());
    let rest: Vec<Value> = meta::list(object, "ownerReferences").iter().filter(stays).cloned().collect();
    let rest = if rest.is_empty() { Value::Null } else { rest.into() };
    update(state, call, Edit::Merge(&serde_json::json!({"metadata": {"ownerReferences": rest}}))).map(|_| ())
}

fn without_finalizer(state: &mut State, call: &Call, object: &Value, finalizer: &str) -> Result<(), super::Status> {
    let rest: Vec<&Value> = meta::list(object, "finalizers").iter().filter(|each| *each != finalizer).collect();
    update(state, call, Edit::Merge(&serde_json::json!({"metadata": {"finalizers": rest}}))).map(|_| ())
}
