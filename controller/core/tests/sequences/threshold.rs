//! `replicaProgressThreshold`: a step goes on before the last of its pods is there.

use expect_test::expect;
use serde_json::{Value, json};

use crate::world::{World, check, given, pause, weight};

fn enough(world: World, threshold: Value) -> World {
    world.with("/strategy/canary/replicaProgressThreshold", threshold)
}

fn percent(value: u32) -> Value {
    json!({"type": "Percent", "value": value})
}

#[test]
fn a_step_goes_on_with_enough_of_its_pods_and_the_weight_that_they_carry() {
    let world = enough(given(10).canary([weight(50), pause(), weight(60)]), percent(80)).installed();
    let world = world.room_for("v2", 3).update("v2").run().room_for("v2", 4).run().room_for("v2", 5).run();
    check(
        world.promote().run().room_for("v2", 10).run().ending(),
        expect![[r#"
            — there is room for 3 pods of v2
            — v2 is applied
            new revision v2
            held: 0 of 4 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 5 (step weight 50)
            held: 3 of 4 pods of v2 are available
            — there is room for 4 pods of v2
              point canary → v2 (step weight 50)
              route 0 → 40 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — there is room for 5 pods of v2
              route 40 → 50 (step weight 50)
            — promote
            step 2 done
            step 3 done
              scale v2 5 → 6 (step weight 60)
            held: 5 of 10 pods of v2 are available
              scale v2 6 → 10 (promotion)
            — there is room for 10 pods of v2
              route 50 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Promoted
            = Healthy  [v1 10, v2 10]
        "#]],
    );
}

#[test]
fn a_number_of_pods_may_be_enough_and_is_no_more_than_the_step_needs() {
    let world =
        enough(given(10).canary([weight(10), pause(), weight(50), pause()]), json!({"type": "Pods", "value": 3}));
    let world = world.installed().room_for("v2", 3).update("v2").run().promote().run();
    check(
        world.ending(),
        expect![[r#"
        — there is room for 3 pods of v2
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 10)
          point canary → v2 (step weight 10)
          route 0 → 10 (step weight 10)
        step 1 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        — promote
        step 2 done
        held: 1 of 3 pods of v2 are available
          scale v2 1 → 5 (step weight 50)
          route 10 → 30 (step weight 50)
        step 3 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        = Paused CanaryPauseStep: waits for promote or abort [v1 10, v2 5]
    "#]],
    );
}

#[test]
fn pods_that_go_while_there_are_enough_take_their_share_with_them() {
    let world = enough(given(10).canary([weight(50), pause()]), percent(60)).installed().update("v2").run();
    check(
        world.room_for("v2", 3).run().room_for("v2", 2).run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 3 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 5 (step weight 50)
          point canary → v2 (step weight 50)
          route 0 → 50 (step weight 50)
        step 1 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        — there is room for 3 pods of v2
          route 50 → 30 (fewer pods available)
        — there is room for 2 pods of v2
          route 30 → 20 (fewer pods available)
        held: 2 of 3 pods of v2 are available
        = Progressing 2 of 3 pods of v2 are available [v1 10, v2 5]
    "#]],
    );
}

#[test]
fn all_pods_are_needed_to_take_over() {
    let world = enough(given(4).canary([weight(50)]), percent(50)).installed().room_for("v2", 3).update("v2").run();
    check(
        world.ending(),
        expect![[r#"
        — there is room for 3 pods of v2
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 2 (step weight 50)
          point canary → v2 (step weight 50)
          route 0 → 50 (step weight 50)
        step 1 done
        held: 2 of 4 pods of v2 are available
          scale v2 2 → 4 (promotion)
        held: 3 of 4 pods of v2 are available
        = Progressing 3 of 4 pods of v2 are available [v1 4, v2 4]
    "#]],
    );
}

#[test]
fn without_a_router_a_step_goes_on_with_enough_of_its_pods() {
    let world = enough(given(4).canary_by_pods([weight(50), pause()]), percent(50)).installed();
    check(
        world.room_for("v2", 1).update("v2").run().room_for("v2", 4).promote().run().ending(),
        expect![[r#"
            — there is room for 1 pods of v2
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
            held: more replicas need to be updated
              scale v1 4 → 3 (makes room)
              scale v2 1 → 2 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — there is room for 4 pods of v2
            — promote
            held: more replicas need to be updated
              scale v1 3 → 2 (makes room)
            step 2 done
            held: 2 of 4 pods of v2 are available
              scale v2 2 → 3 (promotion)
            held: 3 of 4 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 3 → 4 (promotion)
            held: more replicas need to be updated
              scale v1 1 → 0 (makes room)
            promoted v2
              record v2 Promoted
            = Healthy  [v2 4]
        "#]],
    );
}
