//! An object as it is sent: without what no manifest decides, and what server-side apply takes otherwise than people mean it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sluice_crds::names::application::{FIELD_MANAGER, NAMESPACE_MANAGER};
use sluice_gitops::Object;
use sluice_gitops::application::change::Manner;
use sluice_gitops::tracking::Tracking;

use crate::api::Resource;
use crate::error::WriteError;
use crate::server::Ask;

/// What the API server keeps for itself. Manifests that were read from a cluster have it.
const OWN: &[&str] =
    &["managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink", "deletionTimestamp"];
/// What etcd takes, by default.
const LARGEST: usize = 1_500_000;

/// The parameters that all writes have.
pub(crate) fn sent(ask: Ask, manager: &'static str, manner: Manner) -> Ask {
    let ask = ask.query("fieldManager", manager);
    let ask = ask.query("fieldValidation", if manner.unchecked { "Ignore" } else { "Strict" });
    if manner.dry_run { ask.query("dryRun", "All") } else { ask }
}

/// As whom an object is written. A Namespace without a mark gets some labels, beside whoever it belongs to: what that one applied as
/// [`FIELD_MANAGER`], and is not asked for here, has to stay.
pub(crate) fn manager(object: &Object, tracking: &Tracking) -> &'static str {
    let is_beside = object.key().is("", "Namespace") && tracking.owner(object).is_none();
    if is_beside { NAMESPACE_MANAGER } else { FIELD_MANAGER }
}

/// An object as it is sent.
pub(crate) fn prepared(object: &Object, resource: &Resource) -> Result<Object, WriteError> {
    let key = object.key();
    if !resource.versions.iter().any(|version| version == object.version()) {
        let (asked, served) = (object.text("/apiVersion"), resource.versions.join(", "));
        return Err(WriteError::UnknownKind(format!(
            "the API server does not serve {} in {asked}; it serves {served}: write one of these in git",
            key.kind
        )));
    }
    if object.value().get("items").is_some_and(Value::is_array) && key.kind.ends_with("List") {
        return Err(WriteError::Refused(format!("{} is a list; write its items", key.kind)));
    }
    if resource.namespaced && key.namespace.is_empty() {
        return Err(WriteError::Refused(format!("{key} has no metadata.namespace")));
    }
    if !resource.namespaced && !key.namespace.is_empty() {
        // Its kind was not known: the project was asked about an object of a namespace.
        return Err(WriteError::Refused(format!(
            "{key} is of the whole cluster, and was taken for one of a namespace: take metadata.namespace out, or sync again"
        )));
    }
    let mut value = object.to_value();
    strip(&mut value, resource);
    if key.is("", "Secret") {
        encode(&mut value)?;
    }
    let size = value.to_string().len();
    if size > LARGEST {
        return Err(WriteError::Refused(format!(
            "{key} has {size} bytes; the API server keeps at most {LARGEST}: split it, or have the app fetch what is large"
        )));
    }
    Ok(value.into())
}

fn strip(value: &mut Value, resource: &Resource) {
    let Some(fields) = value.as_object_mut() else { return };
    if resource.status {
        // Written apart, by whoever runs it. Definitions that tools generate have an empty one.
        fields.remove("status");
    }
    let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    for own in OWN {
        metadata.remove(*own);
    }
    if !resource.namespaced {
        metadata.remove("namespace");
    }
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}

