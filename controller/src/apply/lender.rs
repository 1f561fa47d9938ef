//! Writes to the workload that lends its template: how many pods it has of its own.

use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use kube::core::DynamicObject;
use serde_json::{Value, json};
use sluice_core::observed::Handover;
use sluice_core::spec::Lender;
use sluice_crds::decode;
use sluice_crds::names::annotation;

use crate::apply::hand::Hand;
use crate::apply::{Cause, revision};
use crate::key::Kind;
use crate::observe;
use crate::observe::lending::Note;

/// Asks for that many pods of it, and notes how far it is; once it has all `from` again there is nothing to note, and how many it has
/// is its owner's to say. Before there are fewer, fresh reads show that the Rollout is still as
/// it was looked at, and that `instead` pods of its own are available.
pub(super) async fn scale(hand: &mut Hand<'_>, lender: &Lender, to: u32, instead: u32, from: u32) -> Result<(), Cause> {
    hand.still_as_seen().await?;
    if instead > 0 && available(hand).await? < instead {
        return Err(Cause::Outdated);
    }
    let spec = json!({"replicas": to});
    let handover = (to < from).then_some(Handover { from, over: to == 0 });
    write(hand, lender, handover, Some(spec)).await
}

/// Notes that its pods are still to go.
pub(super) async fn note(hand: &mut Hand<'_>, lender: &Lender, from: u32) -> Result<(), Cause> {
    write(hand, lender, Some(Handover { from, over: false }), None).await
}

async fn write(
    hand: &mut Hand<'_>,
    lender: &Lender,
    handover: Option<Handover>,
    spec: Option<Value>,
) -> Result<(), Cause> {
    let kind = Kind::Lender(lender.kind);
    let live = hand.fresh(kind, &lender.name).await?;
    let seen = hand.seen.observed.lending().map(|(_, lending)| lending.generation);
    if live.metadata.generation != seen {
        return Err(Cause::Outdated);
    }
    let note = |Handover { from, over }| serde_json::to_string(&Note { to: hand.uid().to_owned(), from, over });
    let note = handover.map(note).transpose().map_err(kube::Error::SerdeError)?;
    // A merge patch says by null that an annotation goes; to merge two of them would drop that.
    let annotated = json!({"annotations": {annotation::HANDOVER: note}});
    let patch =
        spec.map_or_else(|| json!({"metadata": annotated}), |spec| json!({"metadata": annotated, "spec": spec}));
    hand.merge(kind, &lender.name, live.resource_version(), patch).await
}

/// Available pods of the stable revision and the new one, read afresh.
async fn available(hand: &Hand<'_>) -> Result<u32, Cause> {
    let seen = &hand.seen.observed;
    let stable = seen.stable_hash().filter(|stable| *stable != seen.hash);
    let mut available: u32 = 0;
    for hash in std::iter::once(&seen.hash).chain(&stable) {
        let Ok(set) = revision::find(hand, hash) else { continue };
        let live = hand.fresh(Kind::ReplicaSet, &set.name_any()).await?;
        available = available.saturating_add(available_of(live)?);
    }
    Ok(available)
}

fn available_of(live: DynamicObject) -> Result<u32, Cause> {
    let live = serde_json::to_value(live).map_err(kube::Error::SerdeError)?;
    let set: ReplicaSet = decode(live).map_err(|misfit| kube::Error::SerdeError(misfit.into()))?;
    Ok(observe::revision(&set).map_or(0, |one| one.available.min(one.desired)))
}
