//! The status: what was there before, and what has become known since.

mod conditions;
mod duration;
mod growth;
mod news;
mod phase;

use jiff::Timestamp;
use sluice_crds::{
    AnalysisPhase, AnalysisRunRef, PauseCondition, RolloutPhase, RolloutStatus, Time, TrafficWeights, WeightDestination,
};

use crate::change::Change;
use crate::deadline;
use crate::fact::Fact;
use crate::moves;
use crate::observed::{Hash, Loaded, Observed, Revision, Role, Routed};
use crate::spec::{Spec, Strategy, Turn};
use crate::stage;
use crate::weight::Weight;

pub(crate) use duration::superseded;
pub use duration::{Ended, ended};
pub use news::may_wait;

/// Folds what is known into the status. Pure; the only place that says what a status field becomes.
///
/// Guarantees: never ahead of the cluster. Counts and weights are what was observed, and only changes
/// that were made (`done`) count.
pub fn fold(seen: &Observed, facts: &[Fact], done: &[Change], now: Timestamp) -> RolloutStatus {
    let status = match &seen.spec {
        Ok(spec) => {
            let (status, _) = stage::normalised(spec, seen, now);
            let status = with_turn(status, spec);
            let status = facts.iter().fold(status, |status, fact| with(status, fact, spec, now));
            let status = done.iter().fold(status, with_change);
            let status = with_routing(with_counts(status, spec, seen), spec, seen);
            RolloutStatus { duration: duration::with(&seen.status, seen, facts, now), ..status }
        }
        Err(_) => seen.status.clone(),
    };
    let mut status = conditions::with(status, seen, facts, done, now);
    status.observed_generation = Some(seen.generation.to_string());
    status.workload_observed_generation = workload_generation(seen);
    (status.phase, status.message) = phase::of(&status, seen, facts);
    // A wait that is nobody's fault ended: from now on it is the release that has to move.
    if deadline::runs(&status) && !deadline::runs(&seen.status) {
        conditions::touch(&mut status, now);
    }
    if seen.spec.is_ok() {
        let healthy = status.phase == RolloutPhase::Healthy;
        conditions::set_healthy(&mut status, healthy, now);
    }
    status
}

/// The generation of the lender that this status is about; while the lender cannot be had, the last one.
fn workload_generation(seen: &Observed) -> Option<String> {
    let loan = seen.loan.as_ref()?;
    let now = loan.lending.as_ref().ok().map(|lending| lending.generation.to_string());
    now.or_else(|| seen.status.workload_observed_generation.clone())
}

fn with(mut status: RolloutStatus, fact: &Fact, spec: &Spec, now: Timestamp) -> RolloutStatus {
    match fact {
        Fact::StepDone(at) => {
            status.current_step_index = i32::try_from(at + 1).ok();
            status.canary.current_step_analysis_run_status = None;
            status.canary.current_experiment = None;
            stage::forget_waits(&mut status);
        }
        Fact::Paused(reason) => {
            status.controller_pause = true;
            let start_time = Some(Time(now));
            status.pause_conditions.push(PauseCondition { reason: reason.name().to_owned(), start_time });
        }
        Fact::Resumed => {
            stage::forget_waits(&mut status);
            status.canary.current_background_analysis_run_status = None;
        }
        Fact::Analysis { role, name, phase, message } => refer(&mut status, *role, name, *phase, message),
        Fact::Aborted(_) => {
            status.abort = true;
            status.aborted_at = Some(Time(now));
            status.promote_full = false;
            status.current_step_index = (!spec.steps().is_empty()).then_some(0);
            stage::forget_waits(&mut status);
        }
        Fact::Restarted(at) => status.restarted_at = Some(Time(*at)),
        Fact::Promoted(hash) => promoted(&mut status, hash, spec),
        Fact::Swapped(turn, _) => status.canary.stable_ping_pong = Some(turn.name().to_owned()),
        Fact::NewRevision(_)
        | Fact::NewSteps
        | Fact::Retried
        | Fact::Skipped(_)
        | Fact::WentBad(_)
        | Fact::Policy(_)
        | Fact::NothingToAbort
        | Fact::Held(_)
        | Fact::Restarting(_)
        | Fact::Beside(_)
        | Fact::DeadlineExceeded(_)
        | Fact::InvalidSpec(_) => {}
    }
    status
}

/// Which Service is the stable one, so far; nothing where each keeps its role.
fn with_turn(mut status: RolloutStatus, spec: &Spec) -> RolloutStatus {
    let turn = if let Strategy::Canary(canary) = &spec.strategy { canary.turn } else { None };
    status.canary.stable_ping_pong = turn.map(|turn| turn.name().to_owned());
    status
}

