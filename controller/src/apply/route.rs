//! The router's weights.

use json_patch::jsonptr::PointerBuf;
use json_patch::{PatchOperation, TestOperation};
use kube::ResourceExt;
use serde_json::{Value, json};
use sluice_core::spec::{CanaryServices, Router, Strategy};
use sluice_core::weight::Weight;
use sluice_traffic::traefik::{self, Arms};

use crate::apply::Cause;
use crate::apply::hand::Hand;
use crate::apply::revision;
use crate::key::Kind;
use crate::observe::router::as_value;

/// Gives the canary Service that share, and the stable Service the rest.
///
/// Reads the object afresh: somebody may have edited it since the cache saw it, and the list has no keys to go by.
pub(super) async fn share(hand: &mut Hand<'_>, canary: Weight) -> Result<(), Cause> {
    let (route, services) = route(hand)?;
    let arms = Arms { canary: services.canary, stable: services.stable };
    let live = hand.fresh(Kind::TraefikService, &route).await?;
    if traefik::read(&as_value(&live), &arms).ok().flatten().is_some_and(|now| canary.percent() > now) {
        may_rise(hand).await?;
    }
    let patch = traefik::patch(&as_value(&live), &arms, canary.percent());
    let Some(mut patch) = patch.map_err(|source| Cause::Route { route: route.clone(), source })? else { return Ok(()) };
    let unchanged = TestOperation {
        path: PointerBuf::from_tokens(["metadata", "resourceVersion"]),
        value: json!(live.resource_version()),
    };
    patch.0.insert(0, PatchOperation::Test(unchanged));
    hand.patch(Kind::TraefikService, &route, patch).await
}

/// Fails when the Rollout is not the one that was looked at, or when its new revision has lost ready pods meanwhile: an abort
/// that no watch has shown yet forbids what was decided without it, and so do pods that are gone. Taking traffic away
/// needs no such look.
async fn may_rise(hand: &Hand<'_>) -> Result<(), Cause> {
    hand.still_as_seen().await?;
    let seen = revision::find(hand, &hand.seen.observed.hash)?;
    let live = hand.fresh(Kind::ReplicaSet, &seen.name_any()).await?;
    let ready = live.data.pointer("/status/readyReplicas").and_then(Value::as_i64).unwrap_or_default();
    let before = seen.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or_default();
    if ready < i64::from(before) { Err(Cause::Outdated) } else { Ok(()) }
}

fn route(hand: &Hand<'_>) -> Result<(String, CanaryServices), Cause> {
    let spec = hand.seen.observed.spec.as_ref().ok();
    let found = spec.and_then(|spec| match &spec.strategy {
        Strategy::Canary(canary) => canary.router.clone().zip(canary.services.clone()),
        Strategy::BlueGreen(_) => None,
    });
    let (Router::Traefik(route), services) = found.ok_or(Cause::NotInSpec("a router"))?;
    Ok((route, services))
}
