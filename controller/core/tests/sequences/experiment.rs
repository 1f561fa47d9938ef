//! An experiment of a step: sets of pods beside the release, and what comes of them.

use expect_test::expect;
use sluice_crds::AnalysisPhase;

use crate::world::{check, experiment, given, pause, weight, weighted_experiment};

#[test]
fn an_experiment_that_ends_well_lets_the_release_go_on() {
    let world = given(5).canary([weight(20), experiment(), pause()]).installed();
    check(
        world.verdict("experiment", AnalysisPhase::Successful).update("v2").run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 20)
          point canary → v2 (step weight 20)
          route 0 → 20 (step weight 20)
        step 1 done
        held: waiting for experiment to start
          start experiment web-v2-2-1
        step 2 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        = Paused CanaryPauseStep: waits for promote or abort [v1 5, v2 1]
    "#]],
    );
}

#[test]
fn an_experiment_begins_once_traffic_is_where_its_step_found_it() {
    check(
        given(5).canary([weight(20), experiment()]).installed().update("v2").run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 20)
          point canary → v2 (step weight 20)
          route 0 → 20 (step weight 20)
        step 1 done
        held: waiting for experiment to start
          start experiment web-v2-2-1
        held: waiting for experiment web-v2-2-1 to complete
        = Progressing waiting for experiment web-v2-2-1 to complete [v1 5, v2 1]
    "#]],
    );
}

