use expect_test::expect;
use serde_json::json;
use sluice_crds::AnalysisPhase::{Failed, Successful};

use crate::world::{World, check, given};

fn analysed(world: World, which: &str) -> World {
    world.with(&format!("/strategy/blueGreen/{which}"), json!({"templates": [{"templateName": "errors"}]}))
}

#[test]
fn the_active_service_is_switched_when_all_pods_are_there() {
    check(
        given(3).blue_green().installed().update("v2").run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (promotion)
            held: more replicas need to be updated
              point preview → v2 (preview)
              point active → v2 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              note v2 completed
              record v2 Promoted
              scale v1 3 → 0 (scale-down delay passed)
            = Healthy  [v2 3]
        "#]],
    );
}

#[test]
fn a_person_opens_the_gate() {
    check(
        given(3)
            .blue_green()
            .with("/strategy/blueGreen/autoPromotionEnabled", json!(false))
            .installed()
            .update("v2")
            .run()
            .wait("1h")
            .promote()
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (promotion)
            paused (BlueGreenPause)
            held: BlueGreenPause: waits for promote or abort
              point preview → v2 (preview)
            — promote
            held: more replicas need to be updated
              point active → v2 (promotion)
            promoted v2
              keep v1 until 2026-01-01T11:00:30Z (no traffic any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 3, v2 3]
        "#]],
    );
}

#[test]
fn the_gate_opens_after_its_seconds() {
    check(
        given(3)
            .blue_green()
            .with("/strategy/blueGreen/autoPromotionSeconds", json!(60))
            .installed()
            .update("v2")
            .run()
            .wait("50s")
            .wait("20s")
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (promotion)
            paused (BlueGreenPause)
            held: BlueGreenPause until 2026-01-01T10:01:00Z
              point preview → v2 (preview)
            held: more replicas need to be updated
              point active → v2 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:01:30Z (no traffic any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 3, v2 3]
        "#]],
    );
}

#[test]
fn a_failed_analysis_before_the_switch_leaves_the_users_where_they_are() {
    check(
        analysed(given(3).blue_green(), "prePromotionAnalysis")
            .installed()
            .verdict("pre", Failed)
            .update("v2")
            .run()
            .wait("1m")
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (promotion)
            held: waiting for analysis to start
              point preview → v2 (preview)
              start analysis web-v2-2-pre
            aborted: analysis web-v2-2-pre Failed: errors 0.08 > 0.05
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              note v2 aborted
              stop analysis web-v2-2-pre (not needed any more)
              record v2 Aborted
              point preview → v1 (scale-down delay passed)
              scale v2 3 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: analysis web-v2-2-pre Failed: errors 0.08 > 0.05 [v1 3]
        "#]],
    );
}

#[test]
fn an_analysis_after_the_switch_completes_the_release() {
    check(
        analysed(given(3).blue_green(), "postPromotionAnalysis")
            .installed()
            .update("v2")
            .run()
            .verdict("post", Successful)
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (promotion)
            held: more replicas need to be updated
              point preview → v2 (preview)
              point active → v2 (promotion)
            held: waiting for analysis to start
              start analysis web-v2-2-post
            held: waiting for analysis web-v2-2-post to complete
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 3, v2 3]
        "#]],
    );
}

#[test]
fn a_failed_analysis_after_the_switch_switches_back() {
    check(
        analysed(given(3).blue_green(), "postPromotionAnalysis")
            .installed()
            .update("v2")
            .run()
            .verdict("post", Failed)
            .run()
            .wait("1m")
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (promotion)
            held: more replicas need to be updated
              point preview → v2 (preview)
              point active → v2 (promotion)
            held: waiting for analysis to start
              start analysis web-v2-2-post
            held: waiting for analysis web-v2-2-post to complete
            aborted: analysis web-v2-2-post Failed: errors 0.08 > 0.05
              point active → v1 (aborted)
              note v2 aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              stop analysis web-v2-2-post (not needed any more)
              record v2 Aborted
              point preview → v1 (scale-down delay passed)
              scale v2 3 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: analysis web-v2-2-post Failed: errors 0.08 > 0.05 [v1 3]
        "#]],
    );
}

#[test]
fn a_full_promotion_skips_gate_and_analysis() {
    check(
        analysed(given(3).blue_green(), "prePromotionAnalysis")
            .with("/strategy/blueGreen/autoPromotionEnabled", json!(false))
            .installed()
            .update("v2")
            .run()
            .promote_full()
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (promotion)
            paused (BlueGreenPause)
            held: waiting for analysis to start
              point preview → v2 (preview)
              start analysis web-v2-2-pre
            held: waiting for analysis web-v2-2-pre to complete
            — promote --full
            held: more replicas need to be updated
              point active → v2 (promotion)
              stop analysis web-v2-2-pre (not needed any more)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              note v2 completed
              record v2 FastPromoted
            = Healthy  [v1 3, v2 3]
        "#]],
    );
}

