//! Drops what no pass reads before it is kept: much of an object is its bookkeeping.

use kube::Resource;
use kube::core::DynamicObject;

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

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
}
