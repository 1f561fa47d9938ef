//! Where the stable revision need not stay whole: `maxSurge` with a router, `dynamicStableScale`.

use expect_test::expect;
use serde_json::{Value, json};

use crate::world::{World, check, given, pause, weight};

fn surge(world: World, surge: Value) -> World {
    world.with("/strategy/canary/maxSurge", surge).with("/strategy/canary/maxUnavailable", json!(0))
}

fn dynamic(world: World) -> World {
    world.with("/strategy/canary/dynamicStableScale", json!(true))
}

/// No pod more than there are.
fn swap(world: World) -> World {
    world.with("/strategy/canary/maxSurge", json!(0)).with("/strategy/canary/maxUnavailable", json!(1))
}

// https://github.com/argoproj/argo-rollouts/issues/430, https://github.com/argoproj/argo-rollouts/issues/3284
#[test]
fn all_pods_are_bounded_where_the_spec_says_so() {
    let world = surge(given(4).canary([weight(25), pause(), weight(75)]), json!(1)).installed();
    check(
        world.update("v2").run().promote().run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 25)
              point canary → v2 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 3 pods of v2 are available
              scale v1 4 → 3 (makes room)
              scale v2 1 → 2 (step weight 75)
              route 25 → 50 (step weight 75)
            held: 2 of 3 pods of v2 are available
              scale v1 3 → 2 (makes room)
              scale v2 2 → 3 (step weight 75)
              route 50 → 75 (step weight 75)
            step 3 done
            held: 3 of 4 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 3 → 4 (promotion)
              route 75 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Promoted
              scale v1 1 → 0 (scale-down delay passed)
            = Healthy  [v2 4]
        "#]],
    );
}

#[test]
fn thirds_do_not_stand_in_each_others_way() {
    let world = surge(given(3).canary([weight(20), weight(60)]), json!(1)).installed();
    check(
        world.update("v2").run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              route 20 → 33 (step weight 60)
            held: 1 of 2 pods of v2 are available
              scale v1 3 → 2 (makes room)
              scale v2 1 → 2 (step weight 60)
              route 33 → 60 (step weight 60)
            step 2 done
              route 60 → 66 (promotion)
            held: 2 of 3 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 2 → 3 (promotion)
              route 66 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Promoted
              scale v1 1 → 0 (scale-down delay passed)
            = Healthy  [v2 3]
        "#]],
    );
}

#[test]
fn an_abort_gets_stable_pods_back_before_their_traffic() {
    let world = surge(given(3).canary([weight(67), pause()]), json!(1)).installed().update("v2").run();
    check(
        world.abort().run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 67)
              point canary → v2 (step weight 67)
              route 0 → 33 (step weight 67)
            held: 1 of 3 pods of v2 are available
              scale v1 3 → 2 (makes room)
              scale v2 1 → 2 (step weight 67)
              route 33 → 66 (step weight 67)
            held: 2 of 3 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 2 → 3 (step weight 67)
              route 66 → 67 (step weight 67)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
            held: 1 of 3 pods of v1 are available
              route 67 → 66 (aborted)
              scale v2 3 → 2 (makes room)
              record v2 Aborted
              scale v1 1 → 2 (stable stays whole)
            held: 2 of 3 pods of v1 are available
              route 66 → 33 (aborted)
              scale v2 2 → 1 (makes room)
              scale v1 2 → 3 (stable stays whole)
              route 33 → 0 (aborted)
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 3]
        "#]],
    );
}

