//! Jobs and autoscalers.

use serde_json::Value;

use super::{Health, Status, condition, healthy, progressing};
use crate::Object;

pub(super) fn job(object: &Object) -> Health {
    if let Some(failed) = condition(object, "Failed").filter(super::Condition::is_true) {
        return Health::new(Status::Degraded, failed.message);
    }
    if let Some(suspended) = condition(object, "Suspended").filter(super::Condition::is_true) {
        return Health::new(Status::Suspended, suspended.message);
    }
    match condition(object, "Complete").filter(super::Condition::is_true) {
        Some(complete) => healthy(complete.message),
        None => progressing(""),
    }
}

/// Why an autoscaler cannot do its work.
const FAILURES: &[(&str, &str)] = &[
    ("AbleToScale", "FailedGetScale"),
    ("AbleToScale", "FailedUpdateScale"),
    ("ScalingActive", "FailedGetResourceMetric"),
    ("ScalingActive", "FailedGetPodsMetric"),
    ("ScalingActive", "FailedGetObjectMetric"),
    ("ScalingActive", "FailedGetExternalMetric"),
    ("ScalingActive", "FailedGetContainerResourceMetric"),
    ("ScalingActive", "InvalidMetricSourceType"),
    ("ScalingActive", "InvalidSelector"),
    ("ScalingActive", "FailedComputeMetricsReplicas"),
];

/// Version 1 keeps its conditions in an annotation, as text.
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

pub(super) fn autoscaler(object: &Object) -> Health {
    let parsed: Option<Vec<Value>> = object.annotation(CONDITIONS).and_then(|text| serde_json::from_str(text).ok());
    let conditions = parsed.as_deref().unwrap_or_else(|| object.list("/status/conditions"));
    let text = |one: &Value, field: &str| one.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let failure = |one: &&Value| {
        let (kind, reason) = (text(one, "type"), text(one, "reason"));
        text(one, "status") == "False" && FAILURES.contains(&(kind.as_str(), reason.as_str()))
    };
    if let Some(failed) = conditions.iter().find(failure) {
        return Health::new(Status::Degraded, text(failed, "message"));
    }
    let well = conditions.iter().find(|one| {
        ["AbleToScale", "ScalingLimited"].contains(&text(one, "type").as_str()) && text(one, "status") == "True"
    });
    well.map_or_else(|| progressing("Waiting to Autoscale"), |one| healthy(text(one, "message")))
}
