//! Kinds that are defined at run time.
//!
//! One version of a kind is served, without conversion, without rules in CEL and without what [`schema::unserved`] names.
//! A definition that asks for more is refused with 501: objects of it would be kept otherwise than on a real server.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::catalog::{self, DEFINITION, Generation, Resource, Sub, Unversioned};
use super::edit::Edit;
use super::entry::Entry;
use super::meta;
use super::schema::{self, Schema};
use super::state::State;
use super::status::Status;
use super::write::{Call, Deletion, Run, Unknown, delete, update};

const SERVER: &str = "kube-apiserver";
/// Holds a definition until its objects are gone.
pub(crate) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Refuses a definition that could not be served as it is meant.
pub(crate) fn check(object: &Value) -> Result<(), Status> {
    match unserved(&object["spec"]) {
        None => Ok(()),
        Some(what) => {
            let name = meta::text(object, "name");
            let message = format!("the simulated API server does not serve definitions with {what} (of {name})");
            Err(Status::new(501, "NotImplemented", message))
        }
    }
}

fn unserved(spec: &Value) -> Option<String> {
    let versions = spec["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let [version] = versions else { return Some(format!("{} versions", versions.len())) };
    if version["served"] != true || version["storage"] != true {
        return Some("a version that is not served and stored".to_owned());
    }
    if spec["conversion"]["strategy"] == "Webhook" {
        return Some("conversion".to_owned());
    }
    if version["subresources"].get("scale").is_some() {
        return Some("a scale".to_owned());
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let place = (text(&spec["group"]), text(&spec["names"]["plural"]));
    if catalog::all().iter().any(|of| (of.group, of.plural) == (&place.0, &place.1)) {
        return Some("a kind that every simulated server has".to_owned());
    }
    schema::unserved("schema", &version["schema"]["openAPIV3Schema"])
}

/// Does what is to be done about every definition: serves its kind and says so, or ends it with its objects.
pub(super) fn turn(state: &mut State, now: jiff::Timestamp) {
    let all: Vec<_> = state.shelf(&DEFINITION).objects.values().cloned().collect();
    for entry in all {
        // Nobody else writes in between: what is refused here would be refused for ever.
        let _ = if meta::goes(&entry.value) { end(state, &entry, now) } else { serve(state, &entry, now) };
    }
}

fn serve(state: &mut State, entry: &Entry, now: jiff::Timestamp) -> Result<(), Status> {
    let of = resource(&entry.value);
    if state.serves(of) {
        return Ok(());
    }
    state.serve(of);
    let time = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let condition = |kind: &str, reason: &str, message: &str| json!({"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": time});
    let status = json!({
        "acceptedNames": accepted(&entry.value["spec"]["names"]),
        "conditions": [
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
    });
    write_status(state, entry, now, &status)
}

fn accepted(names: &Value) -> Value {
    let mut accepted = names.clone();
    if let Some(names) = accepted.as_object_mut() {
        names.retain(|_, value| !value.is_null());
    }
    accepted
}

fn write_status(state: &mut State, entry: &Entry, now: jiff::Timestamp, status: &Value) -> Result<(), Status> {
    let call = Call { sub: Sub::Status, ..call(&DEFINITION, &entry.value, now) };
    let patch = json!({"metadata": {"resourceVersion": meta::of(&entry.value, "resourceVersion")}, "status": status});
    update(state, &call, Edit::Merge(&patch)).map(drop)
}

/// Deletes the objects of a definition that goes, and lets it go when none is left.
fn end(state: &mut State, entry: &Entry, now: jiff::Timestamp) -> Result<(), Status> {
    let of = resource(&entry.value);
    let objects: Vec<_> =
        if state.serves(of) { state.shelf(of).objects.values().cloned().collect() } else { Vec::new() };
    for object in objects {
        delete(state, &call(of, &object.value, now), &Deletion::default())?;
    }
    if state.serves(of) && !state.shelf(of).objects.is_empty() {
        return Ok(());
    }
    state.stop_serving(of);
    let rest: Vec<&Value> = meta::list(&entry.value, "finalizers").iter().filter(|each| *each != CLEANUP).collect();
    let patch = json!({"metadata": {"finalizers": rest}});
    update(state, &call(&DEFINITION, &entry.value, now), Edit::Merge(&patch)).map(drop)
}

/// Whether it is the kind of definitions.
pub(crate) fn is(of: &Resource) -> bool {
    std::ptr::eq(of, &raw const DEFINITION)
}

/// Says of a definition that it goes.
pub(crate) fn say_terminating(definition: &mut Value, time: &str) {
    let condition = json!({
        "type": "Terminating", "status": "True", "reason": "InstanceDeletionPending", "lastTransitionTime": time,
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    });
    if let Some(conditions) = definition["status"]["conditions"].as_array_mut() {
        conditions.push(condition);
    }
}

fn call<'a>(of: &'static Resource, object: &'a Value, now: jiff::Timestamp) -> Call<'a> {
    let (namespace, name) = (meta::text(object, "namespace"), meta::text(object, "name"));
    Call { of, namespace, name, sub: Sub::Object, by: SERVER, run: Run::Real, unknown: Unknown::Dropped, now }
}

/// The kind that a definition brings. Kinds are known by where they are: one that says the same is the same, in every
/// server of the process, and is kept to its end. Tests define few.
fn resource(definition: &Value) -> &'static Resource {
    static KNOWN: Mutex<BTreeMap<String, &'static Resource>> = Mutex::new(BTreeMap::new());
    let spec = &definition["spec"];
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(spec.to_string()).or_insert_with(|| Box::leak(Box::new(read(spec))))
}

fn read(spec: &Value) -> Resource {
    let (names, version) = (&spec["names"], &spec["versions"][0]);
    let written = &version["schema"]["openAPIV3Schema"];
    Resource {
        version: kept(&version["name"]),
        short: list(&names["shortNames"]),
        categories: list(&names["categories"]),
        namespaced: spec["scope"] == "Namespaced",
        custom: true,
        subs: if version["subresources"].get("status").is_some() { &[Sub::Status] } else { &[] },
        generation: Generation::OfContent,
        unversioned: Unversioned::Refused,
        schema: Some(Box::leak(Box::new(Schema::of_definition(written)))),
        ..Resource::defined(
            kept(&spec["group"]),
            kept(&names["plural"]),
            kept(&names["singular"]),
            kept(&names["kind"]),
        )
    }
}

fn kept(text: &Value) -> &'static str {
    text.as_str().unwrap_or_default().to_owned().leak()
}

fn list(names: &Value) -> &'static [&'static str] {
    let names: Vec<&'static str> = names.as_array().into_iter().flatten().map(kept).collect();
    names.leak()
}
