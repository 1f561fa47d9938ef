//! Defaults of the kinds that an app brings, and that nobody here acts on.

use serde_json::{Value, json};

use super::super::meta;
use super::{default, fill_fields, pods};

/// Fills in what the object leaves out, in the name of who wrote it.
pub(super) fn fill(kind: &str, object: &mut Value) {
    match kind {
        "StatefulSet" => stateful_set(object),
        "DaemonSet" => daemon_set(object),
        "CronJob" => cron_job(object),
        "RoleBinding" | "ClusterRoleBinding" => binding(object),
        "Ingress" => ingress(object),
        "NetworkPolicy" => network_policy(object),
        "PersistentVolumeClaim" => {
            fill_fields(object, &json!({"spec": {"volumeMode": "Filesystem"}}));
        }
        "CustomResourceDefinition" => definition(object),
        _ => {}
    }
}

/// What the server adds to a new object in nobody's name.
pub(super) fn settle(kind: &str, object: &mut Value) {
    match kind {
        "PersistentVolumeClaim" => {
            let mut finalizers = meta::list(object, "finalizers").to_vec();
            finalizers.push("kubernetes.io/pvc-protection".into());
            meta::set(object, "finalizers", finalizers.into());
            fill_fields(object, &json!({"status": {"phase": "Pending"}}));
        }
        "CustomResourceDefinition" => {
            let stored = object.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
            let stored: Vec<Value> =
                stored.filter(|version| version["storage"] == true).map(|version| version["name"].clone()).collect();
            meta::inside(object, "status").insert("storedVersions".to_owned(), stored.into());
        }
        _ => {}
    }
}

/// The items of a list, if it is there.
fn list<'v>(object: &'v mut Value, at: &str) -> impl Iterator<Item = &'v mut Value> {
    object.pointer_mut(at).and_then(Value::as_array_mut).into_iter().flatten()
}

fn stateful_set(object: &mut Value) {
    let defaults = json!({
        "replicas": 1, "podManagementPolicy": "OrderedReady", "revisionHistoryLimit": 10,
        "updateStrategy": {"type": "RollingUpdate"},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
    });
    fill_fields(object, &json!({"spec": defaults}));
    if object["spec"]["updateStrategy"]["type"] == "RollingUpdate" {
        fill_fields(object, &json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}));
    }
    pods::fill_template(&mut object["spec"]["template"]);
    for claim in list(object, "/spec/volumeClaimTemplates") {
        let defaults = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {},
            "spec": {"volumeMode": "Filesystem", "resources": {}}, "status": {"phase": "Pending"},
        });
        fill_fields(claim, &defaults);
    }
}

fn daemon_set(object: &mut Value) {
    let counted = json!({"deprecated.daemonset.template.generation": "1"});
    fill_fields(object, &json!({"metadata": {"annotations": counted}}));
    fill_fields(object, &json!({"spec": {"revisionHistoryLimit": 10, "updateStrategy": {"type": "RollingUpdate"}}}));
    if object["spec"]["updateStrategy"]["type"] == "RollingUpdate" {
        let rolling = json!({"maxSurge": 0, "maxUnavailable": 1});
        fill_fields(object, &json!({"spec": {"updateStrategy": {"rollingUpdate": rolling}}}));
    }
    pods::fill_template(&mut object["spec"]["template"]);
}

fn cron_job(object: &mut Value) {
    let defaults = json!({
        "concurrencyPolicy": "Allow", "suspend": false, "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1,
    });
    fill_fields(object, &json!({"spec": defaults}));
    // The Jobs it makes get their own defaults when they are made; those of pods are filled in here.
    pods::fill_template(&mut object["spec"]["jobTemplate"]["spec"]["template"]);
}

fn binding(object: &mut Value) {
    fill_fields(object, &json!({"roleRef": {"apiGroup": "rbac.authorization.k8s.io"}}));
    for subject in list(object, "/subjects") {
        if ["User", "Group"].contains(&subject["kind"].as_str().unwrap_or_default()) {
            fill_fields(subject, &json!({"apiGroup": "rbac.authorization.k8s.io"}));
        }
    }
}

fn ingress(object: &mut Value) {
    for rule in list(object, "/spec/rules") {
        for path in list(rule, "/http/paths") {
            fill_fields(path, &json!({"pathType": "ImplementationSpecific"}));
        }
    }
}

fn network_policy(object: &mut Value) {
    let spec = meta::inside(object, "spec");
    default(spec, "podSelector", json!({}));
    let both = spec.get("egress").and_then(Value::as_array).is_some_and(|rules| !rules.is_empty());
    let types = if both { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    default(spec, "policyTypes", types);
    for key in ["ingress", "egress"] {
        for rule in list(object, &format!("/spec/{key}")) {
            for port in list(rule, "/ports") {
                fill_fields(port, &json!({"protocol": "TCP"}));
            }
        }
    }
}

fn definition(object: &mut Value) {
    let kind = object.pointer("/spec/names/kind").and_then(Value::as_str).unwrap_or_default();
    let names = json!({"singular": kind.to_lowercase(), "listKind": format!("{kind}List")});
    fill_fields(object, &json!({"spec": {"names": names, "conversion": {"strategy": "None"}}}));
}
