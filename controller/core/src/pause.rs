//! The controller's pauses: `status.controllerPause` and `status.pauseConditions`.
//!
//! A person resumes by clearing the conditions; that the controller had paused is then still written
//! in `controllerPause`. The established plugin does exactly that.

use jiff::Timestamp;
use sluice_crds::RolloutStatus;

use crate::fact::PauseReason;
use crate::stage::moment;

/// How a pause stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pausing {
    /// It was never recorded.
    NotBegun,
    /// It holds since then.
    Since(Timestamp),
    /// A person ended it.
    Over,
}

/// How the pause of that reason stands.
pub(crate) fn pausing(status: &RolloutStatus, reason: PauseReason) -> Pausing {
    let recorded = status.pause_conditions.iter().find(|condition| condition.reason == reason.name());
    match recorded {
        Some(condition) => Pausing::Since(moment(condition.start_time.as_ref()).unwrap_or(Timestamp::MIN)),
        None if status.controller_pause && status.pause_conditions.is_empty() => Pausing::Over,
        None => Pausing::NotBegun,
    }
}