#[test]
fn a_further_version_waits_until_the_stable_one_has_its_traffic_back() {
    let world = surge(given(4).canary([weight(50), pause()]), json!(1)).installed().update("v2").run();
    check(
        world.update("v3").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 25 (step weight 50)
            held: 1 of 2 pods of v2 are available
              scale v1 4 → 3 (makes room)
              scale v2 1 → 2 (step weight 50)
              route 25 → 50 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — v3 is applied
            new revision v3
            held: 3 of 4 pods of v1 are available
              record v2 Superseded
              create v3 (revision 3)
              route 50 → 25 (superseded)
              scale v2 2 → 1 (makes room)
              scale v1 3 → 4 (stable stays whole)
              route 25 → 0 (superseded)
              point canary → v1 (superseded)
            held: 0 of 2 pods of v3 are available
              scale v2 1 → 0 (no traffic any more)
              scale v3 0 → 1 (step weight 50)
              point canary → v3 (step weight 50)
              route 0 → 25 (step weight 50)
            held: 1 of 2 pods of v3 are available
              scale v1 4 → 3 (makes room)
              scale v3 1 → 2 (step weight 50)
              route 25 → 50 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            = Paused CanaryPauseStep: waits for promote or abort [v1 3, v3 2]
        "#]],
    );
}

#[test]
fn the_next_release_takes_the_room_of_pods_that_stay_for_a_delay() {
    let world = surge(given(4).canary([weight(50)]), json!(1)).installed().update("v2").run();
    check(
        world.update("v3").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 25 (step weight 50)
            held: 1 of 2 pods of v2 are available
              scale v1 4 → 3 (makes room)
              scale v2 1 → 2 (step weight 50)
              route 25 → 50 (step weight 50)
            step 1 done
            held: 2 of 4 pods of v2 are available
              scale v1 3 → 2 (makes room)
              scale v2 2 → 3 (promotion)
              route 50 → 75 (promotion)
            held: 3 of 4 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 3 → 4 (promotion)
              route 75 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Promoted
            — v3 is applied
            new revision v3
            held: 0 of 2 pods of v3 are available
              create v3 (revision 3)
              keep v1 until 2026-01-01T10:00:00Z (no traffic any more)
              scale v1 1 → 0 (scale-down delay passed)
              scale v3 0 → 1 (step weight 50)
              point canary → v3 (step weight 50)
              route 0 → 25 (step weight 50)
            held: 1 of 2 pods of v3 are available
              scale v2 4 → 3 (makes room)
              scale v3 1 → 2 (step weight 50)
              route 25 → 50 (step weight 50)
            step 1 done
            held: 2 of 4 pods of v3 are available
              scale v2 3 → 2 (makes room)
              scale v3 2 → 3 (promotion)
              route 50 → 75 (promotion)
            held: 3 of 4 pods of v3 are available
              scale v2 2 → 1 (makes room)
              scale v3 3 → 4 (promotion)
              route 75 → 100 (promotion)
              point stable → v3 (promotion)
              route 100 → 0 (promotion)
            promoted v3
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              record v3 Promoted
            = Healthy  [v2 1, v3 4]
        "#]],
    );
}

#[test]
fn without_any_surge_pods_are_exchanged_one_by_one() {
    let world = swap(given(3).canary([weight(50), pause()])).installed().update("v2").run();
    check(
        world.promote().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v1 3 → 2 (makes room)
              scale v2 0 → 1 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 33 (step weight 50)
            held: 1 of 2 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 1 → 2 (step weight 50)
              route 33 → 50 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
              route 50 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            held: 2 of 3 pods of v2 are available
              scale v1 1 → 0 (makes room)
              scale v2 2 → 3 (promotion)
            promoted v2
              record v2 Promoted
            = Healthy  [v2 3]
        "#]],
    );
}

#[test]
fn without_any_surge_an_abort_exchanges_them_back() {
    let world = swap(given(4).canary([weight(75), pause()])).installed().update("v2").run();
    check(
        world.abort().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v1 4 → 3 (makes room)
              scale v2 0 → 1 (step weight 75)
              point canary → v2 (step weight 75)
              route 0 → 25 (step weight 75)
            held: 1 of 3 pods of v2 are available
              scale v1 3 → 2 (makes room)
              scale v2 1 → 2 (step weight 75)
              route 25 → 50 (step weight 75)
            held: 2 of 3 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 2 → 3 (step weight 75)
              route 50 → 75 (step weight 75)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
            held: 1 of 4 pods of v1 are available
              route 75 → 50 (aborted)
              scale v2 3 → 2 (makes room)
              record v2 Aborted
              scale v1 1 → 2 (stable stays whole)
            held: 2 of 4 pods of v1 are available
              route 50 → 25 (aborted)
              scale v2 2 → 1 (makes room)
              scale v1 2 → 3 (stable stays whole)
              route 25 → 0 (aborted)
              point canary → v1 (aborted)
              scale v2 1 → 0 (no traffic any more)
              scale v1 3 → 4 (stable stays whole)
            = Degraded RolloutAborted: aborted by hand [v1 4]
        "#]],
    );
}

