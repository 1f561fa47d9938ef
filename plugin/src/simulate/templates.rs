//! The analysis templates that a spec names: without them nothing can be told of its way.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::Value;
use sluice_core::spec::{Spec, Step, Strategy};
use sluice_crds::{RolloutAnalysis, TemplateRef, decode};

use super::case::text;

/// Fails with the names of all templates that are missing.
pub(crate) fn all_there(spec: &Spec, around: &[Value], namespace: &str) -> Result<()> {
    let (mut known, mut missing) = (BTreeSet::new(), Vec::new());
    let of_analyses = analyses(spec).into_iter().map(|(field, analysis)| (field, analysis.templates.clone()));
    for (field, mut open) in of_analyses.chain(experiments(spec)) {
        open.reverse();
        while let Some(one) = open.pop() {
            if !known.insert((one.cluster_scope, one.template_name.clone())) {
                continue;
            }
            match find(around, namespace, &one) {
                Some(template) => open.extend(named(template)),
                None => missing.push(format!("{} {} (named in {field})", kind(&one), one.template_name)),
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!("these are missing; give their files with -f too:\n{}", missing.join("\n"))
}

/// The analyses of a spec, each with the path of its field.
pub(crate) fn analyses(spec: &Spec) -> Vec<(String, &RolloutAnalysis)> {
    match &spec.strategy {
        Strategy::Canary(canary) => {
            let beside = canary.background.iter();
            let beside = beside.map(|one| ("spec.strategy.canary.analysis".to_owned(), &*one.analysis));
            let steps = canary.steps.iter().enumerate().filter_map(|(index, step)| match step {
                Step::Analysis(analysis) => {
                    Some((format!("spec.strategy.canary.steps[{index}].analysis"), &**analysis))
                }
                _ => None,
            });
            beside.chain(steps).collect()
        }
        Strategy::BlueGreen(blue_green) => {
            let before = blue_green.pre_promotion.iter().map(|one| ("prePromotionAnalysis", &**one));
            let after = blue_green.post_promotion.iter().map(|one| ("postPromotionAnalysis", &**one));
            before.chain(after).map(|(field, one)| (format!("spec.strategy.blueGreen.{field}"), one)).collect()
        }
    }
}

/// The templates that experiments of steps name, each with the path of the field.
fn experiments(spec: &Spec) -> Vec<(String, Vec<TemplateRef>)> {
    let steps = spec.steps().iter().enumerate();
    let experiments = steps.filter_map(|(at, step)| match step {
        Step::Experiment(experiment) => Some((at, experiment)),
        _ => None,
    });
    let named = experiments.flat_map(|(step, experiment)| {
        experiment.analyses.iter().enumerate().map(move |(at, one)| {
            let field = format!("spec.strategy.canary.steps[{step}].experiment.analyses[{at}]");
            let (template_name, cluster_scope) = (one.template_name.clone(), one.cluster_scope);
            (field, vec![TemplateRef { template_name, cluster_scope, ..TemplateRef::default() }])
        })
    });
    named.collect()
}

fn kind(one: &TemplateRef) -> &'static str {
    if one.cluster_scope { "ClusterAnalysisTemplate" } else { "AnalysisTemplate" }
}

fn find<'a>(around: &'a [Value], namespace: &str, one: &TemplateRef) -> Option<&'a Value> {
    let place = (!one.cluster_scope).then_some(namespace);
    around.iter().find(|object| {
        text(object, "/kind") == Some(kind(one))
            && text(object, "/metadata/name") == Some(&one.template_name)
            && text(object, "/metadata/namespace") == place
    })
}

fn named(template: &Value) -> Vec<TemplateRef> {
    let templates = template.pointer("/spec/templates").and_then(Value::as_array).into_iter().flatten();
    templates.filter_map(|one| decode(one.clone()).ok()).collect()
}
