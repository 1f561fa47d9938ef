//! What is to be done about an Experiment, given what was seen of it.

use jiff::Timestamp;
use sluice_crds::{AnalysisPhase, Violation};

use super::change::{Change, Why};
use super::fact::{Fact, Standing};
use super::observed::{Deletion, Observed, PodSet};
use super::spec::{Analysis, Spec, Template};
use super::stage::{self, Stage};
use crate::moves::later;

/// What to do, what is so, and when to look again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Writes, in the order to make them: pods, Services, analyses; and back again at the end.
    pub changes: Vec<Change>,
    /// What was found out and decided; folded into the status whether or not the writes succeed.
    pub facts: Vec<Fact>,
    /// When to look again even if nothing changes.
    pub wake: Option<Timestamp>,
}

/// Decides. Pure: the same input gives the same plan; a settled world gets an empty one.
pub fn plan(seen: &Observed, now: Timestamp) -> Plan {
    match &seen.spec {
        _ if seen.is_kept && seen.deletion == Deletion::Abandoned => {
            Plan { changes: vec![Change::LetGo], ..Plan::default() }
        }
        Err(violations) => give_up(seen, violations),
        Ok(spec) => match stage::of(spec, seen, now) {
            Stage::Starting => go_on(spec, seen, now),
            Stage::Running => measure(go_on(spec, seen, now), spec, seen),
            Stage::Closing(why) => close(spec, seen, why, now),
            Stage::Ended(phase, why) => end(spec, seen, phase, why, now),
        },
    }
}

/// What can be done about a spec that is wrong: once it is deleted, it goes as soon as no route names its Services.
fn give_up(seen: &Observed, violations: &[Violation]) -> Plan {
    let mut plan = Plan { facts: vec![Fact::InvalidSpec(violations.to_vec())], ..Plan::default() };
    if seen.deletion == Deletion::Asked {
        plan.changes = let_go(seen, seen.services.values().all(|service| service.routed_by.is_none()));
    }
    plan
}

/// Keeps all pods and Services there. That all pods are available is said once, and recorded before anything is measured.
fn go_on(spec: &Spec, seen: &Observed, now: Timestamp) -> Plan {
    let standings: Vec<_> = spec.templates.iter().map(|one| stage::standing(spec, one, seen, now)).collect();
    let ready = standings.iter().all(|standing| *standing == Standing::Running);
    let mut plan = Plan { changes: grow(spec, seen), ..Plan::default() };
    plan.facts = named(spec, standings);
    if ready && seen.available_at().is_none() {
        plan.facts.push(Fact::Available);
    }
    plan.facts.extend(too_few(spec, seen).map(Fact::Held));
    let dues = spec.templates.iter().filter_map(|template| stage::due(spec, template, seen));
    plan.wake = dues.chain(stage::ends(spec, seen)).filter(|at| *at > now).min();
    plan
}

fn named(spec: &Spec, standings: Vec<Standing>) -> Vec<Fact> {
    let names = spec.templates.iter().map(|template| template.name.clone());
    names.zip(standings).map(|(name, standing)| Fact::Template(name, standing)).collect()
}

fn too_few(spec: &Spec, seen: &Observed) -> Option<String> {
    spec.templates.iter().find_map(|template| {
        let available = seen.sets.get(&template.name).map_or(0, |set| set.available);
        let text = format!("{available} of {} pods of template {} are available", template.replicas, template.name);
        (available < template.replicas).then_some(text)
    })
}

/// Pods first, then the Services in front of them.
fn grow(spec: &Spec, seen: &Observed) -> Vec<Change> {
    let pods = spec.templates.iter().flat_map(|template| match seen.sets.get(&template.name) {
        None => vec![Change::CreateSet { template: template.name.clone() }],
        Some(set) => wanted(template, set),
    });
    let services = spec.templates.iter().filter(|template| seen.sets.contains_key(&template.name));
    pods.chain(services.filter_map(|template| service(template, seen))).collect()
}

fn wanted(template: &Template, set: &PodSet) -> Vec<Change> {
    let name = &template.name;
    let keep = set.shrink_after.map(|_| Change::ShrinkAfter { template: name.clone(), at: None });
    let scale = (set.desired != template.replicas).then(|| Change::Scale {
        template: name.clone(),
        from: set.desired,
        to: template.replicas,
        why: Why::Wanted,
    });
    keep.into_iter().chain(scale).collect()
}

fn service(template: &Template, seen: &Observed) -> Option<Change> {
    let service = template.service.clone()?;
    let missing = !seen.services.contains_key(&template.name);
    missing.then(|| Change::CreateService { template: template.name.clone(), service })
}

/// Starts what is not measured yet.
fn measure(mut plan: Plan, spec: &Spec, seen: &Observed) -> Plan {
    plan.facts.extend(verdicts(spec, seen));
    let missing = spec.analyses.iter().filter(|analysis| stage::verdict(seen, &analysis.name).is_none());
    plan.changes.extend(
        missing.map(|Analysis { name, .. }| Change::StartAnalysis {
            analysis: name.clone(),
            run: seen.free_run_name(name),
        }),
    );
    plan
}

