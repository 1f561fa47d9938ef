//! What must be so before every pass, whatever happened.

use std::collections::BTreeMap;

use sluice_core::Plan;
use sluice_core::change::{Change, Why};
use sluice_core::observed::{Hash, Observed, Revision};
use sluice_core::weight::Weight;
use sluice_core::{law, users};

use crate::world::World;

/// Stops the story when something is not as it must be.
pub(crate) fn hold(world: &World, plan: &Plan) {
    stable_is_whole(world);
    all_pods_are_bounded(world, plan);
    stable_has_pods_for_its_traffic(world, plan);
    grow_route_shrink(world, plan);
    removed_pods_had_no_traffic(world, plan);
    no_service_changes_under_traffic(world, plan);
    experiments_get_traffic_at_ready_pods(world, plan);
    production_sees_no_law_broken(world, plan);
}

/// The change that takes the last users from a version that is taken back is known as that, and no other is.
pub(crate) fn users_are_taken_back_by_one_change(world: &World, before: &Observed, done: &[Change]) {
    let of_abort = |change: &&Change| {
        matches!(change, Change::Route { why: Why::Abort, .. } | Change::PointService { why: Why::Abort, .. })
    };
    let left = users::see_new(before) && !users::see_new(&world.observed());
    let expected = usize::from(left && done.iter().any(|change| of_abort(&change)));
    let told: Vec<_> = done.iter().filter(|change| users::are_taken_back_by(before, change)).collect();
    assert_eq!(told.len(), expected, "{told:?} of {done:?}\n{}", world.transcript);
}

/// What production counts as a bug.
fn production_sees_no_law_broken(world: &World, plan: &Plan) {
    let seen = world.observed();
    let broken = law::broken(&seen, &plan.changes);
    assert!(broken.is_empty(), "{broken:?}\n{}", world.transcript);
}

/// Where two Services take turns, one that has traffic keeps its selector, unless nobody answers behind it.
fn no_service_changes_under_traffic(world: &World, plan: &Plan) {
    if world.spec["strategy"]["canary"]["pingPong"].is_null() {
        return;
    }
    for change in &plan.changes {
        let Change::PointService { service, .. } = change else { continue };
        let shown = world.services[service].selects.as_ref().and_then(|hash| world.revisions.get(&hash.0));
        let served = shown.is_some_and(|revision| revision.ready > 0);
        let none = world.share_of(service) == Some(Weight::ZERO);
        assert!(none || !served, "{change} under traffic:\n{}", world.transcript);
    }
}

/// Pods of an experiment get traffic, or more of it, only while it runs and they are ready; and never more than there is.
fn experiments_get_traffic_at_ready_pods(world: &World, plan: &Plan) {
    for change in &plan.changes {
        let Change::Route { to, aside, .. } = change else { continue };
        let all: u32 = aside.values().map(|weight| weight.parts()).sum();
        assert!(all <= to.rest().parts(), "{change}\n{}", world.transcript);
        for (service, weight) in aside {
            let more = world.others.get(service).is_none_or(|before| weight > before);
            let ready = world.aside().iter().any(|one| one.service == *service && one.is_ready);
            assert!(ready || !more, "{change} without ready pods:\n{}", world.transcript);
        }
    }
}

/// Until promotion is complete the stable revision keeps all its pods, where a router shares traffic.
fn stable_is_whole(world: &World) {
    if world.weight.is_none() || world.spec["replicas"] == 0 {
        return;
    }
    let stable = world.status.stable_rs.as_ref().and_then(|hash| world.revisions.get(hash));
    let without_surge = world.spec["strategy"]["canary"]["maxSurge"] == 0;
    let lost = |stable: &&Revision| world.lost.contains(&stable.hash.0);
    if let Some(stable) = stable.filter(|stable| !lost(stable) && (!without_surge || selected(world, &stable.hash))) {
        assert!(stable.desired > 0, "stable {} has no pods:\n{}", stable.hash, world.transcript);
    }
}

