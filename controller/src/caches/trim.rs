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

/// The same, but keeps who wrote when: the time since the last write is waited out before it counts as done.
pub(super) fn all_but_times(object: &mut DynamicObject) {
    let mut fields = object.metadata.managed_fields.take();
    for entry in fields.iter_mut().flatten() {
        entry.fields_v1 = None;
    }
    bookkeeping(object);
    object.metadata.managed_fields = fields;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_route_only_the_times_of_writes_are_kept() {
        let mut route: DynamicObject = serde_json::from_value(json!({
            "metadata": {
                "name": "route",
                "annotations": {LAST_APPLIED: "{}", "mine": "kept"},
                "managedFields": [{"manager": "sluice", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {}}}],
            },
            "spec": {"weighted": {}},
        }))
        .unwrap();
        all_but_times(&mut route);
        assert_eq!(
            serde_json::to_value(&route).unwrap(),
            json!({
                "metadata": {
                    "name": "route",
                    "annotations": {"mine": "kept"},
                    "managedFields": [{"manager": "sluice", "time": "2026-01-01T00:00:00Z"}],
                },
                "spec": {"weighted": {}},
            })
        );
    }
}