#[test]
fn a_failed_experiment_takes_the_version_back() {
    let world = given(5).canary([weight(20), experiment(), pause()]).installed();
    check(
        world.verdict("experiment", AnalysisPhase::Failed).update("v2").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            held: waiting for experiment to start
              start experiment web-v2-2-1
            aborted: experiment web-v2-2-1 Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              stop experiment web-v2-2-1 (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            = Degraded RolloutAborted: experiment web-v2-2-1 Failed: errors 0.08 > 0.05 [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn an_experiment_in_error_takes_the_version_back() {
    let world = given(2).canary_by_pods([experiment()]).installed();
    check(
        world.verdict("experiment", AnalysisPhase::Error).update("v2").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: waiting for experiment to start
              create v2 (revision 2)
              start experiment web-v2-2-0
            aborted: experiment web-v2-2-0 Error
              stop experiment web-v2-2-0 (not needed any more)
              record v2 Aborted
            = Degraded RolloutAborted: experiment web-v2-2-0 Error [v1 2]
        "#]],
    );
}

#[test]
fn an_experiment_that_could_not_tell_waits_for_a_person() {
    let world = given(2).canary_by_pods([experiment(), weight(50)]).installed();
    let world = world.verdict("experiment", AnalysisPhase::Inconclusive).update("v2").run();
    check(
        world.promote().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: waiting for experiment to start
              create v2 (revision 2)
              start experiment web-v2-2-0
            paused (InconclusiveExperiment)
            held: InconclusiveExperiment: look at the experiment, then promote or abort
            — promote
            step 1 done
            held: 0 of 1 pods of v2 are available
              scale v2 0 → 1 (step weight 50)
            held: more replicas need to be updated
              scale v1 2 → 1 (makes room)
            step 2 done
            held: 1 of 2 pods of v2 are available
              scale v2 1 → 2 (promotion)
            held: more replicas need to be updated
              scale v1 1 → 0 (makes room)
            promoted v2
              record v2 Promoted
            = Healthy  [v2 2]
        "#]],
    );
}

#[test]
fn an_abort_ends_the_experiment() {
    check(
        given(2).canary_by_pods([experiment()]).installed().update("v2").run().abort().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: waiting for experiment to start
              create v2 (revision 2)
              start experiment web-v2-2-0
            held: waiting for experiment web-v2-2-0 to complete
            — abort
            aborted: aborted by hand
              stop experiment web-v2-2-0 (not needed any more)
              record v2 Aborted
            = Degraded RolloutAborted: aborted by hand [v1 2]
        "#]],
    );
}

#[test]
fn a_retry_makes_a_new_experiment() {
    let world = given(2).canary_by_pods([experiment()]).installed();
    let world = world.verdict("experiment", AnalysisPhase::Failed).update("v2").run();
    let world = world.verdict("experiment", AnalysisPhase::Successful).retry().run();
    check(
        world.ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: waiting for experiment to start
              create v2 (revision 2)
              start experiment web-v2-2-0
            aborted: experiment web-v2-2-0 Failed: errors 0.08 > 0.05
              stop experiment web-v2-2-0 (not needed any more)
              record v2 Aborted
            — retry
            retried
              start experiment web-v2-2-0-1
            step 1 done
            held: 0 of 2 pods of v2 are available
              scale v2 0 → 1 (promotion)
            held: 1 of 2 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 1 → 2 (promotion)
            held: more replicas need to be updated
              scale v1 1 → 0 (makes room)
            promoted v2
              record v2 Promoted
            = Healthy  [v2 2]
        "#]],
    );
}

#[test]
fn another_version_ends_the_experiment_and_has_its_own() {
    let world = given(2).canary_by_pods([experiment()]).installed().update("v2").run();
    check(
        world.update("v3").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: waiting for experiment to start
              create v2 (revision 2)
              start experiment web-v2-2-0
            held: waiting for experiment web-v2-2-0 to complete
            — v3 is applied
            new revision v3
            held: waiting for experiment to start
              record v2 Superseded
              create v3 (revision 3)
              stop experiment web-v2-2-0 (not needed any more)
              start experiment web-v3-3-0
            held: waiting for experiment web-v3-3-0 to complete
            = Progressing waiting for experiment web-v3-3-0 to complete [v1 2]
        "#]],
    );
}

#[test]
fn promote_passes_the_step_and_ends_its_experiment() {
    let world = given(2).canary_by_pods([experiment(), pause()]).installed().update("v2").run();
    check(
        world.promote().run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: waiting for experiment to start
          create v2 (revision 2)
          start experiment web-v2-2-0
        held: waiting for experiment web-v2-2-0 to complete
        — promote
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
          stop experiment web-v2-2-0 (not needed any more)
        = Paused CanaryPauseStep: waits for promote or abort [v1 2]
    "#]],
    );
}

#[test]
fn a_full_promotion_ends_the_experiment() {
    let world = given(2).canary_by_pods([experiment(), pause()]).installed().update("v2").run();
    check(
        world.promote_full().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: waiting for experiment to start
              create v2 (revision 2)
              start experiment web-v2-2-0
            held: waiting for experiment web-v2-2-0 to complete
            — promote --full
            held: 0 of 2 pods of v2 are available
              scale v2 0 → 1 (promotion)
              stop experiment web-v2-2-0 (not needed any more)
            held: 1 of 2 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 1 → 2 (promotion)
            held: more replicas need to be updated
              scale v1 1 → 0 (makes room)
            promoted v2
              record v2 FastPromoted
            = Healthy  [v2 2]
        "#]],
    );
}

/// argo-rollouts#1107: experiments without end, because what was started was not known any more.
#[test]
fn an_experiment_whose_record_got_lost_is_found_again() {
    let mut world = given(2).canary_by_pods([experiment()]).installed().update("v2").run();
    world.status.canary.current_experiment = None;
    check(
        world.run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: waiting for experiment to start
          create v2 (revision 2)
          start experiment web-v2-2-0
        held: waiting for experiment web-v2-2-0 to complete
        = Progressing waiting for experiment web-v2-2-0 to complete [v1 2]
    "#]],
    );
}

#[test]
fn a_failure_whose_record_got_lost_still_counts() {
    let mut world = given(2).canary_by_pods([experiment()]).installed().update("v2").run();
    world.status.canary.current_experiment = None;
    check(
        world.verdict("experiment", AnalysisPhase::Failed).run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: waiting for experiment to start
              create v2 (revision 2)
              start experiment web-v2-2-0
            held: waiting for experiment web-v2-2-0 to complete
            aborted: experiment web-v2-2-0 Failed: errors 0.08 > 0.05
              stop experiment web-v2-2-0 (not needed any more)
              record v2 Aborted
            = Degraded RolloutAborted: experiment web-v2-2-0 Failed: errors 0.08 > 0.05 [v1 2]
        "#]],
    );
}

#[test]
fn no_more_experiments_are_kept_than_the_history_has_room_for() {
    let mut world = given(1).canary_by_pods([experiment()]);
    world.spec["analysis"] = serde_json::json!({"successfulRunHistoryLimit": 1});
    let world = world.installed().verdict("experiment", AnalysisPhase::Successful);
    check(
        world.update("v2").run().update("v3").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: waiting for experiment to start
              create v2 (revision 2)
              start experiment web-v2-2-0
            step 1 done
            held: 0 of 1 pods of v2 are available
              scale v2 0 → 1 (promotion)
            held: more replicas need to be updated
              scale v1 1 → 0 (makes room)
            promoted v2
              record v2 Promoted
            — v3 is applied
            new revision v3
            held: waiting for experiment to start
              create v3 (revision 3)
              start experiment web-v3-3-0
            step 1 done
            held: 0 of 1 pods of v3 are available
              scale v3 0 → 1 (promotion)
              delete experiment web-v2-2-0 (history limit)
            held: more replicas need to be updated
              scale v2 1 → 0 (makes room)
            promoted v3
              record v3 Promoted
            = Healthy  [v3 1]
        "#]],
    );
}

#[test]
fn the_progress_deadline_stands_while_an_experiment_runs() {
    check(
        given(2).canary_by_pods([experiment()]).installed().update("v2").wait("1h").ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: waiting for experiment to start
          create v2 (revision 2)
          start experiment web-v2-2-0
        held: waiting for experiment web-v2-2-0 to complete
        = Progressing waiting for experiment web-v2-2-0 to complete [v1 2]
    "#]],
    );
}

#[test]
fn pods_of_an_experiment_get_their_share_once_they_are_ready_and_lose_it_before_they_go() {
    let world = given(5).canary([weight(20), weighted_experiment(10), pause()]).installed().update("v2").run();
    check(
        world.verdict("experiment", AnalysisPhase::Successful).run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 20)
          point canary → v2 (step weight 20)
          route 0 → 20 (step weight 20)
        step 1 done
        held: waiting for experiment to start
          start experiment web-v2-2-1
          route 20 → 20, web-v2-2-1-try 10 (experiment)
        held: waiting for experiment web-v2-2-1 to complete
          route 20 → 20 (the experiment gets no traffic any more)
        step 2 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        = Paused CanaryPauseStep: waits for promote or abort [v1 5, v2 1]
    "#]],
    );
}

#[test]
fn an_abort_takes_all_traffic_from_the_canary_and_from_the_experiment_in_one_write() {
    let world = given(5).canary([weight(20), weighted_experiment(10), pause()]).installed().update("v2").run();
    check(
        world.abort().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            held: waiting for experiment to start
              start experiment web-v2-2-1
              route 20 → 20, web-v2-2-1-try 10 (experiment)
            held: waiting for experiment web-v2-2-1 to complete
            — abort
            aborted: aborted by hand
              route 20 → 0 (aborted)
              stop experiment web-v2-2-1 (not needed any more)
              point canary → v1 (aborted)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            = Degraded RolloutAborted: aborted by hand [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn a_service_of_an_experiment_without_ready_pods_leaves_the_route_and_comes_back() {
    let world = given(5).canary([weight(20), weighted_experiment(10)]).installed().update("v2").run();
    check(
        world.sick("try").run().well("try").run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 20)
          point canary → v2 (step weight 20)
          route 0 → 20 (step weight 20)
        step 1 done
        held: waiting for experiment to start
          start experiment web-v2-2-1
          route 20 → 20, web-v2-2-1-try 10 (experiment)
        held: waiting for experiment web-v2-2-1 to complete
        — pods of try are not ready
          route 20 → 20 (the experiment gets no traffic any more)
        — pods of try get ready
          route 20 → 20, web-v2-2-1-try 10 (experiment)
        = Progressing waiting for experiment web-v2-2-1 to complete [v1 5, v2 1]
    "#]],
    );
}

#[test]
fn another_version_takes_the_traffic_from_the_experiment_first() {
    let world = given(5).canary([weight(20), weighted_experiment(10), pause()]).installed().update("v2").run();
    check(
        world.update("v3").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            held: waiting for experiment to start
              start experiment web-v2-2-1
              route 20 → 20, web-v2-2-1-try 10 (experiment)
            held: waiting for experiment web-v2-2-1 to complete
            — v3 is applied
            new revision v3
              record v2 Superseded
              create v3 (revision 3)
              route 20 → 0 (superseded)
              stop experiment web-v2-2-1 (not needed any more)
              scale v3 0 → 1 (step weight 20)
              point canary → v1 (superseded)
              point canary → v3 (step weight 20)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              route 0 → 20 (step weight 20)
            step 1 done
            held: waiting for experiment to start
              start experiment web-v3-3-1
              route 20 → 20, web-v3-3-1-try 10 (experiment)
            held: waiting for experiment web-v3-3-1 to complete
            = Progressing waiting for experiment web-v3-3-1 to complete [v1 5, v2 1, v3 1]
        "#]],
    );
}

#[test]
fn a_canary_that_loses_pods_gives_its_traffic_back_and_the_experiment_keeps_its_own() {
    let world = given(5).canary([weight(40), weighted_experiment(10)]).installed().update("v2").run();
    check(
        world.room_for("v2", 1).run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 2 (step weight 40)
              point canary → v2 (step weight 40)
              route 0 → 40 (step weight 40)
            step 1 done
            held: waiting for experiment to start
              start experiment web-v2-2-1
              route 40 → 40, web-v2-2-1-try 10 (experiment)
            held: waiting for experiment web-v2-2-1 to complete
            — there is room for 1 pods of v2
              route 40 → 20, web-v2-2-1-try 10 (fewer pods available)
            held: 1 of 2 pods of v2 are available
            = Progressing 1 of 2 pods of v2 are available [v1 5, v2 2]
        "#]],
    );
}

#[test]
fn an_experiment_that_comes_first_has_traffic_while_the_canary_has_none() {
    let world = given(2).canary([weighted_experiment(50), weight(50), pause()]).installed().update("v2").run();
    check(
        world.verdict("experiment", AnalysisPhase::Failed).run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: waiting for experiment to start
              create v2 (revision 2)
              start experiment web-v2-2-0
              route 0 → 0, web-v2-2-0-try 50 (experiment)
            held: waiting for experiment web-v2-2-0 to complete
            aborted: experiment web-v2-2-0 Failed: errors 0.08 > 0.05
              route 0 → 0 (the experiment gets no traffic any more)
              stop experiment web-v2-2-0 (not needed any more)
              record v2 Aborted
            = Degraded RolloutAborted: experiment web-v2-2-0 Failed: errors 0.08 > 0.05 [v1 2]
        "#]],
    );
}

#[test]
fn an_experiment_that_cannot_tell_has_no_traffic_while_a_person_looks() {
    let world = given(2).canary([weight(50), weighted_experiment(20), pause()]).installed().update("v2").run();
    check(
        world.verdict("experiment", AnalysisPhase::Inconclusive).run().promote().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
              point canary → v2 (step weight 50)
              route 0 → 50 (step weight 50)
            step 1 done
            held: waiting for experiment to start
              start experiment web-v2-2-1
              route 50 → 50, web-v2-2-1-try 20 (experiment)
            held: waiting for experiment web-v2-2-1 to complete
              route 50 → 50 (the experiment gets no traffic any more)
            paused (InconclusiveExperiment)
            held: InconclusiveExperiment: look at the experiment, then promote or abort
            — promote
            step 2 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            = Paused CanaryPauseStep: waits for promote or abort [v1 2, v2 1]
        "#]],
    );
}
