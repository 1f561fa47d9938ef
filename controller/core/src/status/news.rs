//! What of a status may wait a moment to be written, so that one write tells of all that a step brings.

use sluice_crds::{Condition, RolloutStatus, TrafficWeights, names::condition};

use crate::deadline;

/// Whether all that is new may wait a moment for more: numbers of pods, the text of what is waited for, a warning of an analysis,
/// and that the router was told, or seen, to send more.
///
/// *Never*: a step, a pause, an abort, a phase, an analysis, whether the progress deadline runs, or a lowered weight. What a
/// later pass goes by is written at once; the rest is worked out anew by each pass from what it sees.
pub fn may_wait(before: &RolloutStatus, after: &RolloutStatus) -> bool {
    weights_may_wait(before.canary.weights.as_ref(), after.canary.weights.as_ref())
        && deadline::runs(before) == deadline::runs(after)
        && lasting(before) == lasting(after)
}

/// The share that the new revision had by the pass before is given back at once should somebody take it away: a record of
/// more than it has now would give it too much.
fn weights_may_wait(before: Option<&TrafficWeights>, after: Option<&TrafficWeights>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => {
            after.canary.weight >= before.canary.weight && before.additional == after.additional
        }
        (before, after) => before == after,
    }
}

/// The status without what may wait.
fn lasting(status: &RolloutStatus) -> RolloutStatus {
    let mut status = status.clone();
    status.message = None;
    status.replicas = 0;
    status.updated_replicas = 0;
    status.ready_replicas = 0;
    status.available_replicas = 0;
    status.hpa_replicas = 0;
    status.most_available = None;
    status.canary.weights = None;
    let may_wait = [condition::AVAILABLE, condition::CANNOT_TELL];
    status.conditions.retain(|condition| !may_wait.contains(&condition.r#type.as_str()));
    status
        .conditions
        .iter_mut()
        .filter(|condition| condition.r#type == condition::PROGRESSING)
        .for_each(forget_wording);
    status
}

/// While it is true, its reason is wording too: that a revision is new, or goes on.
fn forget_wording(condition: &mut Condition) {
    if condition.status == "True" {
        condition.reason = String::new();
    }
    condition.message = String::new();
    condition.last_update_time = None;
}

#[cfg(test)]
mod tests {
    use sluice_crds::{RolloutPhase, WeightDestination};

    use super::*;

    fn progressing(reason: &str, message: &str) -> Condition {
        let text = |text: &str| text.to_owned();
        Condition {
            r#type: text(condition::PROGRESSING),
            status: text("True"),
            reason: text(reason),
            message: text(message),
            ..Condition::default()
        }
    }

    fn status(change: impl FnOnce(&mut RolloutStatus)) -> RolloutStatus {
        let weights = TrafficWeights {
            canary: WeightDestination { weight: 20, ..WeightDestination::default() },
            ..TrafficWeights::default()
        };
        let mut status = RolloutStatus { phase: RolloutPhase::Progressing, ..RolloutStatus::default() };
        status.current_step_index = Some(1);
        status.canary.weights = Some(weights);
        status.conditions = vec![progressing("ReplicaSetUpdated", "the new revision makes progress")];
        change(&mut status);
        status
    }

    fn weight(status: &mut RolloutStatus, percent: i32) {
        if let Some(weights) = &mut status.canary.weights {
            weights.canary.weight = percent;
        }
    }

    fn waits(change: impl FnOnce(&mut RolloutStatus)) -> bool {
        may_wait(&status(|_| {}), &status(change))
    }

    #[test]
    fn counts_wording_and_more_weight_may_wait() {
        assert!(waits(|status| status.available_replicas = 3));
        assert!(waits(|status| status.message = Some("1 of 2 pods are available".to_owned())));
        assert!(waits(|status| weight(status, 40)));
        assert!(waits(
            |status| status.canary.weights.as_mut().unwrap_or(&mut TrafficWeights::default()).verified = Some(true)
        ));
        assert!(waits(|status| status.conditions = vec![progressing("NewReplicaSetCreated", "other words")]));
    }

    #[test]
    fn what_a_later_pass_goes_by_may_not() {
        assert!(!waits(|status| status.current_step_index = Some(2)));
        assert!(!waits(|status| status.abort = true));
        assert!(!waits(|status| status.phase = RolloutPhase::Paused));
        assert!(!waits(|status| weight(status, 10)));
        assert!(!waits(|status| status.canary.weights = None));
        let false_one = Condition { status: "False".to_owned(), ..progressing("RolloutAborted", "") };
        assert!(!waits(|status| status.conditions = vec![false_one]));
        assert!(!waits(|status| status.message = Some("waiting for analysis web-2-1 to complete".to_owned())));
        assert!(!waits(|status| status.observed_generation = Some("2".to_owned())));
    }
}
