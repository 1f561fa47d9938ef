//! Going back to what went out before: `rollbackWindow`, the stable revision, pods that are still there.

use expect_test::expect;
use serde_json::json;

use crate::world::{World, analysis, check, given, pause, weight};

/// Versions v1, v2 and v3 went out, each a minute after the other.
fn three_versions(world: World) -> World {
    let mut world = world.installed().wait("1m");
    for version in ["v2", "v3"] {
        world = world.update(version).run().promote().run().wait("1m");
    }
    world.transcript.clear();
    world
}

fn canary() -> World {
    given(4).canary([weight(25), pause()])
}

fn window(world: World, revisions: u32) -> World {
    world.with("/rollbackWindow", json!({"revisions": revisions}))
}

#[test]
fn a_completed_revision_within_the_window_is_gone_back_to_without_steps() {
    check(
        three_versions(window(canary(), 1)).update("v2").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            steps skipped: rollback within the window (revisions: 1)
            held: 0 of 4 pods of v2 are available
              renumber v2 (revision 4)
              scale v2 0 → 4 (promotion)
              keep v2 (needed again)
              point canary → v2 (promotion)
              route 0 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v3 until 2026-01-01T10:03:30Z (no traffic any more)
              record v2 FastRolledBack
            = Healthy  [v2 4, v3 4]
        "#]],
    );
}

