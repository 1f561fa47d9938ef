//! Experiments of steps: made of the revisions' own ReplicaSets, ended, deleted.

use std::collections::BTreeMap;

use kube::ResourceExt;
use kube::api::DynamicObject;
use serde_json::{Map, Value, json};
use sluice_analysis::given;
use sluice_core::observed::Hash;
use sluice_crds::names::{self, annotation, finalizer, label};
use sluice_crds::{Argument, StepExperiment, StepExperimentAnalysis, StepExperimentTemplate};

use crate::apply::hand::Hand;
use crate::apply::{Cause, analysis, ports, revision};
use crate::key::Kind;
use crate::options::Options;

/// Makes the Experiment of a step.
pub(super) async fn start(hand: &mut Hand<'_>, name: &str, step: usize, hash: &Hash, number: u64) -> Result<(), Cause> {
    let asked = asked(hand, step)?;
    let spec = spec(hand, asked).await?;
    let mut annotations = BTreeMap::from([(annotation::REVISION.to_owned(), number.to_string())]);
    annotations.extend(ports::given(hand, asked).map(|ports| (annotation::SERVICE_PORTS.to_owned(), ports)));
    let mut labels = BTreeMap::from([
        (label::POD_TEMPLATE_HASH.to_owned(), hash.0.clone()),
        (label::STEP_INDEX.to_owned(), step.to_string()),
    ]);
    let own = hand.seen.rollout.labels();
    labels.extend(own.get(label::INSTANCE_ID).map(|id| (label::INSTANCE_ID.to_owned(), id.clone())));
    let object = json!({
        "apiVersion": names::API_VERSION,
        "kind": "Experiment",
        "metadata": {
            "name": name,
            "namespace": hand.key.namespace,
            "labels": labels,
            "annotations": annotations,
            "finalizers": has_traffic(asked).then_some([finalizer::TRAFFIC]),
            "ownerReferences": hand.controller_reference(),
        },
        "spec": spec,
    });
    hand.create(Kind::Experiment, object).await
}

/// Tells an Experiment to end, once a fresh read shows that the Rollout is still as it was looked at: what it was for cannot be
/// had again. Notes that it was the controller: such an Experiment ends well, whatever it found.
pub(super) async fn stop(hand: &mut Hand<'_>, name: &str) -> Result<(), Cause> {
    let Some(uid) = uid(hand, name) else { return Ok(()) };
    hand.still_as_seen().await?;
    let patch = json!({
        "metadata": {"uid": uid, "annotations": {annotation::CUT_SHORT: "true"}},
        "spec": {"terminate": true},
    });
    hand.merge_if_there(Kind::Experiment, name, patch).await
}

/// Deletes an Experiment, and with it all that it made.
pub(super) async fn delete(hand: &mut Hand<'_>, name: &str) -> Result<(), Cause> {
    let Some(uid) = uid(hand, name) else { return Ok(()) };
    hand.delete(Kind::Experiment, name, &uid, None).await
}

fn uid(hand: &Hand<'_>, name: &str) -> Option<String> {
    hand.seen.experiments.iter().find(|one| one.name_any() == name).and_then(|one| one.uid())
}

/// The experiment of that step.
fn asked<'a>(hand: &Hand<'a>, step: usize) -> Result<&'a StepExperiment, Cause> {
    let steps = hand.seen.rollout.spec.strategy.canary.as_ref().map_or(&[][..], |canary| &canary.steps);
    let asked = steps.get(step).and_then(|step| step.experiment.as_ref());
    asked.ok_or(Cause::NotInSpec("the experiment"))
}

/// What the step asks for, with the revisions' pods and with arguments as they are now.
async fn spec(hand: &Hand<'_>, asked: &StepExperiment) -> Result<Value, Cause> {
    let rollout = &hand.seen.rollout.spec;
    let mut spec = json!({
        "templates": templates(hand, asked).await?,
        "analyses": analyses(hand, asked)?,
        "dryRun": asked.dry_run,
    });
    let more = json!({
        "duration": asked.duration,
        "progressDeadlineSeconds": rollout.progress_deadline_seconds,
        "scaleDownDelaySeconds": stay(asked, &hand.ctx.options),
        "analysisRunMetadata": (!asked.analysis_run_metadata.is_unset()).then_some(&asked.analysis_run_metadata),
    });
    json_patch::merge(&mut spec, &more);
    Ok(spec)
}

/// How many seconds pods stay after the end: those that had a share of the traffic, as long at least as a router may take to
/// forget them.
fn stay(asked: &StepExperiment, options: &Options) -> Option<i32> {
    let throttle = options.traefik_throttle.max(options.router_throttle).as_secs();
    let least = i32::try_from(throttle).unwrap_or(i32::MAX).saturating_mul(2).saturating_add(10);
    asked.scale_down_delay_seconds.map(|seconds| if has_traffic(asked) { seconds.max(least) } else { seconds })
}

