//! What a spec names must be there, and must fit: Services and analysis templates.

use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt;
use serde_json::Value;
use sluice_analysis::args::secrets_needed;
use sluice_analysis::given::Place;
use sluice_analysis::provider::prometheus::Defaults;
use sluice_analysis::run::Run;
use sluice_core::validate;
use sluice_crds::names::{annotation, label};
use sluice_crds::{AnalysisRunSpec, Rollout, RolloutAnalysis, Violation};

use crate::context::Context;
use crate::key::Key;
use crate::observe::templates::{Templates, analyses};
use crate::observe::{template, value_at};

/// Everything that is wrong with the Services that the spec names.
pub(super) fn of_services(ctx: &Context, key: &Key, rollout: &Rollout) -> Vec<Violation> {
    let services = named_services(rollout).into_iter();
    services
        .flat_map(|(field, name)| match ctx.caches.service(&key.beside(&name)) {
            None => vec![missing(field, &name, key)],
            Some(service) => misfits(field, &service, key, rollout),
        })
        .chain(validate::trial::names(&key.name, &rollout.spec))
        .collect()
}

/// Everything that is wrong with the analysis templates that it names.
pub(super) fn of_templates(rollout: &Rollout, templates: &Templates) -> Vec<Violation> {
    let object = serde_json::to_value(rollout).unwrap_or_default();
    let each = analyses(rollout).into_iter().flat_map(|(field, analysis)| {
        let wrong = of_analysis(&field, &analysis, templates, &object).into_iter();
        wrong.map(|violation| placed(&field, &analysis, violation)).collect::<Vec<_>>()
    });
    each.collect()
}

/// An analysis of an experiment has one template, by its `templateName`, and `dryRun` is the whole experiment's.
fn placed(field: &str, analysis: &RolloutAnalysis, violation: Violation) -> Violation {
    let Some((experiment, _)) = field.rsplit_once(".analyses[") else { return violation };
    let rest = violation.field.strip_prefix(field).and_then(|rest| rest.strip_prefix('.')).unwrap_or_default();
    let number = rest.strip_prefix("dryRun[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
    let place = match number {
        _ if rest == "templates[0]" => format!("{field}.templateName"),
        Some(number) if number < analysis.dry_run.len() => format!("{experiment}.{rest}"),
        _ => return violation,
    };
    Violation { field: place, ..violation }
}

/// The Services that a spec names, with the path of the field that does.
pub(super) fn named_services(rollout: &Rollout) -> Vec<(&'static str, String)> {
    let canary = rollout.spec.strategy.canary.as_ref();
    let both = canary.and_then(|canary| canary.ping_pong.as_ref());
    let blue_green = rollout.spec.strategy.blue_green.as_ref();
    let fields = [
        ("spec.strategy.canary.canaryService", canary.and_then(|canary| canary.canary_service.clone())),
        ("spec.strategy.canary.stableService", canary.and_then(|canary| canary.stable_service.clone())),
        ("spec.strategy.canary.pingPong.pingService", both.map(|both| both.ping_service.clone())),
        ("spec.strategy.canary.pingPong.pongService", both.map(|both| both.pong_service.clone())),
        ("spec.strategy.blueGreen.activeService", blue_green.map(|blue_green| blue_green.active_service.clone())),
        (
            "spec.strategy.blueGreen.previewService",
            blue_green.and_then(|blue_green| blue_green.preview_service.clone()),
        ),
    ];
    let named = fields.into_iter().filter_map(|(field, name)| Some((field, name?)));
    named.filter(|(_, name)| !name.is_empty()).collect()
}

fn missing(field: &str, name: &str, key: &Key) -> Violation {
    let text = format!("Service \"{name}\" not found in namespace {}; create it or correct the name", key.namespace);
    Violation::new(field, text)
}

fn misfits(field: &str, service: &Service, key: &Key, rollout: &Rollout) -> Vec<Violation> {
    let name = service.name_any();
    let mut found = Vec::new();
    if let Some(other) = service.annotations().get(annotation::MANAGED_BY).filter(|owner| **owner != key.name) {
        let text = format!(
            "Service \"{name}\" is managed by Rollout \"{other}\"; use another Service, or remove its annotation {}",
            annotation::MANAGED_BY
        );
        found.push(Violation::new(field, text));
    }
    // What a lender that is not there would lend, nobody knows.
    if rollout.spec.workload_ref.is_some() {
        return found;
    }
    let has = template(rollout).labels();
    let selector = service.spec.iter().flat_map(|spec| spec.selector.iter().flatten());
    for (label, value) in selector.filter(|(label, _)| *label != label::POD_TEMPLATE_HASH) {
        if has.get(label) != Some(value) {
            let text = format!(
                "Service \"{name}\" selects {label}={value}, which spec.template.metadata.labels lacks; make them the same"
            );
            found.push(Violation::new(field, text));
        }
    }
    found
}

/// What is wrong with an analysis, its templates, arguments and metrics.
///
/// Hashes, and the status, are not there before a release: here any value will do for them.
pub(super) fn of_analysis(
    field: &str,
    analysis: &RolloutAnalysis,
    templates: &Templates,
    object: &Value,
) -> Vec<Violation> {
    let place = |place: Place<'_>| match place {
        Place::Field(path) if !path.starts_with("status.") => value_at(object, path),
        Place::StableHash | Place::LatestHash | Place::Field(_) => Some("0".to_owned()),
    };
    let undecodable = templates.undecodable(field, analysis);
    if !undecodable.is_empty() {
        return undecodable;
    }
    let found = match templates.prepare(analysis, place) {
        Ok(prepared) => of_metrics(&prepared.spec),
        Err(violations) => violations,
    };
    found.into_iter().map(|violation| violation.within(field)).collect()
}

/// What is wrong with the metrics themselves. Where arguments are secret nothing is told yet: a made-up value might
/// be wrong where the real one is right.
pub(crate) fn of_metrics(spec: &AnalysisRunSpec) -> Vec<Violation> {
    if !secrets_needed(&spec.args).is_empty() {
        return Vec::new();
    }
    // Any address will do for a metric that relies on the controller's own.
    let defaults = Defaults { prometheus_address: Some("http://prometheus".to_owned()) };
    Run::parse(spec, |_| None, &defaults).err().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use sluice_crds::DryRun;

    use super::*;

    #[test]
    fn what_is_wrong_with_an_analysis_of_an_experiment_is_said_of_the_field_that_a_user_wrote() {
        let experiment = "spec.strategy.canary.steps[1].experiment";
        let analysis = RolloutAnalysis { dry_run: vec![DryRun::default()], ..RolloutAnalysis::default() };
        for (found, expected) in [
            ("analyses[0].templates[0]", "analyses[0].templateName"),
            ("analyses[0].dryRun[0].metricName", "dryRun[0].metricName"),
            ("analyses[0].dryRun[1].metricName", "analyses[0].dryRun[1].metricName"),
            ("analyses[0].args[0]", "analyses[0].args[0]"),
        ] {
            let violation = Violation::new(format!("{experiment}.{found}"), "is wrong");
            let placed = placed(&format!("{experiment}.analyses[0]"), &analysis, violation);
            assert_eq!(placed.field, format!("{experiment}.{expected}"));
        }
        let own = Violation::new("spec.strategy.canary.analysis.templates[0]", "is wrong");
        assert_eq!(placed("spec.strategy.canary.analysis", &analysis, own.clone()), own);
    }
}
