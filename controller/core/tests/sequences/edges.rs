//! What others may write: numbers as large as they can be, a status that no release wrote.

use expect_test::expect;
use sluice_core::observed::{Hash, Past, Revision};
use sluice_core::{plan, status};
use sluice_crds::Condition;

use crate::world::{World, check, given, pause, weight};

const MOST: u32 = i32::MAX.cast_unsigned();

/// Three revisions, each with all the pods and the highest number there can be.
fn crowded(mut world: World) -> World {
    for hash in ["v1", "v2", "v3"] {
        let revision = Revision {
            hash: Hash::from(hash),
            number: u64::MAX - u64::from(hash == "v1"),
            desired: MOST,
            current: MOST,
            ready: MOST,
            available: MOST - 1,
            shrink_after: None,
            created: None,
            past: Past::Unknown,
            record: None,
        };
        world.revisions.insert(hash.to_owned(), revision);
    }
    world.status.stable_rs = Some("v2".to_owned());
    world
}

#[test]
fn sums_of_the_largest_counts_do_not_overflow() {
    for world in [
        given(MOST).canary_by_pods([weight(50), pause()]).with("/strategy/canary/maxSurge", MOST.into()),
        given(MOST).canary([weight(50), pause()]),
        given(MOST).blue_green(),
    ] {
        for version in ["v1", "v4"] {
            let world = crowded(world.clone()).update(version);
            let seen = world.observed();
            let plan = plan(&seen, world.now);
            let status = status::fold(&seen, &plan.facts, &[], world.now);
            assert_eq!(status.replicas, i32::MAX, "{version}: {plan:?}");
        }
    }
}

#[test]
fn a_condition_that_is_there_twice_is_written_once_and_left_alone() {
    let mut world = given(3).canary([weight(50), pause()]).installed().update("v2");
    let twice = |kind: &str| Condition { r#type: kind.to_owned(), ..Condition::default() };
    world.status.conditions.extend(["Progressing", "Progressing", "Healthy"].map(twice));
    let world = world.run();
    let count = |kind: &str| world.status.conditions.iter().filter(|condition| condition.r#type == kind).count();
    assert_eq!((count("Progressing"), count("Healthy")), (1, 1));
}

#[test]
fn an_update_of_no_pods_is_switched_to_and_done() {
    check(
        given(2).blue_green().installed().scale(0).run().update("v2").run().ending(),
        expect![[r#"
            — replicas: 0
              scale v1 2 → 0 (spec.replicas)
            — v2 is applied
            new revision v2
            held: 0 of 0 pods of v2 are available
              create v2 (revision 2)
            held: more replicas need to be updated
              point active → v2 (promotion)
            promoted v2
              point preview → v2 (preview)
              note v2 completed
              record v2 Promoted
            = Healthy  []
        "#]],
    );
}

#[test]
fn the_users_are_not_switched_away_from_pods_that_go() {
    let mut world = given(2).blue_green().installed().scale(0).update("v2").run();
    world.services.get_mut("active").unwrap().selects = Some(Hash::from("v1"));
    world.status.stable_rs = Some("v1".to_owned());
    let going = world.revisions.get_mut("v1").unwrap();
    (going.current, going.ready, going.available) = (2, 2, 2);
    let plan = plan(&world.observed(), world.now);
    assert!(plan.changes.is_empty(), "{plan:?}");
}

#[test]
fn the_preview_shows_another_revision_before_pods_go_without_delay() {
    let story = given(2)
        .blue_green()
        .with("/strategy/blueGreen/scaleDownDelaySeconds", 0.into())
        .with("/strategy/blueGreen/autoPromotionEnabled", false.into())
        .installed();
    check(
        story.update("v2").run().update("v3").sick("v3").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 2 (promotion)
            paused (BlueGreenPause)
            held: BlueGreenPause: waits for promote or abort
              point preview → v2 (preview)
            — v3 is applied
            — pods of v3 are not ready
            new revision v3
            held: 0 of 2 pods of v3 are available
              record v2 Superseded
              create v3 (revision 3)
              point preview → v1 (scale-down delay passed)
              scale v3 0 → 2 (promotion)
              scale v2 2 → 0 (no traffic any more)
            = Progressing 0 of 2 pods of v3 are available [v1 2, v3 2]
        "#]],
    );
}

/// With it the pods that users had are gone.
#[test]
fn a_stable_replica_set_that_is_deleted_is_made_again() {
    let canary = given(3).canary([weight(50), pause()]).installed().loses("v1").run().ending();
    check(
        canary,
        expect![[r#"
        — the ReplicaSet of v1 is deleted
          create v1 (revision 1)
          scale v1 0 → 3 (stable stays whole)
          record v1 Promoted
        = Healthy  [v1 3]
    "#]],
    );
    for world in [given(3).canary_by_pods([weight(50), pause()]), given(3).blue_green()] {
        let world = world.installed().loses("v1").run().ending();
        assert!(world.transcript.ends_with("= Healthy  [v1 3]\n"), "{}", world.transcript);
    }
}

/// Its steps are gone through once there are pods to look at.
#[test]
fn a_canary_of_no_pods_waits_for_some() {
    check(
        given(2)
            .canary([weight(50), pause()])
            .installed()
            .scale(0)
            .run()
            .update("v2")
            .wait("1h")
            .run()
            .ending()
            .scale(2)
            .run()
            .ending(),
        expect![[r#"
            — replicas: 0
              scale v1 2 → 0 (spec.replicas)
            — v2 is applied
            new revision v2
            held: spec.replicas is 0: the release goes on once pods are asked for
              create v2 (revision 2)
            = Progressing spec.replicas is 0: the release goes on once pods are asked for []
            — replicas: 2
            held: 0 of 1 pods of v2 are available
              scale v1 0 → 2 (stable stays whole)
              scale v2 0 → 1 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 50 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            = Paused CanaryPauseStep: waits for promote or abort [v1 2, v2 1]
        "#]],
    );
}
