//! Which facts and changes people hear of, under the established event reasons.

use sluice_crds::{RolloutStatus, names};

use crate::change::Change;
use crate::fact::{Fact, Hold};

/// A Kubernetes event to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whether somebody should worry.
    pub warning: bool,
    /// The established reason.
    pub reason: String,
    /// What happened, and why.
    pub text: String,
}

/// The events of one pass: of changes that were made, and of facts that were not so before.
///
/// A fact that every pass states again (a hold, a spec that stays wrong) is told once: when the status
/// before (`before`) did not say it.
pub fn events(before: &RolloutStatus, facts: &[Fact], done: &[Change]) -> Vec<Event> {
    let facts = facts.iter().filter_map(|fact| of_fact(before, fact));
    facts.chain(done.iter().filter_map(of_change)).collect()
}

fn normal(reason: &str, text: impl ToString) -> Option<Event> {
    Some(Event { warning: false, reason: reason.to_owned(), text: text.to_string() })
}

fn warning(reason: &str, text: impl ToString) -> Option<Event> {
    Some(Event { warning: true, reason: reason.to_owned(), text: text.to_string() })
}

fn of_fact(before: &RolloutStatus, fact: &Fact) -> Option<Event> {
    use names::{event, reason};
    match fact {
        Fact::InvalidSpec(_) => new_in(before, fact).then(|| warning(reason::INVALID_SPEC, fact))?,
        Fact::DeadlineExceeded(_) => new_in(before, fact).then(|| warning(reason::PROGRESS_DEADLINE_EXCEEDED, fact))?,
        Fact::Held(hold @ (Hold::RouterBroken(_) | Hold::NoWayBack(_))) => {
            let known = before.message.as_deref() == Some(hold.to_string().as_str());
            (!known).then(|| warning(event::TRAFFIC_ROUTING_ERROR, hold))?
        }
        Fact::Held(_) => None,
        Fact::NewRevision(_) | Fact::NewSteps => normal(event::UPDATED, fact),
        Fact::Retried => normal(reason::RETRY, fact),
        Fact::StepDone(_) => normal(event::STEP_COMPLETED, fact),
        Fact::Paused(_) => normal(reason::PAUSED, fact),
        Fact::Resumed => normal(reason::RESUMED, fact),
        Fact::Analysis { name, phase, .. } => {
            let known = references(before).any(|reference| reference.name == *name && reference.status == *phase);
            let bad = phase.is_completed() && *phase != sluice_crds::AnalysisPhase::Successful;
            let reason = format!("{}{phase:?}", event::ANALYSIS_RUN_PREFIX);
            (!known && !phase.is_unset()).then(|| if bad { warning(&reason, fact) } else { normal(&reason, fact) })?
        }
        Fact::Aborted(_) => warning(reason::ABORTED, fact),
        Fact::NothingToAbort => normal(reason::ABORTED, fact),
        Fact::Promoted(_) => normal(reason::COMPLETED, fact),
    }
}

fn references(status: &RolloutStatus) -> impl Iterator<Item = &sluice_crds::AnalysisRunRef> {
    let canary = &status.canary;
    let blue_green = &status.blue_green;
    [
        canary.current_step_analysis_run_status.as_ref(),
        canary.current_background_analysis_run_status.as_ref(),
        blue_green.pre_promotion_analysis_run_status.as_ref(),
        blue_green.post_promotion_analysis_run_status.as_ref(),
    ]
    .into_iter()
    .flatten()
}

fn new_in(before: &RolloutStatus, fact: &Fact) -> bool {
    let text = fact.to_string();
    before.conditions.iter().all(|condition| condition.message != text)
}

fn of_change(change: &Change) -> Option<Event> {
    use names::{event, reason};
    match change {
        Change::CreateRevision { .. } => normal(reason::NEW_REPLICA_SET, change),
        Change::Renumber { .. } => normal(reason::FOUND_NEW_REPLICA_SET, change),
        Change::Scale { .. } => normal(event::SCALING_REPLICA_SET, change),
        Change::PointService { .. } => normal(event::SWITCH_SERVICE, change),
        Change::Route { .. } => normal(event::TRAFFIC_WEIGHT_UPDATED, change),
        Change::StartAnalysis { .. } | Change::StopAnalysis { .. } => None,
        Change::ShrinkAfter { .. } | Change::DeleteAnalysis { .. } | Change::DeleteRevision { .. } => None,
    }
}
