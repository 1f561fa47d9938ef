//! The same stories while passes die half-way, writes conflict and status writes get lost: they end
//! as they would have without.

use sluice_core::spec::ScaleDown;
use sluice_crds::AnalysisPhase::{Failed, Successful};

use crate::fine_weights::finely;
use crate::mirrors::mirrored;
use crate::ping_pong::turns;
use crate::world::{World, analysis, experiment, given, pause, weight, weighted_experiment};

const SEEDS: u64 = 300;

/// Tells a story in calm and under every seed, and compares the ends.
fn storm(start: fn() -> World, story: fn(World) -> World) {
    let calm = end(story(start()));
    for seed in 0..SEEDS {
        let shaken = story(start().storm(seed)).calm().wait("5m");
        assert_eq!(end(shaken.clone()), end(story(start()).wait("5m")), "seed {seed}:\n{}", shaken.transcript);
    }
    assert!(!calm.is_empty());
}

fn end(world: World) -> String {
    let services: Vec<_> =
        world.services.iter().map(|(name, service)| format!("{name}→{:?}", service.selects)).collect();
    let weight: Vec<_> = world.services.keys().map(|name| world.share_of(name)).collect();
    let turn = world.status.canary.stable_ping_pong.clone();
    let others = world.others.clone();
    let routes: Option<Vec<_>> =
        world.managed.as_ref().map(|routes| routes.iter().map(|route| route.name.clone()).collect());
    let lender = world.lender.as_ref().map(|lender| (lender.pods, lender.handover));
    let mut world = world;
    world.transcript.clear();
    format!("{} {services:?} {weight:?} {turn:?} {others:?} {routes:?} {lender:?}", world.ending().transcript)
}

#[test]
fn a_promoted_canary_ends_the_same_in_any_storm() {
    storm(
        || given(5).canary([weight(20), pause(), weight(60)]).installed(),
        |world| world.update("v2").run().promote().run().wait("1m"),
    );
}

#[test]
fn pods_have_what_their_role_gives_in_any_storm() {
    let metadata = |role: &str| serde_json::json!({"labels": {"role": role, role: "yes"}});
    let start = || {
        let canary = given(3).canary([weight(50), pause()]);
        let canary = canary.with("/strategy/canary/canaryMetadata", metadata("canary"));
        canary.with("/strategy/canary/stableMetadata", metadata("stable")).installed()
    };
    let story = |world: World| world.update("v2").run().promote().run().wait("1m").update("v3").run().abort().run();
    for seed in 0..SEEDS {
        let mut shaken = story(start().storm(seed)).calm().wait("5m");
        let mut calm = story(start()).wait("5m");
        (shaken.transcript, calm.transcript) = (String::new(), String::new());
        assert_eq!(shaken.marked().transcript, calm.marked().transcript, "seed {seed}");
    }
}

#[test]
fn a_superseded_and_aborted_canary_ends_the_same_in_any_storm() {
    storm(
        || given(4).canary([weight(50), pause()]).installed(),
        |world| world.update("v2").run().update("v3").run().abort().run().wait("1m"),
    );
}

#[test]
fn fine_weights_end_the_same_in_any_storm() {
    storm(|| finely().installed(), |world| world.update("v2").run().promote().run().promote().run().wait("1m"));
}

#[test]
fn a_mirror_ends_the_same_in_any_storm() {
    storm(
        || mirrored().installed(),
        |world| world.update("v2").run().promote().run().update("v3").run().abort().run().wait("1m"),
    );
}

#[test]
fn a_failed_analysis_takes_a_canary_back_in_any_storm() {
    storm(
        || given(5).canary([weight(20), analysis()]).installed().verdict("step", Failed),
        |world| world.update("v2").run().wait("1m"),
    );
}

#[test]
fn a_canary_by_pods_ends_the_same_in_any_storm() {
    storm(
        || given(4).canary_by_pods([weight(50), pause()]).installed(),
        |world| world.update("v2").run().promote().run(),
    );
}

#[test]
fn a_blue_green_release_ends_the_same_in_any_storm() {
    storm(|| given(3).blue_green().installed(), |world| world.update("v2").run().wait("1m"));
}

