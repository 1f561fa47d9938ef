//! The pod's status, out of what really runs.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::process::{Life, Process};

/// The patch to the status. Whenever it is written, readiness has changed or the process has.
pub(super) fn patch(process: &Process, now: Timestamp) -> Value {
    let time = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let ready = match process.life {
        Life::Ready => "True",
        Life::Lost(..) => "Unknown",
        _ => "False",
    };
    let condition = |kind: &str| json!({"type": kind, "status": ready, "lastTransitionTime": time});
    let container = json!({
        "name": process.container, "image": process.image, "imageID": process.image,
        "ready": process.life == Life::Ready, "restartCount": process.restarts, "state": state(process.life, &time),
    });
    let evicted = process.life == Life::Over;
    json!({"status": {
        "phase": if evicted { "Failed" } else { "Running" },
        "reason": evicted.then_some("Evicted"),
        "hostIP": format!("10.250.0.{}", process.node + 1),
        "podIP": process.ip,
        "podIPs": [{"ip": process.ip}],
        "conditions": [condition("Ready"), condition("ContainersReady")],
        "containerStatuses": [container],
    }})
}

fn state(life: Life, time: &str) -> Value {
    match life {
        Life::Crashed => json!({"waiting": {"reason": "CrashLoopBackOff"}}),
        Life::Over => json!({"terminated": {"exitCode": 137, "reason": "Evicted", "finishedAt": time}}),
        _ => json!({"running": {"startedAt": time}}),
    }
}