#[test]
fn one_pod_without_surge_has_another_beside_it_for_the_while() {
    check(
        swap(given(1).canary([weight(50), pause()])).installed().update("v2").run().promote().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 50 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
              route 50 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Promoted
            = Healthy  [v1 1, v2 1]
        "#]],
    );
}

#[test]
fn new_pods_that_fail_give_their_room_back() {
    let world = surge(given(4).canary([weight(50), pause()]), json!(1)).installed().update("v2").run();
    check(
        world.sick("v2").run().well("v2").run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 2 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 50)
          point canary → v2 (step weight 50)
          route 0 → 25 (step weight 50)
        held: 1 of 2 pods of v2 are available
          scale v1 4 → 3 (makes room)
          scale v2 1 → 2 (step weight 50)
          route 25 → 50 (step weight 50)
        step 1 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        — pods of v2 are not ready
          point canary → v1 (no ready pods)
          route 50 → 0 (no ready pods)
          scale v2 2 → 1 (step weight 50)
        held: 0 of 2 pods of v2 are available
          scale v1 3 → 4 (stable stays whole)
        — pods of v2 get ready
          point canary → v2 (step weight 50)
          route 0 → 25 (step weight 50)
        held: 1 of 2 pods of v2 are available
          scale v1 4 → 3 (makes room)
          scale v2 1 → 2 (step weight 50)
          route 25 → 50 (step weight 50)
        held: CanaryPauseStep: waits for promote or abort
        = Paused CanaryPauseStep: waits for promote or abort [v1 3, v2 2]
    "#]],
    );
}

#[test]
fn a_bound_counts_for_pods_apart_from_their_traffic_too() {
    let steps = [json!({"setCanaryScale": {"replicas": 4}}), pause(), weight(50), pause()];
    check(
        surge(given(4).canary(steps), json!(1)).installed().update("v2").run().promote().run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (setCanaryScale)
          point canary → v2 (setCanaryScale)
        step 1 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        — promote
        step 2 done
          route 0 → 25 (step weight 50)
        held: 1 of 3 pods of v2 are available
          scale v1 4 → 3 (makes room)
          scale v2 1 → 2 (setCanaryScale)
          route 25 → 50 (step weight 50)
        held: 2 of 3 pods of v2 are available
          scale v1 3 → 2 (makes room)
          scale v2 2 → 3 (setCanaryScale)
        step 3 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        = Paused CanaryPauseStep: waits for promote or abort [v1 2, v2 3]
    "#]],
    );
}

#[test]
fn an_abort_after_the_last_switch_hands_traffic_back_by_weight() {
    let world = surge(given(4).canary([weight(50)]), json!(1)).installed().update("v2");
    check(
        world.run_until("point stable → v2 (promotion)").abort().run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 25 (step weight 50)
            held: 1 of 2 pods of v2 are available
              scale v1 4 → 3 (makes room)
              scale v2 1 → 2 (step weight 50)
              route 25 → 50 (step weight 50)
            step 1 done
            held: 2 of 4 pods of v2 are available
              scale v1 3 → 2 (makes room)
              scale v2 2 → 3 (promotion)
              route 50 → 75 (promotion)
            held: 3 of 4 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 3 → 4 (promotion)
              route 75 → 100 (promotion)
              point stable → v2 (promotion)
            — abort
            aborted: aborted by hand
              point stable → v1 (aborted)
            held: 1 of 4 pods of v1 are available
              route 100 → 75 (aborted)
              record v2 Aborted
              scale v2 4 → 3 (makes room)
              scale v1 1 → 2 (stable stays whole)
            held: 2 of 4 pods of v1 are available
              route 75 → 50 (aborted)
              scale v2 3 → 2 (makes room)
              scale v1 2 → 3 (stable stays whole)
            held: 3 of 4 pods of v1 are available
              route 50 → 25 (aborted)
              scale v2 2 → 1 (makes room)
              scale v1 3 → 4 (stable stays whole)
              route 25 → 0 (aborted)
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 4]
        "#]],
    );
}