#[test]
fn a_bounded_canary_ends_the_same_in_any_storm() {
    let start = || {
        let world = given(4).canary([weight(50), pause(), weight(75)]).with("/strategy/canary/maxSurge", 1.into());
        world.installed()
    };
    storm(start, |world| world.update("v2").run().promote().run().wait("1m"));
    storm(start, |world| world.update("v2").run().update("v3").run().abort().run().wait("1m"));
}

#[test]
fn a_canary_without_surge_ends_the_same_in_any_storm() {
    let start = || {
        let world = given(3).canary([weight(34), pause()]).with("/strategy/canary/maxSurge", 0.into());
        world.with("/strategy/canary/maxUnavailable", 1.into()).installed()
    };
    storm(start, |world| world.update("v2").run().promote().run().wait("1m"));
    storm(start, |world| world.update("v2").run().abort().run().wait("1m"));
}

#[test]
fn a_dynamic_canary_ends_the_same_in_any_storm() {
    let start =
        || given(5).canary([weight(60), pause()]).with("/strategy/canary/dynamicStableScale", true.into()).installed();
    storm(start, |world| world.update("v2").run().promote().run().wait("1m"));
    storm(start, |world| world.update("v2").run().update("v3").run().abort().run().wait("1m"));
}

#[test]
fn a_restart_beside_a_release_ends_the_same_in_any_storm() {
    let story = |world: World| world.update("v2").run().wait("1h").restart_in("0s").run().promote().run().wait("10m");
    let start = || given(4).canary([weight(25), pause()]).installed();
    let calm = end(story(start()).wait("10m"));
    for seed in 0..SEEDS {
        let shaken = story(start().storm(seed)).calm().wait("10m");
        let at = shaken.status.restarted_at.as_ref().map(|at| at.0);
        let old = shaken.pods.iter().filter(|pod| at.is_none_or(|at| pod.created < at)).count();
        assert_eq!(end(shaken.clone()), calm, "seed {seed}");
        assert_eq!(old, 0, "seed {seed}:\n{}", shaken.transcript);
    }
}

#[test]
fn a_canary_with_an_experiment_ends_the_same_in_any_storm() {
    let start = || given(2).canary([weight(50), experiment(), pause()]).installed().verdict("experiment", Successful);
    storm(start, |world| world.update("v2").run().promote().run().wait("1m"));
}

#[test]
fn traffic_for_an_experiment_comes_and_goes_in_any_storm() {
    let start = || given(2).canary([weight(50), weighted_experiment(20), weight(80), pause()]).installed();
    storm(start, |world| {
        let sick = world.update("v2").run().sick("try").run().well("try").run();
        sick.verdict("experiment", Successful).run().abort().run()
    });
}

#[test]
fn a_failed_experiment_takes_a_canary_back_in_any_storm() {
    let start = || given(2).canary([weight(50), experiment()]).installed().verdict("experiment", Failed);
    storm(start, |world| world.update("v2").run().wait("1m"));
}

#[test]
fn a_deployment_hands_over_and_ends_the_same_in_any_storm() {
    for mode in [ScaleDown::OnSuccess, ScaleDown::Progressively] {
        let start = || given(3).canary([weight(20), pause()]).lent_by(3, mode);
        let slow = |world: World| world.room_for("v1", 1).run().room_for("v1", 2).run().room_for("v1", 3).run();
        let story = |world: World| slow(world).update("v2").run().promote().run().wait("1m");
        for seed in 0..SEEDS {
            let shaken = story(start().storm(seed)).calm().wait("5m");
            assert_eq!(end(shaken.clone()), end(story(start()).wait("5m")), "seed {seed}:\n{}", shaken.transcript);
        }
    }
}

#[test]
fn services_that_take_turns_end_the_same_in_any_storm() {
    let two = |world: World| world.update("v2").run().promote().run().wait("1m").update("v3").run().promote().run();
    storm(|| turns().installed(), |world| world.update("v2").run().promote().run().wait("1m"));
    storm(|| turns().installed(), two);
    storm(|| turns().installed(), |world| world.update("v2").run().promote().run().update("v3").run().abort().run());
    let bounded = || turns().with("/strategy/canary/maxSurge", 1.into()).installed();
    storm(bounded, two);
    let dynamic = || turns().with("/strategy/canary/dynamicStableScale", true.into()).installed();
    storm(dynamic, two);
}
