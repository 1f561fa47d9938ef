//! Which facts and changes people hear of, under the established event reasons.

use sluice_crds::{AnalysisPhase, RolloutStatus, names};

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

fn normal(reason: &str, text: &impl ToString) -> Event {
    Event { warning: false, reason: reason.to_owned(), text: text.to_string() }
}

fn warning(reason: &str, text: &impl ToString) -> Event {
    Event { warning: true, reason: reason.to_owned(), text: text.to_string() }
}

fn of_fact(before: &RolloutStatus, fact: &Fact) -> Option<Event> {
    use names::{event, reason};
    let event = match fact {
        Fact::InvalidSpec(_) => new_in(before, fact).then(|| warning(reason::INVALID_SPEC, fact))?,
        Fact::DeadlineExceeded(_) => new_in(before, fact).then(|| warning(reason::PROGRESS_DEADLINE_EXCEEDED, fact))?,
        Fact::Held(hold @ (Hold::RouterBroken(_) | Hold::NoWayBack(_))) => {
            let known = before.message.as_deref().is_some_and(|message| message.starts_with(&hold.to_string()));
            (!known).then(|| warning(event::TRAFFIC_ROUTING_ERROR, hold))?
        }
        Fact::Held(_) | Fact::Restarting(_) => return None,
        Fact::NewRevision(_) | Fact::NewSteps => normal(event::UPDATED, fact),
        Fact::Retried => normal(reason::RETRY, fact),
        Fact::Skipped(_) => normal(event::SKIP_STEPS, fact),
        Fact::StepDone(_) => normal(event::STEP_COMPLETED, fact),
        Fact::Paused(_) => normal(reason::PAUSED, fact),
        Fact::Resumed => normal(reason::RESUMED, fact),
        // An Experiment tells of itself, in events of its own.
        Fact::Analysis { role, .. } if role.is_experiment() => return None,
        Fact::Analysis { name, phase, .. } => of_analysis(before, fact, name, *phase)?,
        Fact::Aborted(_) => warning(reason::ABORTED, fact),
        Fact::NothingToAbort => normal(reason::ABORTED, fact),
        Fact::Promoted(_) => normal(reason::COMPLETED, fact),
        Fact::Swapped(..) => normal(event::SWITCH_SERVICE, fact),
        Fact::Restarted(_) => normal(event::RESTARTED, fact),
    };
    Some(event)
}

/// An AnalysisRun that entered another phase.
fn of_analysis(before: &RolloutStatus, fact: &Fact, name: &str, phase: AnalysisPhase) -> Option<Event> {
    let known = references(before).any(|reference| reference.name == name && reference.status == phase);
    let bad = phase.is_completed() && phase != AnalysisPhase::Successful;
    let reason = format!("{}{phase:?}", names::event::ANALYSIS_RUN_PREFIX);
    let event = if bad { warning(&reason, fact) } else { normal(&reason, fact) };
    (!known && !phase.is_unset()).then_some(event)
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
    let reason = match change {
        Change::CreateRevision { .. } => reason::NEW_REPLICA_SET,
        Change::Renumber { .. } => reason::FOUND_NEW_REPLICA_SET,
        Change::Scale { .. } => event::SCALING_REPLICA_SET,
        Change::PointService { .. } => event::SWITCH_SERVICE,
        Change::Route { .. } | Change::SetRoutes { .. } => event::TRAFFIC_WEIGHT_UPDATED,
        Change::Evict { .. } => event::RESTARTING_POD,
        Change::StartExperiment { .. } => event::EXPERIMENT_CREATED,
        Change::StartAnalysis { .. }
        | Change::StopAnalysis { .. }
        | Change::ShrinkAfter { .. }
        | Change::Remember { .. }
        | Change::Mark { .. }
        | Change::MarkPods { .. }
        | Change::DeleteAnalysis { .. }
        | Change::StopExperiment { .. }
        | Change::DeleteExperiment { .. }
        | Change::DeleteRevision { .. } => return None,
    };
    Some(normal(reason, change))
}
