//! Pods.

use serde_json::Value;
use sluice_crds::names::application::IGNORE_RESTART_POLICY;

use super::{Health, Status, condition, healthy, progressing};
use crate::Object;

pub(super) fn pod(object: &Object) -> Health {
    let ignored = object.annotation(IGNORE_RESTART_POLICY) == Some("true");
    let restarts = ignored || ["", "Always"].contains(&object.text("/spec/restartPolicy"));
    if restarts && let Some(why) = stuck(object) {
        return Health::new(Status::Degraded, why);
    }
    match object.text("/status/phase") {
        "Succeeded" => healthy(object.text("/status/message")),
        "Failed" => Health::new(Status::Degraded, failure(object)),
        "Running" if restarts => running(object),
        // One that is not restarted is on its way to its end.
        "Pending" | "Running" => progressing(object.text("/status/message")),
        _ => Health::new(Status::Unknown, object.text("/status/message")),
    }
}

fn containers(object: &Object) -> impl Iterator<Item = &Value> {
    ["/status/initContainerStatuses", "/status/containerStatuses"].into_iter().flat_map(|list| object.list(list))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Why a container does not come up, if one does not.
fn stuck(object: &Object) -> Option<String> {
    let found: Vec<&str> = containers(object)
        .filter(|container| {
            let reason = text(container, "/state/waiting/reason");
            reason.starts_with("Err") || reason.ends_with("Error") || reason.ends_with("BackOff")
        })
        .map(|container| {
            let message = text(container, "/state/waiting/message");
            if message.is_empty() { text(container, "/state/waiting/reason") } else { message }
        })
        .collect();
    (!found.is_empty()).then(|| found.join(", "))
}

fn failure(object: &Object) -> String {
    let message = object.text("/status/message");
    if !message.is_empty() {
        return message.to_owned();
    }
    let ended = containers(object).find_map(|container| {
        let ended = container.pointer("/state/terminated")?;
        let said = text(ended, "/message");
        if !said.is_empty() {
            return Some(said.to_owned());
        }
        if text(ended, "/reason") == "OOMKilled" {
            return Some("OOMKilled".to_owned());
        }
        let code = ended.get("exitCode")?.as_i64().filter(|code| *code != 0)?;
        Some(format!("container {:?} failed with exit code {code}", text(container, "/name")))
    });
    ended.unwrap_or_default()
}

fn running(object: &Object) -> Health {
    if condition(object, "Ready").is_some_and(|ready| ready.is_true()) {
        return healthy(object.text("/status/message"));
    }
    let ended = containers(object).any(|container| container.pointer("/lastState/terminated").is_some());
    let status = if ended { Status::Degraded } else { Status::Progressing };
    Health::new(status, object.text("/status/message"))
}
