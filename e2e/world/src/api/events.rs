//! Events as the core group shows them.

use serde_json::{Map, Value, json};

/// Names in `events.k8s.io`, and in the core group.
const NAMES: [(&str, &str); 7] = [
    ("note", "message"),
    ("regarding", "involvedObject"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

/// An Event of `events.k8s.io` as one of the core group.
pub(crate) fn core(event: &Value) -> Value {
    let Some(fields) = event.as_object() else { return event.clone() };
    let renamed =
        |key: &String| NAMES.iter().find(|(from, _)| from == key).map_or(key.clone(), |(_, to)| (*to).to_owned());
    let mut core: Map<String, Value> = fields.iter().map(|(key, value)| (renamed(key), value.clone())).collect();
    core.insert("apiVersion".to_owned(), json!("v1"));
    Value::Object(core)
}
