//! Whether requests may still be on their way to an Experiment's pods, and the finalizer that keeps them until none are.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{DynamicObject, Patch};
use kube::{Api, ResourceExt};
use serde_json::json;
use sluice_crds::names::finalizer;
use sluice_crds::{Rollout, decode};
use sluice_traffic::{Object, Served, served};

use crate::apply::Cause;
use crate::apply::hand::{Hand, params};
use crate::experiment::observe::{Seen, release};
use crate::key::{Kind, ObjectId};
use crate::routing;

/// Fails when a route of the Rollout that made the Experiment, read afresh, names the Service of that template.
///
/// The routes that the Rollout names are read afresh with it, or those that it named when it could be read last. One that is gone
/// sends nobody anything.
pub(super) async fn is_gone(hand: &Hand<'_, Seen>, template: &str) -> Result<(), Cause> {
    let Some(name) = hand.seen.services.get(template).map(|service| service.name_any()) else { return Ok(()) };
    let service = Served { namespace: hand.key.namespace.clone(), name };
    let Some(owner) = release(&hand.seen.experiment) else { return Ok(()) };
    let Some(rollout) = live(hand, owner).await? else { return Ok(()) };
    for object in routes(hand, &rollout) {
        let live = hand.api_in(Kind::Route(object.kind), &object.namespace).get_opt(&object.name).await?;
        let served = live.map(|live| served(object.kind, &object.namespace, &routing::as_value(&live)));
        if served.is_some_and(|served| served.contains(&service)) {
            return Err(Cause::Outdated);
        }
    }
    Ok(())
}

/// The Rollout as it is now; `None` once it is gone, or goes.
async fn live(hand: &Hand<'_, Seen>, owner: &OwnerReference) -> Result<Option<DynamicObject>, Cause> {
    let live = hand.api(Kind::Rollout).get_opt(&owner.name).await?;
    Ok(live.filter(|one| one.uid().as_ref() == Some(&owner.uid) && one.metadata.deletion_timestamp.is_none()))
}

fn routes(hand: &Hand<'_, Seen>, rollout: &DynamicObject) -> BTreeSet<Object> {
    let key = hand.key.beside(rollout.name_any());
    let named = hand.ctx.caches.index().routes.names_of(&key).to_vec();
    let read = decode::<Rollout>(routing::as_value(rollout));
    named.into_iter().chain(read.iter().flat_map(|rollout| routing::named(&key, rollout))).collect()
}

/// Takes off the finalizer, once fresh reads show that the Experiment is still as it was looked at, and that no route sends its
/// pods anything.
pub(super) async fn let_go(hand: &mut Hand<'_, Seen>) -> Result<(), Cause> {
    hand.still_as_seen().await?;
    for template in hand.seen.services.keys() {
        is_gone(hand, template).await?;
    }
    take_off(hand).await
}

async fn take_off(hand: &mut Hand<'_, Seen>) -> Result<(), Cause> {
    let object = &hand.seen.experiment;
    let others = without(object.finalizers());
    let patch = json!({"metadata": {"finalizers": others}});
    if object.metadata.deletion_timestamp.is_none() || !others.is_empty() {
        return hand.merge(Kind::Experiment, &hand.key.name.clone(), hand.owner_version(), patch).await;
    }
    // It goes with this write: no cache will ever show the version that comes of it.
    let mut patch = patch;
    json_patch::merge(&mut patch, &json!({"metadata": {"resourceVersion": hand.owner_version()}}));
    hand.api(Kind::Experiment).patch(&hand.key.name, &params(), &Patch::Merge(&patch)).await?;
    let gone = ObjectId { kind: Kind::Experiment, key: hand.key.clone() };
    hand.gone(gone, hand.uid());
    Ok(())
}

/// Takes the finalizer off a deleted Experiment that cannot be read: nothing can be planned for it.
pub(super) async fn forget(api: &Api<DynamicObject>, stored: &DynamicObject) -> Result<(), kube::Error> {
    let others = without(stored.finalizers());
    if others.len() == stored.finalizers().len() {
        return Ok(());
    }
    let metadata = json!({"resourceVersion": stored.resource_version(), "finalizers": others});
    api.patch(&stored.name_any(), &params(), &Patch::Merge(json!({"metadata": metadata}))).await.map(drop)
}

/// All finalizers but ours.
fn without(finalizers: &[String]) -> Vec<&String> {
    finalizers.iter().filter(|one| *one != finalizer::TRAFFIC).collect()
}