fn verdicts(spec: &Spec, seen: &Observed) -> Vec<Fact> {
    let fact = |analysis: &Analysis| {
        let (phase, message) = stage::verdict(seen, &analysis.name)?;
        let recorded = seen.status.analysis_runs.iter().find(|one| one.name == analysis.name);
        let run = recorded.map(|one| one.analysis_run.clone()).filter(|run| !run.is_empty());
        let run = run.or_else(|| seen.run_of(&analysis.name).map(|run| run.name.clone()))?;
        Some(Fact::Analysis { name: analysis.name.clone(), run, phase, message })
    };
    spec.analyses.iter().filter_map(fact).collect()
}

/// Stops what is still measured, and keeps everything else there until its verdict has come.
fn close(spec: &Spec, seen: &Observed, why: Why, now: Timestamp) -> Plan {
    let mut plan = go_on(spec, seen, now);
    plan.wake = None;
    plan.facts.extend(verdicts(spec, seen));
    plan.facts.push(Fact::Held("waiting for analyses to end".to_owned()));
    plan.changes.extend(stop(spec, seen, why));
    plan
}

fn stop(spec: &Spec, seen: &Observed, why: Why) -> Vec<Change> {
    let runs = spec.analyses.iter().filter_map(|analysis| seen.run_of(&analysis.name));
    let under_way = runs.filter(|run| !run.phase.is_completed() && !run.stopped);
    under_way.map(|run| Change::StopAnalysis { run: run.name.clone(), why }).collect()
}

/// Stops what is measured and, after a delay, takes the pods away. First the end is recorded: a crash in between must not
/// lose the verdict.
fn end(spec: &Spec, seen: &Observed, phase: AnalysisPhase, why: String, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    let standings = spec.templates.iter().map(|template| match stage::standing(spec, template, seen, now) {
        failed @ Standing::Failed(_) => failed,
        Standing::Progressing | Standing::Running | Standing::Successful => Standing::Successful,
    });
    plan.facts = named(spec, standings.collect());
    plan.facts.extend(verdicts(spec, seen));
    if !seen.status.phase.is_completed() {
        plan.facts.push(Fact::Ended(phase, why));
        return plan;
    }
    plan.changes = stop(spec, seen, why_over(spec, seen));
    for (template, set) in &seen.sets {
        retire(&mut plan, spec, seen, template, set, now);
    }
    let pods_are_gone = seen.sets.values().all(|set| set.desired == 0 && set.current == 0);
    plan.changes.extend(let_go(seen, pods_are_gone && seen.services.is_empty()));
    plan
}

fn why_over(spec: &Spec, seen: &Observed) -> Why {
    match seen.deletion {
        Deletion::Asked | Deletion::Abandoned => Why::Deleted,
        Deletion::None if spec.terminate => Why::Terminated,
        Deletion::None => Why::Over,
    }
}

/// Nothing is left that might get traffic.
fn let_go(seen: &Observed, is_free: bool) -> Vec<Change> {
    if seen.is_kept && is_free { vec![Change::LetGo] } else { Vec::new() }
}

/// Deadlines are kept in whole seconds, rounded up.
const ROUNDED: jiff::SignedDuration = jiff::SignedDuration::from_secs(1);

/// Takes one set away: first its time is fixed, then, once that has passed and no route names its Service, its pods go, and
/// once they are gone the Service does.
///
/// A time further off than the delay is fixed anew: the delay was made shorter, or the machine's clock was ahead.
fn retire(plan: &mut Plan, spec: &Spec, seen: &Observed, template: &str, set: &PodSet, now: Timestamp) {
    let service = seen.services.get(template);
    let delay = spec.scale_down_delay;
    if let Some(route) = service.and_then(|service| service.routed_by.as_ref()) {
        plan.facts.push(Fact::Held(format!("pods of template {template} stay: {route} still names their Service")));
    } else if set.desired == 0 {
        let gone = set.current == 0 && set.available == 0;
        plan.changes.extend(service.filter(|_| gone).map(|one| Change::DeleteService { service: one.name.clone() }));
    } else {
        let fixed = set.shrink_after.filter(|at| *at <= later(now, delay.saturating_add(ROUNDED)));
        match fixed {
            None if !delay.is_zero() => {
                let at = later(now, delay);
                plan.changes.push(Change::ShrinkAfter { template: template.to_owned(), at: Some(at) });
                plan.wake = plan.wake.into_iter().chain([at]).min();
            }
            Some(at) if now < at => plan.wake = plan.wake.into_iter().chain([at]).min(),
            _ => plan.changes.push(Change::Scale {
                template: template.to_owned(),
                from: set.desired,
                to: 0,
                why: if delay.is_zero() { Why::Over } else { Why::DelayPassed },
            }),
        }
    }
}