#[test]
fn stable_pods_go_as_their_traffic_does() {
    let world = dynamic(given(4).canary([weight(25), pause(), weight(75)])).installed();
    check(
        world.update("v2").run().promote().run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 25)
              point canary → v2 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
              scale v1 4 → 3 (less traffic)
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 3 pods of v2 are available
              scale v2 1 → 3 (step weight 75)
              route 25 → 75 (step weight 75)
            step 3 done
              scale v1 3 → 1 (less traffic)
            held: 3 of 4 pods of v2 are available
              scale v2 3 → 4 (promotion)
              route 75 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Promoted
              scale v1 1 → 0 (scale-down delay passed)
            = Healthy  [v2 4]
        "#]],
    );
}

// https://github.com/argoproj/argo-rollouts/issues/3888, https://github.com/argoproj/argo-rollouts/issues/4035
#[test]
fn an_aborted_release_gives_traffic_back_as_stable_pods_come() {
    let world = dynamic(given(10).canary([weight(80), pause()])).installed().update("v2").run();
    let world = world.room_for("v1", 4).abort().run().room_for("v1", 6).run();
    check(
        world.room_for("v1", 10).run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 8 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 8 (step weight 80)
              point canary → v2 (step weight 80)
              route 0 → 80 (step weight 80)
            step 1 done
              scale v1 10 → 2 (less traffic)
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — there is room for 4 pods of v1
            — abort
            aborted: aborted by hand
            held: 2 of 10 pods of v1 are available
              scale v1 2 → 10 (stable stays whole)
              route 80 → 60 (aborted)
            held: 4 of 10 pods of v1 are available
              route 60 → 40 (aborted)
              record v2 Aborted
            — there is room for 6 pods of v1
            held: 6 of 10 pods of v1 are available
              route 40 → 20 (aborted)
            — there is room for 10 pods of v1
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 8 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 10]
        "#]],
    );
}

// https://github.com/argoproj/argo-rollouts/issues/4898
#[test]
fn a_delay_after_the_abort_holds_nothing_up_while_stable_pods_come() {
    let world = dynamic(given(4).canary([weight(75), pause()]));
    let world = world.with("/strategy/canary/abortScaleDownDelaySeconds", json!(60)).installed().update("v2").run();
    check(
        world.abort().run().wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (step weight 75)
              point canary → v2 (step weight 75)
              route 0 → 75 (step weight 75)
            step 1 done
              scale v1 4 → 1 (less traffic)
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
            held: 1 of 4 pods of v1 are available
              scale v1 1 → 4 (stable stays whole)
              route 75 → 50 (aborted)
              route 50 → 0 (aborted)
              record v2 Aborted
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:01:00Z (no traffic any more)
              scale v2 3 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 4]
        "#]],
    );
}