/// Whether any of its pods have a share of the traffic.
fn has_traffic(asked: &StepExperiment) -> bool {
    asked.templates.iter().any(|template| template.weight.is_some())
}

async fn templates(hand: &Hand<'_>, asked: &StepExperiment) -> Result<Vec<Value>, Cause> {
    let mut templates = Vec::new();
    for template in &asked.templates {
        let set = replica_set(hand, &template.spec_ref).await?;
        templates.push(of_template(template, &set));
    }
    Ok(templates)
}

/// The ReplicaSet of the revision that a template borrows its pods from, read afresh: the cache keeps not all of it.
async fn replica_set(hand: &Hand<'_>, spec_ref: &str) -> Result<DynamicObject, Cause> {
    let observed = &hand.seen.observed;
    let hash = if spec_ref == "stable" { observed.stable_hash() } else { Some(observed.hash.clone()) };
    let set = hash.and_then(|hash| revision::find(hand, &hash).ok());
    let set = set.ok_or_else(|| Cause::Missing { what: format!("the ReplicaSet of the {spec_ref} revision") })?;
    hand.fresh(Kind::ReplicaSet, &set.name_any()).await
}

/// A set of pods like the revision's, but none of its own: without its hash, and with what the step gives them.
fn of_template(asked: &StepExperimentTemplate, set: &DynamicObject) -> Value {
    let part = |pointer: &str| set.data.pointer(pointer).cloned().unwrap_or(Value::Null);
    let mut pods = part("/spec/template");
    without_hash(&mut pods, "/metadata/labels");
    let given = json!({"labels": asked.metadata.labels, "annotations": asked.metadata.annotations});
    json_patch::merge(&mut pods, &json!({"metadata": given}));
    let mut selector = part("/spec/selector");
    without_hash(&mut selector, "/matchLabels");
    let all = [
        ("name", json!(asked.name)),
        ("replicas", json!(asked.replicas)),
        ("minReadySeconds", part("/spec/minReadySeconds")),
        ("selector", asked.selector.as_ref().map_or(selector, |own| json!(own))),
        ("template", pods),
        ("service", json!(service(asked))),
    ];
    let said = all.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(said.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// The Service of a set of pods: the one that is asked for, and one for traffic.
fn service(asked: &StepExperimentTemplate) -> Option<Value> {
    let for_traffic = asked.weight.map(|_| json!({}));
    asked.service.as_ref().map(|service| json!(service)).or(for_traffic)
}

fn without_hash(object: &mut Value, labels: &str) {
    if let Some(labels) = object.pointer_mut(labels).and_then(Value::as_object_mut) {
        labels.remove(label::POD_TEMPLATE_HASH);
    }
}

fn analyses(hand: &Hand<'_>, asked: &StepExperiment) -> Result<Vec<Value>, Cause> {
    let object = serde_json::to_value(&hand.seen.rollout).unwrap_or_default();
    asked.analyses.iter().map(|one| of_analysis(hand, &object, one)).collect()
}

/// An analysis whose arguments are values: an Experiment looks nothing up in a Rollout.
fn of_analysis(hand: &Hand<'_>, object: &Value, one: &StepExperimentAnalysis) -> Result<Value, Cause> {
    // One that says nothing leaves it to the template's default.
    let said: Vec<_> = one.args.iter().filter(|arg| arg.value.is_some() || arg.value_from.is_some()).cloned().collect();
    let names = said.iter().map(|arg| Argument { name: arg.name.clone(), ..Argument::default() }).collect();
    let given = given::give(names, &said, |place| analysis::find(hand, object, place)).map_err(Cause::Analysis)?;
    Ok(json!({
        "name": one.name,
        "templateName": one.template_name,
        "clusterScope": one.cluster_scope,
        "args": given.args,
        "requiredForCompletion": one.required_for_completion,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn pods_of_an_experiment_are_like_the_revisions_but_not_its_own() {
        let set: DynamicObject = serde_json::from_value(json!({
            "metadata": {"name": "web-7f9c"},
            "spec": {
                "replicas": 5,
                "minReadySeconds": 3,
                "selector": {"matchLabels": {"app": "web", "rollouts-pod-template-hash": "7f9c"}},
                "template": {
                    "metadata": {"labels": {"app": "web", "rollouts-pod-template-hash": "7f9c"}},
                    "spec": {"containers": [{"name": "web", "image": "web:2", "brandNew": true}]},
                },
            },
        }))
        .unwrap();
        let asked = serde_json::from_value(json!({
            "name": "try", "specRef": "canary", "metadata": {"labels": {"try": "yes"}, "annotations": {"a": "b"}},
            "service": {"name": "try"},
        }));
        let expected = json!({
            "name": "try",
            "minReadySeconds": 3,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web", "try": "yes"}, "annotations": {"a": "b"}},
                "spec": {"containers": [{"name": "web", "image": "web:2", "brandNew": true}]},
            },
            "service": {"name": "try"},
        });
        assert_eq!(of_template(&asked.unwrap(), &set), expected);
    }
}
