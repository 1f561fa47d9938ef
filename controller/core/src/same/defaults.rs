//! The defaults that the API server fills into a pod template, taken out again.
//!
//! After `SetDefaults_*` of Kubernetes' `pkg/apis/core/v1/defaults.go`, and Go's habit to leave out what is empty.

use serde_json::{Map, Value};

use super::quantity;

/// What fields are by default: the field that an object stands in, its own field, and the default as JSON.
const DEFAULTS: [(&[&str], &str, &str); 40] = [
    (&["spec"], "dnsPolicy", "\"ClusterFirst\""),
    (&["spec"], "restartPolicy", "\"Always\""),
    (&["spec"], "schedulerName", "\"default-scheduler\""),
    (&["spec"], "terminationGracePeriodSeconds", "30"),
    (&["spec"], "enableServiceLinks", "true"),
    (&["spec"], "hostNetwork", "false"),
    (&["spec"], "hostPID", "false"),
    (&["spec"], "hostIPC", "false"),
    (&["spec"], "volumeMode", "\"Filesystem\""),
    (CONTAINERS, "terminationMessagePath", "\"/dev/termination-log\""),
    (CONTAINERS, "terminationMessagePolicy", "\"File\""),
    (CONTAINERS, "stdin", "false"),
    (CONTAINERS, "stdinOnce", "false"),
    (CONTAINERS, "tty", "false"),
    (&["ports"], "protocol", "\"TCP\""),
    (&["ports"], "hostPort", "0"),
    (PROBES, "initialDelaySeconds", "0"),
    (PROBES, "timeoutSeconds", "1"),
    (PROBES, "periodSeconds", "10"),
    (PROBES, "successThreshold", "1"),
    (PROBES, "failureThreshold", "3"),
    (&["httpGet"], "path", "\"/\""),
    (&["httpGet"], "scheme", "\"HTTP\""),
    (&["fieldRef"], "apiVersion", "\"v1\""),
    (&["resourceFieldRef"], "divisor", "\"0\""),
    (FILES, "defaultMode", "420"),
    (&["serviceAccountToken"], "expirationSeconds", "3600"),
    (&["volumeMounts"], "readOnly", "false"),
    (&["persistentVolumeClaim"], "readOnly", "false"),
    (&["nfs"], "readOnly", "false"),
    (&["iscsi"], "iscsiInterface", "\"default\""),
    (&["iscsi"], "readOnly", "false"),
    (&["rbd"], "pool", "\"rbd\""),
    (&["rbd"], "user", "\"admin\""),
    (&["rbd"], "keyring", "\"/etc/ceph/keyring\""),
    (&["rbd"], "readOnly", "false"),
    (&["azureDisk"], "cachingMode", "\"ReadWrite\""),
    (&["azureDisk"], "kind", "\"Shared\""),
    (&["azureDisk"], "fsType", "\"ext4\""),
    (&["azureDisk"], "readOnly", "false"),
];

const CONTAINERS: &[&str] = &["containers", "initContainers"];
const PROBES: &[&str] = &["livenessProbe", "readinessProbe", "startupProbe"];
const FILES: &[&str] = &["secret", "configMap", "downwardAPI", "projected"];

/// Maps whose keys are the user's, not the API's.
const WORDS: [&str; 7] =
    ["labels", "annotations", "matchLabels", "nodeSelector", "volumeAttributes", "options", "httpHeaders"];

/// Maps, and fields, of quantities: the API server writes `1000m` as `1`.
const AMOUNTS: [&str; 5] = ["limits", "requests", "overhead", "sizeLimit", "divisor"];

/// An empty selector selects all, a missing one nothing.
const MEAN_SOMETHING_EMPTY: [&str; 2] = ["labelSelector", "namespaceSelector"];

/// Takes the defaults out of what stands in that field.
pub(super) fn drop(value: &mut Value, field: &str) {
    match value {
        _ if WORDS.contains(&field) => {}
        _ if AMOUNTS.contains(&field) => quantity::canonical(value),
        Value::Array(items) => items.iter_mut().for_each(|item| drop(item, field)),
        Value::Object(object) => of_object(object, field),
        _ => {}
    }
}

fn of_object(object: &mut Map<String, Value>, field: &str) {
    if CONTAINERS.contains(&field) && object.get("imagePullPolicy").is_some_and(|policy| *policy == pull_policy(object))
    {
        object.remove("imagePullPolicy");
    }
    for (inner, value) in object.iter_mut() {
        drop(value, inner);
    }
    object.retain(|inner, value| !is_default(field, inner, value) && !is_empty(inner, value));
}

fn is_default(field: &str, inner: &str, value: &Value) -> bool {
    let mut defaults = DEFAULTS.iter().filter(|(fields, own, _)| *own == inner && fields.contains(&field));
    defaults.any(|(_, _, default)| serde_json::from_str::<Value>(default).is_ok_and(|default| *value == default))
}

fn is_empty(inner: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty() && !MEAN_SOMETHING_EMPTY.contains(&inner),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Images that may change under their name are always pulled.
fn pull_policy(container: &Map<String, Value>) -> &'static str {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let last = name.rsplit('/').next().unwrap_or_default();
    match last.split_once(':') {
        Some((_, "latest")) => "Always",
        None if digest.is_none() => "Always",
        _ => "IfNotPresent",
    }
}
