//! Which entries of a live object a release added, so that it takes out no others.
//!
//! Written in an annotation of the object itself: whoever comes after a restart, or after the experiment that wanted
//! them is gone, still knows.

use std::collections::BTreeSet;

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, PatchOperation, RemoveOperation};
use serde_json::{Value, json};

/// Names the Services whose entries a release added, with commas between.
pub const ANNOTATION: &str = "sluice/added-services";

/// The Services whose entries a release added.
pub fn services(live: &Value) -> BTreeSet<&str> {
    let list = annotations(live).and_then(|all| all.get(ANNOTATION)).and_then(Value::as_str).unwrap_or_default();
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// What makes the annotation name those; nothing if it does.
pub fn note<'a>(live: &Value, services: impl IntoIterator<Item = &'a String>) -> Vec<PatchOperation> {
    let names: Vec<&str> = services.into_iter().map(String::as_str).collect();
    let wanted = (!names.is_empty()).then(|| names.join(","));
    let path = || PointerBuf::from_tokens(["metadata", "annotations", ANNOTATION]);
    let noted = annotations(live).and_then(|all| all.get(ANNOTATION));
    match (noted, wanted) {
        (None, None) => Vec::new(),
        (Some(noted), Some(wanted)) if noted.as_str() == Some(wanted.as_str()) => Vec::new(),
        (Some(_), None) => vec![PatchOperation::Remove(RemoveOperation { path: path() })],
        (_, Some(wanted)) if annotations(live).is_some() => {
            vec![PatchOperation::Add(AddOperation { path: path(), value: json!(wanted) })]
        }
        (_, Some(wanted)) => {
            let path = PointerBuf::from_tokens(["metadata", "annotations"]);
            vec![PatchOperation::Add(AddOperation { path, value: json!({ANNOTATION: wanted}) })]
        }
    }
}

fn annotations(live: &Value) -> Option<&serde_json::Map<String, Value>> {
    live.pointer("/metadata/annotations").and_then(Value::as_object)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn noted(mut live: Value, services: &[&str]) -> Value {
        let names: Vec<String> = services.iter().map(|name| (*name).to_owned()).collect();
        let patch = json_patch::Patch(note(&live, &names));
        json_patch::patch(&mut live, &patch).unwrap();
        assert_eq!(super::services(&live), services.iter().copied().collect());
        assert!(note(&live, &names).is_empty(), "a second note is none");
        live
    }

    #[test]
    fn what_a_release_added_is_noted_on_the_object_and_forgotten_with_it() {
        let live = noted(json!({"metadata": {}}), &["a"]);
        let live = noted(live, &["a", "b"]);
        assert_eq!(noted(live, &[]), json!({"metadata": {"annotations": {}}}));
        let mine = json!({"metadata": {"annotations": {"mine": "kept"}}});
        assert_eq!(noted(noted(mine.clone(), &["a"]), &[]), mine);
    }
}
