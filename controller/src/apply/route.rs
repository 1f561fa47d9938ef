//! The routers' weights.

use std::collections::BTreeMap;

use json_patch::jsonptr::PointerBuf;
use json_patch::{PatchOperation, TestOperation};
use kube::ResourceExt;
use kube::core::DynamicObject;
use serde_json::json;
use sluice_core::observed::{Hash, Routed};
use sluice_core::spec::ManagedRoute;
use sluice_core::weight::Weight;
use sluice_crds::names::{annotation, label};
use sluice_traffic::{Live, Managed, Object, Router, Share, Write};

use crate::apply::hand::Hand;
use crate::apply::{Cause, aside, revision};
use crate::key::{Key, Kind};
use crate::routing::{self, Routing, as_value};

/// What a router says now; without its weights where they are not known.
type Now = Result<Share, Share>;

/// Gives the canary Service and those of an experiment these shares, and the stable Service the rest, at every router. Services
/// of experiments that are not named any more leave the route.
pub(super) async fn share(hand: &mut Hand<'_>, canary: Weight, aside: &BTreeMap<String, Weight>) -> Result<(), Cause> {
    let canary = canary.parts();
    let others: BTreeMap<String, u32> =
        aside.iter().map(|(service, weight)| (service.clone(), weight.parts())).collect();
    let with_shares =
        |_: &Router, now: Now| Ok(Share { canary, others: others.clone(), ..now.unwrap_or_else(|rest| rest) });
    everywhere(hand, |_| true, with_shares).await
}

/// Makes these the routes beside the weighted one, at every router that has some as far as it can have them. Weights stay.
pub(super) async fn managed(hand: &mut Hand<'_>, wanted: &[ManagedRoute]) -> Result<(), Cause> {
    let routes: Vec<Managed> = wanted.iter().map(routing::to_router).collect();
    // Where weights are not known any more, somebody has changed them since they were looked at.
    let with_routes =
        |router: &Router, now: Now| Ok(Share { routes: router.takes(&routes), ..now.map_err(|_| Cause::Outdated)? });
    everywhere(hand, Router::has_managed, with_routes).await
}

/// Changes what every such router says.
///
/// One that cannot be written keeps no other from being told: the first failure is the one that counts.
async fn everywhere(
    hand: &mut Hand<'_>,
    which: impl Fn(&Router) -> bool,
    wanted: impl Fn(&Router, Now) -> Result<Share, Cause>,
) -> Result<(), Cause> {
    let routing = routing(hand).ok_or(Cause::NotInSpec("a router"))?;
    let mut all = Ok(());
    for router in routing.routers.iter().filter(|router| which(router)) {
        all = all.and(tell(hand, router, &routing, &wanted).await);
    }
    all
}

/// Lets the subset that is this arm select that revision, where arms are subsets.
pub(super) async fn point_subset(hand: &mut Hand<'_>, arm: &str, to: &Hash) -> Result<(), Cause> {
    let routing = routing(hand);
    let Some((subsets, subset)) = routing.as_ref().and_then(|routing| routing.subset(arm)) else { return Ok(()) };
    let objects = fresh(hand, vec![subsets.rule.clone()]).await?;
    let owner = hand.key.name.clone();
    let labels = (label::POD_TEMPLATE_HASH, to.0.as_str());
    match subsets.point(&live(&objects), subset, labels, (annotation::MANAGED_BY, &owner))? {
        Some(write) => make(hand, write, &objects).await,
        None => Ok(()),
    }
}

/// The revision that the subset selects which is this arm, read afresh; `None` where there is none.
pub(super) async fn selected_by_subset(hand: &Hand<'_>, arm: &str) -> Result<Option<Hash>, Cause> {
    let routing = routing(hand);
    let Some((subsets, subset)) = routing.as_ref().and_then(|routing| routing.subset(arm)) else { return Ok(None) };
    let objects = fresh(hand, vec![subsets.rule.clone()]).await?;
    if objects.is_empty() {
        return Ok(None);
    }
    Ok(subsets.selects(&live(&objects), subset, label::POD_TEMPLATE_HASH)?.map(Hash::from))
}