#[test]
fn a_revision_beyond_the_window_takes_the_steps() {
    check(
        three_versions(window(canary(), 1)).update("v1").run().ending(),
        expect![[r#"
        — v1 is applied
        new revision v1
        held: 0 of 1 pods of v1 are available
          renumber v1 (revision 4)
          scale v1 0 → 1 (step weight 25)
          keep v1 (needed again)
          point canary → v1 (step weight 25)
          route 0 → 25 (step weight 25)
        step 1 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        = Paused CanaryPauseStep: waits for promote or abort [v1 1, v3 4]
    "#]],
    );
}

// https://github.com/argoproj/argo-rollouts/issues/3669
#[test]
fn no_analysis_runs_on_the_way_back_within_the_window() {
    let background = json!({"templates": [{"templateName": "errors"}]});
    let world =
        given(2).canary([weight(50), pause(), analysis()]).verdict("step", sluice_crds::AnalysisPhase::Successful);
    let world = three_versions(window(world, 3)).with("/strategy/canary/analysis", background);
    check(
        world.update("v1").run().ending(),
        expect![[r#"
            — v1 is applied
            new revision v1
            steps skipped: rollback within the window (revisions: 3)
            held: 0 of 2 pods of v1 are available
              renumber v1 (revision 4)
              scale v1 0 → 2 (promotion)
              keep v1 (needed again)
              point canary → v1 (promotion)
              route 0 → 100 (promotion)
              point stable → v1 (promotion)
              route 100 → 0 (promotion)
            promoted v1
              keep v3 until 2026-01-01T10:03:30Z (no traffic any more)
              record v1 FastRolledBack
            = Healthy  [v1 2, v3 2]
        "#]],
    );
}

#[test]
fn a_revision_that_was_taken_back_is_not_gone_back_to_without_steps() {
    let world = window(canary(), 5).installed().wait("1m").update("v2").run().abort().wait("1m");
    let mut world = world.update("v3").run().promote().wait("1m");
    world.transcript.clear();
    check(
        world.update("v2").run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          renumber v2 (revision 4)
          scale v2 0 → 1 (step weight 25)
          keep v2 (needed again)
          point canary → v2 (step weight 25)
          route 0 → 25 (step weight 25)
        step 1 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        = Paused CanaryPauseStep: waits for promote or abort [v2 1, v3 4]
    "#]],
    );
}

#[test]
fn a_revision_that_never_was_stable_is_not_gone_back_to_without_steps() {
    let world = window(canary(), 5).installed().wait("1m").update("v2").run().wait("1m");
    let mut world = world.update("v3").run().promote().wait("1m");
    world.transcript.clear();
    check(
        world.update("v2").run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          renumber v2 (revision 4)
          scale v2 0 → 1 (step weight 25)
          keep v2 (needed again)
          point canary → v2 (step weight 25)
          route 0 → 25 (step weight 25)
        step 1 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        = Paused CanaryPauseStep: waits for promote or abort [v2 1, v3 4]
    "#]],
    );
}

#[test]
fn a_revision_that_is_newer_than_the_stable_one_takes_the_steps() {
    let world = three_versions(window(canary(), 5)).update("v2").run().wait("1m");
    let mut world = world;
    world.transcript.clear();
    check(
        world.update("v3").run().ending(),
        expect![[r#"
        — v3 is applied
        new revision v3
        held: 0 of 1 pods of v3 are available
          renumber v3 (revision 5)
          scale v3 0 → 1 (step weight 25)
          keep v3 (needed again)
          point canary → v3 (step weight 25)
          route 0 → 25 (step weight 25)
        step 1 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        = Paused CanaryPauseStep: waits for promote or abort [v2 4, v3 1]
    "#]],
    );
}

#[test]
fn the_stable_revision_is_gone_back_to_without_steps() {
    check(
        canary().installed().update("v2").run().update("v1").run().ending(),
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
            — v1 is applied
            new revision v1
            steps skipped: rollback to stable
              route 25 → 0 (back to stable)
              point canary → v1 (back to stable)
              record v2 RolledBack
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            = Healthy  [v1 4, v2 1]
        "#]],
    );
}

#[test]
fn blue_green_switches_back_at_once_while_the_old_pods_are_still_there() {
    let gated = given(2).blue_green().with("/strategy/blueGreen/autoPromotionEnabled", json!(false)).installed();
    let gated = gated.with("/strategy/blueGreen/scaleDownDelaySeconds", json!(300));
    let mut world = gated.update("v2").run().promote().run().wait("10s");
    world.transcript.clear();
    check(
        world.update("v1").run().ending(),
        expect![[r#"
            — v1 is applied
            new revision v1
            steps skipped: rollback to pods that are still there
              renumber v1 (revision 3)
              keep v1 (needed again)
              point preview → v1 (preview)
              point active → v1 (promotion)
            promoted v1
              keep v2 until 2026-01-01T10:05:10Z (no traffic any more)
              record v1 FastPromoted
            = Healthy  [v1 2, v2 2]
        "#]],
    );
}

#[test]
fn blue_green_asks_again_once_the_old_pods_are_gone() {
    let gated = given(2).blue_green().with("/strategy/blueGreen/autoPromotionEnabled", json!(false)).installed();
    let mut world = gated.update("v2").run().promote().run().wait("1m");
    world.transcript.clear();
    check(
        world.update("v1").run().ending(),
        expect![[r#"
        — v1 is applied
        new revision v1
        held: 0 of 2 pods of v1 are available
          renumber v1 (revision 3)
          scale v1 0 → 2 (promotion)
          keep v1 (needed again)
        paused (BlueGreenPause)
        held: BlueGreenPause: waits for promote or abort
          point preview → v1 (preview)
        = Paused BlueGreenPause: waits for promote or abort [v1 2, v2 2]
    "#]],
    );
}

#[test]
fn blue_green_does_not_switch_at_once_to_what_was_taken_back() {
    let gated = given(2).blue_green().with("/strategy/blueGreen/autoPromotionEnabled", json!(false)).installed();
    let gated = gated.with("/strategy/blueGreen/abortScaleDownDelaySeconds", json!(0));
    let world = gated.update("v2").run().abort().run();
    let mut world = world.update("v3").run().promote().run();
    world.transcript.clear();
    check(
        world.update("v2").run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        paused (BlueGreenPause)
        held: BlueGreenPause: waits for promote or abort
          renumber v2 (revision 4)
          keep v2 (needed again)
          point preview → v2 (preview)
        = Paused BlueGreenPause: waits for promote or abort [v1 2, v2 2, v3 2]
    "#]],
    );
}