#[test]
fn going_back_to_the_stable_version_takes_the_new_one_down() {
    check(
        given(3)
            .blue_green()
            .with("/strategy/blueGreen/autoPromotionEnabled", json!(false))
            .installed()
            .update("v2")
            .run()
            .update("v1")
            .run()
            .wait("1m")
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (promotion)
            paused (BlueGreenPause)
            held: BlueGreenPause: waits for promote or abort
              point preview → v2 (preview)
            — v1 is applied
            new revision v1
            steps skipped: rollback to stable
              point preview → v1 (back to stable)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 RolledBack
              scale v2 3 → 0 (scale-down delay passed)
            = Healthy  [v1 3]
        "#]],
    );
}

#[test]
fn the_switch_waits_for_every_pod() {
    check(
        given(3).blue_green().installed().sick("v2").update("v2").run().ending(),
        expect![[r#"
            — pods of v2 are not ready
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (promotion)
            = Progressing 0 of 3 pods of v2 are available [v1 3, v2 3]
        "#]],
    );
}

/// Pods are lost while the analysis runs, so it is stopped: once they were back it counted as passed, without a measurement.
fn pods_lost_during(analysis: &str) -> World {
    let mut world = analysed(given(3).blue_green(), analysis).installed().update("v2").run();
    for new in world.revisions.values_mut().filter(|revision| revision.number == 2) {
        (new.ready, new.available) = (0, 0);
    }
    world.transcript.clear();
    world
}

#[test]
fn an_analysis_before_the_switch_that_was_cut_short_is_made_again() {
    check(
        pods_lost_during("prePromotionAnalysis").run().ending(),
        expect![[r#"
        held: 0 of 3 pods of v2 are available
          stop analysis web-v2-2-pre (not needed any more)
        held: waiting for analysis to start
          start analysis web-v2-2-pre.1
        held: waiting for analysis web-v2-2-pre.1 to complete
        = Progressing waiting for analysis web-v2-2-pre.1 to complete [v1 3, v2 3]
    "#]],
    );
}

#[test]
fn an_analysis_after_the_switch_that_was_cut_short_is_made_again() {
    check(
        pods_lost_during("postPromotionAnalysis").run().ending(),
        expect![[r#"
        held: 0 of 3 pods of v2 are available
          point active → v1 (no ready pods)
          stop analysis web-v2-2-post (not needed any more)
        held: more replicas need to be updated
          point active → v2 (promotion)
        held: waiting for analysis to start
          start analysis web-v2-2-post.1
        held: waiting for analysis web-v2-2-post.1 to complete
        = Progressing waiting for analysis web-v2-2-post.1 to complete [v1 3, v2 3]
    "#]],
    );
}

/// The stable revision was grown meanwhile, and has not the pods yet to carry all users; the active one has.
#[test]
fn users_stay_where_they_are_served_until_the_stable_revision_can_carry_them() {
    let world = given(2)
        .blue_green()
        .with("/strategy/blueGreen/postPromotionAnalysis", json!({"templates": [{"templateName": "errors"}]}))
        .installed()
        .update("v2")
        .run()
        .room_for("v1", 2)
        .scale(4)
        .run();
    check(
        world.update("v3").run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 2 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 2 (promotion)
        held: more replicas need to be updated
          point preview → v2 (preview)
          point active → v2 (promotion)
        held: waiting for analysis to start
          start analysis web-v2-2-post
        held: waiting for analysis web-v2-2-post to complete
        — there is room for 2 pods of v1
        — replicas: 4
          scale v1 2 → 4 (stable stays whole)
          scale v2 2 → 4 (promotion)
        — v3 is applied
        new revision v3
        held: 0 of 4 pods of v3 are available
          record v2 Superseded
          create v3 (revision 3)
          stop analysis web-v2-2-post (not needed any more)
          scale v3 0 → 4 (promotion)
        held: more replicas need to be updated
          point preview → v3 (preview)
          point active → v3 (promotion)
        held: waiting for analysis to start
          keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
          start analysis web-v3-3-post
        held: waiting for analysis web-v3-3-post to complete
        = Progressing waiting for analysis web-v3-3-post to complete [v1 4, v2 4, v3 4]
    "#]],
    );
}
