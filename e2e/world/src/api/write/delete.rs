//! Removes an object, or begins to.

use std::sync::Arc;

use serde_json::Value;

use super::super::entry::Entry;
use super::super::state::State;
use super::super::status::Status;
use super::super::{commit, definition, meta, namespace};
use super::{Call, Done, Outcome};

/// What is to become of those the object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Propagation {
    /// They go after it.
    #[default]
    Background,
    /// It goes after them.
    Foreground,
    /// They stay.
    Orphan,
}

/// How an object is to be removed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deletion {
    /// The object must have this uid.
    pub(crate) uid: Option<String>,
    /// The object must have this version.
    pub(crate) version: Option<String>,
    pub(crate) propagation: Option<Propagation>,
    /// Seconds to end in; 0 is at once. Only Pods take their time.
    pub(crate) grace: Option<i64>,
}

/// The finalizers of those who wait for their dependents, and of those who give them up.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
pub(crate) const ORPHAN: &str = "orphan";

/// Removes an object; one with finalizers is only marked.
pub(crate) fn delete(state: &mut State, call: &Call, deletion: &Deletion) -> Result<Done, Status> {
    let Some(live) = state.get(call.of, call.namespace, call.name) else {
        return Err(Status::not_found(call.of, call.name));
    };
    check(call, &live, deletion)?;
    let mut finalizers = finalizers(&live.value, deletion.propagation);
    if definition::is(call.of) && !meta::goes(&live.value) {
        finalizers.push(definition::CLEANUP.into());
    }
    let grace = grace(call, &live.value, deletion);
    if finalizers.is_empty() && grace == 0 && !namespace::holds(call.of, &live.value) {
        let mut last = (*live.value).clone();
        if call.of.kind == "Pod" {
            set_end(call, &mut last, 0);
        }
        let entry = commit::remove(state, call, live, last);
        return Ok(Done { entry, outcome: Outcome::Gone });
    }
    Ok(mark(state, call, live, finalizers, grace))
}

fn check(call: &Call, live: &Entry, deletion: &Deletion) -> Result<(), Status> {
    let conflict = |why: String| Err(Status::conflicting_deletion(call.of, call.name, why));
    let uid = meta::text(&live.value, "uid");
    if let Some(wanted) = deletion.uid.as_deref().filter(|wanted| *wanted != uid) {
        let why = format!("the UID in the precondition ({wanted}) does not match the UID in record ({uid}).");
        return conflict(format!("{why} The object might have been deleted and then recreated"));
    }
    let version = meta::text(&live.value, "resourceVersion");
    if let Some(wanted) = deletion.version.as_deref().filter(|wanted| *wanted != version) {
        let (what, place) = ("the ResourceVersion in the precondition", "the ResourceVersion in record");
        return conflict(format!(
            "{what} ({wanted}) does not match {place} ({version}). The object might have been modified"
        ));
    }
    Ok(())
}

fn finalizers(live: &Value, propagation: Option<Propagation>) -> Vec<Value> {
    let mut finalizers = meta::list(live, "finalizers").to_vec();
    let Some(propagation) = propagation else { return finalizers };
    finalizers.retain(|finalizer| finalizer != FOREGROUND && finalizer != ORPHAN);
    match propagation {
        Propagation::Background => {}
        Propagation::Foreground => finalizers.push(FOREGROUND.into()),
        Propagation::Orphan => finalizers.push(ORPHAN.into()),
    }
    finalizers
}

/// Pods end in their own time, once a node has them.
fn grace(call: &Call, live: &Value, deletion: &Deletion) -> i64 {
    let on_a_node = live.pointer("/spec/nodeName").is_some_and(Value::is_string);
    let phase = live.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    if call.of.kind != "Pod" || !on_a_node || ["Failed", "Succeeded"].contains(&phase) {
        return 0;
    }
    let asked = deletion.grace.or_else(|| live.pointer("/spec/terminationGracePeriodSeconds")?.as_i64()).unwrap_or(30);
    let left = meta::of(live, "deletionGracePeriodSeconds").as_i64().unwrap_or(i64::MAX);
    asked.min(left)
}

fn mark(state: &mut State, call: &Call, live: Arc<Entry>, finalizers: Vec<Value>, grace: i64) -> Done {
    let mut next = (*live.value).clone();
    if namespace::is(call.of) || definition::is(call.of) {
        begin_to_end(call, &mut next);
    } else {
        set_end(call, &mut next, grace);
    }
    meta::set(&mut next, "finalizers", if finalizers.is_empty() { Value::Null } else { finalizers.into() });
    if next == *live.value {
        return Done { entry: live, outcome: Outcome::Going };
    }
    Done { entry: commit::put(state, call, Some(live), next), outcome: Outcome::Going }
}

/// What holds others has no time to end at, and says in its status that it goes.
fn begin_to_end(call: &Call, object: &mut Value) {
    if meta::goes(object) {
        return;
    }
    meta::set(object, "deletionTimestamp", call.time().into());
    if namespace::is(call.of) {
        meta::inside(object, "status").insert("phase".to_owned(), "Terminating".into());
    } else {
        definition::say_terminating(object, &call.time());
    }
}

/// Says when it ends. What makes controllers behave otherwise counts as a change of the spec.
fn set_end(call: &Call, object: &mut Value, grace: i64) {
    let first = !meta::goes(object);
    if first || meta::of(object, "deletionGracePeriodSeconds").as_i64().is_none_or(|left| grace < left) {
        let end = call.now + jiff::SignedDuration::from_secs(grace);
        meta::set(object, "deletionTimestamp", end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into());
        meta::set(object, "deletionGracePeriodSeconds", grace.into());
    }
    if let (true, Some(generation)) = (first, meta::of(object, "generation").as_i64()) {
        meta::set(object, "generation", (generation + 1).into());
    }
}
