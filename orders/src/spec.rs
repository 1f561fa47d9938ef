//! Orders that change a field of the spec: pause, restart.

use jiff::Timestamp;
use serde_json::json;
use sluice_crds::Rollout;

use crate::{Meant, Patch, Verdict, Write};

/// Holds the Rollout until it is promoted.
pub fn pause(rollout: &Rollout) -> Verdict {
    if rollout.spec.paused {
        return Verdict::nothing("is paused already");
    }
    Verdict::Write(Write::object(Patch::Merge(json!({"spec": {"paused": true}})), Meant::Any, "paused"))
}

/// Replaces all pods from that time on, as far as their budgets allow. The API keeps whole seconds.
pub fn restart(at: Timestamp) -> Verdict {
    let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
    let patch = Patch::Merge(json!({"spec": {"restartAt": at.to_string()}}));
    Verdict::Write(Write::object(patch, Meant::Any, "restarts: its pods are replaced a few at a time"))
}
