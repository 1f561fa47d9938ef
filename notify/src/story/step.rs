//! What a step is, in a few words.

use sluice_crds::{CanaryStep, IntOrString, Pause, Rollout};

/// The step of that index, as its Rollout has it now. `None` where there is none.
pub fn words(rollout: &Rollout, at: usize) -> Option<String> {
    rollout.spec.strategy.canary.as_ref()?.steps.get(at).map(of_step)
}

fn of_step(step: &CanaryStep) -> String {
    let CanaryStep { set_weight, pause, set_canary_scale, set_header_route, set_mirror_route, .. } = step;
    if let Some(weight) = set_weight {
        return format!("setWeight {weight}");
    }
    if let Some(pause) = pause {
        return of_pause(pause);
    }
    let kinds = [
        (set_canary_scale.is_some(), "setCanaryScale"),
        (set_header_route.is_some(), "setHeaderRoute"),
        (set_mirror_route.is_some(), "setMirrorRoute"),
        (step.analysis.is_some(), "analysis"),
        (step.experiment.is_some(), "experiment"),
        (step.plugin.is_some(), "plugin"),
    ];
    kinds.into_iter().find(|(is_it, _)| *is_it).map_or_else(String::new, |(_, name)| name.to_owned())
}

fn of_pause(pause: &Pause) -> String {
    match &pause.duration {
        None => "pause".to_owned(),
        Some(IntOrString::Int(seconds)) => format!("pause {seconds}s"),
        Some(IntOrString::String(text)) => format!("pause {text}"),
    }
}
