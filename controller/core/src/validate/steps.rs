//! The steps of a canary.

mod managed;

use sluice_crds::{CanaryStep, IntOrString, Pause, SetCanaryScale, duration};

use super::fields::Checker;
use super::trial;
use crate::spec::{Scale, Step};
use crate::weight::Weight;

/// What a step may be.
const KINDS: &str = "setWeight, pause, setCanaryScale, setHeaderRoute, setMirrorRoute, analysis, experiment";

/// Every step, or `None` when one of them is wrong (and noted).
/// `whole` is the weight that is all traffic.
pub(super) fn check(check: &mut Checker, steps: &[CanaryStep], whole: u32) -> Option<Vec<Step>> {
    let checked: Vec<_> = steps
        .iter()
        .enumerate()
        .map(|(at, step)| one(check, &format!("spec.strategy.canary.steps[{at}]"), step, whole))
        .collect();
    checked.into_iter().collect()
}

fn one(check: &mut Checker, here: &str, step: &CanaryStep, whole: u32) -> Option<Step> {
    check.unknown(here, &step.unknown);
    let kinds = kinds(step);
    for (kind, _) in kinds.iter().filter(|(_, supported)| !supported) {
        check.unsupported(&format!("{here}.{kind}"), true);
    }
    match kinds.as_slice() {
        [] if step.unknown.is_empty() => {
            check.wrong(here, format!("is empty; set one of {KINDS}"));
        }
        [] | [_] => {}
        [(first, _), rest @ ..] => {
            let rest = rest.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().join(", ");
            check.wrong(here, format!("has {first} together with {rest}; make them separate steps"));
            return None;
        }
    }
    weight(check, here, step, whole)
        .or_else(|| pause(check, here, step))
        .or_else(|| analysis(check, here, step))
        .or_else(|| set_scale(check, here, step))
        .or_else(|| managed::by_header(check, here, step))
        .or_else(|| managed::mirror(check, here, step))
        .or_else(|| experiment(check, here, step))
}

/// The kinds that a list item sets, and whether Sluice acts on them.
fn kinds(step: &CanaryStep) -> Vec<(&'static str, bool)> {
    [
        ("setWeight", step.set_weight.is_some(), true),
        ("pause", step.pause.is_some(), true),
        ("analysis", step.analysis.is_some(), true),
        ("setCanaryScale", step.set_canary_scale.is_some(), true),
        ("setHeaderRoute", step.set_header_route.is_some(), true),
        ("setMirrorRoute", step.set_mirror_route.is_some(), true),
        ("experiment", step.experiment.is_some(), true),
        ("plugin", step.plugin.is_some(), false),
    ]
    .into_iter()
    .filter(|(_, present, _)| *present)
    .map(|(kind, _, supported)| (kind, supported))
    .collect()
}

fn weight(check: &mut Checker, here: &str, step: &CanaryStep, whole: u32) -> Option<Step> {
    let parts = step.set_weight?;
    let weight = u32::try_from(parts).ok().and_then(|parts| Weight::of(parts, whole));
    if weight.is_none() {
        check.wrong(&format!("{here}.setWeight"), format!("is {parts}; must be 0 to {whole}"));
    }
    weight.map(Step::SetWeight)
}

fn set_scale(check: &mut Checker, here: &str, step: &CanaryStep) -> Option<Step> {
    let wanted = step.set_canary_scale.as_ref()?;
    let here = format!("{here}.setCanaryScale");
    check.unknown(&here, &wanted.unknown);
    scale(check, &here, wanted).map(Step::SetScale)
}

fn scale(check: &mut Checker, here: &str, wanted: &SetCanaryScale) -> Option<Scale> {
    match (wanted.weight, wanted.replicas, wanted.match_traffic_weight) {
        (None, None, true) => Some(Scale::MatchWeight),
        (None, Some(_), false) => Some(Scale::Pods(check.count(&format!("{here}.replicas"), wanted.replicas, 0))),
        (Some(percent), None, false) => {
            let part = u32::try_from(percent).ok().and_then(Weight::new);
            if part.is_none() {
                check.wrong(&format!("{here}.weight"), format!("is {percent}; must be 0 to 100"));
            }
            part.map(Scale::Part)
        }
        _ => {
            check.wrong(here, "needs exactly one of weight, replicas, matchTrafficWeight: true");
            None
        }
    }
}

fn pause(check: &mut Checker, here: &str, step: &CanaryStep) -> Option<Step> {
    let pause = step.pause.as_ref()?;
    check.unknown(&format!("{here}.pause"), &pause.unknown);
    let Some(text) = text_of(pause) else {
        return Some(Step::Pause(None));
    };
    let field = format!("{here}.pause.duration");
    match duration::parse_or_seconds(&text) {
        Ok(length) if length.is_negative() => check.wrong(&field, format!("is {text}; must not be negative")),
        Ok(length) => return Some(Step::Pause(Some(length))),
        Err(error) => check.wrong(&field, error),
    }
    None
}

fn text_of(pause: &Pause) -> Option<String> {
    pause.duration.as_ref().map(|duration| match duration {
        IntOrString::Int(seconds) => seconds.to_string(),
        IntOrString::String(text) => text.clone(),
    })
}

fn analysis(check: &mut Checker, here: &str, step: &CanaryStep) -> Option<Step> {
    let analysis = step.analysis.as_ref()?;
    check.analysis(&format!("{here}.analysis"), analysis);
    Some(Step::Analysis(Box::new(analysis.clone())))
}

fn experiment(check: &mut Checker, here: &str, step: &CanaryStep) -> Option<Step> {
    let experiment = step.experiment.as_ref()?;
    trial::check(check, &format!("{here}.experiment"), experiment);
    Some(Step::Experiment(Box::new(experiment.clone())))
}
