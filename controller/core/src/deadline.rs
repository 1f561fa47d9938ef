//! The progress deadline: a release that does not move is reported, or taken back.

use jiff::Timestamp;
use sluice_crds::{RolloutPhase, RolloutStatus, names};

use crate::fact::Hold;
use crate::guard;
use crate::moves::later;
use crate::observed::Observed;
use crate::spec::Spec;
use crate::stage::moment;

/// Opening words of the message while an analysis, or an experiment, is waited for, or the spec cannot be acted on.
const NOT_ITS_FAULT: [&str; 4] =
    ["waiting for analysis", "waiting for experiment", guard::NAME, names::reason::INVALID_SPEC];

/// When the release will have stood still for too long, if this hold lasts.
///
/// `None` while the clock does not run: during pauses, inline analyses and experiments, and in the first pass of a hold
/// (the clock starts when the hold is recorded).
pub(crate) fn at(spec: &Spec, seen: &Observed, hold: &Hold) -> Option<Timestamp> {
    if !hold.counts_against_deadline() || !runs(&seen.status) {
        return None;
    }
    last_progress(&seen.status).map(|last| later(last, spec.progress_deadline))
}

/// Whether the status shows a release whose clock runs.
pub(crate) fn runs(status: &RolloutStatus) -> bool {
    let moving = matches!(status.phase, RolloutPhase::Progressing | RolloutPhase::Degraded);
    let message = status.message.as_deref().unwrap_or_default();
    moving && !NOT_ITS_FAULT.iter().any(|words| message.starts_with(words))
}

/// When something last moved forward.
fn last_progress(status: &RolloutStatus) -> Option<Timestamp> {
    let condition = status.conditions.iter().find(|condition| condition.r#type == names::condition::PROGRESSING)?;
    moment(condition.last_update_time.as_ref())
}
