//! From what a user wrote to a [`Spec`], or to everything that is wrong with it.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::Value;
use sluice_crds::{
    ExperimentAnalysis, ExperimentService, ExperimentSpec, ExperimentTemplate, PodTemplate, Violation, duration,
};

use super::spec::{Analysis, Spec, Template};
use crate::validate::fields::Checker;
use crate::validate::metadata::{SERVICE_NAME, is_service_name};
use crate::validate::{metadata, pods};

/// The most sets of pods, and the most analyses, that one experiment may have.
pub(crate) const MOST: usize = 100;

/// Checks the spec of the Experiment of that name, and fills in its defaults.
pub fn spec(name: &str, spec: &ExperimentSpec) -> Result<Spec, Vec<Violation>> {
    let mut check = Checker::default();
    check.unknown("spec", &spec.unknown);
    let deadline = check.count("spec.progressDeadlineSeconds", spec.progress_deadline_seconds, 600);
    let checked = Spec {
        templates: templates(&mut check, name, spec, deadline),
        duration: length(&mut check, "spec.duration", spec.duration.as_deref()),
        progress_deadline: SignedDuration::from_secs(deadline.into()),
        terminate: spec.terminate,
        analyses: analyses(&mut check, &spec.analyses),
        scale_down_delay: check.seconds("spec.scaleDownDelaySeconds", spec.scale_down_delay_seconds, 30),
    };
    metadata::check(&mut check, "spec.analysisRunMetadata", &spec.analysis_run_metadata);
    check.finish(Some(checked))
}

/// How long it lasts, where that is said.
pub(crate) fn length(check: &mut Checker, field: &str, text: Option<&str>) -> Option<SignedDuration> {
    let text = text.filter(|text| !text.is_empty())?;
    match duration::parse(text) {
        Ok(length) if length.is_negative() => check.wrong(field, format!("is {text}; must not be negative")),
        Ok(length) => return Some(length),
        Err(error) => check.wrong(field, error),
    }
    None
}

fn templates(check: &mut Checker, name: &str, spec: &ExperimentSpec, deadline: u32) -> Vec<Template> {
    count(check, "spec.templates", spec.templates.len());
    if spec.templates.is_empty() {
        check.wrong("spec.templates", "is empty; say which pods to run");
    }
    unique(check, "spec.templates", spec.templates.iter().map(|template| &template.name));
    let each = spec.templates.iter().take(MOST).enumerate();
    each.map(|(at, one)| template(check, &format!("spec.templates[{at}]"), name, one, deadline)).collect()
}

fn template(check: &mut Checker, here: &str, name: &str, template: &ExperimentTemplate, deadline: u32) -> Template {
    check.unknown(here, &template.unknown);
    let min_ready = check.count(&format!("{here}.minReadySeconds"), template.min_ready_seconds, 0);
    if min_ready > deadline {
        let text = format!("is {min_ready}; must not be more than spec.progressDeadlineSeconds ({deadline})");
        check.wrong(&format!("{here}.minReadySeconds"), text);
    }
    pods::check(check, here, template.selector.as_ref(), Some(&template.template));
    if template.service.is_some() && !has_ports(&template.template) {
        let text = "needs a port; name one in template.spec.containers[].ports";
        check.wrong(&format!("{here}.service"), text);
    }
    Template {
        name: template.name.clone(),
        replicas: check.count(&format!("{here}.replicas"), template.replicas, 1),
        service: template
            .service
            .as_ref()
            .map(|asked| service(check, &format!("{here}.service"), name, template, asked)),
    }
}

/// The name of a template's Service: what Kubernetes would refuse is said before there are any pods.
fn service(
    check: &mut Checker,
    here: &str,
    experiment: &str,
    template: &ExperimentTemplate,
    asked: &ExperimentService,
) -> String {
    check.unknown(here, &asked.unknown);
    let given = asked.name.clone().filter(|given| !given.is_empty());
    let name = given.unwrap_or_else(|| set_name(experiment, template));
    if !is_service_name(&name) {
        check.wrong(&format!("{here}.name"), format!("the Service would be called {name:?}; its name {SERVICE_NAME}"));
    }
    name
}

/// Whether a Service in front of such pods has a port to name.
pub(crate) fn has_ports(template: &PodTemplate) -> bool {
    let containers = template.0.pointer("/spec/containers").and_then(Value::as_array);
    let mut ports = containers.into_iter().flatten().filter_map(|container| container.get("ports")?.as_array());
    ports.any(|ports| !ports.is_empty())
}

/// The established name of a template's ReplicaSet.
pub fn set_name(experiment: &str, template: &ExperimentTemplate) -> String {
    format!("{experiment}-{}", template.name)
}

fn analyses(check: &mut Checker, analyses: &[ExperimentAnalysis]) -> Vec<Analysis> {
    count(check, "spec.analyses", analyses.len());
    unique(check, "spec.analyses", analyses.iter().map(|analysis| &analysis.name));
    let each = analyses.iter().take(MOST).enumerate();
    each.map(|(at, one)| analysis(check, &format!("spec.analyses[{at}]"), one)).collect()
}

fn analysis(check: &mut Checker, here: &str, analysis: &ExperimentAnalysis) -> Analysis {
    check.unknown(here, &analysis.unknown);
    if analysis.template_name.is_empty() {
        check.wrong(&format!("{here}.templateName"), "is empty");
    }
    unique(check, &format!("{here}.args"), analysis.args.iter().map(|arg| &arg.name));
    for (at, _) in analysis.args.iter().enumerate().filter(|(_, arg)| arg.value_from.is_some()) {
        let text = "is not read from an Experiment; write value, or valueFrom in the AnalysisTemplate's own args";
        check.wrong(&format!("{here}.args[{at}].valueFrom"), text);
    }
    Analysis { name: analysis.name.clone(), required: analysis.required_for_completion }
}

/// Notes a list that is too long.
pub(crate) fn count(check: &mut Checker, field: &str, count: usize) {
    if count > MOST {
        check.wrong(field, format!("has {count} entries; {MOST} is the most"));
    }
}

/// Names are part of other objects' names: each there, each once, each fit for that.
pub(crate) fn unique<'a>(check: &mut Checker, field: &str, names: impl Iterator<Item = &'a String>) {
    let mut seen = BTreeSet::new();
    for (at, name) in names.take(MOST).enumerate() {
        let here = format!("{field}[{at}].name");
        if name.is_empty() {
            check.wrong(&here, "is empty");
        } else if !seen.insert(name) {
            check.wrong(&here, format!("{name:?} is given twice"));
        }
    }
}
