//! What storms found, each as the story that broke.

use expect_test::expect;
use jiff::SignedDuration;
use sluice_crds::RolloutStatus;

use crate::world::{check, given, pause, weight};

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
