//! The status of an Experiment: what was there before, and what has become known since.

use jiff::Timestamp;
use sluice_crds::names::{condition, reason};
use sluice_crds::{
    AnalysisPhase, Condition, ExperimentAnalysisStatus, ExperimentStatus, ExperimentTemplateStatus, Time, violation,
};

use super::change::Change;
use super::fact::{Fact, Standing};
use super::observed::{Deletion, Observed};

/// Folds what is known into the status. Pure; the only place that says what a status field becomes.
///
/// Guarantees: never ahead of the cluster. Counts are what was observed, and only changes that were made (`done`) count.
pub fn fold(seen: &Observed, facts: &[Fact], done: &[Change], now: Timestamp) -> ExperimentStatus {
    let mut status = seen.status.clone();
    if status.phase.is_unset() {
        status.phase = AnalysisPhase::Pending;
    }
    if !status.phase.is_completed() {
        status.message = None;
    }
    let status = facts.iter().fold(status, |status, fact| with(status, fact, seen, now));
    let mut status = done.iter().fold(status, with_change);
    conditions(&mut status, facts, now);
    status
}

fn with(mut status: ExperimentStatus, fact: &Fact, seen: &Observed, now: Timestamp) -> ExperimentStatus {
    match fact {
        Fact::InvalidSpec(violations) if !status.phase.is_completed() => {
            status.message = Some(format!("InvalidSpec: {}", violation::in_one_line(violations)));
        }
        Fact::InvalidSpec(_) => {}
        Fact::Template(name, standing) => template(&mut status, name, standing, seen, now),
        Fact::Available => {
            status.phase = AnalysisPhase::Running;
            status.available_at = Some(Time(now));
        }
        Fact::Analysis { name, run, phase, message } => refer(&mut status, name, run, *phase, message),
        Fact::Held(why) => {
            if !status.phase.is_completed() || seen.deletion != Deletion::None {
                status.message = Some(why.clone());
            }
        }
        Fact::Ended(phase, why) => {
            status.phase = *phase;
            status.message = (!why.is_empty()).then(|| why.clone());
        }
    }
    status
}

fn with_change(mut status: ExperimentStatus, change: &Change) -> ExperimentStatus {
    if let Change::StartAnalysis { analysis, run } = change {
        refer(&mut status, analysis, run, AnalysisPhase::Pending, "");
    }
    status
}

fn refer(status: &mut ExperimentStatus, name: &str, run: &str, phase: AnalysisPhase, message: &str) {
    let phase = if phase.is_unset() { AnalysisPhase::Pending } else { phase };
    let message = (!message.is_empty()).then(|| message.to_owned());
    let now = ExperimentAnalysisStatus { name: name.to_owned(), analysis_run: run.to_owned(), phase, message };
    match status.analysis_runs.iter_mut().find(|one| one.name == name) {
        Some(one) => *one = now,
        None => status.analysis_runs.push(now),
    }
}

/// How one template's pods stand. Its time is that of the last step forward: another state, or more pods available.
fn template(status: &mut ExperimentStatus, name: &str, standing: &Standing, seen: &Observed, now: Timestamp) {
    let before = status.template_statuses.iter().find(|one| one.name == name).cloned();
    let set = seen.sets.get(name);
    let count = |count: Option<u32>| i32::try_from(count.unwrap_or_default()).unwrap_or(i32::MAX);
    let after = ExperimentTemplateStatus {
        name: name.to_owned(),
        replicas: count(set.map(|set| set.current)),
        updated_replicas: count(set.map(|set| set.current)),
        ready_replicas: count(set.map(|set| set.ready)),
        available_replicas: count(set.map(|set| set.available)),
        collision_count: before.as_ref().and_then(|before| before.collision_count),
        status: Some(standing.name().to_owned()),
        message: if let Standing::Failed(why) = standing { Some(why.clone()) } else { None },
        last_transition_time: Some(Time(now)),
        service_name: seen.services.get(name).map(|service| service.name.clone()),
        pod_template_hash: set.map(|set| set.hash.clone()),
    };
    let stands =
        before.filter(|before| before.status == after.status && after.available_replicas <= before.available_replicas);
    let since = stands.and_then(|before| before.last_transition_time).or(after.last_transition_time);
    let after = ExperimentTemplateStatus { last_transition_time: since, ..after };
    match status.template_statuses.iter_mut().find(|one| one.name == name) {
        Some(one) => *one = after,
        None => status.template_statuses.push(after),
    }
}

/// The established conditions: a spec that is wrong, and how far it is.
fn conditions(status: &mut ExperimentStatus, facts: &[Fact], now: Timestamp) {
    let wrong = facts.iter().find_map(|fact| match fact {
        Fact::InvalidSpec(violations) => Some(violation::in_one_line(violations)),
        _ => None,
    });
    match wrong {
        Some(why) => return set(status, condition::INVALID_SPEC, "True", reason::INVALID_SPEC, &why, now),
        None => status.conditions.retain(|one| one.r#type != condition::INVALID_SPEC),
    }
    let message = status.message.clone().unwrap_or_default();
    let (says, why) = match status.phase {
        AnalysisPhase::Successful => ("False", "ExperimentCompleted"),
        AnalysisPhase::Failed | AnalysisPhase::Error | AnalysisPhase::Inconclusive => ("False", "ExperimentFailed"),
        AnalysisPhase::Running => ("True", "ExperimentRunning"),
        AnalysisPhase::Pending | AnalysisPhase::Unset => ("True", reason::REPLICA_SET_UPDATED),
    };
    set(status, condition::PROGRESSING, says, why, &message, now);
}

/// Writes a condition, keeping its times where it says nothing new.
fn set(status: &mut ExperimentStatus, kind: &str, says: &str, reason: &str, message: &str, now: Timestamp) {
    let old = status.conditions.iter().find(|one| one.r#type == kind).cloned();
    let same = old.filter(|old| old.status == says);
    let unchanged = same.as_ref().filter(|old| old.reason == reason && old.message == message);
    let new = Condition {
        r#type: kind.to_owned(),
        status: says.to_owned(),
        last_update_time: unchanged.map_or(Some(Time(now)), |old| old.last_update_time.clone()),
        last_transition_time: same.as_ref().map_or(Some(Time(now)), |old| old.last_transition_time.clone()),
        reason: reason.to_owned(),
        message: message.to_owned(),
    };
    status.conditions.retain(|one| one.r#type != kind);
    status.conditions.push(new);
    status.conditions.sort_by(|one, other| one.r#type.cmp(&other.r#type));
}
