//! Objects, out of what files and programs say.

use serde_json::Value;

use crate::error::{Kind, RenderError};

/// Takes a document for an object, or for a list of objects. `from` says where it stands.
pub(crate) fn add(into: &mut Vec<Value>, document: Value, from: &str) -> Result<(), RenderError> {
    if let Some(items) = items_of(&document) {
        for item in items {
            check(&item).map_err(|why| malformed(from, &format!("an item of its List: {why}")))?;
            into.push(item);
        }
        return Ok(());
    }
    check(&document).map_err(|why| malformed(from, &why))?;
    into.push(document);
    Ok(())
}

/// Fails if git keeps only a pointer to the content: what is in it is no manifest, and must not be taken for none.
pub(crate) fn not_lfs(path: &str, content: &[u8]) -> Result<(), RenderError> {
    if content.starts_with(b"version https://git-lfs.github.com/spec/") {
        return Err(malformed(path, "it is kept by git LFS, which is not supported: keep manifests as ordinary files"));
    }
    Ok(())
}

pub(crate) fn malformed(from: &str, why: &str) -> RenderError {
    RenderError::new(Kind::Manifest, format!("{from}: {why}"))
}

/// The objects of a List; `items: null` is none.
fn items_of(document: &Value) -> Option<Vec<Value>> {
    let is_list = document.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    match document.get("items") {
        Some(Value::Array(items)) if is_list => Some(items.clone()),
        Some(Value::Null) if is_list && document.get("spec").is_none() && document.get("status").is_none() => {
            Some(Vec::new())
        }
        _ => None,
    }
}

/// What keeps a document from being an object.
pub(crate) fn check(document: &Value) -> Result<(), String> {
    let Some(fields) = document.as_object() else {
        return Err("it is no object: a manifest has apiVersion, kind and metadata".to_owned());
    };
    let text = |key: &str| fields.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if let Some(key) = ["kind", "apiVersion"].into_iter().find(|key| !text(key)) {
        return Err(format!("{key} is missing"));
    }
    let named = |key: &str| document.pointer("/metadata").and_then(|metadata| metadata.get(key)).is_some_and(is_name);
    let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
    if named("name") || named("generateName") { Ok(()) } else { Err(format!("this {kind} has no metadata.name")) }
}

fn is_name(value: &Value) -> bool {
    value.as_str().is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(document: Value) -> Result<Vec<String>, String> {
        let mut objects = Vec::new();
        add(&mut objects, document, "a.yaml").map_err(|error| error.text)?;
        Ok(objects.iter().map(|object| object["metadata"]["name"].as_str().unwrap_or("").to_owned()).collect())
    }

    fn config(name: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
    }

    #[test]
    fn a_list_is_its_items() {
        assert_eq!(names(config("a")).unwrap(), ["a"]);
        assert_eq!(
            names(json!({"apiVersion": "v1", "kind": "List", "items": [config("a"), config("b")]})).unwrap(),
            ["a", "b"]
        );
        assert!(names(json!({"apiVersion": "v1", "kind": "ConfigMapList", "items": null})).unwrap().is_empty());
        let kind = json!({"apiVersion": "x/v1", "kind": "ShoppingList", "metadata": {"name": "food"}, "spec": {}});
        assert_eq!(names(kind).unwrap(), ["food"]);
    }

    #[test]
    fn what_is_no_object_is_told() {
        for (document, said) in [
            (json!([1]), "a.yaml: it is no object: a manifest has apiVersion, kind and metadata"),
            (json!({"apiVersion": "v1"}), "a.yaml: kind is missing"),
            (json!({"kind": "Pod"}), "a.yaml: apiVersion is missing"),
            (json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}}), "a.yaml: this Pod has no metadata.name"),
            (
                json!({"apiVersion": "v1", "kind": "List", "items": [7]}),
                "a.yaml: an item of its List: it is no object: a manifest has apiVersion, kind and metadata",
            ),
        ] {
            assert_eq!(names(document).unwrap_err(), said);
        }
    }
}
