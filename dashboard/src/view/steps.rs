//! The steps of a canary, and how far it is.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use sluice_crds::{CanaryStep, Rollout, SetCanaryScale};
use sluice_orders::standing::{is_alone, is_observed};

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Passed.
    Done,
    /// Being done.
    Current,
    /// Still to come.
    ToCome,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepView {
    /// What it does.
    pub text: String,
    /// How far it is.
    pub state: State,
}

/// All steps of a Rollout.
pub(super) fn of(rollout: &Rollout) -> Vec<StepView> {
    let steps = rollout.spec.strategy.canary.as_ref().map(|canary| canary.steps.as_slice()).unwrap_or_default();
    let current = current(rollout, steps.len());
    let state = |index: usize| match current {
        Some(current) if index < current => State::Done,
        Some(current) if index == current => State::Current,
        _ => State::ToCome,
    };
    steps.iter().enumerate().map(|(index, step)| StepView { text: text(step), state: state(index) }).collect()
}

/// The index of the step under way: that behind the last one when all are done, none once the release is aborted.
fn current(rollout: &Rollout, steps: usize) -> Option<usize> {
    if is_observed(rollout) && is_alone(rollout) {
        return Some(steps);
    }
    if rollout.status.as_ref().is_some_and(|status| status.abort) {
        return None;
    }
    let index = rollout.status.as_ref().and_then(|status| status.current_step_index).unwrap_or(0);
    usize::try_from(index).ok()
}

fn text(step: &CanaryStep) -> String {
    let mut parts = Vec::new();
    parts.extend(step.set_weight.map(|weight| format!("set weight to {weight}")));
    parts.extend(step.pause.as_ref().map(|pause| match &pause.duration {
        None => "pause until promoted".to_owned(),
        Some(IntOrString::Int(seconds)) => format!("pause for {seconds}s"),
        Some(IntOrString::String(length)) => format!("pause for {length}"),
    }));
    parts.extend(step.set_canary_scale.as_ref().map(scale));
    parts.extend(
        step.set_header_route.as_ref().map(|route| route_text("header", &route.name, route.r#match.is_empty())),
    );
    parts.extend(
        step.set_mirror_route.as_ref().map(|route| route_text("mirror", &route.name, route.r#match.is_empty())),
    );
    parts.extend(step.analysis.as_ref().map(|analysis| {
        let names: Vec<_> = analysis.templates.iter().map(|one| one.template_name.as_str()).collect();
        format!("analysis {}", names.join(", "))
    }));
    parts.extend(step.experiment.as_ref().map(|experiment| {
        let names: Vec<_> = experiment.templates.iter().map(|one| one.name.as_str()).collect();
        format!("experiment {}", names.join(" and "))
    }));
    parts.extend(step.plugin.as_ref().map(|plugin| format!("plugin {}", plugin.name)));
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn route_text(kind: &str, name: &str, is_end: bool) -> String {
    let verb = if is_end { "end" } else { "set" };
    format!("{verb} {kind} route {name}")
}

fn scale(scale: &SetCanaryScale) -> String {
    match (scale.replicas, scale.weight) {
        (Some(pods), _) => format!("scale to {pods} pods"),
        (None, Some(part)) => format!("scale to {part} % of the pods"),
        (None, None) => "scale with the weight".to_owned(),
    }
}
