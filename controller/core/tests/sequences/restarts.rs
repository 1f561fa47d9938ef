//! `spec.restartAt`.

use expect_test::expect;
use serde_json::json;

use crate::world::{World, check, given, pause, weight};

#[test]
fn pods_are_restarted_in_batches_each_when_the_one_before_is_available() {
    check(
        given(5)
            .canary([weight(20), pause()])
            .with("/strategy/canary/maxUnavailable", json!(2))
            .installed()
            .wait("1h")
            .restart_in("0s")
            .run()
            .ending(),
        expect![[r#"
            — restartAt 2026-01-01T11:00:00Z
            rollout is restarting: 5 pods are to go
              evict v1-0 of v1 (restartAt 2026-01-01T11:00:00Z)
              evict v1-1 of v1 (restartAt 2026-01-01T11:00:00Z)
            rollout is restarting: 3 of 5 pods of v1 are available
            rollout is restarting: 3 pods are to go
              evict v1-2 of v1 (restartAt 2026-01-01T11:00:00Z)
              evict v1-3 of v1 (restartAt 2026-01-01T11:00:00Z)
            rollout is restarting: 3 of 5 pods of v1 are available
            rollout is restarting: 1 pod is to go
              evict v1-4 of v1 (restartAt 2026-01-01T11:00:00Z)
            restarted: no pod is older than 2026-01-01T11:00:00Z
            = Healthy  [v1 5]
        "#]],
    );
}

#[test]
fn a_restart_in_the_future_waits_for_its_time() {
    check(
        given(2).blue_green().installed().wait("1h").restart_in("10m").wait("9m").ending().wait("2m").ending(),
        expect![[r#"
            — restartAt 2026-01-01T11:10:00Z
            = Healthy  [v1 2]
            rollout is restarting: 2 pods are to go
              evict v1-0 of v1 (restartAt 2026-01-01T11:10:00Z)
            rollout is restarting: 1 of 2 pods of v1 are available
            rollout is restarting: 1 pod is to go
              evict v1-1 of v1 (restartAt 2026-01-01T11:10:00Z)
            restarted: no pod is older than 2026-01-01T11:10:00Z
            = Healthy  [v1 2]
        "#]],
    );
}

/// <https://github.com/argoproj/argo-rollouts/issues/4221>: a restart in the middle of an update took the service down.
#[test]
fn a_restart_during_an_update_leaves_each_side_its_pods() {
    check(
        given(4)
            .canary([weight(25), pause()])
            .installed()
            .wait("1h")
            .update("v2")
            .run()
            .wait("1h")
            .restart_in("0s")
            .run()
            .ending()
            .promote()
            .run()
            .ending(),
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
            — restartAt 2026-01-01T12:00:00Z
            rollout is restarting: 5 pods are to go
              evict v1-0 of v1 (restartAt 2026-01-01T12:00:00Z)
            rollout is restarting: 3 of 4 pods of v1 are available
            rollout is restarting: 4 pods are to go
              evict v1-1 of v1 (restartAt 2026-01-01T12:00:00Z)
            rollout is restarting: 3 of 4 pods of v1 are available
            rollout is restarting: 3 pods are to go
              evict v1-2 of v1 (restartAt 2026-01-01T12:00:00Z)
            rollout is restarting: 3 of 4 pods of v1 are available
            rollout is restarting: 2 pods are to go
              evict v1-3 of v1 (restartAt 2026-01-01T12:00:00Z)
            rollout is restarting: 3 of 4 pods of v1 are available
            rollout is restarting: the only pod of v2 carries traffic until the release is over
            = Paused CanaryPauseStep: waits for promote or abort; rollout is restarting: the only pod of v2 carries traffic until the release is over [v1 4, v2 1]
            — promote
            step 2 done
            held: 1 of 4 pods of v2 are available
            rollout is restarting: the release moves pods or traffic
              scale v2 1 → 4 (promotion)
              route 25 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollout is restarting: 1 pod is to go
              evict v2-0 of v2 (restartAt 2026-01-01T12:00:00Z)
            restarted: no pod is older than 2026-01-01T12:00:00Z
              keep v1 until 2026-01-01T12:00:30Z (no traffic any more)
              record v2 Promoted
            = Healthy  [v1 4, v2 4]
        "#]],
    );
}

#[test]
fn of_a_version_with_a_part_of_the_pods_no_larger_part_goes_at_once() {
    let half = given(8).canary([weight(50), pause()]).with("/strategy/canary/maxUnavailable", json!("50%")).installed();
    check(
        half.update("v2").run().wait("1h").restart_in("0s").run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 4 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 4 (step weight 50)
          point canary → v2 (step weight 50)
          route 0 → 50 (step weight 50)
        step 1 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        — restartAt 2026-01-01T11:00:00Z
        rollout is restarting: 12 pods are to go
          evict v1-0 of v1 (restartAt 2026-01-01T11:00:00Z)
          evict v1-1 of v1 (restartAt 2026-01-01T11:00:00Z)
          evict v1-2 of v1 (restartAt 2026-01-01T11:00:00Z)
          evict v1-3 of v1 (restartAt 2026-01-01T11:00:00Z)
        rollout is restarting: 4 of 8 pods of v1 are available
        rollout is restarting: 8 pods are to go
          evict v1-4 of v1 (restartAt 2026-01-01T11:00:00Z)
          evict v1-5 of v1 (restartAt 2026-01-01T11:00:00Z)
          evict v1-6 of v1 (restartAt 2026-01-01T11:00:00Z)
          evict v1-7 of v1 (restartAt 2026-01-01T11:00:00Z)
        rollout is restarting: 4 of 8 pods of v1 are available
        rollout is restarting: 4 pods are to go
          evict v2-0 of v2 (restartAt 2026-01-01T11:00:00Z)
          evict v2-1 of v2 (restartAt 2026-01-01T11:00:00Z)
        rollout is restarting: 2 of 4 pods of v2 are available
        rollout is restarting: 2 pods are to go
          evict v2-2 of v2 (restartAt 2026-01-01T11:00:00Z)
          evict v2-3 of v2 (restartAt 2026-01-01T11:00:00Z)
        restarted: no pod is older than 2026-01-01T11:00:00Z
        = Paused CanaryPauseStep: waits for promote or abort [v1 8, v2 4]
    "#]],
    );
}

#[test]
fn a_new_template_cancels_a_restart() {
    check(
        given(3).canary([weight(50), pause()]).installed().wait("1h").restart_in("0s").update("v2").run().ending(),
        expect![[r#"
            — restartAt 2026-01-01T11:00:00Z
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
            = Paused CanaryPauseStep: waits for promote or abort [v1 3, v2 2]
        "#]],
    );
}

#[test]
fn pods_that_are_not_available_go_without_a_budget_and_hold_those_that_are() {
    let sick = || given(4).blue_green().with("/strategy/blueGreen/maxUnavailable", json!(2)).installed().wait("1h");
    check(
        sick().sick("v1").restart_in("0s").run().well("v1").run().ending(),
        expect![[r#"
        — pods of v1 are not ready
        — restartAt 2026-01-01T11:00:00Z
        rollout is restarting: 4 pods are to go
          evict v1-0 of v1 (restartAt 2026-01-01T11:00:00Z)
          evict v1-1 of v1 (restartAt 2026-01-01T11:00:00Z)
        rollout is restarting: 0 of 4 pods of v1 are available
        — pods of v1 get ready
        rollout is restarting: 2 pods are to go
          evict v1-2 of v1 (restartAt 2026-01-01T11:00:00Z)
          evict v1-3 of v1 (restartAt 2026-01-01T11:00:00Z)
        restarted: no pod is older than 2026-01-01T11:00:00Z
        = Healthy  [v1 4]
    "#]],
    );
}

#[test]
fn a_paused_rollout_is_restarted_too() {
    let paused = |world: World| world.with("/paused", json!(true)).update("v2").run().wait("1h");
    check(
        paused(given(4).canary_by_pods([weight(50), pause()]).installed()).restart_in("0s").run().ending(),
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
            held: manually paused (spec.paused)
            — restartAt 2026-01-01T11:00:00Z
            rollout is restarting: 4 pods are to go
              evict v1-0 of v1 (restartAt 2026-01-01T11:00:00Z)
            rollout is restarting: 1 of 2 pods of v1 are available
            rollout is restarting: 3 pods are to go
              evict v1-1 of v1 (restartAt 2026-01-01T11:00:00Z)
            rollout is restarting: 1 of 2 pods of v1 are available
            rollout is restarting: 2 pods are to go
              evict v2-0 of v2 (restartAt 2026-01-01T11:00:00Z)
            rollout is restarting: 1 of 2 pods of v2 are available
            rollout is restarting: 1 pod is to go
              evict v2-1 of v2 (restartAt 2026-01-01T11:00:00Z)
            restarted: no pod is older than 2026-01-01T11:00:00Z
            = Paused manually paused (spec.paused) [v1 2, v2 2]
        "#]],
    );
}
