//! Defaults of pods and of their templates.

use serde_json::{Value, json};

use super::fill_fields;

/// Of the template in a ReplicaSet or a Job.
pub(super) fn fill_template(template: &mut Value) {
    if template.is_null() {
        *template = json!({});
    }
    fill_fields(template, &json!({"metadata": {}, "spec": {}}));
    fill_spec(&mut template["spec"]);
}

/// Of a Pod.
pub(super) fn fill_pod(pod: &mut Value) {
    fill_spec(&mut pod["spec"]);
    fill_fields(pod, &json!({"spec": {"enableServiceLinks": true}}));
    let status = &mut pod["status"];
    if let Some(address) = status["podIP"].as_str() {
        let addresses = json!([{"ip": address}]);
        fill_fields(status, &json!({"podIPs": addresses}));
    }
    for condition in status.get_mut("conditions").and_then(Value::as_array_mut).into_iter().flatten() {
        fill_fields(condition, &json!({"lastProbeTime": null, "lastTransitionTime": null}));
    }
    if status.is_null() {
        *status = json!({});
    }
}

/// What admission adds to a new Pod.
pub(super) fn settle(pod: &mut Value) {
    let tolerations: Vec<Value> = ["not-ready", "unreachable"]
        .iter()
        .map(|what| {
            let key = format!("node.kubernetes.io/{what}");
            json!({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300})
        })
        .collect();
    let spec = json!({"preemptionPolicy": "PreemptLowerPriority", "priority": 0, "tolerations": tolerations});
    fill_fields(pod, &json!({"spec": spec, "status": {"phase": "Pending", "qosClass": "BestEffort"}}));
}

/// Of what a pod shall be.
pub(super) fn fill_spec(spec: &mut Value) {
    if spec.is_null() {
        *spec = json!({});
    }
    let defaults = json!({
        "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
        "securityContext": {}, "terminationGracePeriodSeconds": 30,
    });
    fill_fields(spec, &defaults);
    for list in ["containers", "initContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            fill_container(container);
        }
    }
}

fn fill_container(container: &mut Value) {
    let image = container["image"].as_str().unwrap_or_default();
    let tag = image.rsplit('/').next().and_then(|name| name.split_once(':')).map_or("latest", |(_, tag)| tag);
    let policy = if tag == "latest" && !image.contains('@') { "Always" } else { "IfNotPresent" };
    let defaults = json!({
        "imagePullPolicy": policy, "resources": {},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
    });
    fill_fields(container, &defaults);
    for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        fill_fields(port, &json!({"protocol": "TCP"}));
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
            fill_probe(probe);
        }
    }
}

fn fill_probe(probe: &mut Value) {
    let defaults = json!({"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3});
    fill_fields(probe, &defaults);
    if let Some(get) = probe.get_mut("httpGet") {
        fill_fields(get, &json!({"path": "/", "scheme": "HTTP"}));
    }
}
