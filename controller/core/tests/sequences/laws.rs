//! What production counts as a bug, and what it does not.

use sluice_core::change::{Change, Why};
use sluice_core::law::{self, Law};
use sluice_core::observed::Hash;
use sluice_core::weight::Weight;

use crate::world::{World, given, pause, weight};

/// A release at weight 20 of five pods.
fn at_twenty() -> World {
    given(5).canary([weight(20), pause()]).installed().update("v2").run()
}

/// The same, and the new pods are not ready any more.
fn without_new_pods() -> World {
    let mut world = at_twenty();
    world.revisions.get_mut("v2").unwrap().ready = 0;
    world
}

fn aborted() -> World {
    let mut world = at_twenty();
    world.status.abort = true;
    world
}

fn route(percent: u32) -> Change {
    let (from, to) = (Weight::new(20), Weight::new(percent).unwrap());
    Change::Route { from, to, aside: [].into(), why: Why::StepWeight(to) }
}

fn point_canary(world: &World, version: &str) -> Change {
    Change::PointService { service: world.arms().canary, to: Hash::from(version), why: Why::Superseded }
}

fn scale(version: &str, to: u32) -> Change {
    Change::Scale { hash: Hash::from(version), from: 5, to, why: Why::NoTraffic }
}

fn check(world: &World, change: Change, law: Option<Law>) {
    let changes = [change];
    let broken = law::broken(&world.observed(), &changes).first().map(|(law, _)| *law);
    assert_eq!(broken, law, "{}", changes[0]);
}

#[test]
fn weight_is_given_to_ready_pods_of_a_release_that_goes_on() {
    check(&at_twenty(), route(60), None);
    check(&without_new_pods(), route(60), Some(Law::WeightNeedsPods));
    check(&without_new_pods(), route(0), None);
    check(&aborted(), route(60), Some(Law::AbortIsLaw));
    check(&aborted(), route(0), None);
    check(&aborted().update("v3"), route(60), None);
}

#[test]
fn a_service_that_is_answered_under_traffic_stays_where_it_is() {
    let world = at_twenty();
    check(&world, point_canary(&world, "v1"), Some(Law::SelectorStands));
    let world = without_new_pods();
    check(&world, point_canary(&world, "v1"), None);
}

#[test]
fn the_last_pods_go_without_traffic_or_when_their_owner_asks_for_none() {
    check(&at_twenty(), scale("v2", 0), Some(Law::PodsOutliveTraffic));
    check(&at_twenty(), scale("v1", 0), Some(Law::PodsOutliveTraffic));
    check(&at_twenty(), scale("v2", 1), None);
    check(&at_twenty().scale(0), scale("v2", 0), None);
    let settled = given(5).canary([weight(20)]).installed().update("v2").run();
    check(&settled, scale("v1", 0), None);
}
