//! What is wrong with an object, whatever else there is.

use serde::de::DeserializeOwned;
use serde_json::Value;
use sluice_analysis::args::secrets_needed;
use sluice_analysis::provider::prometheus::Defaults;
use sluice_analysis::run::Run;
use sluice_core::{experiment, validate};
use sluice_crds::{AnalysisRun, AnalysisRunSpec, AnalysisTemplate, Experiment, Rollout, Violation, decode};

use super::text;
use crate::app;

/// Everything that is wrong with it by itself. Kinds that are not Sluice's are right.
pub(super) fn violations(object: &Value) -> Vec<Violation> {
    match text(object, "/kind") {
        "Rollout" => read::<Rollout>(object, |_| Vec::new()),
        "Experiment" => read::<Experiment>(object, |one| {
            let name = one.metadata.name.as_deref().unwrap_or_default();
            experiment::validate::spec(name, &one.spec).err().unwrap_or_default()
        }),
        // The two kinds of templates are written the same.
        "AnalysisTemplate" | "ClusterAnalysisTemplate" => read::<AnalysisTemplate>(object, |_| template(object)),
        "AnalysisRun" => read::<AnalysisRun>(object, |one| metrics(one.spec.clone())),
        "Application" => app::lint::application(object).err().unwrap_or_default(),
        "AppProject" => app::lint::project_alone(object).err().unwrap_or_default(),
        other => vec![Violation::new("kind", format!("there is no kind \"{other}\" in this API"))],
    }
}

/// The mistakes that the object is read with, or else those in what was read.
fn read<T: DeserializeOwned>(object: &Value, check: impl Fn(&T) -> Vec<Violation>) -> Vec<Violation> {
    match decode::<T>(object.clone()) {
        Ok(read) => check(&read),
        Err(misfit) => vec![Violation::new(misfit.path(), misfit.words())],
    }
}

/// A template is checked as the run that would be made of it.
fn template(object: &Value) -> Vec<Violation> {
    let mut spec = object.get("spec").cloned().unwrap_or_default();
    let has_templates = spec.get("templates").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    if let Some(fields) = spec.as_object_mut() {
        fields.remove("templates");
        fields.entry("metrics").or_insert_with(|| Value::Array(Vec::new()));
    }
    // Metrics of other templates come to it: alone it need not have any.
    if has_templates && spec.get("metrics").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        return Vec::new();
    }
    match decode(spec) {
        Ok(spec) => metrics(spec),
        Err(misfit) => vec![Violation::new("spec", misfit)],
    }
}

/// Arguments are given later: any value will do for those without one. Where they are secret nothing is told of metrics.
fn metrics(mut spec: AnalysisRunSpec) -> Vec<Violation> {
    if !secrets_needed(&spec.args).is_empty() {
        return Vec::new();
    }
    for arg in &mut spec.args {
        if arg.value.is_none() {
            (arg.value, arg.value_from) = (Some("0".to_owned()), None);
        }
    }
    let defaults = Defaults { prometheus_address: Some("http://prometheus".to_owned()) };
    let found = Run::parse(&spec, |_| None, &defaults).err().unwrap_or_default();
    found.into_iter().map(|violation| violation.within("spec")).collect()
}

/// What is wrong with the spec of a Rollout, where the Services of its arms need not be told by others.
pub(super) fn spec(rollout: &Rollout) -> Vec<Violation> {
    validate::spec(&rollout.spec, None).err().unwrap_or_default()
}
