//! The end of namespaces: everything in them goes first.

use serde_json::Value;

use super::catalog::{NAMESPACE, Resource, Sub};
use super::entry::Entry;
use super::state::State;
use super::status::Status;
use super::write::{Call, Deletion, Run, Unknown, delete};
use super::{commit, meta};

const MANAGER: &str = "kube-controller-manager";

/// Whether it is the kind of namespaces.
pub(crate) fn is(of: &Resource) -> bool {
    std::ptr::eq(of, &raw const NAMESPACE)
}

/// Whether an object is a namespace that what is in it still holds.
pub(crate) fn holds(of: &Resource, object: &Value) -> bool {
    is(of) && object.pointer("/spec/finalizers/0").is_some()
}

/// Deletes what is in namespaces that go, and lets those go that are empty.
pub(super) fn turn(state: &mut State, now: jiff::Timestamp) {
    let going = |entry: &&std::sync::Arc<Entry>| meta::goes(&entry.value);
    let all: Vec<_> = state.shelf(&NAMESPACE).objects.values().filter(going).cloned().collect();
    for entry in all {
        let name = meta::text(&entry.value, "name");
        // What is refused now is tried again in the next turn.
        let _ = empty(state, name, now);
        let left = state.shelves().any(|(_, shelf)| shelf.objects.keys().any(|key| key.namespace == name));
        if !left && meta::list(&entry.value, "finalizers").is_empty() {
            let of = &NAMESPACE;
            let call = call(of, "", name, now);
            let last = (*entry.value).clone();
            commit::remove(state, &call, entry.clone(), last);
        }
    }
}

fn empty(state: &mut State, namespace: &str, now: jiff::Timestamp) -> Result<(), Status> {
    let inside = state.shelves().flat_map(|(of, shelf)| {
        let here = shelf.objects.iter().filter(|(key, entry)| key.namespace == namespace && !meta::goes(&entry.value));
        here.map(move |(key, _)| (of, key.name.clone()))
    });
    let inside: Vec<_> = inside.collect();
    for (of, name) in inside {
        delete(state, &call(of, namespace, &name, now), &Deletion::default())?;
    }
    Ok(())
}

fn call<'a>(of: &'static Resource, namespace: &'a str, name: &'a str, now: jiff::Timestamp) -> Call<'a> {
    Call { of, namespace, name, sub: Sub::Object, by: MANAGER, run: Run::Real, unknown: Unknown::Dropped, now }
}
