//! Sets of pods as ReplicaSets, and the Services in front of them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use serde_json::{Value, json};
use sluice_core::experiment::validate::set_name;
use sluice_core::hash;
use sluice_crds::ExperimentTemplate;
use sluice_crds::names::{annotation, label};

use crate::apply::hand::Hand;
use crate::apply::{Cause, ports};
use crate::experiment::observe::{Seen, instance};
use crate::experiment::traffic;
use crate::key::Kind;

/// Makes the ReplicaSet of a template, without pods.
pub(super) async fn create(hand: &mut Hand<'_, Seen>, name: &str) -> Result<(), Cause> {
    let template = find(hand, name)?;
    let hash = hash::of_experiment(&hand.key.name, &template.name, &template.template).0;
    let with_hash = json!({label::POD_TEMPLATE_HASH: hash});
    let mut pods = template.template.0.clone();
    json_patch::merge(&mut pods, &json!({"metadata": {"labels": with_hash}}));
    let mut selector = json!(template.selector);
    json_patch::merge(&mut selector, &json!({"matchLabels": with_hash}));
    let mut labels = BTreeMap::from([(label::POD_TEMPLATE_HASH.to_owned(), hash)]);
    labels.extend(instance(&hand.seen.experiment));
    let object = json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": set_name(&hand.key.name, template),
            "namespace": hand.key.namespace,
            "labels": labels,
            "annotations": annotations(hand, name),
            "ownerReferences": hand.controller_reference(),
        },
        "spec": {
            "replicas": 0,
            "minReadySeconds": template.min_ready_seconds.unwrap_or_default(),
            "selector": selector,
            "template": pods,
        },
    });
    hand.create(Kind::ReplicaSet, object).await
}

/// The annotations by which later passes, and other controllers of this API, know whose it is.
fn annotations(hand: &Hand<'_, Seen>, template: &str) -> Value {
    json!({annotation::EXPERIMENT_NAME: hand.key.name, annotation::EXPERIMENT_TEMPLATE: template})
}

fn find<'a>(hand: &Hand<'a, Seen>, name: &str) -> Result<&'a ExperimentTemplate, Cause> {
    let mut templates = hand.seen.experiment.spec.templates.iter();
    templates.find(|template| template.name == name).ok_or(Cause::NotInSpec("the template"))
}

/// Asks for that many pods. Before there are none, a fresh read shows that the Experiment is still as it was looked at, and that
/// no route sends them anything.
pub(super) async fn scale(hand: &mut Hand<'_, Seen>, name: &str, to: u32) -> Result<(), Cause> {
    if to == 0 {
        hand.still_as_seen().await?;
        traffic::is_gone(hand, name).await?;
    }
    merge(hand, name, json!({"spec": {"replicas": to}})).await
}

/// Fixes the time after which a set may be emptied, or lifts it.
pub(super) async fn shrink_after(hand: &mut Hand<'_, Seen>, name: &str, at: Option<Timestamp>) -> Result<(), Cause> {
    // Whole seconds, as other controllers of this API write and read them; rounded up, as it is a "not before".
    let rounded = at.map(|at| at.checked_add(SignedDuration::from_nanos(999_999_999)).unwrap_or(at));
    let text = rounded.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    merge(hand, name, json!({"metadata": {"annotations": {annotation::SCALE_DOWN_DEADLINE: text}}})).await
}

async fn merge(hand: &mut Hand<'_, Seen>, name: &str, patch: Value) -> Result<(), Cause> {
    let set = hand.seen.sets.get(name).ok_or_else(|| Cause::Missing { what: format!("the ReplicaSet of {name}") })?;
    let version = hand.version(Kind::ReplicaSet, &set.name_any(), &**set);
    hand.merge(Kind::ReplicaSet, &set.name_any(), version, patch).await
}

/// Makes the Service in front of a template's pods.
pub(super) async fn create_service(hand: &mut Hand<'_, Seen>, name: &str, service: &str) -> Result<(), Cause> {
    let template = find(hand, name)?;
    let set = hand.seen.observed.sets.get(name);
    let set = set.ok_or_else(|| Cause::Missing { what: format!("the ReplicaSet of {name}") })?;
    let kept = hand.seen.experiment.annotations().get(annotation::SERVICE_PORTS);
    let ports = ports::wanted(template, kept.map(String::as_str));
    let object = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": service,
            "namespace": hand.key.namespace,
            "annotations": annotations(hand, name),
            "ownerReferences": hand.controller_reference(),
        },
        "spec": {"selector": {label::POD_TEMPLATE_HASH: set.hash}, "ports": ports},
    });
    hand.create(Kind::Service, object).await
}

/// Deletes a Service that this Experiment made.
pub(super) async fn delete_service(hand: &mut Hand<'_, Seen>, service: &str) -> Result<(), Cause> {
    let seen = hand.seen;
    let Some(uid) = seen.services.values().find(|one| one.name_any() == service).and_then(|one| one.uid()) else {
        return Ok(());
    };
    hand.still_as_seen().await?;
    hand.delete(Kind::Service, service, &uid, None).await
}
