//! Labels and annotations that pods have for their role only.

use expect_test::expect;
use serde_json::json;

use crate::world::{World, check, given, pause, weight};

fn labelled(world: World) -> World {
    world
        .with("/strategy/canary/canaryMetadata", json!({"labels": {"role": "canary"}, "annotations": {"trial": "yes"}}))
        .with("/strategy/canary/stableMetadata", json!({"labels": {"role": "stable"}}))
}

#[test]
fn pods_are_labelled_by_their_role_and_not_restarted_when_it_changes() {
    check(
        labelled(given(3).canary([weight(50), pause()]))
            .installed()
            .marked()
            .update("v2")
            .run()
            .marked()
            .promote()
            .run()
            .wait("1m")
            .marked(),
        expect![[r#"
            = 3 pods of v1 {"role": "stable"} {}
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
            = 3 pods of v1 {"role": "stable"} {}
            = 2 pods of v2 {"role": "canary"} {"trial": "yes"}
            — promote
            step 2 done
            held: 2 of 3 pods of v2 are available
              scale v2 2 → 3 (promotion)
              route 50 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              mark v1 role- (no role any more)
              mark v2 role=stable trial- (stable metadata)
              record v2 Promoted
              label 3 pods of v1 role- (no role any more)
              label 3 pods of v2 role=stable trial- (stable metadata)
              mark v1 (all pods have it)
              mark v2 (all pods have it)
              scale v1 3 → 0 (scale-down delay passed)
            = 3 pods of v2 {"role": "stable"} {}
        "#]],
    );
}

#[test]
fn a_superseded_canary_has_no_role_any_more() {
    check(
        labelled(given(2).canary([weight(50), pause()])).installed().update("v2").run().update("v3").run().marked(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 50)
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
              mark v2 role- trial- (no role any more)
              scale v3 0 → 1 (step weight 50)
              point canary → v1 (superseded)
              label 1 pod of v2 role- trial- (no role any more)
              point canary → v3 (step weight 50)
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              mark v2 (all pods have it)
              route 0 → 50 (step weight 50)
            step 1 done
            paused (CanaryPauseStep)
            = 2 pods of v1 {"role": "stable"} {}
            = 1 pods of v2 {} {}
            = 1 pods of v3 {"role": "canary"} {"trial": "yes"}
        "#]],
    );
}

#[test]
fn metadata_taken_out_of_the_spec_is_taken_from_the_pods() {
    let world = labelled(given(2).canary([weight(50), pause()])).installed();
    check(
        world
            .with("/strategy/canary/stableMetadata", json!({"labels": {"tier": "users"}}))
            .run()
            .with("/strategy/canary/stableMetadata", json!({}))
            .run()
            .marked(),
        expect![[r#"
              mark v1 role- tier=users (stable metadata)
              label 2 pods of v1 role- tier=users (stable metadata)
              mark v1 (all pods have it)
              mark v1 tier- (stable metadata)
              label 2 pods of v1 tier- (stable metadata)
              mark v1 (all pods have it)
            = 2 pods of v1 {} {}
        "#]],
    );
}

#[test]
fn a_revision_of_many_pods_is_labelled_in_turns() {
    check(
        given(120)
            .blue_green()
            .installed()
            .with("/strategy/blueGreen/activeMetadata", json!({"labels": {"role": "active"}}))
            .run()
            .ending(),
        expect![[r#"
              mark v1 role=active (active metadata)
              label 50 pods of v1 role=active (active metadata)
              label 50 pods of v1 role=active (active metadata)
              label 20 pods of v1 role=active (active metadata)
            = Healthy  [v1 120]
        "#]],
    );
}

#[test]
fn preview_pods_become_active_ones() {
    check(
        given(2)
            .blue_green()
            .with("/strategy/blueGreen/activeMetadata", json!({"labels": {"role": "active"}}))
            .with("/strategy/blueGreen/previewMetadata", json!({"labels": {"role": "preview"}}))
            .installed()
            .update("v2")
            .run()
            .wait("1m")
            .marked(),
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
              mark v1 role- (no role any more)
              mark v2 role=active (active metadata)
              record v2 Promoted
              label 2 pods of v1 role- (no role any more)
              label 2 pods of v2 role=active (active metadata)
              mark v1 (all pods have it)
              scale v1 2 → 0 (scale-down delay passed)
            = 2 pods of v2 {"role": "active"} {}
        "#]],
    );
}

/// Found by fuzzing: what no role gives cannot be made alike, and was tried without end.
#[test]
fn what_a_pod_has_besides_is_left_alone() {
    let mut world = labelled(given(1).canary([weight(50), pause()])).installed();
    world.transcript.clear();
    for pod in &mut world.pods {
        pod.marks.labels.insert("debug".to_owned(), "on".to_owned());
    }
    check(
        world.run().marked(),
        expect![[r#"
            = 1 pods of v1 {"debug": "on", "role": "stable"} {}
        "#]],
    );
}
