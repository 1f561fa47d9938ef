//! What storms found, each as the story that broke.

use expect_test::expect;
use jiff::SignedDuration;
use serde_json::json;
use sluice_core::fact::Fact;
use sluice_core::plan::plan;
use sluice_crds::AnalysisPhase::{Failed, Successful};
use sluice_crds::{RolloutStatus, Time};

use crate::world::{World, analysis, check, given, pause, pause_for, weight};

/// It died before the weights were set; when it came back, the Services were pointed first, and then the stable revision,
/// which nobody had recorded, was waited for without end.
#[test]
fn a_first_release_that_lost_its_weights_sets_them() {
    let mut world = given(3).canary([weight(20), pause()]).installed();
    world.status = RolloutStatus::default();
    world.weight = Some(None);
    check(
        world.run().ending(),
        expect![[r#"
            new revision v1
              route ? → 0 (first revision)
            promoted v1
            = Healthy  [v1 3]
        "#]],
    );
}

/// It was down when v2 was applied and aborted: the abort was taken for one of v1, and dropped.
#[test]
fn an_abort_given_before_the_version_was_looked_at_holds_for_it() {
    check(
        given(3).canary([weight(20), pause()]).installed().update("v2").abort().run().ending(),
        expect![[r#"
            — v2 is applied
            — abort
            new revision v2
            aborted: aborted by hand
            = Degraded RolloutAborted: aborted by hand [v1 3]
        "#]],
    );
}

/// The machine's clock was an hour ahead when the delay was fixed: the old pods would have stayed an hour.
#[test]
fn a_deadline_further_off_than_the_delay_is_fixed_anew() {
    let mut world = given(3).canary([weight(50)]).installed().update("v2").run();
    let in_an_hour = world.now + SignedDuration::from_hours(1);
    for old in world.revisions.values_mut().filter(|revision| revision.shrink_after.is_some()) {
        old.shrink_after = Some(in_an_hour);
    }
    world.transcript.clear();
    check(
        world.run().wait("1m").ending(),
        expect![[r#"
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v1 3 → 0 (scale-down delay passed)
            = Healthy  [v2 3]
        "#]],
    );
}

/// The retry came before the failed run was marked as stopped, and the run took the second try back as well.
#[test]
fn a_retry_given_at_once_does_not_begin_before_the_failed_run_is_forgiven() {
    let world = given(5).canary([weight(20), analysis()]).installed().verdict("step", Failed).update("v2");
    let world = world.run_until("route 20 → 0 (aborted)").verdict("step", Successful).retry();
    check(
        world.run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            held: waiting for analysis to start
              start analysis web-v2-2-1
            aborted: analysis web-v2-2-1 Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
            — retry
              point canary → v1 (aborted)
              stop analysis web-v2-2-1 (not needed any more)
              record v2 Aborted
            retried
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-1.1
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 Promoted
              scale v1 5 → 0 (scale-down delay passed)
            = Healthy  [v2 5]
        "#]],
    );
}

/// The machine's clock was an hour ahead when the pause began: it would have lasted an hour longer.
#[test]
fn a_pause_that_began_later_than_now_began_now() {
    let mut world = given(3).canary([weight(50), pause_for("10s")]).installed().update("v2").run();
    let in_an_hour = world.now + SignedDuration::from_hours(1);
    for pause in &mut world.status.pause_conditions {
        pause.start_time = Some(Time(in_an_hour));
    }
    world.transcript.clear();
    check(
        world.wait("1m").ending(),
        expect![[r#"
            step 2 done
            held: 2 of 3 pods of v2 are available
              scale v2 2 → 3 (promotion)
              route 50 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:40Z (no traffic any more)
              record v2 Promoted
              scale v1 3 → 0 (scale-down delay passed)
            = Healthy  [v2 3]
        "#]],
    );
}

/// The same for the progress deadline: nobody heard of pods that never got ready for an hour.
#[test]
fn progress_made_later_than_now_was_made_now() {
    let mut world = given(3).canary([weight(50), pause()]).with("/progressDeadlineSeconds", json!(60)).installed();
    world = world.sick("v2").update("v2").run();
    let in_an_hour = world.now + SignedDuration::from_hours(1);
    for condition in &mut world.status.conditions {
        condition.last_update_time = Some(Time(in_an_hour));
    }
    world.transcript.clear();
    check(
        world.wait("2m").ending(),
        expect![[r#"
            = Degraded ProgressDeadlineExceeded: no progress for 60 s: 0 of 2 pods of v2 are available [v1 3, v2 2]
        "#]],
    );
}

/// The pods were not ready for a moment right after the switch: it was taken back, and then the gate asked the person again.
#[test]
fn a_switch_taken_back_at_once_asks_nobody_again() {
    let gated = given(3).blue_green().with("/strategy/blueGreen/autoPromotionEnabled", json!(false)).installed();
    let mut world = gated.update("v2").run().promote().run_until("point active → v2 (promotion)");
    let ready = |world: &mut World, pods: u32| {
        for new in world.revisions.values_mut().filter(|revision| revision.number == 2) {
            (new.ready, new.available) = (pods, pods);
        }
    };
    world.transcript.clear();
    ready(&mut world, 0);
    let mut world = world.run_until("point active → v1 (no ready pods)");
    ready(&mut world, 3);
    check(
        world.run().ending(),
        expect![[r#"
            held: 0 of 3 pods of v2 are available
              point active → v1 (no ready pods)
            held: more replicas need to be updated
              point active → v2 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 3, v2 3]
        "#]],
    );
}

/// Both were said while the controller was away: only the retry counted.
#[test]
fn a_full_promotion_said_right_after_a_retry_is_of_that_try() {
    let aborted = given(2).canary([weight(50), pause()]).installed().update("v2").run().abort().run();
    let mut world = aborted.retry().promote_full();
    world.transcript.clear();
    check(
        world.run().ending(),
        expect![[r#"
            retried
            held: 1 of 2 pods of v2 are available
              scale v2 1 → 2 (promotion)
              keep v2 (needed again)
              point canary → v2 (promotion)
              route 0 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 FastPromoted
            = Healthy  [v1 2, v2 2]
        "#]],
    );
}

/// A list of ReplicaSets had a hole: the restart was noted as done, and the pods of the new revision were never restarted.
#[test]
fn a_restart_is_not_over_while_a_revision_is_out_of_sight() {
    let world = given(2).canary([weight(50), pause()]).installed().update("v2").run().restart_in("0s");
    let mut seen = world.observed();
    seen.revisions.retain(|revision| revision.hash != seen.hash);
    for pod in seen.pods.iter_mut().flatten() {
        pod.created = world.now;
    }
    let facts = plan(&seen, world.now).facts;
    assert!(!facts.iter().any(|fact| matches!(fact, Fact::Restarted(_))), "{facts:?}");
}
