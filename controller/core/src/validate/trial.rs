//! The experiment of a canary step: what the Experiment made of it would refuse is said before any release.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use sluice_crds::{
    CanaryStrategy, PodTemplate, RolloutSpec, StepExperiment, StepExperimentAnalysis, StepExperimentTemplate, Violation,
};

use super::fields::Checker;
use super::metadata::{SERVICE_NAME, is_service_name};
use super::{metadata, selector};
use crate::experiment::validate::{MOST, count, has_ports, length, unique};
use crate::spec::Router;

/// What an experiment says of itself.
pub(super) fn check(check: &mut Checker, here: &str, experiment: &StepExperiment) {
    check.unknown(here, &experiment.unknown);
    let (templates, analyses) = (&experiment.templates, &experiment.analyses);
    let field = format!("{here}.templates");
    count(check, &field, templates.len());
    unique(check, &field, templates.iter().map(|template| &template.name));
    if templates.is_empty() {
        check.wrong(&field, "is empty; say which pods to run");
    }
    for (at, one) in templates.iter().take(MOST).enumerate() {
        template(check, &format!("{field}[{at}]"), one);
    }
    let field = format!("{here}.analyses");
    count(check, &field, analyses.len());
    unique(check, &field, analyses.iter().map(|analysis| &analysis.name));
    for (at, one) in analyses.iter().take(MOST).enumerate() {
        analysis(check, &format!("{field}[{at}]"), one);
    }
    metadata::check(check, &format!("{here}.analysisRunMetadata"), &experiment.analysis_run_metadata);
    check.seconds(&format!("{here}.scaleDownDelaySeconds"), experiment.scale_down_delay_seconds, 30);
    length(check, &format!("{here}.duration"), experiment.duration.as_deref());
}

fn template(check: &mut Checker, here: &str, template: &StepExperimentTemplate) {
    check.unknown(here, &template.unknown);
    check.count(&format!("{here}.replicas"), template.replicas, 1);
    if !matches!(template.spec_ref.as_str(), "stable" | "canary") {
        check.wrong(&format!("{here}.specRef"), format!("is {:?}; must be stable or canary", template.spec_ref));
    }
    metadata::check(check, &format!("{here}.metadata"), &template.metadata);
    if let Some(service) = &template.service {
        check.unknown(&format!("{here}.service"), &service.unknown);
        let given = service.name.as_deref().filter(|name| !name.is_empty());
        if let Some(name) = given.filter(|name| !is_service_name(name)) {
            check.wrong(&format!("{here}.service.name"), format!("is {name:?}; {SERVICE_NAME}"));
        }
    }
}

/// Services whose name Kubernetes would refuse whatever the release is: it is made of the Rollout's, the revision's hash and
/// number, the step's and the template's.
pub fn names(rollout: &str, spec: &RolloutSpec) -> Vec<Violation> {
    let mut check = Checker::default();
    let steps = spec.strategy.canary.iter().flat_map(|canary| canary.steps.iter().enumerate());
    for (step, experiment) in steps.filter_map(|(step, one)| Some((step, one.experiment.as_ref()?))) {
        for (at, template) in experiment.templates.iter().take(MOST).enumerate().filter(|(_, one)| is_named_for(one)) {
            let name = format!("{rollout}-{SHORT_HASH}-1-{step}-{}", template.name);
            if !is_service_name(&name) {
                let field = format!("spec.strategy.canary.steps[{step}].experiment.templates[{at}].name");
                let text = format!("its Service would be called {name:?}, which {SERVICE_NAME}; give it service.name");
                check.wrong(&field, text);
            }
        }
    }
    check.finish(Some(())).err().unwrap_or_default()
}

/// Hashes have up to ten letters; most have more than these.
const SHORT_HASH: &str = "00000000";

/// Whether it has a Service that is named after it.
fn is_named_for(template: &StepExperimentTemplate) -> bool {
    let given = template.service.as_ref().and_then(|service| service.name.as_deref()).filter(|name| !name.is_empty());
    given.is_none() && (template.service.is_some() || template.weight.is_some())
}

fn analysis(check: &mut Checker, here: &str, analysis: &StepExperimentAnalysis) {
    check.unknown(here, &analysis.unknown);
    if analysis.template_name.is_empty() {
        check.wrong(&format!("{here}.templateName"), "is empty");
    }
    unique(check, &format!("{here}.args"), analysis.args.iter().map(|arg| &arg.name));
}

