//! The number of a canary's pods apart from its weight: `setCanaryScale`, `minPodsPerReplicaSet`.

use expect_test::expect;
use serde_json::{Value, json};

use crate::world::{check, given, pause, weight};

fn scale(wanted: &Value) -> Value {
    json!({"setCanaryScale": wanted})
}

#[test]
fn pods_come_without_traffic_and_the_canary_service_shows_them() {
    let steps = [scale(&json!({"replicas": 2})), pause(), weight(10), pause()];
    check(
        given(10).canary(steps).installed().update("v2").run().promote().run().promote().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 2 (setCanaryScale)
              point canary → v2 (setCanaryScale)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
              route 0 → 10 (step weight 10)
            step 3 done
            paused (CanaryPauseStep)
            — promote
            step 4 done
            held: 2 of 10 pods of v2 are available
              scale v2 2 → 10 (promotion)
              route 10 → 100 (promotion)
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
fn few_pods_take_the_share_that_a_step_gives_them_until_the_scale_matches_the_weight_again() {
    let steps =
        [scale(&json!({"weight": 20})), weight(50), pause(), scale(&json!({"matchTrafficWeight": true})), pause()];
    check(
        given(10).canary(steps).installed().update("v2").run().promote().run().promote().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 2 (setCanaryScale)
              point canary → v2 (setCanaryScale)
            step 1 done
              route 0 → 50 (step weight 50)
            step 2 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 3 done
            held: 2 of 5 pods of v2 are available
              scale v2 2 → 5 (step weight 50)
            step 4 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 5 done
            held: 5 of 10 pods of v2 are available
              scale v2 5 → 10 (promotion)
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
fn promotion_with_few_pods_takes_no_traffic_away_meanwhile() {
    let steps = [scale(&json!({"replicas": 1})), weight(50), pause()];
    check(
        given(4).canary(steps).installed().update("v2").run().promote().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (setCanaryScale)
              point canary → v2 (setCanaryScale)
            step 1 done
              route 0 → 50 (step weight 50)
            step 2 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 3 done
            held: 1 of 4 pods of v2 are available
              scale v2 1 → 4 (promotion)
              route 50 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Promoted
            = Healthy  [v1 4, v2 4]
        "#]],
    );
}

#[test]
fn a_scale_of_no_pods_still_has_one_where_there_is_traffic() {
    let steps = [scale(&json!({"replicas": 0})), weight(10), pause()];
    check(
        given(4).canary(steps).installed().update("v2").run().abort().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            step 1 done
              create v2 (revision 2)
            held: 0 of 1 pods of v2 are available
              scale v2 0 → 1 (setCanaryScale)
              point canary → v2 (step weight 10)
              route 0 → 10 (step weight 10)
            step 2 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
              route 10 → 0 (aborted)
              point canary → v1 (aborted)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 4]
        "#]],
    );
}

#[test]
fn abort_takes_back_pods_that_have_no_traffic() {
    let steps = [scale(&json!({"weight": 50})), pause()];
    check(
        given(4).canary(steps).installed().update("v2").run().abort().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 2 (setCanaryScale)
              point canary → v2 (setCanaryScale)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Aborted
              scale v2 2 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 4]
        "#]],
    );
}

#[test]
fn where_there_are_new_pods_there_are_at_least_so_many() {
    let world = given(4).canary([weight(0), pause(), weight(10), pause()]);
    let world = world.with("/strategy/canary/minPodsPerReplicaSet", json!(2)).installed();
    check(
        world.update("v2").run().promote().run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        step 1 done
          create v2 (revision 2)
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        — promote
        step 2 done
        held: 0 of 2 pods of v2 are available
          scale v2 0 → 2 (step weight 10)
          point canary → v2 (step weight 10)
          route 0 → 10 (step weight 10)
        step 3 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        = Paused CanaryPauseStep: waits for promote or abort [v1 4, v2 2]
    "#]],
    );
}
