//! Requests that are copied to the new revision: `setMirrorRoute`.

use expect_test::expect;
use serde_json::{Value, json};

use crate::world::{World, check, given, pause, weight};

/// Copies so many of a hundred GET requests.
pub(crate) fn mirror(name: &str, percentage: u32) -> Value {
    json!({"setMirrorRoute": {"name": name, "match": [{"method": {"exact": "GET"}}], "percentage": percentage}})
}

fn no_mirror(name: &str) -> Value {
    json!({"setMirrorRoute": {"name": name}})
}

fn header(name: &str) -> Value {
    json!({"setHeaderRoute": {"name": name, "match": [{"headerName": "x-user", "headerValue": {"exact": "me"}}]}})
}

fn pods(number: u32) -> Value {
    json!({"setCanaryScale": {"replicas": number}})
}

/// A new version of one pod without traffic, which gets copies of requests.
pub(crate) fn mirrored() -> World {
    given(4)
        .canary([pods(1), mirror("copies", 35), pause(), no_mirror("copies"), weight(20), pause()])
        .mesh(&["copies"])
}

#[test]
fn requests_are_copied_to_the_new_revision_before_it_answers_any() {
    check(
        mirrored().installed().update("v2").run().promote().run().promote().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (setCanaryScale)
              point canary → v2 (setCanaryScale)
            step 1 done
              managed routes → copies (setMirrorRoute)
            step 2 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 3 done
              managed routes → none (setMirrorRoute)
            step 4 done
              route 0 → 20 (step weight 20)
            step 5 done
            paused (CanaryPauseStep)
            — promote
            step 6 done
            held: 1 of 4 pods of v2 are available
              scale v2 1 → 4 (promotion)
              route 20 → 100 (promotion)
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
fn an_abort_ends_the_copying_before_the_pods_go() {
    check(
        mirrored().installed().update("v2").run().abort().run().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (setCanaryScale)
              point canary → v2 (setCanaryScale)
            step 1 done
              managed routes → copies (setMirrorRoute)
            step 2 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
              managed routes → none (aborted)
              point canary → v1 (aborted)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand [v1 4]
        "#]],
    );
}

#[test]
fn a_full_promotion_ends_the_copying() {
    check(
        mirrored().installed().update("v2").run().promote_full().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (setCanaryScale)
              point canary → v2 (setCanaryScale)
            step 1 done
              managed routes → copies (setMirrorRoute)
            step 2 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote --full
              scale v2 1 → 4 (promotion)
              managed routes → none (promotion)
              route 0 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              record v2 FastPromoted
            = Healthy  [v1 4, v2 4]
        "#]],
    );
}

#[test]
fn mirrors_and_routes_by_header_stand_in_the_order_of_managed_routes() {
    let steps = [weight(20), mirror("copies", 100), header("testers"), pause(), mirror("copies", 5), pause()];
    let world = given(5).canary(steps).mesh(&["testers", "copies"]).installed().update("v2").run();
    check(
        world.promote().run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 20)
          point canary → v2 (step weight 20)
          route 0 → 20 (step weight 20)
        step 1 done
          managed routes → copies (setMirrorRoute)
        step 2 done
          managed routes → testers, copies (setHeaderRoute)
        step 3 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        — promote
        step 4 done
          managed routes → testers, copies (setMirrorRoute)
        step 5 done
        paused (CanaryPauseStep)
        = Paused CanaryPauseStep: waits for promote or abort [v1 5, v2 1]
    "#]],
    );
}

#[test]
fn nothing_is_copied_to_pods_that_are_not_ready() {
    check(
        mirrored().installed().update("v2").run().sick("v2").run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (setCanaryScale)
          point canary → v2 (setCanaryScale)
        step 1 done
          managed routes → copies (setMirrorRoute)
        step 2 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        — pods of v2 are not ready
          point canary → v1 (no ready pods)
          managed routes → none (no ready pods)
        held: 0 of 1 pods of v2 are available
        = Progressing 0 of 1 pods of v2 are available [v1 4, v2 1]
    "#]],
    );
}
