//! What people hear of an Experiment, under the established event reasons: what its status says that it did not say before,
//! and the writes that were made.

use sluice_crds::names::{condition, event, reason};
use sluice_crds::{AnalysisPhase, ExperimentStatus};

use super::change::Change;
use crate::event::Event;

/// The events of one pass.
pub fn events(before: &ExperimentStatus, after: &ExperimentStatus, done: &[Change]) -> Vec<Event> {
    let mut events: Vec<_> = done.iter().filter_map(of_change).collect();
    events.extend(of_spec(before, after));
    events.extend(of_templates(before, after));
    events.extend(of_analyses(before, after));
    if before.phase != after.phase {
        let text = after.message.clone().unwrap_or_else(|| format!("experiment {:?}", after.phase));
        events.push(Event { warning: is_bad(after.phase), reason: format!("Experiment{:?}", after.phase), text });
    }
    events
}

fn of_change(change: &Change) -> Option<Event> {
    let reason = match change {
        Change::CreateSet { .. } => reason::NEW_REPLICA_SET,
        Change::Scale { .. } => event::SCALING_REPLICA_SET,
        Change::StopAnalysis { .. } => "AnalysisRunTerminating",
        Change::ShrinkAfter { .. }
        | Change::CreateService { .. }
        | Change::DeleteService { .. }
        | Change::StartAnalysis { .. }
        | Change::LetGo => return None,
    };
    Some(Event { warning: false, reason: reason.to_owned(), text: change.to_string() })
}

fn of_spec(before: &ExperimentStatus, after: &ExperimentStatus) -> Option<Event> {
    let wrong = |status: &ExperimentStatus| {
        status.conditions.iter().find(|one| one.r#type == condition::INVALID_SPEC).map(|one| one.message.clone())
    };
    let text = wrong(after).filter(|now| wrong(before).as_ref() != Some(now))?;
    Some(Event { warning: true, reason: reason::INVALID_SPEC.to_owned(), text })
}

fn of_templates(before: &ExperimentStatus, after: &ExperimentStatus) -> Vec<Event> {
    let new = after.template_statuses.iter().filter(|now| {
        let old = before.template_statuses.iter().find(|old| old.name == now.name);
        old.is_none_or(|old| old.status != now.status)
    });
    let event = |now: &sluice_crds::ExperimentTemplateStatus| {
        let status = now.status.clone().unwrap_or_default();
        let text = now.message.clone().unwrap_or_else(|| format!("template {} {status}", now.name));
        Event { warning: status == "Failed", reason: format!("Template{status}"), text }
    };
    new.map(event).collect()
}

fn of_analyses(before: &ExperimentStatus, after: &ExperimentStatus) -> Vec<Event> {
    let new = after.analysis_runs.iter().filter(|now| {
        let old = before.analysis_runs.iter().find(|old| old.name == now.name);
        old.is_none_or(|old| old.phase != now.phase)
    });
    let event = |now: &sluice_crds::ExperimentAnalysisStatus| {
        let text = format!("analysis {} {:?}: {}", now.name, now.phase, now.message.as_deref().unwrap_or_default());
        let reason = format!("{}{:?}", event::ANALYSIS_RUN_PREFIX, now.phase);
        Event { warning: is_bad(now.phase), reason, text: text.trim_end_matches(": ").to_owned() }
    };
    new.map(event).collect()
}

fn is_bad(phase: AnalysisPhase) -> bool {
    phase.is_completed() && phase != AnalysisPhase::Successful
}
