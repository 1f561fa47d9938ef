//! The analyses of an Experiment: what their templates and arguments make of them.

use std::collections::BTreeMap;

use kube::ResourceExt;
use serde_json::json;
use sluice_analysis::given::Place;
use sluice_core::experiment::args;
use sluice_core::experiment::spec::Spec;
use sluice_crds::names::{self, annotation};
use sluice_crds::{
    AnalysisRunSpec, Experiment, ExperimentAnalysis, RolloutAnalysis, RolloutArgument, TemplateRef, Violation,
};

use crate::apply::Cause;
use crate::apply::hand::Hand;
use crate::experiment::observe::{Seen, instance};
use crate::key::Kind;
use crate::observe::{references, value_at};

/// The templates that an Experiment names.
pub(super) fn named(object: &Experiment) -> Vec<TemplateRef> {
    object.spec.analyses.iter().map(template).collect()
}

fn template(analysis: &ExperimentAnalysis) -> TemplateRef {
    TemplateRef {
        template_name: analysis.template_name.clone(),
        cluster_scope: analysis.cluster_scope,
        ..TemplateRef::default()
    }
}

/// What is wrong with analyses that are still to start. What has started runs on, whatever becomes of its template.
pub(super) fn violations(seen: &Seen) -> Vec<Violation> {
    let status = &seen.observed.status;
    if status.phase.is_completed() {
        return Vec::new();
    }
    let analyses = seen.experiment.spec.analyses.iter().enumerate();
    let open = analyses.filter(|(_, analysis)| seen.observed.run_of(&analysis.name).is_none());
    let open = open.filter(|(_, analysis)| !status.analysis_runs.iter().any(|run| run.name == analysis.name));
    open.flat_map(|(at, analysis)| of_one(seen, at, analysis)).collect()
}

fn of_one(seen: &Seen, at: usize, analysis: &ExperimentAnalysis) -> Vec<Violation> {
    let field = format!("spec.analyses[{at}]");
    let asked = RolloutAnalysis { templates: vec![template(analysis)], ..RolloutAnalysis::default() };
    let undecodable = seen.templates.undecodable(&field, &asked);
    if !undecodable.is_empty() {
        return undecodable;
    }
    // What is not there before pods are has any value here.
    let known = tags(seen, Some("0"));
    let found = match prepare(seen, analysis, &known) {
        Ok(spec) => references::of_metrics(&spec),
        Err(violations) => violations,
    };
    found.into_iter().map(|violation| violation.within(&field)).collect()
}

/// The run that an analysis asks for, or everything that is in its way.
fn prepare(
    seen: &Seen,
    analysis: &ExperimentAnalysis,
    known: &BTreeMap<String, String>,
) -> Result<AnalysisRunSpec, Vec<Violation>> {
    let spec = &seen.experiment.spec;
    let asked = RolloutAnalysis {
        templates: vec![template(analysis)],
        args: arguments(analysis, known)?,
        dry_run: spec.dry_run.clone(),
        measurement_retention: spec.measurement_retention.clone(),
        ..RolloutAnalysis::default()
    };
    let object = serde_json::to_value(&seen.experiment).unwrap_or_default();
    let place = |place: Place<'_>| match place {
        Place::Field(path) => value_at(&object, path),
        Place::StableHash | Place::LatestHash => None,
    };
    seen.templates.prepare(&asked, place).map(|prepared| prepared.spec)
}

fn arguments(
    analysis: &ExperimentAnalysis,
    known: &BTreeMap<String, String>,
) -> Result<Vec<RolloutArgument>, Vec<Violation>> {
    let mut violations = Vec::new();
    let mut filled = Vec::new();
    for (at, arg) in analysis.args.iter().enumerate() {
        let value = arg.value.as_deref().map(|text| args::fill(text, |tag| known.get(tag).cloned())).transpose();
        match value {
            Ok(value) => filled.push(RolloutArgument {
                name: arg.name.clone(),
                value,
                unknown: arg.unknown.clone(),
                ..RolloutArgument::default()
            }),
            Err(why) => violations.push(Violation::new(format!("args[{at}].value"), why)),
        }
    }
    if violations.is_empty() { Ok(filled) } else { Err(violations) }
}

/// What arguments may say of the experiment itself. `early` stands for what is not there yet.
fn tags(seen: &Seen, early: Option<&str>) -> BTreeMap<String, String> {
    let early = || early.map(str::to_owned);
    let mut known = BTreeMap::new();
    for template in &seen.experiment.spec.templates {
        let set = seen.sets.get(&template.name);
        let hash = seen.observed.sets.get(&template.name).map(|set| set.hash.clone());
        let of = format!("templates.{}", template.name);
        known.insert(format!("{of}.podTemplateHash"), hash.or_else(early));
        known.insert(format!("{of}.replicaset.name"), set.map(|set| set.name_any()).or_else(early));
    }
    let at = seen.observed.available_at();
    known.insert("experiment.availableAt".to_owned(), at.map(seconds).or_else(early));
    if let Some(duration) = seen.observed.spec.as_ref().ok().and_then(|spec: &Spec| spec.duration) {
        let end = at.and_then(|at| at.checked_add(duration).ok());
        known.insert("experiment.finishedAt".to_owned(), end.map(seconds).or_else(early));
    }
    known.into_iter().filter_map(|(tag, value)| Some((tag, value?))).collect()
}

fn seconds(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Makes the AnalysisRun of an analysis, and notes in which try of the experiment.
pub(super) async fn start(hand: &mut Hand<'_, Seen>, name: &str, run: &str) -> Result<(), Cause> {
    let seen = hand.seen;
    let spec = &seen.experiment.spec;
    let analysis = spec.analyses.iter().find(|one| one.name == name).ok_or(Cause::NotInSpec("the analysis"))?;
    let prepared = prepare(seen, analysis, &tags(seen, None)).map_err(Cause::Analysis)?;
    let mut labels = spec.analysis_run_metadata.labels.clone();
    labels.extend(instance(&seen.experiment));
    let mut annotations = spec.analysis_run_metadata.annotations.clone();
    annotations.extend(seen.observed.available_at().map(|at| (annotation::TRY.to_owned(), at.to_string())));
    let object = json!({
        "apiVersion": names::API_VERSION,
        "kind": "AnalysisRun",
        "metadata": {
            "name": run,
            "namespace": hand.key.namespace,
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": hand.controller_reference(),
        },
        "spec": prepared,
    });
    hand.create(Kind::AnalysisRun, object).await
}

/// Tells an AnalysisRun to stop.
pub(super) async fn stop(hand: &mut Hand<'_, Seen>, run: &str) -> Result<(), Cause> {
    hand.merge_if_there(Kind::AnalysisRun, run, json!({"spec": {"terminate": true}})).await
}
