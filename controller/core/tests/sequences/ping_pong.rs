//! Two Services that take turns in being the stable one.

use expect_test::expect;
use serde_json::json;

use crate::world::{World, check, given, pause, weight};

pub(crate) fn turns() -> World {
    given(4).ping_pong([weight(25), pause()])
}

#[test]
fn the_first_version_is_behind_both_and_ping_is_the_stable_one() {
    check(
        turns().run().served().ending(),
        expect![[r#"
            new revision v1
              create v1 (revision 1)
              route ? → 0 (first revision)
            held: 0 of 4 pods of v1 are available
              scale v1 0 → 4 (first revision)
              point ping → v1 (first revision)
              point pong → v1 (first revision)
            promoted v1
              record v1 Promoted
            = ping → v1 100, pong → v1 0; stable is ping
            = Healthy  [v1 4]
        "#]],
    );
}

#[test]
fn the_new_service_becomes_the_stable_one_and_no_traffic_moves() {
    check(
        turns().installed().update("v2").run().promote().run().served().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 25)
              point pong → v2 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 4 pods of v2 are available
              scale v2 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v2
            Service pong is the stable one from now on (pong)
              point ping → v2 (promotion)
              record v2 Promoted
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
            = ping → v2 0, pong → v2 100; stable is pong
              scale v1 4 → 0 (scale-down delay passed)
            = Healthy  [v2 4]
        "#]],
    );
}

#[test]
fn the_next_release_goes_the_other_way() {
    let ponged = turns().installed().update("v2").run().promote().wait("1m");
    let mut ponged = ponged;
    ponged.transcript.clear();
    check(
        ponged.update("v3").run().promote().run().served().wait("1m").ending(),
        expect![[r#"
            — v3 is applied
            new revision v3
            held: 0 of 1 pods of v3 are available
              create v3 (revision 3)
              scale v3 0 → 1 (step weight 25)
              point ping → v3 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 4 pods of v3 are available
              scale v3 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v3
            Service ping is the stable one from now on (ping)
              point pong → v3 (promotion)
              record v3 Promoted
              keep v2 until 2026-01-01T10:01:30Z (no traffic any more)
            = ping → v3 100, pong → v3 0; stable is ping
              scale v2 4 → 0 (scale-down delay passed)
            = Healthy  [v3 4]
        "#]],
    );
}

#[test]
fn an_abort_takes_traffic_back_to_the_service_that_is_stable() {
    check(
        turns().installed().update("v2").run().abort().wait("1m").served().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 25)
              point pong → v2 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
              route 25 → 0 (aborted)
              point pong → v1 (aborted)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = ping → v1 100, pong → v1 0; stable is ping
            = Degraded RolloutAborted: aborted by hand [v1 4]
        "#]],
    );
}

#[test]
fn an_abort_with_all_traffic_on_the_new_version_takes_it_back() {
    let full = given(4).ping_pong([weight(100), pause()]).installed().update("v2").run();
    check(
        full.served().abort().wait("1m").served().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 4 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 4 (step weight 100)
              point pong → v2 (step weight 100)
              route 0 → 100 (step weight 100)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            = ping → v1 0, pong → v2 100; stable is ping
            — abort
            aborted: aborted by hand
              route 100 → 0 (aborted)
              point pong → v1 (aborted)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 4 → 0 (scale-down delay passed)
            = ping → v1 100, pong → v1 0; stable is ping
            = Degraded RolloutAborted: aborted by hand [v1 4]
        "#]],
    );
}

#[test]
fn an_abort_after_the_swap_has_nothing_to_take_back() {
    let swapped =
        turns().installed().update("v2").run().promote().run_until("Service pong is the stable one from now on (pong)");
    check(
        swapped.abort().wait("1m").served().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 25)
              point pong → v2 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 4 pods of v2 are available
              scale v2 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v2
            Service pong is the stable one from now on (pong)
            — abort
            abort dropped: no update is in progress
              point ping → v2 (promotion)
              record v2 Promoted
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v1 4 → 0 (scale-down delay passed)
            = ping → v2 0, pong → v2 100; stable is pong
            = Healthy  [v2 4]
        "#]],
    );
}

/// As it stands after a release or two, with nothing told.
fn quiet(mut world: World) -> World {
    world.transcript.clear();
    world
}

/// The release of v2 is over: pong is the stable Service.
fn ponged() -> World {
    quiet(turns().installed().update("v2").run().promote().wait("1m"))
}

#[test]
fn who_is_superseded_gives_its_traffic_back_to_the_service_that_is_stable() {
    check(
        ponged().update("v3").run().update("v4").run().promote().wait("1m").served().ending(),
        expect![[r#"
            — v3 is applied
            new revision v3
            held: 0 of 1 pods of v3 are available
              create v3 (revision 3)
              scale v3 0 → 1 (step weight 25)
              point ping → v3 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — v4 is applied
            new revision v4
              record v3 Superseded
              create v4 (revision 4)
              route 25 → 0 (superseded)
              scale v4 0 → 1 (step weight 25)
              point ping → v2 (superseded)
              point ping → v4 (step weight 25)
              keep v3 until 2026-01-01T10:01:30Z (no traffic any more)
              route 0 → 25 (step weight 25)
            step 1 done
            paused (CanaryPauseStep)
            — promote
            step 2 done
            held: 1 of 4 pods of v4 are available
              scale v4 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v4
            Service ping is the stable one from now on (ping)
              point pong → v4 (promotion)
              record v4 Promoted
              keep v2 until 2026-01-01T10:01:30Z (no traffic any more)
              scale v3 1 → 0 (scale-down delay passed)
              scale v2 4 → 0 (scale-down delay passed)
            = ping → v4 100, pong → v4 0; stable is ping
            = Healthy  [v4 4]
        "#]],
    );
}

#[test]
fn a_release_right_after_the_swap_finds_the_canary_service_at_the_old_version() {
    let swapped =
        turns().installed().update("v2").run().promote().run_until("Service pong is the stable one from now on (pong)");
    check(
        quiet(swapped).update("v3").run().promote().wait("1m").served().ending(),
        expect![[r#"
            — v3 is applied
            new revision v3
              create v3 (revision 3)
              point ping → v2 (promotion)
              record v2 Promoted
            held: 0 of 1 pods of v3 are available
              scale v3 0 → 1 (step weight 25)
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              point ping → v3 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 4 pods of v3 are available
              scale v3 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v3
            Service ping is the stable one from now on (ping)
              point pong → v3 (promotion)
              record v3 Promoted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 4 → 0 (scale-down delay passed)
              scale v1 4 → 0 (scale-down delay passed)
            = ping → v3 100, pong → v3 0; stable is ping
            = Healthy  [v3 4]
        "#]],
    );
}

#[test]
fn going_back_right_after_the_swap_goes_to_the_pods_that_are_still_there() {
    let swapped =
        turns().installed().update("v2").run().promote().run_until("Service pong is the stable one from now on (pong)");
    check(
        quiet(swapped).update("v1").run().promote().wait("1m").served().ending(),
        expect![[r#"
            — v1 is applied
            new revision v1
              renumber v1 (revision 3)
              route 0 → 25 (step weight 25)
              scale v1 4 → 1 (step weight 25)
              record v2 Promoted
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 4 pods of v1 are available
              scale v1 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v1
            Service ping is the stable one from now on (ping)
              point pong → v1 (promotion)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 4 → 0 (scale-down delay passed)
            = ping → v1 100, pong → v1 0; stable is ping
            = Healthy  [v1 4]
        "#]],
    );
}

#[test]
fn a_rollback_within_the_window_swaps_too() {
    let world = turns().with("/rollbackWindow", json!({"revisions": 2})).installed();
    let ponged = quiet(world.wait("1m").update("v2").run().promote().wait("1m"));
    check(
        ponged.update("v1").wait("1m").served().ending(),
        expect![[r#"
            — v1 is applied
            new revision v1
            steps skipped: rollback within the window (revisions: 2)
            held: 0 of 4 pods of v1 are available
              renumber v1 (revision 3)
              scale v1 0 → 4 (promotion)
              keep v1 (needed again)
              point ping → v1 (promotion)
              route 0 → 100 (promotion)
            promoted v1
            Service ping is the stable one from now on (ping)
              point pong → v1 (promotion)
              record v1 FastRolledBack
              keep v2 until 2026-01-01T10:02:30Z (no traffic any more)
              scale v2 4 → 0 (scale-down delay passed)
            = ping → v1 100, pong → v1 0; stable is ping
            = Healthy  [v1 4]
        "#]],
    );
}

#[test]
fn a_retry_and_promote_full_end_with_a_swap() {
    let aborted = quiet(ponged().update("v3").run().abort().wait("1m"));
    check(
        aborted.retry().run().promote_full().wait("1m").served().ending(),
        expect![[r#"
            — retry
            retried
            held: 0 of 1 pods of v3 are available
              scale v3 0 → 1 (step weight 25)
              keep v3 (needed again)
              point ping → v3 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote --full
            held: 1 of 4 pods of v3 are available
              scale v3 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v3
            Service ping is the stable one from now on (ping)
              point pong → v3 (promotion)
              record v3 FastPromoted
              keep v2 until 2026-01-01T10:02:30Z (no traffic any more)
              scale v2 4 → 0 (scale-down delay passed)
            = ping → v3 100, pong → v3 0; stable is ping
            = Healthy  [v3 4]
        "#]],
    );
}

#[test]
fn stable_pods_that_go_with_their_traffic_are_there_until_the_swap() {
    let world = turns().with("/strategy/canary/dynamicStableScale", json!(true)).installed();
    check(
        world.update("v2").run().promote().wait("1m").served().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 25)
              point pong → v2 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
              scale v1 4 → 3 (less traffic)
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 4 pods of v2 are available
              scale v2 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v2
            Service pong is the stable one from now on (pong)
              scale v1 3 → 1 (less traffic)
              point ping → v2 (promotion)
              record v2 Promoted
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v1 1 → 0 (scale-down delay passed)
            = ping → v2 0, pong → v2 100; stable is pong
            = Healthy  [v2 4]
        "#]],
    );
}

#[test]
fn where_all_pods_are_bounded_the_old_ones_make_room_after_the_swap() {
    let world = turns().with("/strategy/canary/maxSurge", json!(1)).installed();
    let swapped = quiet(world.update("v2").run().promote().run().served());
    check(
        swapped.update("v3").run().promote().wait("1m").served().ending(),
        expect![[r#"
            — v3 is applied
            new revision v3
            held: 0 of 1 pods of v3 are available
              create v3 (revision 3)
              keep v1 until 2026-01-01T10:00:00Z (no traffic any more)
              scale v1 1 → 0 (scale-down delay passed)
              scale v3 0 → 1 (step weight 25)
              point ping → v3 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 4 pods of v3 are available
              scale v2 4 → 3 (makes room)
              scale v3 1 → 2 (promotion)
              route 25 → 50 (promotion)
            held: 2 of 4 pods of v3 are available
              scale v2 3 → 2 (makes room)
              scale v3 2 → 3 (promotion)
              route 50 → 75 (promotion)
            held: 3 of 4 pods of v3 are available
              scale v2 2 → 1 (makes room)
              scale v3 3 → 4 (promotion)
              route 75 → 100 (promotion)
            promoted v3
            Service ping is the stable one from now on (ping)
              point pong → v3 (promotion)
              record v3 Promoted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = ping → v3 100, pong → v3 0; stable is ping
            = Healthy  [v3 4]
        "#]],
    );
}

#[test]
fn a_service_left_without_pods_after_the_swap_is_pointed_at_those_that_serve() {
    let swapped =
        turns().installed().update("v2").run().promote().run_until("Service pong is the stable one from now on (pong)");
    check(
        quiet(swapped).sick("v1").run().served().ending(),
        expect![[r#"
            — pods of v1 are not ready
              point ping → v2 (no ready pods)
              record v2 Promoted
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
            = ping → v2 0, pong → v2 100; stable is pong
            = Healthy  [v1 4, v2 4]
        "#]],
    );
}

#[test]
fn new_pods_that_are_lost_before_the_swap_hold_it_up() {
    let full = turns().installed().update("v2").run().promote().run_until("route 25 → 100 (promotion)");
    let lost = quiet(full).sick("v2").wait("1m").served();
    check(
        lost.well("v2").wait("1m").served().ending(),
        expect![[r#"
            — pods of v2 are not ready
              point pong → v1 (no ready pods)
              route 100 → 0 (no ready pods)
            held: 0 of 4 pods of v2 are available
            = ping → v1 100, pong → v1 0; stable is ping
            — pods of v2 get ready
              point pong → v2 (promotion)
              route 0 → 100 (promotion)
            promoted v2
            Service pong is the stable one from now on (pong)
              point ping → v2 (promotion)
              record v2 Promoted
              keep v1 until 2026-01-01T10:01:30Z (no traffic any more)
              scale v1 4 → 0 (scale-down delay passed)
            = ping → v2 0, pong → v2 100; stable is pong
            = Healthy  [v2 4]
        "#]],
    );
}

#[test]
fn a_cluster_changes_over_with_pong_as_the_stable_service_in_the_middle_of_a_release() {
    let mut taken = quiet(ponged().update("v3").run());
    // The other controller notes no weights of the kind that count here.
    taken.status.canary.weights = None;
    check(
        taken.run().served().promote().wait("1m").served().ending(),
        expect![[r#"
            = ping → v3 25, pong → v2 75; stable is pong
            — promote
            step 2 done
            held: 1 of 4 pods of v3 are available
              scale v3 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v3
            Service ping is the stable one from now on (ping)
              point pong → v3 (promotion)
              record v3 Promoted
              keep v2 until 2026-01-01T10:01:30Z (no traffic any more)
              scale v2 4 → 0 (scale-down delay passed)
            = ping → v3 100, pong → v3 0; stable is ping
            = Healthy  [v3 4]
        "#]],
    );
}

#[test]
fn a_cluster_changes_over_with_the_canary_service_at_pods_that_are_gone() {
    let mut taken = ponged();
    // The other controller leaves it at the version before, whose pods go after their delay.
    taken.services.get_mut("ping").unwrap().selects = Some("v1".into());
    check(
        taken.run().served().update("v3").run().served().ending(),
        expect![[r#"
          point ping → v2 (no ready pods)
        = ping → v2 0, pong → v2 100; stable is pong
        — v3 is applied
        new revision v3
        held: 0 of 1 pods of v3 are available
          create v3 (revision 3)
          scale v3 0 → 1 (step weight 25)
          point ping → v3 (step weight 25)
          route 0 → 25 (step weight 25)
        step 1 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        = ping → v3 25, pong → v2 75; stable is pong
        = Paused CanaryPauseStep: waits for promote or abort [v2 4, v3 1]
    "#]],
    );
}

/// The spec says now that two Services take turns.
fn turned_on(mut world: World, first: &str, second: &str) -> World {
    world.say(&format!("— pingPong: {first} and {second}"));
    let mut world = world.with("/strategy/canary/pingPong", json!({"pingService": first, "pongService": second}));
    let canary = world.spec["strategy"]["canary"].as_object_mut().unwrap();
    canary.retain(|field, _| !field.ends_with("Service"));
    world
}

/// The spec says now that each Service keeps its role.
fn turned_off(mut world: World, stable: &str, canary: &str) -> World {
    world.say(&format!("— stableService: {stable}, canaryService: {canary}"));
    let fields = world.spec["strategy"]["canary"].as_object_mut().unwrap();
    fields.remove("pingPong");
    fields.insert("stableService".to_owned(), json!(stable));
    fields.insert("canaryService".to_owned(), json!(canary));
    world
}

#[test]
fn turning_it_on_in_the_middle_of_a_release_moves_no_traffic() {
    for (first, second, turn) in [("stable", "canary", "ping"), ("canary", "stable", "pong")] {
        let world = given(4).canary([weight(25), pause()]).installed().update("v2").run().served();
        let before = world.transcript.replace("stable is neither", &format!("stable is {turn}"));
        let on = turned_on(quiet(world), first, second);
        let on = quiet(on).run().served();
        assert!(before.ends_with(&on.transcript), "{}", on.transcript);
    }
}

#[test]
fn a_release_that_began_before_it_was_turned_on_ends_with_a_swap() {
    let world = given(4).canary([weight(25), pause()]).installed().update("v2").run();
    check(
        turned_on(quiet(world), "stable", "canary").promote().wait("1m").served().ending(),
        expect![[r#"
            — pingPong: stable and canary
            — promote
            step 2 done
            held: 1 of 4 pods of v2 are available
              scale v2 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v2
            Service canary is the stable one from now on (pong)
              point stable → v2 (promotion)
              record v2 Promoted
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v1 4 → 0 (scale-down delay passed)
            = canary → v2 100, stable → v2 0; stable is pong
            = Healthy  [v2 4]
        "#]],
    );
}

#[test]
fn turned_on_while_the_stable_service_has_the_new_version_already_nothing_swaps() {
    let world = given(4).canary([weight(25), pause()]).installed().update("v2").run().promote();
    let switched = world.run_until("point stable → v2 (promotion)");
    check(
        turned_on(quiet(switched), "stable", "canary").wait("1m").served().ending(),
        expect![[r#"
            — pingPong: stable and canary
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Promoted
              scale v1 4 → 0 (scale-down delay passed)
            = canary → v2 0, stable → v2 100; stable is ping
            = Healthy  [v2 4]
        "#]],
    );
}

#[test]
fn turning_it_off_moves_no_traffic_where_the_spec_says_which_is_the_stable_one() {
    let world = ponged().update("v3").run().served();
    check(
        turned_off(quiet(world), "pong", "ping").run().served().promote().wait("1m").served(),
        expect![[r#"
            — stableService: pong, canaryService: ping
            = ping → v3 25, pong → v2 75; stable is neither
            — promote
            step 2 done
            held: 1 of 4 pods of v3 are available
              scale v3 1 → 4 (promotion)
              route 25 → 100 (promotion)
              point pong → v3 (promotion)
              route 100 → 0 (promotion)
            promoted v3
              keep v2 until 2026-01-01T10:01:30Z (no traffic any more)
              record v3 Promoted
              scale v2 4 → 0 (scale-down delay passed)
            = ping → v3 0, pong → v3 100; stable is neither
        "#]],
    );
}

#[test]
fn turned_off_with_the_names_the_wrong_way_round_traffic_moves_between_the_same_pods() {
    check(
        turned_off(ponged(), "ping", "pong").run().served().ending(),
        expect![[r#"
        — stableService: ping, canaryService: pong
          route 100 → 0 (changed by somebody else)
        = ping → v2 100, pong → v2 0; stable is neither
        = Healthy  [v2 4]
    "#]],
    );
}

#[test]
fn turned_off_in_the_middle_of_a_release_the_wrong_way_round_users_come_back_to_the_stable_version() {
    let world = ponged().update("v3").run().served();
    check(
        turned_off(quiet(world), "ping", "pong").run().served().ending(),
        expect![[r#"
        — stableService: ping, canaryService: pong
          point ping → v2 (step weight 25)
          route 75 → 0 (no ready pods)
          point pong → v3 (step weight 25)
          route 0 → 25 (step weight 25)
        = ping → v2 75, pong → v3 25; stable is neither
        = Paused CanaryPauseStep: waits for promote or abort [v2 4, v3 1]
    "#]],
    );
}

#[test]
fn a_status_that_lost_whose_turn_it_is_is_found_again_by_what_had_the_traffic() {
    let mut world = ponged().update("v3").run();
    world.status.canary.stable_ping_pong = None;
    check(
        quiet(world).run().served().promote().wait("1m").served().ending(),
        expect![[r#"
            = ping → v3 25, pong → v2 75; stable is pong
            — promote
            step 2 done
            held: 1 of 4 pods of v3 are available
              scale v3 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v3
            Service ping is the stable one from now on (ping)
              point pong → v3 (promotion)
              record v3 Promoted
              keep v2 until 2026-01-01T10:01:30Z (no traffic any more)
              scale v2 4 → 0 (scale-down delay passed)
            = ping → v3 100, pong → v3 0; stable is ping
            = Healthy  [v3 4]
        "#]],
    );
}

#[test]
fn a_status_that_says_the_wrong_turn_sends_nobody_to_pods_that_are_gone() {
    let mut world = ponged();
    world.status.canary.stable_ping_pong = Some("ping".to_owned());
    world.services.get_mut("ping").unwrap().selects = Some("v1".into());
    check(
        world.run().served().ending(),
        expect![[r#"
          point ping → v2 (changed by somebody else)
          route 100 → 0 (changed by somebody else)
        = ping → v2 100, pong → v2 0; stable is ping
        = Healthy  [v2 4]
    "#]],
    );
}

#[test]
fn a_status_that_is_lost_altogether_sends_nobody_to_pods_that_are_gone() {
    let mut world = ponged();
    world.status = sluice_crds::RolloutStatus::default();
    world.services.get_mut("ping").unwrap().selects = Some("v1".into());
    check(
        world.run().served().ending(),
        expect![[r#"
            new revision v2
              point ping → v2 (first revision)
              route 100 → 0 (first revision)
            promoted v2
              record v2 Promoted
            = ping → v2 100, pong → v2 0; stable is ping
            = Healthy  [v2 4]
        "#]],
    );
}

#[test]
fn routes_of_steps_lead_to_the_canary_service_and_are_gone_before_the_swap() {
    let header = json!({"setHeaderRoute": {
        "name": "testers", "match": [{"headerName": "x-test", "headerValue": {"exact": "yes"}}],
    }});
    let mirror = json!({"setMirrorRoute": {
        "name": "copies", "percentage": 50, "match": [{"method": {"exact": "GET"}}],
    }});
    let steps = [json!({"setCanaryScale": {"replicas": 1}}), header, mirror, pause(), weight(50), pause()];
    let world = given(2).ping_pong(steps).mesh(&["testers", "copies"]).installed();
    let ponged = quiet(world.update("v2").run().promote_full().wait("1m"));
    check(
        ponged.update("v3").run().promote().run().promote().wait("1m").served(),
        expect![[r#"
            — v3 is applied
            new revision v3
            held: 0 of 1 pods of v3 are available
              create v3 (revision 3)
              scale v3 0 → 1 (setCanaryScale)
              point ping → v3 (setCanaryScale)
            step 1 done
              managed routes → testers (setHeaderRoute)
            step 2 done
              managed routes → testers, copies (setMirrorRoute)
            step 3 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 4 done
              route 0 → 50 (step weight 50)
            step 5 done
            paused (CanaryPauseStep)
            — promote
            step 6 done
              scale v3 1 → 2 (promotion)
              managed routes → none (promotion)
              route 50 → 100 (promotion)
            promoted v3
            Service ping is the stable one from now on (ping)
              point pong → v3 (promotion)
              record v3 Promoted
              keep v2 until 2026-01-01T10:01:30Z (no traffic any more)
              scale v2 2 → 0 (scale-down delay passed)
            = ping → v3 100, pong → v3 0; stable is ping
        "#]],
    );
}
