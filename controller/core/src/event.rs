//! Which facts and changes people hear of, under the established event reasons.

use sluice_crds::{AnalysisPhase, RolloutStatus, Violation, names, violation};

use crate::change::Change;
use crate::fact::{Fact, Hold, NOT_TAKEN_UP};
use crate::guard::Word;

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
    let told = facts.iter().filter_map(|fact| of_fact(before, fact));
    let more = facts.iter().filter_map(|fact| of_services(before, fact).or_else(|| unverified(before, fact)));
    told.chain(more).chain(done.iter().filter_map(of_change)).collect()
}

/// What is wrong with Services that a spec names, for alerts that wait for that.
fn of_services(before: &RolloutStatus, fact: &Fact) -> Option<Event> {
    let Fact::InvalidSpec(violations) = fact else { return None };
    let of_service = |violation: &&Violation| violation.message.starts_with("Service \"");
    let wrong: Vec<Violation> = violations.iter().filter(of_service).cloned().collect();
    let told = new_in(before, fact) && !wrong.is_empty();
    told.then(|| warning(names::event::SERVICE_REFERENCE_ERROR, &violation::in_one_line(&wrong)))
}

/// That a router was not seen to do what it was told until the deadline was over.
fn unverified(before: &RolloutStatus, fact: &Fact) -> Option<Event> {
    let Fact::DeadlineExceeded(why) = fact else { return None };
    let told = new_in(before, fact) && why.contains(NOT_TAKEN_UP);
    told.then(|| warning(names::event::WEIGHT_VERIFY_ERROR, why))
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
            let known = before.message.as_deref().is_some_and(|message| message.contains(&hold.to_string()));
            (!known).then(|| warning(event::TRAFFIC_ROUTING_ERROR, hold))?
        }
        Fact::Held(_) | Fact::Restarting(_) | Fact::Beside(_) => return None,
        Fact::NewRevision(_) | Fact::NewSteps => normal(event::UPDATED, fact),
        Fact::Retried => normal(reason::RETRY, fact),
        Fact::Skipped(_) => normal(event::SKIP_STEPS, fact),
        Fact::StepDone(_) => normal(event::STEP_COMPLETED, fact),
        Fact::Paused(_) => normal(reason::PAUSED, fact),
        Fact::Resumed => normal(reason::RESUMED, fact),
        // These tell of themselves, in events of their own.
        Fact::Analysis { role, .. } if role.is_experiment() || role.is_policy() => return None,
        Fact::Analysis { name, phase, .. } => of_analysis(before, fact, name, *phase)?,
        Fact::Aborted(_) => warning(reason::ABORTED, fact),
        Fact::WentBad(_) => warning(event::ROLLED_BACK, fact),
        Fact::Policy(word) => of_policy(before, word)?,
        Fact::NothingToAbort => normal(reason::ABORTED, fact),
        Fact::Promoted(_) => normal(reason::COMPLETED, fact),
        Fact::Swapped(..) => normal(event::SWITCH_SERVICE, fact),
        Fact::Restarted(_) => normal(event::RESTARTED, fact),
    };
    Some(event)
}

/// What the rollback policy says, unless it said so before. That it watches is no event.
fn of_policy(before: &RolloutStatus, word: &Word) -> Option<Event> {
    let text = word.to_string();
    let known = before.conditions.iter().any(|condition| {
        condition.r#type == names::condition::ROLLBACK_POLICY
            && condition.reason == word.reason()
            && condition.message == text
    });
    let event = if word.is_well() { normal(word.reason(), &text) } else { warning(word.reason(), &text) };
    (!known && !matches!(word, Word::Watching(_) | Word::Checking(_))).then_some(event)
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
        Change::Scale { .. } | Change::ScaleLender { .. } => event::SCALING_REPLICA_SET,
        Change::PointService { .. } => event::SWITCH_SERVICE,
        Change::Route { .. } | Change::SetRoutes { .. } => event::TRAFFIC_WEIGHT_UPDATED,
        Change::Evict { .. } => event::RESTARTING_POD,
        Change::StartExperiment { .. } => event::EXPERIMENT_CREATED,
        Change::StartAnalysis { .. }
        | Change::StopAnalysis { .. }
        | Change::ShrinkAfter { .. }
        | Change::Remember { .. }
        | Change::Record { .. }
        | Change::NoteHandover { .. }
        | Change::Mark { .. }
        | Change::MarkPods { .. }
        | Change::DeleteAnalysis { .. }
        | Change::StopExperiment { .. }
        | Change::DeleteExperiment { .. }
        | Change::DeleteRevision { .. } => return None,
    };
    Some(normal(reason, change))
}

#[cfg(test)]
mod tests {
    use sluice_crds::Condition;

    use super::*;
    use crate::fact::no_progress;

    fn told(before: &RolloutStatus, facts: &[Fact]) -> Vec<String> {
        events(before, facts, &[]).iter().map(|event| format!("{}: {}", event.reason, event.text)).collect()
    }

    fn saying(fact: &Fact) -> RolloutStatus {
        let said = Condition { message: fact.to_string(), ..Condition::default() };
        RolloutStatus { conditions: vec![said], ..RolloutStatus::default() }
    }

    #[test]
    fn a_service_that_cannot_be_used_is_told_by_itself_too_and_once() {
        let service =
            Violation::new("spec.strategy.canary.stableService", "Service \"web\" not found in namespace shop");
        let facts = [Fact::InvalidSpec(vec![Violation::new("spec.replicas", "is -1"), service.clone()])];
        let told_of = told(&RolloutStatus::default(), &facts);
        assert_eq!(told_of.last(), Some(&format!("ServiceReferenceError: {service}")));
        assert_eq!(told_of.len(), 2);
        assert!(told(&saying(&facts[0]), &facts).is_empty());
        let other = [Fact::InvalidSpec(vec![Violation::new("spec.replicas", "is -1")])];
        assert_eq!(told(&RolloutStatus::default(), &other).len(), 1);
    }

    #[test]
    fn a_router_that_never_takes_up_a_weight_is_told_at_the_deadline() {
        let hold = Hold::Router("Traefik has 20, not 60".to_owned());
        assert!(told(&RolloutStatus::default(), &[Fact::Held(hold.clone())]).is_empty(), "it is waited for");
        let late = Fact::DeadlineExceeded(no_progress(jiff::SignedDuration::from_mins(10), &hold));
        let facts = [Fact::Held(hold), late.clone()];
        let told_of = told(&RolloutStatus::default(), &facts);
        let expected = "WeightVerifyError: no progress for 600 s: the router has not taken up the last change yet: Traefik has 20, not 60";
        assert_eq!(told_of.last().map(String::as_str), Some(expected));
        let pods = Hold::Pods { hash: "v2".into(), available: 0, needed: 1 };
        let other = Fact::DeadlineExceeded(no_progress(jiff::SignedDuration::from_mins(10), &pods));
        assert_eq!(told(&RolloutStatus::default(), &[other]).len(), 1);
        assert!(told(&saying(&late), &facts).is_empty(), "once");
    }
}
