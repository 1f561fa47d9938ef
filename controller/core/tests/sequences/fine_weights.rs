//! Weights of another whole than a hundred: `maxTrafficWeight`.

use expect_test::expect;
use serde_json::{Value, json};

use crate::world::{World, check, given, pause};

fn weight(parts: u32) -> Value {
    json!({"setWeight": parts})
}

/// Half a percent first, then a quarter.
pub(crate) fn finely() -> World {
    let world = given(10).canary([weight(5), pause(), weight(250), pause()]);
    world.with("/strategy/canary/trafficRouting/maxTrafficWeight", json!(1000))
}

#[test]
fn half_a_percent_of_the_traffic_goes_to_one_pod_and_all_of_it_is_the_whole() {
    check(
        finely().installed().update("v2").run().promote().run().promote().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 5)
              point canary → v2 (step weight 5)
              route 0 → 5 (step weight 5)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 3 pods of v2 are available
              scale v2 1 → 3 (step weight 250)
              route 5 → 250 (step weight 250)
            step 3 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 4 done
            held: 3 of 10 pods of v2 are available
              scale v2 3 → 10 (promotion)
              route 250 → 1000 (promotion)
              point stable → v2 (promotion)
              route 1000 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Promoted
            = Healthy  [v1 10, v2 10]
        "#]],
    );
}

#[test]
fn pods_that_are_lost_leave_the_weight_that_the_others_carry() {
    let steps = [weight(333), pause()];
    let world = given(3).canary(steps).with("/strategy/canary/trafficRouting/maxTrafficWeight", json!(1000));
    let world = world.with("/strategy/canary/dynamicStableScale", json!(true));
    check(
        world.installed().update("v2").run().abort().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 333)
              point canary → v2 (step weight 333)
              route 0 → 333 (step weight 333)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
              route 333 → 0 (aborted)
              point canary → v1 (aborted)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            = Degraded RolloutAborted: aborted by hand [v1 3, v2 1]
        "#]],
    );
}
