#![allow(clippy::unwrap_used)]
use serde_json::{Value, json};

use super::*;

fn same(asked: Value, kept: &Value) -> bool {
    let kept = serde_json::from_value(kept.clone()).unwrap();
    let ephemeral: Metadata = serde_json::from_value(json!({"labels": {"role": "canary"}})).unwrap();
    template(&PodTemplate(asked), &kept, &ephemeral)
}

/// As a person writes it.
fn asked() -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "serviceAccountName": "web",
            "containers": [{
                "name": "web", "image": "shop/web:1",
                "ports": [{"containerPort": 8080}],
                "env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
                "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}, "requests": {"cpu": "0.5"}},
                "readinessProbe": {"httpGet": {"port": "http"}},
            }],
            "volumes": [{"name": "tmp"}, {"name": "conf", "configMap": {"name": "web"}}],
        },
    })
}

/// As the ReplicaSet of an established controller has it.
fn kept() -> Value {
    json!({
        "metadata": {"creationTimestamp": null, "labels": {"app": "web", "rollouts-pod-template-hash": "674d8cf959", "role": "canary"}},
        "spec": {
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{
                "labelSelector": {"matchExpressions": [
                    {"key": "rollouts-pod-template-hash", "operator": "NotIn", "values": ["7f9c"]}]},
                "topologyKey": "kubernetes.io/hostname",
            }]}},
            "containers": [{
                "name": "web", "image": "shop/web:1", "imagePullPolicy": "IfNotPresent",
                "ports": [{"containerPort": 8080, "protocol": "TCP"}],
                "env": [{"name": "IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}}],
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}},
                "readinessProbe": {
                    "httpGet": {"path": "/", "port": "http", "scheme": "HTTP"},
                    "failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1,
                },
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            }],
            "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
            "securityContext": {}, "serviceAccount": "web", "serviceAccountName": "web",
            "terminationGracePeriodSeconds": 30,
            "volumes": [
                {"name": "tmp", "emptyDir": {}}, {"name": "conf", "configMap": {"name": "web", "defaultMode": 420}},
            ],
        },
    })
}

#[test]
fn defaults_and_the_marks_of_a_controller_make_no_difference() {
    assert!(same(asked(), &kept()));
}

#[test]
fn whatever_a_person_changes_makes_a_difference() {
    for patch in [
        json!({"metadata": {"labels": {"tier": "1"}}}),
        json!({"metadata": {"annotations": {"restarted": ""}}}),
        json!({"spec": {"serviceAccountName": "other"}}),
        json!({"spec": {"terminationGracePeriodSeconds": 31}}),
        json!({"spec": {"automountServiceAccountToken": false}}),
        json!({"spec": {"nodeSelector": {"gpu": ""}}}),
        json!({"spec": {"hostNetwork": true}}),
        json!({"spec": {"volumes": [{"name": "tmp"}]}}),
        json!({"spec": {"initContainers": [{"name": "side", "image": "a:1", "restartPolicy": "Always"}]}}),
        json!({"spec": {"fieldOfTomorrow": "x"}}),
        json!({"spec": {"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"labelSelector": {}, "topologyKey": "zone"}]}}}}),
    ] {
        let mut asked = asked();
        merge(&mut asked, &patch);
        assert!(!same(asked, &kept()), "{patch}");
    }
}

/// RFC 7386, as far as these tests need it.
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

#[test]
fn an_image_is_pulled_as_its_name_says() {
    for (image, policy) in [
        ("web", "Always"),
        ("host:5000/web", "Always"),
        ("web:latest", "Always"),
        ("web:1", "IfNotPresent"),
        ("web@sha256:00", "IfNotPresent"),
    ] {
        let container = |policy: Option<&str>| match policy {
            Some(policy) => json!({"spec": {"containers": [{"name": "a", "image": image, "imagePullPolicy": policy}]}}),
            None => json!({"spec": {"containers": [{"name": "a", "image": image}]}}),
        };
        assert!(same(container(None), &container(Some(policy))), "{image}");
        assert!(!same(container(None), &container(Some("Never"))), "{image}");
    }
}

#[test]
fn amounts_are_compared_as_amounts() {
    let with = |amount: &str| json!({"spec": {"containers": [{"name": "a", "image": "a:1", "resources": {"limits": {"x": amount}}}]}});
    for (one, other, expected) in [
        ("1000m", "1", true),
        ("1.5Gi", "1536Mi", true),
        ("1e3", "1k", true),
        ("0.1", "100m", true),
        ("1G", "1Gi", false),
        ("100m", "101m", false),
        ("much", "much", true),
        ("much", "more", false),
    ] {
        assert_eq!(same(with(one), &with(other)), expected, "{one} {other}");
    }
}