/// A Secret's `stringData` as its `data`: applied as it is, its keys would stay when they go from git.
fn encode(value: &mut Value) -> Result<(), WriteError> {
    let Some(fields) = value.as_object_mut() else { return Ok(()) };
    let texts = match fields.remove("stringData") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Object(texts)) => texts,
        Some(_) => return Err(WriteError::Refused("stringData of a Secret is no map".to_owned())),
    };
    let data = fields.entry("data").or_insert_with(|| Value::Object(Map::new()));
    if data.is_null() {
        *data = Value::Object(Map::new());
    }
    let Some(data) = data.as_object_mut() else {
        return Err(WriteError::Refused("data of a Secret is no map".to_owned()));
    };
    for (name, text) in texts {
        let text = match text {
            Value::String(text) => text,
            Value::Null => String::new(),
            _ => {
                return Err(WriteError::Refused(format!("stringData.{name} of a Secret is no text; put it in quotes")));
            }
        };
        data.insert(name, STANDARD.encode(text).into());
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test")]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource(namespaced: bool, versions: &[&str]) -> Resource {
        let versions = versions.iter().map(|version| (*version).to_owned()).collect();
        Resource { namespaced, versions, status: true, ..Resource::default() }
    }

    fn shaped(value: Value, resource: &Resource) -> Result<Value, String> {
        prepared(&value.into(), resource).map(|object| object.to_value()).map_err(|why| why.to_string())
    }

    #[test]
    fn what_no_manifest_decides_is_not_sent() {
        let metadata = json!({"name": "a", "namespace": "", "resourceVersion": "1", "uid": "u", "creationTimestamp": null,
            "managedFields": [], "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "own": "1"}});
        let role =
            json!({"apiVersion": "v1", "kind": "ClusterRole", "metadata": metadata, "status": {"a": 1}, "rules": []});
        let expected = json!({"apiVersion": "v1", "kind": "ClusterRole", "rules": [],
            "metadata": {"name": "a", "annotations": {"own": "1"}}});
        assert_eq!(shaped(role, &resource(false, &["v1"])), Ok(expected));
    }

    #[test]
    fn an_object_is_written_where_its_project_was_asked_about_it() {
        let role = json!({"apiVersion": "v1", "kind": "ClusterRole", "metadata": {"name": "a", "namespace": "x"}});
        let refused = shaped(role, &resource(false, &["v1"])).unwrap_err();
        assert!(refused.contains("was taken for one of a namespace"), "{refused}");
    }

    #[test]
    fn a_namespace_that_may_be_anothers_is_written_beside_its_owner() {
        let namespace = |annotations: Value| {
            let metadata = json!({"name": "a", "annotations": annotations});
            let object = Object::from(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}));
            manager(&object, &Tracking::Annotation)
        };
        assert_eq!(namespace(json!({})), NAMESPACE_MANAGER);
        assert_eq!(namespace(json!({"argocd.argoproj.io/tracking-id": "web:/Namespace:x/a"})), FIELD_MANAGER);
    }

    #[test]
    fn texts_of_a_secret_are_encoded_and_count_more_than_data() {
        let secret = |data: Value, texts: Value| {
            let metadata = json!({"name": "a", "namespace": "x"});
            let secret =
                json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data, "stringData": texts});
            shaped(secret, &resource(true, &["v1"])).map(|secret| secret["data"].clone())
        };
        assert_eq!(
            secret(json!({"a": "eA==", "b": "eA=="}), json!({"a": "new"})),
            Ok(json!({"a": "bmV3", "b": "eA=="}))
        );
        assert_eq!(secret(json!(null), json!({"a": "new"})), Ok(json!({"a": "bmV3"})));
        assert!(secret(json!(null), json!({"a": 7})).is_err_and(|why| why.contains("put it in quotes")));
    }

    #[test]
    fn what_cannot_be_written_says_why() {
        let one = |kind: &str, metadata: Value| json!({"apiVersion": "apps/v1", "kind": kind, "metadata": metadata});
        let old = shaped(one("Deployment", json!({"name": "a", "namespace": "x"})), &resource(true, &["v2"]));
        assert_eq!(
            old,
            Err("the API server does not serve Deployment in apps/v1; it serves v2: write one of these in git"
                .to_owned())
        );
        let nowhere = shaped(one("Deployment", json!({"name": "a"})), &resource(true, &["v1"]));
        assert_eq!(nowhere, Err("apps/Deployment a has no metadata.namespace".to_owned()));
        let mut large = one("Deployment", json!({"name": "a", "namespace": "x"}));
        large["data"] = "x".repeat(LARGEST).into();
        assert!(shaped(large, &resource(true, &["v1"])).is_err_and(|why| why.contains("split it")));
    }
}
