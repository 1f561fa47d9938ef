//! What a release added to a route, noted on the route itself as it was written: whoever comes after a restart knows what is a
//! release's there and what is the user's, however rules were moved about meanwhile.

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, PatchOperation, RemoveOperation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::managed::Managed;

/// Tells which rules of a route a release added, as JSON.
const ANNOTATION: &str = "sluice/managed-routes";

/// A route and the rules that were added for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Added {
    /// The route.
    pub(super) route: Managed,
    /// The rules, as they were written.
    pub(super) rules: Vec<Value>,
}

/// What the annotation says. `None` when it cannot be read; nothing of the object is then known to be a release's.
pub(super) fn noted(live: &Value) -> Option<Vec<Added>> {
    match note(live) {
        None => Some(Vec::new()),
        Some(text) => serde_json::from_str(text.as_str()?).ok(),
    }
}

/// What makes the annotation say that; nothing if it does.
pub(super) fn write(live: &Value, added: &[Added]) -> Vec<PatchOperation> {
    let path = || PointerBuf::from_tokens(["metadata", "annotations", ANNOTATION]);
    let wanted = (!added.is_empty()).then(|| json!(json!(added).to_string()));
    match (note(live), wanted) {
        (None, None) => Vec::new(),
        (Some(there), Some(wanted)) if *there == wanted => Vec::new(),
        (Some(_), None) => vec![PatchOperation::Remove(RemoveOperation { path: path() })],
        (_, Some(wanted)) if live.pointer("/metadata/annotations").is_some() => {
            vec![PatchOperation::Add(AddOperation { path: path(), value: wanted })]
        }
        (_, Some(wanted)) => {
            let path = PointerBuf::from_tokens(["metadata", "annotations"]);
            vec![PatchOperation::Add(AddOperation { path, value: json!({ANNOTATION: wanted}) })]
        }
    }
}

fn note(live: &Value) -> Option<&Value> {
    live.pointer("/metadata/annotations")?.get(ANNOTATION)
}
