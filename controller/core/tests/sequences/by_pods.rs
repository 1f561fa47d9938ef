use expect_test::expect;
use serde_json::json;
use sluice_crds::AnalysisPhase::Failed;

use crate::world::{analysis, check, given, pause, weight};

#[test]
fn a_canary_without_a_router_exchanges_pods_within_its_budgets() {
    check(
        given(4).canary_by_pods([weight(50), pause()]).installed().update("v2").run().promote().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
            held: 1 of 2 pods of v2 are available
              scale v1 4 → 3 (makes room)
              scale v2 1 → 2 (step weight 50)
            held: more replicas need to be updated
              scale v1 3 → 2 (makes room)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
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

#[test]
fn an_abort_brings_the_old_pods_back() {
    check(
        given(4).canary_by_pods([weight(50), pause()]).installed().update("v2").run().abort().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
            held: 1 of 2 pods of v2 are available
              scale v1 4 → 3 (makes room)
              scale v2 1 → 2 (step weight 50)
            held: more replicas need to be updated
              scale v1 3 → 2 (makes room)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
            held: 2 of 4 pods of v1 are available
              scale v1 2 → 3 (aborted)
            held: 3 of 4 pods of v1 are available
              scale v2 2 → 1 (makes room)
              record v2 Aborted
              scale v1 3 → 4 (aborted)
            held: more replicas need to be updated
              scale v2 1 → 0 (makes room)
            = Degraded RolloutAborted: aborted by hand [v1 4]
        "#]],
    );
}

#[test]
fn pods_that_never_get_ready_take_nobodys_place() {
    check(
        given(4).canary_by_pods([weight(50), pause()]).installed().sick("v2").update("v2").run().ending(),
        expect![[r#"
            — pods of v2 are not ready
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
            = Progressing 0 of 2 pods of v2 are available [v1 4, v2 1]
        "#]],
    );
}

#[test]
fn without_surge_an_old_pod_goes_first() {
    check(
        given(3)
            .canary_by_pods([weight(33), pause()])
            .with("/strategy/canary/maxSurge", json!(0))
            .with("/strategy/canary/maxUnavailable", json!(1))
            .installed()
            .update("v2")
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v1 3 → 2 (makes room)
              scale v2 0 → 1 (step weight 33)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            = Paused CanaryPauseStep: waits for promote or abort [v1 2, v2 1]
        "#]],
    );
}

#[test]
fn a_failed_step_analysis_takes_the_version_back() {
    check(
        given(4)
            .canary_by_pods([weight(25), analysis()])
            .installed()
            .verdict("step", Failed)
            .update("v2")
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 25)
            held: more replicas need to be updated
              scale v1 4 → 3 (makes room)
            step 1 done
            held: waiting for analysis to start
              start analysis web-v2-2-1
            aborted: analysis web-v2-2-1 Failed: errors 0.08 > 0.05
            held: 3 of 4 pods of v1 are available
              scale v1 3 → 4 (aborted)
            held: more replicas need to be updated
              scale v2 1 → 0 (makes room)
              stop analysis web-v2-2-1 (not needed any more)
              record v2 Aborted
            = Degraded RolloutAborted: analysis web-v2-2-1 Failed: errors 0.08 > 0.05 [v1 4]
        "#]],
    );
}

#[test]
fn no_steps_is_a_rolling_update() {
    check(
        given(3).canary_by_pods([]).installed().update("v2").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (promotion)
            held: 1 of 3 pods of v2 are available
              scale v1 3 → 2 (makes room)
              scale v2 1 → 2 (promotion)
            held: 2 of 3 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 2 → 3 (promotion)
            held: more replicas need to be updated
              scale v1 1 → 0 (makes room)
            promoted v2
              record v2 Promoted
            = Healthy  [v2 3]
        "#]],
    );
}

#[test]
fn a_third_version_drains_the_second_first() {
    check(
        given(4).canary_by_pods([weight(50), pause()]).installed().update("v2").run().update("v3").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
            held: 1 of 2 pods of v2 are available
              scale v1 4 → 3 (makes room)
              scale v2 1 → 2 (step weight 50)
            held: more replicas need to be updated
              scale v1 3 → 2 (makes room)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — v3 is applied
            new revision v3
            held: 0 of 2 pods of v3 are available
              record v2 Superseded
              create v3 (revision 3)
              scale v3 0 → 1 (step weight 50)
            held: 1 of 2 pods of v3 are available
              scale v2 2 → 1 (makes room)
              scale v3 1 → 2 (step weight 50)
            held: more replicas need to be updated
              scale v2 1 → 0 (makes room)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            = Paused CanaryPauseStep: waits for promote or abort [v1 2, v3 2]
        "#]],
    );
}
