//! Objects that another deployer kept before: whose fields they are, by `metadata.managedFields`.
//!
//! A field that git drops goes only if nobody else owns it. So what a deployer left whose place is taken is counted as ours, and
//! becomes ours before the first write: the fields of its entries go into the one of `sluice-gitops`, as client-go's `csaupgrade` does
//! it. Until then an object is only compared, as it would be without the fields that would go.

mod fields;

use serde_json::{Map, Value, json};
use sluice_crds::names::application::{FIELD_MANAGER, TRACKING_ID};
use sluice_gitops::tracking::{Mark, Tracking};

use self::fields::{Fields, merge, prune};

/// Deployers whose place is taken: the established controller, under which name it writes in both of its ways.
const DEPLOYERS: &[&str] = &["argocd-controller"];
/// What people and scripts deployed with before, where the object says that it is an Application's now.
const BEFORE: &[&str] = &["kubectl-client-side-apply", "before-first-apply"];

/// Whether an entry's fields are to become ours.
fn is_left(entry: &Value, is_marked: bool) -> bool {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let (manager, is_ours) = (text("manager"), text("operation") == "Apply");
    text("subresource").is_empty()
        && (DEPLOYERS.contains(&manager)
            || (is_marked && BEFORE.contains(&manager))
            // What was replaced as a whole.
            || (manager == FIELD_MANAGER && !is_ours))
}

fn is_own(entry: &Value) -> bool {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    text("manager") == FIELD_MANAGER && text("operation") == "Apply" && text("subresource").is_empty()
}

/// Whether an object bears a mark, or we wrote it before.
fn is_marked(object: &Value, tracking: &Tracking) -> bool {
    let has = |field: &str, name: &str| object.pointer(field).is_some_and(|all| all.get(name).is_some());
    let bears = match tracking.mark() {
        Mark::Label(label) => has("/metadata/labels", label),
        Mark::Annotation => has("/metadata/annotations", TRACKING_ID),
    };
    bears || entries(object).iter().any(is_own)
}

fn entries(object: &Value) -> &[Value] {
    object.pointer("/metadata/managedFields").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Whether fields of an object belong to a deployer whose place is taken.
pub(crate) fn is_needed(object: &Value, tracking: &Tracking) -> bool {
    let is_marked = is_marked(object, tracking);
    entries(object).iter().any(|entry| is_left(entry, is_marked))
}

/// The patch that makes such fields ours, good for this version of the object alone. `None` where there are none.
pub(crate) fn patch(object: &Value, tracking: &Tracking) -> Option<Value> {
    let version = object.pointer("/metadata/resourceVersion")?;
    Some(json!([
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "replace", "path": "/metadata/managedFields", "value": taken_over(object, tracking)?},
    ]))
}

/// The entries with one of ours in the place of those that are left.
fn taken_over(object: &Value, tracking: &Tracking) -> Option<Vec<Value>> {
    let is_marked = is_marked(object, tracking);
    let (left, mut stay): (Vec<&Value>, Vec<&Value>) =
        entries(object).iter().partition(|entry| is_left(entry, is_marked));
    // The newest says which version of the API its fields are of.
    let newest = left.iter().max_by_key(|entry| entry.get("time").and_then(Value::as_str))?;
    let own = stay.iter().position(|entry| is_own(entry)).map(|at| stay.remove(at));
    let mut ours = own.unwrap_or(newest).clone();
    let mut fields = Map::new();
    left.iter().copied().chain(own).filter_map(fields_of).for_each(|more| merge(&mut fields, more));
    let said = ours.as_object_mut()?;
    said.insert("manager".to_owned(), FIELD_MANAGER.into());
    said.insert("operation".to_owned(), "Apply".into());
    said.insert("fieldsV1".to_owned(), fields.into());
    Some(stay.into_iter().cloned().chain([ours]).collect())
}

/// What a write would make of an object, by the API server's answer to trying it: without the fields that would become ours first
/// and are not asked for.
pub(crate) fn without_left(answer: &Value, tracking: &Tracking) -> Value {
    let is_marked = is_marked(answer, tracking);
    let (left, others): (Vec<&Value>, Vec<&Value>) =
        entries(answer).iter().partition(|entry| is_left(entry, is_marked));
    let mut kept = Map::new();
    others.into_iter().filter_map(fields_of).for_each(|fields| merge(&mut kept, fields));
    let mut value = answer.clone();
    left.into_iter().filter_map(fields_of).for_each(|fields| prune(&mut value, fields, &kept));
    value
}

fn fields_of(entry: &Value) -> Option<&Fields> {
    entry.get("fieldsV1").and_then(Value::as_object)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test")]
mod tests;
