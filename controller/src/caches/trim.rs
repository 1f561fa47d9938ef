//! Drops what no pass reads before it is kept: much of an object is its bookkeeping.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::core::DynamicObject;
use serde_json::json;
use sluice_core::validate::Lent;
use sluice_crds::names::annotation;

/// What `kubectl apply` leaves: a second copy of the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Drops managed fields and the copy that `kubectl apply` leaves.
pub(super) fn bookkeeping(object: &mut impl Resource) {
    let meta = object.meta_mut();
    meta.managed_fields = None;
    if let Some(annotations) = &mut meta.annotations {
        annotations.remove(LAST_APPLIED);
    }
}

/// The same, and everything but what a route says and what its status tells.
pub(super) fn route(object: &mut DynamicObject) {
    bookkeeping(object);
    if let Some(fields) = object.data.as_object_mut() {
        fields.retain(|field, _| matches!(field.as_str(), "spec" | "status"));
    }
}

/// Of a workload only what it lends, and how far its own pods have gone. The template is kept as text: as a tree it takes
/// some five times as much, and there may be ten thousand of them.
pub(crate) fn lender(object: &mut DynamicObject) {
    let annotations = object.metadata.annotations.take().unwrap_or_default();
    let handover = annotations.into_iter().filter(|(key, _)| key == annotation::HANDOVER);
    let meta = &object.metadata;
    object.metadata = ObjectMeta {
        name: meta.name.clone(),
        namespace: meta.namespace.clone(),
        uid: meta.uid.clone(),
        resource_version: meta.resource_version.clone(),
        generation: meta.generation,
        annotations: Some(handover.collect()),
        ..ObjectMeta::default()
    };
    let Lent { template, selector } = Lent::of(&object.data);
    let replicas = object.data.pointer("/spec/replicas");
    object.data = json!({"template": template.0.to_string(), "selector": selector, "replicas": replicas});
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn of_a_route_only_what_it_says_is_kept() {
        let mut route: DynamicObject = serde_json::from_value(json!({
            "metadata": {
                "name": "route",
                "annotations": {LAST_APPLIED: "{}", "mine": "kept"},
                "managedFields": [{"manager": "sluice", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {}}}],
            },
            "spec": {"weighted": {}},
            "status": {"parents": []},
            "other": {},
        }))
        .unwrap();
        self::route(&mut route);
        assert_eq!(
            serde_json::to_value(&route).unwrap(),
            json!({
                "metadata": {"name": "route", "annotations": {"mine": "kept"}},
                "spec": {"weighted": {}},
                "status": {"parents": []},
            })
        );
    }

    #[test]
    fn of_a_workload_only_what_it_lends_is_kept() {
        let meta = json!({
            "name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "7", "generation": 3,
            "labels": {"app": "web"}, "annotations": {"mine": "gone", annotation::HANDOVER: "{}"},
        });
        let kept = json!({
            "name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "7", "generation": 3,
            "annotations": {annotation::HANDOVER: "{}"},
        });
        let pod = json!({"spec": {"containers": []}});
        for (own, replicas, selector) in [
            (
                json!({"spec": {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": pod}, "status": {}}),
                json!(2),
                json!({"matchLabels": {"a": "b"}}),
            ),
            (json!({"template": pod}), Value::Null, Value::Null),
        ] {
            let mut object: DynamicObject = serde_json::from_value(own).unwrap();
            object.metadata = serde_json::from_value(meta.clone()).unwrap();
            lender(&mut object);
            let expected = json!({
                "metadata": kept, "template": pod.to_string(), "replicas": replicas, "selector": selector,
            });
            assert_eq!(serde_json::to_value(&object).unwrap(), expected);
        }
    }
}
