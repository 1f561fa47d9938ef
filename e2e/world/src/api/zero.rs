//! What the server writes for an object of a built-in kind with nothing in it: some fields are always there.

use serde_json::{Value, json};

use super::catalog::Resource;

/// The empty object; bookmarks are such, and field ownership of a new object begins from it.
pub(crate) fn of(of: &Resource) -> Value {
    let mut zero = if of.custom { json!({}) } else { built_in(of.kind) };
    zero["kind"] = of.kind.into();
    zero["apiVersion"] = of.api_version().into();
    zero["metadata"] = json!({});
    zero
}

fn built_in(kind: &str) -> Value {
    let template = json!({"metadata": {}, "spec": {"containers": null}});
    match kind {
        "ReplicaSet" => {
            json!({"spec": {"replicas": 0, "selector": null, "template": template}, "status": {"replicas": 0}})
        }
        "Deployment" => {
            json!({"spec": {"selector": null, "template": template, "strategy": {}}, "status": {}})
        }
        "StatefulSet" => json!({
            "spec": {"selector": null, "template": template, "updateStrategy": {}},
            "status": {"replicas": 0, "availableReplicas": 0},
        }),
        "DaemonSet" => {
            let status = json!({
                "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0,
            });
            json!({"spec": {"selector": null, "template": template, "updateStrategy": {}}, "status": status})
        }
        "PodTemplate" => json!({"template": template}),
        "Job" => json!({"spec": {"template": template}, "status": {}}),
        "CronJob" => {
            let job = json!({"metadata": {}, "spec": {"template": template}});
            json!({"spec": {"schedule": "", "jobTemplate": job}, "status": {}})
        }
        "Role" | "ClusterRole" => json!({"rules": null}),
        "RoleBinding" | "ClusterRoleBinding" => json!({"roleRef": {"apiGroup": "", "kind": "", "name": ""}}),
        "PersistentVolumeClaim" => json!({"spec": {"resources": {}}, "status": {}}),
        "LimitRange" => json!({"spec": {"limits": null}}),
        "CustomResourceDefinition" => json!({
            "spec": {"group": "", "names": {"plural": "", "kind": ""}, "scope": "", "versions": null},
            "status": {"conditions": null, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": null},
        }),
        "Pod" => json!({"spec": {"containers": null}, "status": {}}),
        "Service" | "Ingress" => json!({"spec": {}, "status": {"loadBalancer": {}}}),
        "Lease" | "NetworkPolicy" => json!({"spec": {}}),
        "Namespace" | "ResourceQuota" => json!({"spec": {}, "status": {}}),
        "EndpointSlice" => json!({"addressType": "", "endpoints": null, "ports": null}),
        "HorizontalPodAutoscaler" => json!({
            "spec": {"scaleTargetRef": {"kind": "", "name": ""}, "maxReplicas": 0},
            "status": {"desiredReplicas": 0, "currentMetrics": null},
        }),
        "PodDisruptionBudget" => {
            let status = json!({"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0});
            json!({"spec": {}, "status": status})
        }
        "Event" => json!({
            "eventTime": null, "regarding": {}, "deprecatedSource": {},
            "deprecatedFirstTimestamp": null, "deprecatedLastTimestamp": null,
        }),
        _ => json!({}),
    }
}
