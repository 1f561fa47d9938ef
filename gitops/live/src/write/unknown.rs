//! Fields that the schema does not know, where they are to be let through (`Validate=false`).
//!
//! Server-side apply refuses them whatever is asked for, and names them. They would be dropped by any other write, so they are
//! left out.

use serde_json::{Map, Value};
use sluice_gitops::Object;

use crate::server::Failure;

/// What the API server says of each.
const NOT_DECLARED: &str = ": field not declared in schema";

/// The object without the fields that a failure says are not known; `None` if it says of none.
pub(super) fn without(object: &Object, failure: &Failure) -> Option<Object> {
    let Failure::Said(status) = failure else { return None };
    let mut value = object.to_value();
    let mut is_less = false;
    for line in status.message.lines() {
        let Some((before, _)) = line.split_once(NOT_DECLARED) else { continue };
        // With a single field the line begins with a sentence about the object.
        let path = before.rsplit_once("): ").map_or(before, |(_, path)| path).trim();
        is_less |= remove(&mut value, path);
    }
    is_less.then(|| value.into())
}

/// Takes out what a path like `.spec.containers[name="app"].image` leads to. Says whether there was something.
pub(super) fn remove(value: &mut Value, path: &str) -> bool {
    let Some(rest) = path.strip_prefix('.') else { return within(value, path) };
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    if rest.is_empty() {
        return value.as_object_mut().is_some_and(|fields| fields.remove(name).is_some());
    }
    value.get_mut(name).is_some_and(|below| remove(below, rest))
}

fn within(value: &mut Value, path: &str) -> bool {
    let Some((item, rest)) = path.strip_prefix('[').and_then(|path| path.split_once(']')) else { return false };
    let Some(items) = value.as_array_mut() else { return false };
    let found = if let Ok(at) = item.parse::<usize>() {
        items.get_mut(at)
    } else {
        let keys = keys(item);
        items.iter_mut().find(|item| keys.iter().all(|(name, value)| item.get(name) == Some(value)))
    };
    found.is_some_and(|item| remove(item, rest))
}

/// The keys of an item, such as `containerPort=80,protocol="TCP"`.
fn keys(text: &str) -> Map<String, Value> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.filter_map(|(name, value)| Some((name.to_owned(), serde_json::from_str(value).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_schema_does_not_know_is_left_out() {
        let object = Object::from(json!({"spec": {"replica": 3, "replicas": 1, "containers": [
            {"name": "a", "imag": "x"}, {"name": "b", "imag": "x", "ports": [{"containerPort": 80, "protocol": "TCP", "no": 1}]},
        ]}}));
        let left = |message: &str| {
            let failure = Failure::Said(Box::new(Status::failure(message, "")));
            without(&object, &failure).map(|object| object.to_value())
        };
        let one = left(
            "failed to create typed patch object (a/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema",
        );
        assert!(one.unwrap().pointer("/spec/replica").is_none());
        let all = left(
            "failed to create typed patch object (a/web; apps/v1, Kind=Deployment): errors:\n  .spec.replica: field not declared in schema\n  \
             .spec.containers[name=\"b\"].imag: field not declared in schema\n  \
             .spec.containers[name=\"b\"].ports[containerPort=80,protocol=\"TCP\"].no: field not declared in schema",
        );
        let expected = json!({"spec": {"replicas": 1, "containers": [
            {"name": "a", "imag": "x"}, {"name": "b", "ports": [{"containerPort": 80, "protocol": "TCP"}]},
        ]}});
        assert_eq!(all, Some(expected));
        assert_eq!(left(".spec.other: field not declared in schema"), None);
        assert_eq!(left("the object has been modified"), None);
    }
}