fn promoted(status: &mut RolloutStatus, hash: &Hash, spec: &Spec) {
    status.stable_rs = Some(hash.0.clone());
    status.promote_full = false;
    status.current_step_index = i32::try_from(spec.steps().len()).ok().filter(|steps| *steps > 0);
    stage::forget_waits(status);
    stage::forget_analyses(status);
}

fn refer(status: &mut RolloutStatus, role: Role, name: &str, phase: AnalysisPhase, message: &str) {
    let reference = Some(AnalysisRunRef {
        name: name.to_owned(),
        status: phase,
        message: (!message.is_empty()).then(|| message.to_owned()),
    });
    match role {
        Role::Step(_) => status.canary.current_step_analysis_run_status = reference,
        Role::Background => status.canary.current_background_analysis_run_status = reference,
        Role::PrePromotion => status.blue_green.pre_promotion_analysis_run_status = reference,
        Role::PostPromotion => status.blue_green.post_promotion_analysis_run_status = reference,
        Role::Experiment(_) => status.canary.current_experiment = Some(name.to_owned()),
        Role::Policy | Role::Bake | Role::Checks | Role::Other => {}
    }
}

fn with_change(mut status: RolloutStatus, change: &Change) -> RolloutStatus {
    match change {
        Change::StartAnalysis { name, role, .. } => refer(&mut status, *role, name, AnalysisPhase::Unset, ""),
        Change::StartExperiment { name, .. } => status.canary.current_experiment = Some(name.clone()),
        _ => {}
    }
    status
}

fn with_counts(mut status: RolloutStatus, spec: &Spec, seen: &Observed) -> RolloutStatus {
    let sum = |count: fn(&Revision) -> u32| number(moves::total(seen.revisions.iter().map(count)));
    status.replicas = sum(|revision| revision.current);
    status.ready_replicas = sum(|revision| revision.ready);
    status.available_replicas = sum(|revision| revision.available);
    status.updated_replicas = number(seen.new_revision().map_or(0, |new| new.current));
    status.hpa_replicas = match &spec.strategy {
        Strategy::Canary(_) => status.replicas,
        Strategy::BlueGreen(blue_green) => {
            let active = seen.services.get(&blue_green.active).and_then(|active| active.selects.as_ref());
            number(active.and_then(|hash| seen.revision(hash)).map_or(0, |revision| revision.current))
        }
    };
    status.selector = Some(seen.selector.clone());
    status
}

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn with_routing(mut status: RolloutStatus, spec: &Spec, seen: &Observed) -> RolloutStatus {
    let selects =
        |name: &String| seen.services.get(name).and_then(|service| service.selects.clone()).map(|hash| hash.0);
    match &spec.strategy {
        Strategy::Canary(canary) => {
            if let (Some(names), Some(Routed::Live { canary: Some(weight), others, loaded, .. })) =
                (&canary.services, &seen.routed)
            {
                let aside = |(name, weight): (&String, &Weight)| WeightDestination {
                    weight: number(weight.parts()),
                    service_name: Some(name.clone()),
                    pod_template_hash: seen.aside.iter().find(|one| one.service == *name).map(|one| one.hash.0.clone()),
                };
                let additional: Vec<_> = others.iter().map(aside).collect();
                let taken: i32 = additional.iter().map(|one| one.weight).sum();
                let destination = |name: &String, weight: Weight| WeightDestination {
                    weight: number(weight.parts()),
                    service_name: Some(name.clone()),
                    pod_template_hash: selects(name),
                };
                let mut weights = TrafficWeights {
                    canary: destination(&names.canary, *weight),
                    stable: WeightDestination {
                        weight: (number(weight.rest().parts()) - taken).max(0),
                        ..destination(&names.stable, Weight::ZERO)
                    },
                    additional,
                    verified: Some(*loaded == Loaded::Yes),
                };
                // The two have just changed roles: what each gets is called otherwise from now on.
                if status.canary.stable_ping_pong.as_deref() != canary.turn.map(Turn::name) {
                    std::mem::swap(&mut weights.canary, &mut weights.stable);
                }
                status.canary.weights = Some(weights);
            }
        }
        Strategy::BlueGreen(blue_green) => {
            status.blue_green.active_selector = selects(&blue_green.active);
            status.blue_green.preview_selector = blue_green.preview.as_ref().and_then(selects);
            // What a person let through counts until pods serve there: a switch that is taken back before asks nobody again.
            let active = status.blue_green.active_selector.as_deref() == Some(seen.hash.0.as_str());
            if active && (spec.replicas == 0 || seen.new_revision().is_some_and(|new| new.ready > 0)) {
                stage::forget_waits(&mut status);
            }
        }
    }
    status
}
