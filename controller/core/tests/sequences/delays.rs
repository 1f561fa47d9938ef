//! Pods that stay or come later: `scaleDownDelayRevisionLimit`, `previewReplicaCount`.

use expect_test::expect;
use serde_json::json;

use crate::world::{check, given, weight};

#[test]
fn only_so_many_old_revisions_stay_for_their_delay() {
    let world = given(2).blue_green().with("/strategy/blueGreen/scaleDownDelayRevisionLimit", json!(1)).installed();
    check(
        world.update("v2").run().update("v3").run().update("v4").run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 2 (promotion)
            held: more replicas need to be updated
              point preview → v2 (preview)
              point active → v2 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              note v2 completed
              record v2 Promoted
            — v3 is applied
            new revision v3
            held: 0 of 2 pods of v3 are available
              create v3 (revision 3)
              scale v3 0 → 2 (promotion)
            held: more replicas need to be updated
              point preview → v3 (preview)
              point active → v3 (promotion)
            promoted v3
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              keep v1 until 2026-01-01T10:00:00Z (no traffic any more)
              note v3 completed
              record v3 Promoted
              scale v1 2 → 0 (scale-down delay passed)
            — v4 is applied
            new revision v4
            held: 0 of 2 pods of v4 are available
              create v4 (revision 4)
              scale v4 0 → 2 (promotion)
            held: more replicas need to be updated
              point preview → v4 (preview)
              point active → v4 (promotion)
            promoted v4
              keep v3 until 2026-01-01T10:00:30Z (no traffic any more)
              keep v2 until 2026-01-01T10:00:00Z (no traffic any more)
              note v4 completed
              record v4 Promoted
              scale v2 2 → 0 (scale-down delay passed)
              scale v3 2 → 0 (scale-down delay passed)
            = Healthy  [v4 2]
        "#]],
    );
    let world =
        given(2).canary([weight(50)]).with("/strategy/canary/scaleDownDelayRevisionLimit", json!(0)).installed();
    check(
        world.update("v2").run().update("v3").run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 50 (step weight 50)
            step 1 done
            held: 1 of 2 pods of v2 are available
              scale v2 1 → 2 (promotion)
              route 50 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              scale v1 2 → 0 (no traffic any more)
              record v2 Promoted
            — v3 is applied
            new revision v3
            held: 0 of 1 pods of v3 are available
              create v3 (revision 3)
              scale v3 0 → 1 (step weight 50)
              point canary → v3 (step weight 50)
              route 0 → 50 (step weight 50)
            step 1 done
            held: 1 of 2 pods of v3 are available
              scale v3 1 → 2 (promotion)
              route 50 → 100 (promotion)
              point stable → v3 (promotion)
              route 100 → 0 (promotion)
            promoted v3
              scale v2 2 → 0 (no traffic any more)
              record v3 Promoted
            = Healthy  [v3 2]
        "#]],
    );
}

#[test]
fn a_preview_has_fewer_pods_until_the_gate_is_open() {
    let world = given(4).blue_green().with("/strategy/blueGreen/previewReplicaCount", json!(1));
    let world = world.with("/strategy/blueGreen/autoPromotionEnabled", json!(false)).installed();
    check(
        world.update("v2").run().promote().run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (promotion)
            paused (BlueGreenPause)
            held: BlueGreenPause: waits for promote or abort
              point preview → v2 (preview)
            — promote
            held: 1 of 4 pods of v2 are available
              scale v2 1 → 4 (promotion)
            held: more replicas need to be updated
              point active → v2 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              note v2 completed
              record v2 Promoted
              scale v1 4 → 0 (scale-down delay passed)
            = Healthy  [v2 4]
        "#]],
    );
}

#[test]
fn a_preview_without_a_gate_is_whole_before_the_switch() {
    let world = given(4).blue_green().with("/strategy/blueGreen/previewReplicaCount", json!(1)).installed();
    check(
        world.update("v2").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (promotion)
            held: 1 of 4 pods of v2 are available
              scale v2 1 → 4 (promotion)
              point preview → v2 (preview)
            held: more replicas need to be updated
              point active → v2 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 4, v2 4]
        "#]],
    );
}

#[test]
fn a_preview_of_fewer_pods_is_taken_back() {
    let world = given(4).blue_green().with("/strategy/blueGreen/previewReplicaCount", json!(1));
    let world = world.with("/strategy/blueGreen/autoPromotionEnabled", json!(false)).installed();
    check(
        world.update("v2").run().abort().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (promotion)
            paused (BlueGreenPause)
            held: BlueGreenPause: waits for promote or abort
              point preview → v2 (preview)
            — abort
            aborted: aborted by hand
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              note v2 aborted
              record v2 Aborted
              point preview → v1 (scale-down delay passed)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 4]
        "#]],
    );
}
