//! AnalysisRuns: started, stopped, deleted.

use std::collections::BTreeMap;

use kube::ResourceExt;
use serde_json::{Value, json};
use sluice_analysis::given::Place;
use sluice_analysis::template::Prepared;
use sluice_core::observed::{Hash, Role};
use sluice_crds::names::{self, annotation, condition, label, rollout_type};
use sluice_crds::{Metadata, Rollout, RolloutAnalysis};
use tracing::warn;

use crate::apply::Cause;
use crate::apply::blind;
use crate::apply::hand::Hand;
use crate::apply::policy;
use crate::key::Kind;
use crate::observe::value_at;

/// Makes the AnalysisRun of a role.
pub(super) async fn start(hand: &mut Hand<'_>, name: &str, role: Role, hash: &Hash, number: u64) -> Result<(), Cause> {
    if role.is_policy() {
        let spec = policy::spec(hand, role)?;
        let asks = hand.seen.observed.guard.as_ref().map(|guard| guard.asks.clone());
        let noted = asks.map(|asks| (annotation::ASKED.to_owned(), asks)).into_iter().collect();
        let labelled = Labelled { role, hash, number, metadata: &Metadata::default() };
        return create(hand, name, &labelled, noted, json!(spec)).await;
    }
    let analysis = of_role(&hand.seen.rollout, role).ok_or(Cause::NotInSpec("the analysis"))?;
    let prepared = prepare(hand, analysis)?;
    if !prepared.unknown_args.is_empty() {
        warn!(rollout = %hand.key, analysis = name, args = ?prepared.unknown_args, "arguments that no template has do nothing");
    }
    let warning = blind::warning(hand.seen, &hand.key.namespace, role, &prepared);
    let noted = warning.clone().map(|warning| (annotation::CANNOT_TELL.to_owned(), warning)).into_iter().collect();
    let labelled = Labelled { role, hash, number, metadata: &analysis.analysis_run_metadata };
    create(hand, name, &labelled, noted, json!(prepared.spec)).await?;
    if let Some(warning) = warning {
        hand.ctx.events.warning(&hand.seen.rollout, condition::CANNOT_TELL, &format!("analysis {name} {warning}"));
    }
    Ok(())
}

/// What a run is for.
struct Labelled<'a> {
    role: Role,
    hash: &'a Hash,
    number: u64,
    /// What its user wants on it.
    metadata: &'a Metadata,
}

async fn create(
    hand: &mut Hand<'_>,
    name: &str,
    of: &Labelled<'_>,
    noted: BTreeMap<String, String>,
    spec: Value,
) -> Result<(), Cause> {
    let instance = hand.seen.rollout.labels().get(label::INSTANCE_ID);
    let mut labels = of.metadata.labels.clone();
    labels.extend(instance.map(|id| (label::INSTANCE_ID.to_owned(), id.clone())));
    labels.extend(marks(of.role, of.hash));
    let mut annotations = of.metadata.annotations.clone();
    annotations.insert(annotation::REVISION.to_owned(), of.number.to_string());
    annotations.extend(noted);
    let object = json!({
        "apiVersion": names::API_VERSION,
        "kind": "AnalysisRun",
        "metadata": {
            "name": name,
            "namespace": hand.key.namespace,
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": hand.controller_reference(),
        },
        "spec": spec,
    });
    hand.create(Kind::AnalysisRun, object).await
}

/// Tells an AnalysisRun to stop, and notes that it was the controller: such a run ends well, whatever it measured.
pub(super) async fn stop(hand: &mut Hand<'_>, name: &str) -> Result<(), Cause> {
    let patch = json!({"metadata": {"annotations": {annotation::CUT_SHORT: "true"}}, "spec": {"terminate": true}});
    hand.merge_if_there(Kind::AnalysisRun, name, patch).await
}

/// Deletes an AnalysisRun.
pub(super) async fn delete(hand: &mut Hand<'_>, name: &str) -> Result<(), Cause> {
    let run = hand.seen.runs.iter().find(|run| run.name_any() == name);
    let Some(uid) = run.and_then(|run| run.uid()) else { return Ok(()) };
    hand.delete(Kind::AnalysisRun, name, &uid, None).await
}

fn prepare(hand: &Hand<'_>, analysis: &RolloutAnalysis) -> Result<Prepared, Cause> {
    let object = serde_json::to_value(&hand.seen.rollout).unwrap_or_default();
    let place = |place: Place<'_>| find(hand, &object, place);
    hand.seen.templates.prepare(analysis, place).map_err(Cause::Analysis)
}

/// The same, where it is asked only once in a while.
pub(super) fn place(hand: &Hand<'_>, place: Place<'_>) -> Option<String> {
    find(hand, &serde_json::to_value(&hand.seen.rollout).unwrap_or_default(), place)
}

/// Where in the Rollout, or in its release, a value is found.
pub(super) fn find(hand: &Hand<'_>, object: &Value, place: Place<'_>) -> Option<String> {
    let observed = &hand.seen.observed;
    match place {
        Place::LatestHash => Some(observed.hash.0.clone()),
        // The first release has no stable revision but its own.
        Place::StableHash => Some(observed.stable_hash().unwrap_or_else(|| observed.hash.clone()).0),
        Place::Field(path) => value_at(object, path),
    }
}

fn of_role(rollout: &Rollout, role: Role) -> Option<&RolloutAnalysis> {
    let canary = rollout.spec.strategy.canary.as_ref();
    let blue_green = rollout.spec.strategy.blue_green.as_ref();
    match role {
        Role::Step(index) => canary?.steps.get(index)?.analysis.as_ref(),
        Role::Background => canary?.analysis.as_ref().map(|beside| &beside.analysis),
        Role::PrePromotion => blue_green?.pre_promotion_analysis.as_ref(),
        Role::PostPromotion => blue_green?.post_promotion_analysis.as_ref(),
        Role::Experiment(_) | Role::Policy | Role::Bake | Role::Checks | Role::Other => None,
    }
}

/// The labels by which later passes, and other tools, know what the run was started for.
fn marks(role: Role, hash: &Hash) -> BTreeMap<String, String> {
    let kind = match role {
        Role::Step(_) => Some(rollout_type::STEP),
        Role::Background => Some(rollout_type::BACKGROUND),
        Role::PrePromotion => Some(rollout_type::PRE_PROMOTION),
        Role::PostPromotion => Some(rollout_type::POST_PROMOTION),
        Role::Policy => Some(rollout_type::POLICY),
        Role::Bake => Some(rollout_type::BAKE),
        Role::Checks => Some(rollout_type::CHECKS),
        Role::Experiment(_) | Role::Other => None,
    };
    let step = if let Role::Step(index) = role { Some(index.to_string()) } else { None };
    let marks = [
        (label::POD_TEMPLATE_HASH, Some(hash.0.clone())),
        (label::ROLLOUT_TYPE, kind.map(str::to_owned)),
        (label::STEP_INDEX, step),
    ];
    marks.into_iter().filter_map(|(label, value)| Some((label.to_owned(), value?))).collect()
}
