use expect_test::expect;
use serde_json::json;
use sluice_crds::AnalysisPhase::{Error, Failed, Inconclusive, Successful};

use crate::world::{World, analysis, check, given, pause, pause_for, weight};

#[test]
fn the_first_version_goes_out_at_once() {
    check(
        given(5).canary([weight(20), pause()]).run().ending(),
        expect![[r#"
            new revision v1
              create v1 (revision 1)
              route ? → 0 (first revision)
            held: 0 of 5 pods of v1 are available
              scale v1 0 → 5 (first revision)
              point stable → v1 (first revision)
              point canary → v1 (first revision)
            promoted v1
              record v1 Promoted
            = Healthy  [v1 5]
        "#]],
    );
}

#[test]
fn a_good_version_goes_out_step_by_step() {
    check(
        given(5)
            .canary([weight(20), pause(), weight(60)])
            .installed()
            .update("v2")
            .run()
            .promote()
            .run()
            .wait("1m")
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 3 pods of v2 are available
              scale v2 1 → 3 (step weight 60)
              route 20 → 60 (step weight 60)
            step 3 done
            held: 3 of 5 pods of v2 are available
              scale v2 3 → 5 (promotion)
              route 60 → 100 (promotion)
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

#[test]
fn a_timed_pause_ends_by_itself() {
    check(
        given(4).canary([weight(50), pause_for("10m")]).installed().update("v2").run().wait("9m").wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 2 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 50 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:10:00Z
            step 2 done
            held: 2 of 4 pods of v2 are available
              scale v2 2 → 4 (promotion)
              route 50 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:10:30Z (no traffic any more)
              record v2 Promoted
              scale v1 4 → 0 (scale-down delay passed)
            = Healthy  [v2 4]
        "#]],
    );
}

#[test]
fn abort_moves_traffic_before_it_removes_pods() {
    check(
        given(5).canary([weight(20), pause()]).installed().update("v2").run().abort().run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 5]
        "#]],
    );
}

#[test]
fn an_aborted_canary_stays_for_good_with_a_delay_of_zero() {
    check(
        given(5)
            .canary([weight(20), pause()])
            .with("/strategy/canary/abortScaleDownDelaySeconds", json!(0))
            .installed()
            .update("v2")
            .run()
            .abort()
            .wait("24h")
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              record v2 Aborted
            = Degraded RolloutAborted: aborted by hand [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn the_reason_of_an_abort_is_told_until_somebody_tries_again() {
    let aborted =
        given(5).canary([weight(20), pause()]).installed().update("v2").run().abort_because("p99 is up").run();
    assert_eq!(aborted.status.abort_reason.as_deref(), Some("p99 is up"));
    assert_eq!(aborted.status.message.as_deref(), Some("RolloutAborted: aborted by hand: p99 is up"));
    assert_eq!(aborted.clone().update("v3").run().status.abort_reason, None);
    assert_eq!(aborted.retry().run().status.abort_reason, None);
}

#[test]
fn a_release_that_is_over_leaves_its_record_with_who_drove_it() {
    let mut paused = given(5).canary([weight(20), pause()]).installed().update("v2").run();
    paused.status.ordered_by = vec!["alice".to_owned()];
    let told = |world: &World| json!(world.revisions["v2"].record).to_string();
    let promoted = paused.clone().wait("5m").promote().run();
    expect![[r#"{"began":"2026-01-01T10:00:00Z","ended":"2026-01-01T10:05:00Z","how":"Promoted","orderedBy":["alice"],"waitedSeconds":300}"#]].assert_eq(&told(&promoted));
    let aborted = paused.clone().abort_because("p99 is up").run();
    expect![[r#"{"began":"2026-01-01T10:00:00Z","ended":"2026-01-01T10:00:00Z","how":"Aborted","orderedBy":["alice"],"why":"aborted by hand: p99 is up"}"#]].assert_eq(&told(&aborted));
    let superseded = paused.clone().wait("5m").update("v3").run();
    expect![[r#"{"began":"2026-01-01T10:00:00Z","ended":"2026-01-01T10:05:00Z","how":"Superseded","orderedBy":["alice"],"waitedSeconds":300}"#]].assert_eq(&told(&superseded));
    let undone = paused.update("v1").run();
    expect![[
        r#"{"began":"2026-01-01T10:00:00Z","ended":"2026-01-01T10:00:00Z","how":"RolledBack","orderedBy":["alice"]}"#
    ]]
    .assert_eq(&told(&undone));
    // The next release is driven by nobody yet.
    assert_eq!(promoted.update("v3").run().status.ordered_by, Vec::<String>::new());
}

#[test]
fn a_retry_begins_at_the_first_step() {
    check(
        given(5).canary([weight(20), pause()]).installed().update("v2").run().abort().run().retry().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            — retry
            retried
              keep v2 (needed again)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            paused (CanaryPauseStep)
            = Paused CanaryPauseStep: waits for promote or abort [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn a_failed_background_analysis_takes_the_version_back() {
    check(
        given(5)
            .canary([weight(20), pause()])
            .with("/strategy/canary/analysis", json!({"templates": [{"templateName": "errors"}]}))
            .installed()
            .update("v2")
            .run()
            .verdict("background", Failed)
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            aborted: analysis web-v2-2 Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              stop analysis web-v2-2 (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            = Degraded RolloutAborted: analysis web-v2-2 Failed: errors 0.08 > 0.05 [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn a_background_analysis_waits_for_its_starting_step() {
    check(
        given(5)
            .canary([weight(20), pause(), weight(40), pause()])
            .with("/strategy/canary/analysis", json!({"templates": [{"templateName": "errors"}], "startingStep": 2}))
            .installed()
            .update("v2")
            .run()
            .promote()
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 2 done
            held: 1 of 2 pods of v2 are available
              scale v2 1 → 2 (step weight 40)
              route 20 → 40 (step weight 40)
            step 3 done
              start analysis web-v2-2
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            = Paused CanaryPauseStep: waits for promote or abort [v1 5, v2 2]
        "#]],
    );
}

#[test]
fn a_step_analysis_that_passes_lets_the_release_go_on() {
    check(
        given(5)
            .canary([weight(20), analysis(), weight(40), pause()])
            .installed()
            .update("v2")
            .run()
            .verdict("step", Successful)
            .run()
            .ending(),
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
            held: waiting for analysis web-v2-2-1 to complete
            step 2 done
            held: 1 of 2 pods of v2 are available
              scale v2 1 → 2 (step weight 40)
              route 20 → 40 (step weight 40)
            step 3 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            = Paused CanaryPauseStep: waits for promote or abort [v1 5, v2 2]
        "#]],
    );
}

#[test]
fn a_retry_after_a_failed_analysis_runs_a_new_one() {
    check(
        given(5)
            .canary([weight(20), analysis()])
            .installed()
            .verdict("step", Failed)
            .update("v2")
            .run()
            .verdict("step", Successful)
            .retry()
            .run()
            .wait("1m")
            .ending(),
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
              point canary → v1 (aborted)
              stop analysis web-v2-2-1 (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            — retry
            retried
              keep v2 (needed again)
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

#[test]
fn an_inconclusive_step_analysis_waits_for_a_person() {
    check(
        given(5)
            .canary([weight(20), analysis()])
            .installed()
            .verdict("step", Inconclusive)
            .update("v2")
            .run()
            .promote()
            .run()
            .wait("1m")
            .ending(),
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
            paused (InconclusiveAnalysisRun)
            held: InconclusiveAnalysisRun: look at the analysis, then promote or abort
            — promote
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

#[test]
fn an_inconclusive_background_analysis_keeps_the_last_weight() {
    check(
        given(5)
            .canary([weight(20), pause()])
            .with("/strategy/canary/analysis", json!({"templates": [{"templateName": "errors"}]}))
            .installed()
            .verdict("background", Inconclusive)
            .update("v2")
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2
            paused (InconclusiveAnalysisRun)
            held: InconclusiveAnalysisRun: look at the analysis, then promote or abort
            = Paused InconclusiveAnalysisRun: look at the analysis, then promote or abort [v1 5, v2 1]
        "#]],
    );
}

fn watched<const N: usize>(steps: [serde_json::Value; N], starting_step: usize) -> World {
    let analysis = json!({"templates": [{"templateName": "errors"}], "startingStep": starting_step});
    given(5).canary(steps).with("/strategy/canary/analysis", analysis).installed()
}

/// A metric server that is down for the whole of a short release.
/// <https://github.com/argoproj/argo-rollouts/issues/4479>
#[test]
fn a_background_analysis_that_measured_nothing_lets_nobody_take_over() {
    check(
        watched([weight(20)], 0).silent().update("v2").wait("1h").ending().measured().wait("1m").ending(),
        expect![[r#"
            — nothing can be measured
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2
            held: waiting for analysis web-v2-2: not all of its metrics have been measured yet
            = Progressing waiting for analysis web-v2-2: not all of its metrics have been measured yet [v1 5, v2 1]
            — every metric is measured
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T11:00:30Z (no traffic any more)
              stop analysis web-v2-2 (not needed any more)
              record v2 Promoted
              scale v1 5 → 0 (scale-down delay passed)
            = Healthy  [v2 5]
        "#]],
    );
}

#[test]
fn a_background_analysis_that_measured_nothing_and_fails_takes_the_version_back() {
    check(
        watched([weight(20)], 0).silent().update("v2").run().verdict("background", Error).run().ending(),
        expect![[r#"
            — nothing can be measured
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2
            held: waiting for analysis web-v2-2: not all of its metrics have been measured yet
            aborted: analysis web-v2-2 Error
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              stop analysis web-v2-2 (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            = Degraded RolloutAborted: analysis web-v2-2 Error [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn a_full_promotion_does_not_wait_for_a_measurement() {
    check(
        watched([weight(20)], 0).silent().update("v2").run().promote_full().wait("1m").ending(),
        expect![[r#"
            — nothing can be measured
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2
            held: waiting for analysis web-v2-2: not all of its metrics have been measured yet
            — promote --full
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              stop analysis web-v2-2 (not needed any more)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 FastPromoted
              scale v1 5 → 0 (scale-down delay passed)
            = Healthy  [v2 5]
        "#]],
    );
}

#[test]
fn an_analysis_that_begins_after_the_last_step_is_not_waited_for() {
    check(
        watched([weight(20)], 1).silent().update("v2").wait("1m").ending(),
        expect![[r#"
            — nothing can be measured
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              start analysis web-v2-2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              stop analysis web-v2-2 (not needed any more)
              record v2 Promoted
              scale v1 5 → 0 (scale-down delay passed)
            = Healthy  [v2 5]
        "#]],
    );
}

#[test]
fn an_analysis_that_ended_well_and_was_deleted_is_not_run_again() {
    let passed = watched([weight(20), pause()], 0).verdict("background", Successful).update("v2").run();
    check(
        passed.expired("background").silent().run().promote().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — the background analysis is deleted
            — nothing can be measured
            — promote
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

/// A new run would be as unsure as the last, and the person be asked again and again.
#[test]
fn after_the_last_step_a_persons_word_counts_more_than_an_inconclusive_analysis() {
    check(
        watched([weight(20)], 0)
            .silent()
            .update("v2")
            .run()
            .verdict("background", Inconclusive)
            .run()
            .promote()
            .wait("1m")
            .ending(),
        expect![[r#"
            — nothing can be measured
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2
            held: waiting for analysis web-v2-2: not all of its metrics have been measured yet
            paused (InconclusiveAnalysisRun)
            held: InconclusiveAnalysisRun: look at the analysis, then promote or abort
            — promote
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

#[test]
fn an_analysis_that_cannot_tell_the_versions_apart_is_warned_of_until_it_is_gone() {
    let telling = "AnalysisCannotTell";
    check(
        watched([weight(20), pause()], 0)
            .blind("cannot tell")
            .update("v2")
            .run()
            .condition(telling)
            .promote()
            .wait("1m")
            .condition(telling)
            .update("v3")
            .condition(telling)
            .run()
            .condition(telling),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            = AnalysisCannotTell True: analysis web-v2-2 cannot tell
            — promote
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              stop analysis web-v2-2 (not needed any more)
              record v2 Promoted
              scale v1 5 → 0 (scale-down delay passed)
            = AnalysisCannotTell True: analysis web-v2-2 cannot tell
            — v3 is applied
            = AnalysisCannotTell True: analysis web-v2-2 cannot tell
            new revision v3
            held: 0 of 1 pods of v3 are available
              create v3 (revision 3)
              scale v3 0 → 1 (step weight 20)
              point canary → v3 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v3-3
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            = AnalysisCannotTell True: analysis web-v3-3 cannot tell
        "#]],
    );
}

#[test]
fn a_full_promotion_skips_steps_pauses_and_analysis() {
    check(
        given(5)
            .canary([weight(20), pause(), analysis()])
            .installed()
            .update("v2")
            .run()
            .promote_full()
            .run()
            .wait("1m")
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote --full
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 FastPromoted
              scale v1 5 → 0 (scale-down delay passed)
            = Healthy  [v2 5]
        "#]],
    );
}

#[test]
fn going_back_to_the_stable_version_skips_the_steps() {
    check(
        given(5).canary([weight(20), pause()]).installed().update("v2").run().update("v1").run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — v1 is applied
            new revision v1
            steps skipped: rollback to stable
              route 20 → 0 (back to stable)
              point canary → v1 (back to stable)
              record v2 RolledBack
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Healthy  [v1 5]
        "#]],
    );
}

#[test]
fn a_third_version_takes_the_second_off_the_route_first() {
    check(
        given(4).canary([weight(50), pause()]).installed().update("v2").run().update("v3").run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 2 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 50 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — v3 is applied
            new revision v3
              record v2 Superseded
              create v3 (revision 3)
              route 50 → 0 (superseded)
              scale v3 0 → 2 (step weight 50)
              point canary → v1 (superseded)
              point canary → v3 (step weight 50)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              route 0 → 50 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
              scale v2 2 → 0 (scale-down delay passed)
            = Paused CanaryPauseStep: waits for promote or abort [v1 4, v3 2]
        "#]],
    );
}

#[test]
fn when_all_new_pods_are_lost_their_service_shows_stable_at_once() {
    check(
        given(5)
            .canary([weight(20), pause()])
            .installed()
            .update("v2")
            .run()
            .sick("v2")
            .run()
            .well("v2")
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — pods of v2 are not ready
              point canary → v1 (no ready pods)
              route 20 → 0 (no ready pods)
            held: 0 of 1 pods of v2 are available
            — pods of v2 get ready
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            held: CanaryPauseStep: waits for promote or abort
            = Paused CanaryPauseStep: waits for promote or abort [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn a_release_that_cannot_start_is_taken_back_at_its_deadline() {
    check(
        given(5)
            .canary([weight(20), pause()])
            .with("/progressDeadlineAbort", json!(true))
            .with("/progressDeadlineSeconds", json!(120))
            .installed()
            .sick("v2")
            .update("v2")
            .run()
            .wait("3m")
            .ending(),
        expect![[r#"
            — pods of v2 are not ready
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
            aborted: no progress for 120 s: 0 of 1 pods of v2 are available
              keep v2 until 2026-01-01T10:02:30Z (no traffic any more)
              record v2 Aborted
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: no progress for 120 s: 0 of 1 pods of v2 are available [v1 5]
        "#]],
    );
}

#[test]
fn a_release_that_stands_still_is_reported_at_its_deadline() {
    check(
        given(5).canary([weight(20), pause()]).installed().sick("v2").update("v2").run().wait("11m").ending(),
        expect![[r#"
            — pods of v2 are not ready
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
            = Degraded ProgressDeadlineExceeded: no progress for 600 s: 0 of 1 pods of v2 are available [v1 5, v2 1]
        "#]],
    );
}

/// Each pod that came back was progress, and such a release was never found to stand still.
#[test]
fn pods_that_crash_and_come_back_are_no_progress() {
    check(
        given(5)
            .canary([weight(60), pause()])
            .installed()
            .room_for("v2", 2)
            .update("v2")
            .run()
            .wait("6m")
            .sick("v2")
            .run()
            .well("v2")
            .run()
            .wait("6m")
            .ending(),
        expect![[r#"
            — there is room for 2 pods of v2
            — v2 is applied
            new revision v2
            held: 0 of 3 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 3 (step weight 60)
            held: 2 of 3 pods of v2 are available
            — pods of v2 are not ready
            held: 0 of 3 pods of v2 are available
            — pods of v2 get ready
            held: 2 of 3 pods of v2 are available
            = Degraded ProgressDeadlineExceeded: no progress for 600 s: 2 of 3 pods of v2 are available [v1 5, v2 3]
        "#]],
    );
}

#[test]
fn weights_edited_by_hand_are_put_back() {
    check(
        given(5)
            .canary([weight(20), pause()])
            .installed()
            .update("v2")
            .run()
            .drift(Some(70))
            .run()
            .drift(None)
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — somebody sets the weight to Some(70)
              route 70 → 20 (step weight 20)
            — somebody sets the weight to None
              route ? → 20 (step weight 20)
            = Paused CanaryPauseStep: waits for promote or abort [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn a_spec_paused_by_its_owner_goes_no_further() {
    check(
        given(5).canary([weight(20), weight(40)]).installed().with("/paused", json!(true)).update("v2").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            held: manually paused (spec.paused)
            = Paused manually paused (spec.paused) [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn an_abort_survives_a_change_of_replicas() {
    check(
        given(4)
            .canary([weight(50), pause()])
            .installed()
            .update("v2")
            .run()
            .abort()
            .run()
            .scale(8)
            .run()
            .wait("1m")
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 2 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 50 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
              route 50 → 0 (aborted)
              point canary → v1 (aborted)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            — replicas: 8
              scale v1 4 → 8 (stable stays whole)
              scale v2 2 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 8]
        "#]],
    );
}

#[test]
fn an_abort_with_nothing_in_progress_is_dropped() {
    check(
        given(3).canary([weight(20)]).installed().abort().run().ending(),
        expect![[r#"
        — abort
        abort dropped: no update is in progress
        = Healthy  [v1 3]
    "#]],
    );
}

#[test]
fn no_traffic_goes_back_to_a_stable_revision_without_ready_pods() {
    check(
        given(4)
            .canary([weight(50), pause()])
            .installed()
            .update("v2")
            .run()
            .sick("v1")
            .abort()
            .run()
            .well("v1")
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 2 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 50 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — pods of v1 are not ready
            — abort
            aborted: aborted by hand
            held: traffic stays where it is: the stable revision has no ready pod
              record v2 Aborted
            — pods of v1 get ready
              route 50 → 0 (aborted)
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            = Degraded RolloutAborted: aborted by hand [v1 4, v2 2]
        "#]],
    );
}

#[test]
fn an_abort_in_the_middle_of_the_promotion_takes_everything_back() {
    check(
        given(5)
            .canary([weight(20)])
            .installed()
            .update("v2")
            .run_until("point stable → v2 (promotion)")
            .abort()
            .run()
            .wait("1m")
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
            — abort
            aborted: aborted by hand
              point stable → v1 (aborted)
              route 100 → 0 (aborted)
              record v2 Aborted
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 5 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 5]
        "#]],
    );
}

#[test]
fn new_pods_lost_in_the_middle_of_the_promotion_give_the_traffic_back() {
    check(
        given(5)
            .canary([weight(20)])
            .installed()
            .update("v2")
            .run_until("point stable → v2 (promotion)")
            .sick("v2")
            .run()
            .ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
            — pods of v2 are not ready
              point canary → v1 (no ready pods)
              point stable → v1 (no ready pods)
              route 100 → 0 (no ready pods)
            held: 0 of 5 pods of v2 are available
            = Progressing 0 of 5 pods of v2 are available [v1 5, v2 5]
        "#]],
    );
}

#[test]
fn other_steps_do_not_change_why_a_release_was_aborted() {
    let world =
        given(4).canary([weight(50), pause()]).installed().update("v2").run().abort_because("errors in the log");
    let world = world.run().canary([weight(20), pause()]).run().ending();
    assert!(
        world.transcript.ends_with("= Degraded RolloutAborted: aborted by hand: errors in the log [v1 4, v2 2]\n"),
        "{}",
        world.transcript
    );
}

#[test]
fn an_abort_that_cannot_be_carried_out_says_why() {
    let world = given(4).canary([weight(50), pause()]).installed().update("v2").run().sick("v1").abort().run().ending();
    let end = "= Degraded RolloutAborted: aborted by hand; traffic stays where it is: the stable revision has no ready pod [v1 4, v2 2]\n";
    assert!(world.transcript.ends_with(end), "{}", world.transcript);
}