/// Whether the shares that experiments ask for can be given: by every router, and out of what the canary leaves.
pub(super) fn weights(check: &mut Checker, canary: &CanaryStrategy, routers: &[Router], whole: u32) {
    let able = !routers.is_empty() && routers.iter().all(Router::has_more_arms);
    let mut weight = 0;
    for (step, one) in canary.steps.iter().enumerate() {
        weight = one.set_weight.unwrap_or(weight);
        let templates = one.experiment.iter().flat_map(|experiment| &experiment.templates).take(MOST).enumerate();
        let here = format!("spec.strategy.canary.steps[{step}].experiment.templates");
        let mut given = i64::from(weight);
        for (at, share) in templates.filter_map(|(at, one)| Some((at, i64::from(one.weight?)))) {
            given += share;
            let wrong = wrong_share(share, given, weight, whole.into());
            let wrong = wrong.or_else(|| (!able).then(|| NO_MORE_ARMS.to_owned()));
            if let Some(text) = wrong {
                check.wrong(&format!("{here}[{at}].weight"), text);
            }
        }
    }
}

const NO_MORE_ARMS: &str = "needs traefik, gatewayAPI, istio, alb or smi in trafficRouting, with routes in the Rollout's namespace, and no other router beside \
     them; remove it, or send requests to the template's service";

/// What is wrong with one share, with which so much is given in all.
fn wrong_share(share: i64, given: i64, canary: i32, whole: i64) -> Option<String> {
    if !(0..=whole).contains(&share) {
        return Some(format!("is {share}; must be 0 to {whole}"));
    }
    let text = || format!("makes {given} with the canary's {canary} and those before; the whole is {whole}");
    (given > whole).then(text)
}

/// Whether the pods of each experiment are those that its selectors ask for. The stable revision's template is not known yet,
/// and taken to be like the new one.
pub(super) fn pods(check: &mut Checker, spec: &RolloutSpec) {
    let Some(pods) = spec.template.as_ref().filter(|template| !template.is_empty()) else { return };
    let steps = spec.strategy.canary.iter().flat_map(|canary| canary.steps.iter().enumerate());
    for (step, experiment) in steps.filter_map(|(step, one)| Some((step, one.experiment.as_ref()?))) {
        for (at, template) in experiment.templates.iter().take(MOST).enumerate() {
            let here = format!("spec.strategy.canary.steps[{step}].experiment.templates[{at}]");
            fit(check, &here, template, spec, pods);
        }
    }
}

fn fit(check: &mut Checker, here: &str, template: &StepExperimentTemplate, spec: &RolloutSpec, pods: &PodTemplate) {
    match &template.selector {
        Some(own) => own_selector(check, here, own, template, pods),
        None if is_overwritten(spec.selector.as_ref(), template) => check.wrong(
            &format!("{here}.metadata.labels"),
            "changes a label that spec.selector asks for; give the template a selector of its own",
        ),
        None => {}
    }
    let served = [(template.service.is_some(), "service"), (template.weight.is_some(), "weight")];
    if let Some((_, field)) = served.into_iter().find(|(is_said, _)| *is_said).filter(|_| !has_ports(pods)) {
        check.wrong(&format!("{here}.{field}"), "needs a port; name one in spec.template.spec.containers[].ports");
    }
}

fn own_selector(
    check: &mut Checker,
    here: &str,
    own: &LabelSelector,
    template: &StepExperimentTemplate,
    pods: &PodTemplate,
) {
    if own.match_labels.iter().flatten().next().is_none() && own.match_expressions.iter().flatten().next().is_none() {
        check.wrong(&format!("{here}.selector"), "is empty; name labels of the pods, or leave it out");
    }
    let mut labels = pods.labels();
    labels.extend(template.metadata.labels.clone());
    selector::fits(check, here, Some(own), &format!("spec.template with {here}.metadata"), &labels);
}

fn is_overwritten(selector: Option<&LabelSelector>, template: &StepExperimentTemplate) -> bool {
    let mut asked = selector.into_iter().flat_map(|selector| selector.match_labels.iter().flatten());
    asked.any(|(key, value)| template.metadata.labels.get(key).is_some_and(|own| own != value))
}
