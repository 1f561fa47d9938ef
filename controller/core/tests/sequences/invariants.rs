//! What must be so before every pass, whatever happened.

use sluice_core::Plan;
use sluice_core::change::Change;
use sluice_core::weight::Weight;

use crate::world::World;

/// Stops the story when something is not as it must be.
pub(crate) fn hold(world: &World, plan: &Plan) {
    stable_is_whole(world);
    grow_route_shrink(world, plan);
    removed_pods_had_no_traffic(world, plan);
}

/// Until promotion is complete the stable revision keeps all its pods, where a router shares traffic.
fn stable_is_whole(world: &World) {
    if world.weight.is_none() {
        return;
    }
    let stable = world.status.stable_rs.as_ref().and_then(|hash| world.revisions.get(hash));
    if let Some(stable) = stable {
        assert!(stable.desired > 0, "stable {} has no pods:\n{}", stable.hash, world.transcript);
    }
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
        Change::Route { .. } | Change::RouteByHeader { .. } | Change::PointService { .. } => Some(1),
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
        let canary = world.services.get("canary").and_then(|service| service.selects.as_ref());
        let weighty = world.weight.flatten().is_some_and(|weight| weight > Weight::ZERO);
        assert!(!(weighty && canary == Some(hash)), "{change} while it has weight:\n{}", world.transcript);
        let by_header = world.managed.as_ref().is_none_or(|routes| !routes.is_empty());
        assert!(!(by_header && canary == Some(hash)), "{change} while it has a route by header:\n{}", world.transcript);
    }
}