/// Fails when a router, read afresh, gives the canary Service another share than all were seen to give it.
pub(super) async fn still_shared(hand: &Hand<'_>) -> Result<(), Cause> {
    let Some(Routed::Live { canary: Some(seen), .. }) = hand.seen.observed.routed else { return Ok(()) };
    let Some(routing) = routing(hand) else { return Ok(()) };
    for router in &routing.routers {
        let objects = fresh(hand, router.objects()).await?;
        let share = router.read(&live(&objects), &routing.arms)?.ok_or(Cause::Outdated)?;
        if Weight::of(share.canary, routing.arms.whole) != Some(seen) {
            return Err(Cause::Outdated);
        }
    }
    Ok(())
}

/// The Rollout's routers and arms; `None` where its spec has none.
fn routing(hand: &Hand<'_>) -> Option<Routing> {
    hand.seen.observed.spec.as_ref().ok().and_then(|spec| routing::of(&hand.ctx.caches, &hand.key, spec))
}

/// Makes one router's objects say that.
///
/// Reads them afresh: somebody may have edited one since the cache saw it, and lists have no keys to go by.
async fn tell(
    hand: &mut Hand<'_>,
    router: &Router,
    routing: &Routing,
    wanted: &impl Fn(&Router, Now) -> Result<Share, Cause>,
) -> Result<(), Cause> {
    let objects = fresh(hand, router.objects()).await?;
    let live = live(&objects);
    let known = router.read(&live, &routing.arms).ok().flatten();
    let now = known.ok_or_else(|| Share { routes: router.added(&live, &routing.arms), ..Share::default() });
    let share = wanted(router, now.clone())?;
    if let Some(now) = now.ok().filter(|now| gives_more(&share, now)) {
        revision::may_have_more(hand).await?;
        for service in more_aside(&share, &now) {
            aside::may_rise(hand, service).await?;
        }
    }
    for write in router.writes(&live, &routing.arms, &share)? {
        make(hand, write, &objects).await?;
    }
    Ok(())
}

/// Whether anybody but the stable revision gets what it did not get before.
fn gives_more(share: &Share, now: &Share) -> bool {
    share.canary > now.canary
        || more_aside(share, now).next().is_some()
        || share.routes.iter().any(|route| !now.routes.contains(route))
}

/// The Services of experiments that get more than before.
fn more_aside<'a>(share: &'a Share, now: &Share) -> impl Iterator<Item = &'a String> {
    let more = share.others.iter().filter(|(service, parts)| now.others.get(*service).is_none_or(|had| *parts > had));
    more.map(|(service, _)| service)
}

fn live(objects: &[(Object, DynamicObject)]) -> Live {
    objects.iter().map(|(name, object)| (name.clone(), as_value(object))).collect()
}

/// Objects as they are now at the API server, as far as they exist.
async fn fresh(hand: &Hand<'_>, objects: Vec<Object>) -> Result<Vec<(Object, DynamicObject)>, Cause> {
    let mut found = Vec::new();
    for object in objects {
        let key = Key::new(&object.namespace, &object.name);
        if let Some(live) = hand.api_in(Kind::Route(object.kind), &key.namespace).get_opt(&key.name).await? {
            found.push((object, live));
        }
    }
    Ok(found)
}

async fn make(hand: &mut Hand<'_>, write: Write, objects: &[(Object, DynamicObject)]) -> Result<(), Cause> {
    match write {
        Write::Patch(object, mut patch) => {
            let live = objects.iter().find(|(name, _)| *name == object);
            let unchanged = TestOperation {
                path: PointerBuf::from_tokens(["metadata", "resourceVersion"]),
                value: json!(live.and_then(|(_, live)| live.resource_version())),
            };
            patch.0.insert(0, PatchOperation::Test(unchanged));
            hand.patch(Kind::Route(object.kind), &Key::new(object.namespace, object.name), patch).await
        }
        Write::Create(object, mut value) => {
            // The command line may say that the kind is of another group.
            let version = hand.ctx.caches.routes.resource(object.kind).api_version;
            let owners = json!({"ownerReferences": hand.controller_reference()});
            json_patch::merge(&mut value, &json!({"apiVersion": version, "metadata": owners}));
            hand.create(Kind::Route(object.kind), value).await
        }
        Write::Delete(object) => {
            let live = objects.iter().find(|(name, _)| *name == object);
            let Some((_, live)) = live else { return Ok(()) };
            let (uid, version) = (live.uid().unwrap_or_default(), live.resource_version());
            hand.delete(Kind::Route(object.kind), &object.name, &uid, version).await
        }
    }
}