// https://github.com/argoproj/argo-rollouts/issues/3372
#[test]
fn a_further_version_does_not_take_the_second_ones_traffic_before_stable_can() {
    let world = dynamic(given(4).canary([weight(75), pause()])).installed().update("v2").run();
    check(
        world.room_for("v1", 2).update("v3").run().room_for("v1", 4).run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (step weight 75)
              point canary → v2 (step weight 75)
              route 0 → 75 (step weight 75)
            step 1 done
              scale v1 4 → 1 (less traffic)
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — there is room for 2 pods of v1
            — v3 is applied
            new revision v3
            held: 1 of 4 pods of v1 are available
              record v2 Superseded
              scale v1 1 → 4 (stable stays whole)
              create v3 (revision 3)
              route 75 → 50 (superseded)
            held: 2 of 4 pods of v1 are available
              scale v3 0 → 3 (step weight 75)
              route 50 → 25 (superseded)
            — there is room for 4 pods of v1
              route 25 → 0 (superseded)
              point canary → v3 (step weight 75)
              route 0 → 75 (step weight 75)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            step 1 done
              scale v1 4 → 1 (less traffic)
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            = Paused CanaryPauseStep: waits for promote or abort [v1 1, v2 3, v3 3]
        "#]],
    );
}

// https://github.com/argoproj/argo-rollouts/issues/3077
#[test]
fn a_rollback_does_not_overload_the_stable_pods() {
    let world = dynamic(given(4).canary([weight(75), pause()])).installed().update("v2").run();
    check(
        world.room_for("v1", 2).update("v1").run().room_for("v1", 4).run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (step weight 75)
              point canary → v2 (step weight 75)
              route 0 → 75 (step weight 75)
            step 1 done
              scale v1 4 → 1 (less traffic)
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — there is room for 2 pods of v1
            — v1 is applied
            new revision v1
            steps skipped: rollback to stable
            held: 1 of 4 pods of v1 are available
              scale v1 1 → 4 (stable stays whole)
              route 75 → 50 (back to stable)
            held: 2 of 4 pods of v1 are available
              route 50 → 25 (back to stable)
              record v2 RolledBack
            — there is room for 4 pods of v1
              route 25 → 0 (back to stable)
              point canary → v1 (back to stable)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 3 → 0 (scale-down delay passed)
            = Healthy  [v1 4]
        "#]],
    );
}

#[test]
fn an_autoscaler_scales_both_sides_of_a_dynamic_release() {
    let world = dynamic(given(4).canary([weight(50), pause()])).installed().update("v2").run();
    let world = world.room_for("v1", 2).room_for("v2", 2).scale(8).run();
    let world = world.room_for("v1", 8).room_for("v2", 8).run().scale(2).run();
    check(
        world.promote().run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 2 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 50 (step weight 50)
            step 1 done
              scale v1 4 → 2 (less traffic)
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — there is room for 2 pods of v1
            — there is room for 2 pods of v2
            — replicas: 8
            held: 2 of 8 pods of v1 are available
              scale v1 2 → 4 (stable stays whole)
              scale v2 2 → 4 (step weight 50)
            — there is room for 8 pods of v1
            — there is room for 8 pods of v2
            held: CanaryPauseStep: waits for promote or abort
            — replicas: 2
              scale v1 4 → 1 (less traffic)
              scale v2 4 → 1 (step weight 50)
            — promote
            step 2 done
            held: 1 of 2 pods of v2 are available
              scale v2 1 → 2 (promotion)
              route 50 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Promoted
              scale v1 1 → 0 (scale-down delay passed)
            = Healthy  [v2 2]
        "#]],
    );
}

#[test]
fn a_dynamic_release_may_be_bounded_too() {
    let world = surge(dynamic(given(4).canary([weight(50), pause()])), json!(1)).installed();
    check(
        world.update("v2").run().abort().run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 25 (step weight 50)
            held: 1 of 2 pods of v2 are available
              scale v1 4 → 3 (makes room)
              scale v2 1 → 2 (step weight 50)
              route 25 → 50 (step weight 50)
            step 1 done
              scale v1 3 → 2 (makes room)
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
            held: 2 of 4 pods of v1 are available
              scale v1 2 → 3 (stable stays whole)
            held: 3 of 4 pods of v1 are available
              route 50 → 25 (aborted)
              record v2 Aborted
              scale v2 2 → 1 (makes room)
              scale v1 3 → 4 (stable stays whole)
              route 25 → 0 (aborted)
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 4]
        "#]],
    );
}
