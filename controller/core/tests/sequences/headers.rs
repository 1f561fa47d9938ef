//! Requests that go to the new revision by their headers: `setHeaderRoute` and `managedRoutes`.

use expect_test::expect;
use serde_json::{Value, json};

use crate::world::{check, given, pause, weight};

fn header(name: &str, value: &str) -> Value {
    json!({"setHeaderRoute": {"name": name, "match": [{"headerName": "x-user", "headerValue": {"exact": value}}]}})
}

fn no_header(name: &str) -> Value {
    json!({"setHeaderRoute": {"name": name}})
}

fn pods(number: u32) -> Value {
    json!({"setCanaryScale": {"replicas": number}})
}

#[test]
fn testers_go_to_the_new_revision_before_anybody_else_and_not_beyond_its_release() {
    let steps = [pods(1), header("beta", "me"), pause(), weight(20), pause()];
    let world = given(4).canary(steps).by_header(&["beta"]).installed().update("v2").run();
    check(
        world.promote().run().promote().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (setCanaryScale)
              point canary → v2 (setCanaryScale)
            step 1 done
              managed routes → beta (setHeaderRoute)
            step 2 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — promote
            step 3 done
              route 0 → 20 (step weight 20)
            step 4 done
            paused (CanaryPauseStep)
            — promote
            step 5 done
              scale v2 1 → 4 (promotion)
              managed routes → none (promotion)
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
fn routes_stand_in_the_order_of_managed_routes_and_one_without_headers_goes() {
    let steps = [weight(20), header("second", "b"), header("first", "a"), pause(), no_header("first"), pause()];
    let world = given(5).canary(steps).by_header(&["first", "second"]).installed().update("v2").run();
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
          managed routes → second (setHeaderRoute)
        step 2 done
          managed routes → first, second (setHeaderRoute)
        step 3 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        — promote
        step 4 done
          managed routes → second (setHeaderRoute)
        step 5 done
        paused (CanaryPauseStep)
        = Paused CanaryPauseStep: waits for promote or abort [v1 5, v2 1]
    "#]],
    );
}

/// A step before there are pods: the route comes with them, and nothing waits for it.
#[test]
fn a_route_by_header_comes_with_the_pods() {
    let steps = [header("beta", "me"), weight(20), pause()];
    check(
        given(5).canary(steps).by_header(&["beta"]).installed().update("v2").run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        step 1 done
          create v2 (revision 2)
        held: 0 of 1 pods of v2 are available
          scale v2 0 → 1 (step weight 20)
          point canary → v2 (step weight 20)
          route 0 → 20 (step weight 20)
          managed routes → beta (setHeaderRoute)
        step 2 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        = Paused CanaryPauseStep: waits for promote or abort [v1 5, v2 1]
    "#]],
    );
}

#[test]
fn an_abort_takes_the_routes_by_header_out_before_the_pods_go() {
    let steps = [weight(20), header("beta", "me"), pause()];
    let world = given(5).canary(steps).by_header(&["beta"]).installed().update("v2").run();
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
              managed routes → beta (setHeaderRoute)
            step 2 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — abort
            aborted: aborted by hand
              route 20 → 0 (aborted)
              managed routes → none (aborted)
              record v2 Aborted
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            = Degraded RolloutAborted: aborted by hand [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn a_third_revision_gets_the_route_of_its_own_step_only() {
    let steps = [pods(1), header("beta", "me"), pause()];
    let world = given(4).canary(steps).by_header(&["beta"]).installed().update("v2").run();
    check(
        world.update("v3").run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (setCanaryScale)
              point canary → v2 (setCanaryScale)
            step 1 done
              managed routes → beta (setHeaderRoute)
            step 2 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — v3 is applied
            new revision v3
              record v2 Superseded
              create v3 (revision 3)
              managed routes → none (superseded)
              scale v3 0 → 1 (setCanaryScale)
              point canary → v1 (superseded)
              point canary → v3 (setCanaryScale)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            step 1 done
              managed routes → beta (setHeaderRoute)
            step 2 done
            paused (CanaryPauseStep)
            = Paused CanaryPauseStep: waits for promote or abort [v1 4, v2 1, v3 1]
        "#]],
    );
}

#[test]
fn what_somebody_else_did_to_the_routes_is_put_right() {
    let steps = [weight(20), header("beta", "me"), pause()];
    let mut world = given(5).canary(steps).by_header(&["beta"]).installed().update("v2").run();
    world.managed = None;
    world.say("— somebody edits the route");
    check(
        world.run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 20)
          point canary → v2 (step weight 20)
          route 0 → 20 (step weight 20)
        step 1 done
          managed routes → beta (setHeaderRoute)
        step 2 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep: waits for promote or abort
        — somebody edits the route
          managed routes → beta (setHeaderRoute)
        = Paused CanaryPauseStep: waits for promote or abort [v1 5, v2 1]
    "#]],
    );
}

/// Nothing of the user's to put the route beside: the step waits and says so, and an abort does not wait for it.
#[test]
fn a_step_whose_route_cannot_be_put_in_holds_and_is_taken_back_all_the_same() {
    let steps = [weight(20), header("beta", "me"), pause()];
    let mut world = given(5).canary(steps).by_header(&["beta"]).installed();
    world.no_routes = Some("no IngressRoute sends to it".to_owned());
    let mut world = world.update("v2").run();
    world.no_routes = None;
    world.say("— the user adds an IngressRoute");
    let mut world = world.run();
    world.no_routes = Some("no IngressRoute sends to it".to_owned());
    world.say("— and takes it away");
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
            held: traffic cannot be moved: no IngressRoute sends to it
            — the user adds an IngressRoute
              managed routes → beta (setHeaderRoute)
            step 2 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — and takes it away
            — abort
            aborted: aborted by hand
              route 20 → 0 (aborted)
              managed routes → none (aborted)
              record v2 Aborted
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            = Degraded RolloutAborted: aborted by hand [v1 5, v2 1]
        "#]],
    );
}