/// Where the spec bounds all pods beside a router, none is added beyond that.
fn all_pods_are_bounded(world: &World, plan: &Plan) {
    let Some(surge) = world.spec["strategy"]["canary"]["maxSurge"].as_u64().filter(|_| world.weight.is_some()) else {
        return;
    };
    let most = (world.spec["replicas"].as_u64().unwrap() + surge).max(2);
    let mut desired: BTreeMap<_, _> = world.revisions.iter().map(|(hash, one)| (hash.clone(), one.desired)).collect();
    for change in &plan.changes {
        let Change::Scale { hash, from, to, .. } = change else { continue };
        desired.insert(hash.0.clone(), *to);
        let total: u64 = desired.values().map(|pods| u64::from(*pods)).sum();
        assert!(to < from || total <= most, "{change} makes {total} of {most} pods:\n{}", world.transcript);
    }
}

/// Where stable pods may go before the promotion, only those go whose traffic is elsewhere.
fn stable_has_pods_for_its_traffic(world: &World, plan: &Plan) {
    let arms = world.arms();
    let (Some(weight), Some(stable)) = (world.share_of(&arms.canary), &world.status.stable_rs) else { return };
    let shown = |service: &str| world.services[service].selects.as_ref().is_some_and(|hash| hash.0 == *stable);
    let share = match (shown(&arms.stable), shown(&arms.canary)) {
        (true, true) => 100,
        (true, false) => weight.rest().parts(),
        (false, true) => weight.parts(),
        (false, false) => 0,
    };
    let canary = &world.spec["strategy"]["canary"];
    let missing = if canary["maxSurge"] == 0 { canary["maxUnavailable"].as_u64().unwrap_or(1) } else { 0 };
    let replicas = world.spec["replicas"].as_u64().unwrap();
    // Shares are whole percents: up to one of them may be carried by others' pods.
    let least = (replicas * u64::from(share).saturating_sub(1)).div_ceil(100).saturating_sub(missing);
    for change in &plan.changes {
        if let Change::Scale { hash, from, to, .. } = change
            && hash.0 == *stable
            && to < from
        {
            assert!(u64::from(*to) >= least, "{change} with {share} % of the traffic:\n{}", world.transcript);
        }
    }
}

fn selected(world: &World, hash: &Hash) -> bool {
    world.services.values().any(|service| service.selects.as_ref() == Some(hash))
}

/// Pods come before traffic, and traffic leaves before pods do.
fn grow_route_shrink(world: &World, plan: &Plan) {
    let order: Vec<_> = plan.changes.iter().filter_map(rank).collect();
    assert!(order.is_sorted(), "{:?} in\n{}", plan.changes, world.transcript);
}

fn rank(change: &Change) -> Option<u8> {
    match change {
        Change::CreateRevision { .. } => Some(0),
        Change::Scale { from, to, .. } if to > from => Some(0),
        Change::Route { .. } | Change::SetRoutes { .. } | Change::PointService { .. } => Some(1),
        Change::Scale { .. } => Some(2),
        _ => None,
    }
}

/// No revision goes to 0 while a Service selects it, or while the router still sends there, unless the user wants no pods.
fn removed_pods_had_no_traffic(world: &World, plan: &Plan) {
    if world.spec["replicas"] == 0 {
        return;
    }
    for change in &plan.changes {
        let Change::Scale { hash, to: 0, .. } = change else {
            continue;
        };
        let routed = world.weight.is_some() || world.services.contains_key("active");
        let selected = world.services.values().any(|service| service.selects.as_ref() == Some(hash));
        assert!(!(routed && selected), "{change} while a Service selects it:\n{}", world.transcript);
        let canary = world.services.get(&world.arms().canary).and_then(|service| service.selects.as_ref());
        let weighty = world.share_of(&world.arms().canary).is_some_and(|weight| weight > Weight::ZERO);
        assert!(!(weighty && canary == Some(hash)), "{change} while it has weight:\n{}", world.transcript);
        let managed = world.managed.as_ref().is_none_or(|routes| !routes.is_empty());
        assert!(!(managed && canary == Some(hash)), "{change} while it has a managed route:\n{}", world.transcript);
    }
}
