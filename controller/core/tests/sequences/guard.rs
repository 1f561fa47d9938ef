//! The rollback policy: a version is watched while users see it and for a while after, and taken back when it goes bad.

use expect_test::expect;
use jiff::SignedDuration;
use sluice_core::guard::{Blind, Checks, Reins};
use sluice_core::observed::Sight;
use sluice_crds::AnalysisPhase::{Failed, Successful};

use crate::world::{World, check, given, pause_for, weight};

#[test]
fn a_version_that_goes_bad_after_its_promotion_is_taken_back_to_pods_that_were_kept() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    check(
        world.update("v2").wait("3m").ending().verdict("bake", Failed).wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 5, v2 5]
            went bad after its promotion: v1 is stable again
            aborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05
              point stable → v1 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-bake (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:03:30Z (no traffic any more)
              scale v2 5 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

#[test]
fn a_version_that_stays_good_is_let_go_after_its_bake_time() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    check(
        world.update("v2").wait("20m").ending().verdict("bake", Failed).wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
              keep v1 until 2026-01-01T10:11:30Z (no traffic any more)
              stop analysis web-v2-2-bake (not needed any more)
              scale v1 5 → 0 (scale-down delay passed)
            = Healthy  [v2 5]
            = Healthy  [v2 5]
        "#]],
    );
}

#[test]
fn a_version_that_goes_bad_during_its_release_is_taken_back() {
    let world = given(5).canary([weight(20), pause_for("10m")]).guarded("10m").installed();
    check(
        world.update("v2").run().verdict("policy", Failed).wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:10:00Z
            rollback policy: the version is watched
            aborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-policy (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

#[test]
fn what_was_taken_back_is_tried_again_only_when_a_person_says_so() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    let world = world.update("v2").wait("3m").verdict("bake", Failed).wait("30m");
    check(
        world.ending().forget_verdicts().retry().run().verdict("policy", Failed).run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            went bad after its promotion: v1 is stable again
            aborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05
              point stable → v1 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-bake (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:03:30Z (no traffic any more)
              scale v2 5 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05 [v1 5]
            — retry
            retried
            held: 0 of 1 pods of v2 are available
              scale v2 0 → 1 (step weight 20)
              keep v2 (needed again)
              record v2 Promoted
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy.1
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:34:00Z
            rollback policy: the version is watched
            aborted: rollback policy web-v2-2-policy.1 Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              stop analysis web-v2-2-policy.1 (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:33:30Z (no traffic any more)
            = Degraded RolloutAborted: rollback policy web-v2-2-policy.1 Failed: errors 0.08 > 0.05 [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn nobody_goes_back_to_a_version_that_was_itself_taken_back() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    let world = world.update("v2").wait("3m").verdict("bake", Failed).wait("1m").forget_verdicts();
    check(
        world.update("v3").wait("3m").verdict("bake", Failed).wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            went bad after its promotion: v1 is stable again
            aborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05
              point stable → v1 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-bake (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:03:30Z (no traffic any more)
              scale v2 5 → 0 (scale-down delay passed)
            — v3 is applied
            new revision v3
            held: 0 of 1 pods of v3 are available
              create v3 (revision 3)
              scale v3 0 → 1 (step weight 20)
              point canary → v3 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v3-3-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:05:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v3 are available
              scale v3 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v3 (promotion)
              route 100 → 0 (promotion)
            promoted v3
            rollback policy: the version is watched until 2026-01-01T10:15:00Z
              start analysis web-v3-3-bake
              stop analysis web-v3-3-policy (not needed any more)
              note v3 completed
              record v3 Promoted
            went bad after its promotion: v1 is stable again
            aborted: rollback policy web-v3-3-bake Failed: errors 0.08 > 0.05
              point stable → v1 (aborted)
              note v3 aborted
              point canary → v1 (aborted)
              stop analysis web-v3-3-bake (not needed any more)
              record v3 Aborted
              keep v3 until 2026-01-01T10:07:30Z (no traffic any more)
              scale v3 5 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v3-3-bake Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

#[test]
fn a_blue_green_version_that_goes_bad_after_its_promotion_is_switched_back() {
    let world = given(3).blue_green().guarded("10m").installed();
    check(
        world.update("v2").wait("3m").ending().verdict("bake", Failed).wait("2m").ending(),
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
              start analysis web-v2-2-policy
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 3, v2 3]
            went bad after its promotion: v1 is stable again
            aborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05
              point active → v1 (aborted)
              note v2 aborted
              keep v2 until 2026-01-01T10:03:30Z (no traffic any more)
              stop analysis web-v2-2-bake (not needed any more)
              record v2 Aborted
              point preview → v1 (scale-down delay passed)
              scale v2 3 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05 [v1 3]
        "#]],
    );
}

#[test]
fn without_a_version_to_go_back_to_nothing_is_taken_back() {
    let world = given(5).canary([weight(20)]).guarded("10m").verdict("bake", Failed);
    check(
        world.wait("1m").ending(),
        expect![[r#"
            new revision v1
              create v1 (revision 1)
              route ? → 0 (first revision)
            held: 0 of 5 pods of v1 are available
              scale v1 0 → 5 (first revision)
              point stable → v1 (first revision)
              point canary → v1 (first revision)
            promoted v1
            rollback policy: the version is watched until 2026-01-01T10:10:00Z
              note v1 completed
              record v1 Promoted
            = Healthy  [v1 5]
        "#]],
    );
}

#[test]
fn a_version_that_cannot_be_measured_goes_no_further_and_is_not_taken_back() {
    let world = given(5).canary([weight(20), pause_for("1m"), weight(60)]).guarded("10m").installed();
    let unread = Sight::Blind("error_rate_spike: connection refused".to_owned());
    check(
        world.update("v2").run().sees(unread).wait("2h").ending().sees(Sight::Good).wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            held: rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: connection refused; once that is mended it goes on, and promote --full lets it through unwatched
            rollback policy: the version cannot be watched: error_rate_spike: connection refused
            = Progressing rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: connection refused; once that is mended it goes on, and promote --full lets it through unwatched [v1 5, v2 1]
            step 2 done
            rollback policy: the version is watched
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
            rollback policy: the version is watched until 2026-01-01T12:10:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 5, v2 5]
        "#]],
    );
}

#[test]
fn a_weight_that_waits_for_pods_is_not_given_once_nothing_is_seen_any_more() {
    let world = given(5).canary([weight(20), pause_for("1m"), weight(60)]).guarded("10m").installed();
    let unread = Sight::Blind("error_rate_spike: connection refused".to_owned());
    let world = world.update("v2").room_for("v2", 1).wait("2m").sees(unread).room_for("v2", 5);
    check(
        world.wait("10m").ending().sees(Sight::Good).wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            — there is room for 1 pods of v2
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 3 pods of v2 are available
              scale v2 1 → 3 (step weight 60)
            — there is room for 5 pods of v2
            held: rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: connection refused; once that is mended it goes on, and promote --full lets it through unwatched
            rollback policy: the version cannot be watched: error_rate_spike: connection refused
            = Progressing rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: connection refused; once that is mended it goes on, and promote --full lets it through unwatched [v1 5, v2 3]
            rollback policy: the version is watched
              route 20 → 60 (step weight 60)
            step 3 done
            held: 3 of 5 pods of v2 are available
              scale v2 3 → 5 (promotion)
              route 60 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:22:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 5, v2 5]
        "#]],
    );
}

#[test]
fn what_users_had_already_they_get_back_although_nothing_is_seen() {
    let world = given(5).canary([weight(20), pause_for("1m"), weight(60)]).guarded("10m").installed();
    let unread = Sight::Blind("error_rate_spike: no series".to_owned());
    check(
        world.update("v2").run().sick("v2").sees(unread).wait("10m").well("v2").wait("10m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            — pods of v2 are not ready
              point canary → v1 (no ready pods)
              route 20 → 0 (no ready pods)
            held: 0 of 1 pods of v2 are available
            rollback policy: the version cannot be watched: error_rate_spike: no series
            — pods of v2 get ready
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            held: rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: no series; once that is mended it goes on, and promote --full lets it through unwatched
            = Progressing rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: no series; once that is mended it goes on, and promote --full lets it through unwatched [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn without_a_router_no_pods_are_exchanged_while_nothing_is_seen() {
    let world = given(5).canary_by_pods([weight(20), pause_for("1m"), weight(60)]).guarded("10m").installed();
    let unread = Sight::Blind("error_rate_spike: connection refused".to_owned());
    let world = world.update("v2").room_for("v2", 1).wait("2m").sees(unread).room_for("v2", 5);
    check(
        world.wait("10m").ending().sees(Sight::Good).wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            — there is room for 1 pods of v2
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
            held: more replicas need to be updated
              scale v1 5 → 4 (makes room)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 3 pods of v2 are available
              scale v2 1 → 2 (step weight 60)
            — there is room for 5 pods of v2
            held: rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: connection refused; once that is mended it goes on, and promote --full lets it through unwatched
            rollback policy: the version cannot be watched: error_rate_spike: connection refused
            = Progressing rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: connection refused; once that is mended it goes on, and promote --full lets it through unwatched [v1 4, v2 2]
            held: 2 of 3 pods of v2 are available
            rollback policy: the version is watched
              scale v1 4 → 3 (makes room)
              scale v2 2 → 3 (step weight 60)
            held: more replicas need to be updated
              scale v1 3 → 2 (makes room)
            step 3 done
            held: 3 of 5 pods of v2 are available
              scale v2 3 → 4 (promotion)
            held: 4 of 5 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 4 → 5 (promotion)
            held: more replicas need to be updated
              scale v1 1 → 0 (makes room)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:22:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v2 5]
        "#]],
    );
}

#[test]
fn what_is_not_seen_to_be_good_is_not_promoted_until_a_person_says_so() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    let unsure = Sight::Unsure("error_rate_spike is Inconclusive".to_owned());
    check(
        world.update("v2").sees(unsure).wait("2h").ending().promote_full().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: rollback policy: web-v2-2-policy is not sure that it is good: error_rate_spike is Inconclusive; once that is mended it goes on, and promote --full lets it through unwatched
            = Progressing rollback policy: web-v2-2-policy is not sure that it is good: error_rate_spike is Inconclusive; once that is mended it goes on, and promote --full lets it through unwatched [v1 5, v2 1]
            — promote --full
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              stop analysis web-v2-2-policy (not needed any more)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T12:10:00Z
              start analysis web-v2-2-bake
              note v2 completed
              record v2 FastPromoted
            = Healthy  [v1 5, v2 5]
        "#]],
    );
}

#[test]
fn what_the_policy_cannot_measure_at_all_is_told_and_holds_the_promotion() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    let world = world.policy(|guard| guard.blind = blind(true, true));
    check(
        world.update("v2").wait("2h").ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
        rollback policy: the version cannot be watched: error_rate_spike needs a query
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 20)
          point canary → v2 (step weight 20)
          route 0 → 20 (step weight 20)
        step 1 done
        paused (CanaryPauseStep)
        held: CanaryPauseStep until 2026-01-01T10:01:00Z
        step 2 done
        held: rollback policy: error_rate_spike needs a query; once that is mended it goes on, and promote --full lets it through unwatched
        = Progressing rollback policy: error_rate_spike needs a query; once that is mended it goes on, and promote --full lets it through unwatched [v1 5, v2 1]
    "#]],
    );
}

#[test]
fn nothing_is_taken_back_during_the_cooldown_and_then_it_is() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    let until = "2026-01-01T10:05:00Z".parse().unwrap();
    let reins = Reins { why: "web-v1 was taken back less than 30m ago".to_owned(), until };
    let world = world.policy(|guard| guard.reins = Some(reins)).verdict("policy", Failed);
    check(
        world.update("v2").wait("4m").ending().policy(|guard| guard.reins = None).wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            held: rollback policy: the version is bad, and is not taken back: web-v1 was taken back less than 30m ago (analysis web-v2-2-policy: errors 0.08 > 0.05); abort takes it back, promote --full lets it through
            rollback policy: the version is bad, and is not taken back: web-v1 was taken back less than 30m ago (analysis web-v2-2-policy: errors 0.08 > 0.05)
            = Progressing rollback policy: the version is bad, and is not taken back: web-v1 was taken back less than 30m ago (analysis web-v2-2-policy: errors 0.08 > 0.05); abort takes it back, promote --full lets it through [v1 5, v2 1]
            aborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-policy (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:04:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

#[test]
fn a_policy_that_only_looks_says_what_it_would_have_done() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    let world = world.policy(|guard| guard.dry_run = true);
    check(
        world.would("error_rate_spike: 0.08, from 0.05 on it is too much").update("v2").wait("3m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version would have been taken back (dry run): analysis web-v2-2-policy: error_rate_spike: 0.08, from 0.05 on it is too much
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            rollback policy: the version would have been taken back (dry run): analysis web-v2-2-bake: error_rate_spike: 0.08, from 0.05 on it is too much
            = Healthy  [v1 5, v2 5]
        "#]],
    );
}

#[test]
fn after_a_version_was_taken_back_it_is_looked_whether_users_are_well() {
    let world = given(5).canary([weight(20), pause_for("10m")]).guarded("10m").installed();
    let world = world.policy(|guard| guard.checks = Checks::Ready);
    check(
        world.update("v2").run().verdict("policy", Failed).wait("1m").verdict("checks", Failed).wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:10:00Z
            rollback policy: the version is watched
            aborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-policy (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              start analysis web-v2-2-checks
            rollback policy: analysis web-v2-2-checks looks whether users are well again
              scale v2 1 → 0 (scale-down delay passed)
            rollback policy: users may not be well after the rollback: analysis web-v2-2-checks Failed: errors 0.08 > 0.05
            = Degraded RolloutAborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

/// What cannot be looked at is told like what was found to be bad, and keeps nothing else from being done.
#[test]
fn checks_that_cannot_begin_are_told_and_begin_once_they_can() {
    let world = given(5).canary([weight(20), pause_for("10m")]).guarded("10m").installed();
    let broken = Checks::Broken("AnalysisTemplate smoke is not there".to_owned());
    let world = world.policy(|guard| guard.checks = broken.clone()).update("v2").run().verdict("policy", Failed);
    let mended = world.wait("3m").ending().policy(|guard| guard.checks = Checks::Ready).wait("1m");
    check(
        mended.policy(|guard| guard.checks = broken).wait("1m").condition("RollbackPolicy"),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 20)
          point canary → v2 (step weight 20)
          route 0 → 20 (step weight 20)
        step 1 done
          start analysis web-v2-2-policy
        paused (CanaryPauseStep)
        held: CanaryPauseStep until 2026-01-01T10:10:00Z
        rollback policy: the version is watched
        aborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05
        rollback policy: users may not be well after the rollback: the checks cannot begin: AnalysisTemplate smoke is not there
          route 20 → 0 (aborted)
          note v2 aborted
          point canary → v1 (aborted)
          stop analysis web-v2-2-policy (not needed any more)
          record v2 Aborted
          keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
          scale v2 1 → 0 (scale-down delay passed)
        = Degraded RolloutAborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05 [v1 5]
          start analysis web-v2-2-checks
        rollback policy: analysis web-v2-2-checks looks whether users are well again
        = RollbackPolicy True: analysis web-v2-2-checks looks whether users are well again
    "#]],
    );
}

#[test]
fn users_are_looked_after_once_for_each_rollback() {
    let world = given(5).canary([weight(20), pause_for("10m")]).guarded("10m").installed();
    let world = world.policy(|guard| guard.checks = Checks::Ready).update("v2").run();
    let once = world.verdict("policy", Failed).verdict("checks", Successful).wait("2m").ending();
    check(
        once.retry().run().wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:10:00Z
            rollback policy: the version is watched
            aborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-policy (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              start analysis web-v2-2-checks
            rollback policy: users are well again, by analysis web-v2-2-checks
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05 [v1 5]
            — retry
            retried
            held: 0 of 1 pods of v2 are available
              scale v2 0 → 1 (step weight 20)
              keep v2 (needed again)
              stop analysis web-v2-2-checks (not needed any more)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy.1
            aborted: rollback policy web-v2-2-policy.1 Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              stop analysis web-v2-2-policy.1 (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:02:30Z (no traffic any more)
              start analysis web-v2-2-checks.1
            rollback policy: users are well again, by analysis web-v2-2-checks.1
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-policy.1 Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

#[test]
fn a_broken_policy_is_told_and_the_last_good_one_stays_in_force() {
    let world = given(5).canary([weight(20), pause_for("10m")]).guarded("10m").installed();
    let broken = "triggers[0].threshold is \"lots\"; must be a count".to_owned();
    let world = world.policy(|guard| guard.broken = Some(broken));
    check(
        world.update("v2").run().verdict("policy", Failed).run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
            rollback policy: the newest form is not in force, the last good one is: triggers[0].threshold is "lots"; must be a count
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:10:00Z
            aborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-policy (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
            = Degraded RolloutAborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05 [v1 5, v2 1]
        "#]],
    );
}

/// Whoever is woken reads first what users suffer, then what is not seen, then what is wrong with the policy.
#[test]
fn of_several_things_the_worst_for_users_is_told() {
    let reins = Reins { why: "cooldown".to_owned(), until: "2026-01-01T11:00:00Z".parse().unwrap() };
    let blind = Blind { why: "response_time_degradation has no query".to_owned(), holds: true, all: false };
    let world = given(5).canary([weight(20), pause_for("1h")]).guarded("10m").installed();
    let world = world.policy(|guard| guard.broken = Some("triggers is \"lots\"".to_owned()));
    let world = world.would("health_check_failure 4, from 3 on it is too much").update("v2").run();
    let world = world.sees(Sight::Blind("error_rate_spike: no data".to_owned())).wait("2m");
    let world = world.sees(Sight::Shared("error_rate_spike".to_owned())).run();
    let world = world.policy(|guard| guard.reins = Some(reins)).verdict("policy", Failed).run();
    let lookless = given(5).canary([weight(20), pause_for("1h")]).guarded("10m").installed();
    let lookless = lookless.policy(|guard| guard.broken = Some("triggers is \"lots\"".to_owned())).update("v2").run();
    let lookless = lookless.policy(|guard| guard.blind = Some(blind)).run();
    let lookless = lookless.sees(Sight::Blind("error_rate_spike: no data".to_owned())).wait("2m");
    let said = |world: &World| {
        world.transcript.lines().filter(|line| line.starts_with("rollback policy")).collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        rollback policy: the newest form is not in force, the last good one is: triggers is "lots"
        rollback policy: the version is bad by a trigger that only notifies: analysis web-v2-2-policy: health_check_failure 4, from 3 on it is too much
        rollback policy: error_rate_spike: the version does badly, but so does the one before it, and it is not taken back
        rollback policy: the version is bad, and is not taken back: cooldown (analysis web-v2-2-policy: errors 0.08 > 0.05)"#]]
        .assert_eq(&said(&world));
    expect![[r#"
        rollback policy: the newest form is not in force, the last good one is: triggers is "lots"
        rollback policy: the version cannot be watched: response_time_degradation has no query
        rollback policy: the version cannot be watched: error_rate_spike: no data"#]]
    .assert_eq(&said(&lookless));
}

#[test]
fn what_is_bad_for_both_versions_is_told_and_not_taken_back() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    let shared = Sight::Shared("error_rate_spike".to_owned());
    check(
        world.update("v2").run().sees(shared).wait("3m").ending().sees(Sight::Good).wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            rollback policy: error_rate_spike: the version does badly, but so does the one before it, and it is not taken back
            step 2 done
            held: rollback policy: web-v2-2-policy finds both versions bad by error_rate_spike; once that is mended it goes on, and promote --full lets it through unwatched
            = Progressing rollback policy: web-v2-2-policy finds both versions bad by error_rate_spike; once that is mended it goes on, and promote --full lets it through unwatched [v1 5, v2 1]
            held: 1 of 5 pods of v2 are available
            rollback policy: the version is watched
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:13:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 5, v2 5]
        "#]],
    );
}

#[test]
fn where_two_services_take_turns_the_one_before_gets_the_traffic_back() {
    let world = given(4).ping_pong([weight(25), pause_for("1m")]).guarded("10m").installed();
    check(
        world.update("v2").wait("3m").served().ending().verdict("bake", Failed).wait("2m").served().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 25)
              point pong → v2 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 4 pods of v2 are available
              scale v2 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v2
            Service pong is the stable one from now on (pong)
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              point ping → v2 (promotion)
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            = ping → v2 0, pong → v2 100; stable is pong
            = Healthy  [v1 4, v2 4]
            went bad after its promotion: v1 is stable again
            Service ping is the stable one from now on (ping)
              note v2 aborted
            aborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05
              point ping → v1 (aborted)
              route 100 → 0 (aborted)
              stop analysis web-v2-2-bake (not needed any more)
              record v2 Aborted
              point pong → v1 (aborted)
              keep v2 until 2026-01-01T10:03:30Z (no traffic any more)
              scale v2 4 → 0 (scale-down delay passed)
            = ping → v1 100, pong → v1 0; stable is ping
            = Degraded RolloutAborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05 [v1 4]
        "#]],
    );
}

#[test]
fn without_a_router_pods_are_exchanged_for_those_of_the_version_before() {
    let world = given(4).canary_by_pods([weight(25), pause_for("1m")]).guarded("10m").installed();
    check(
        world.update("v2").wait("3m").ending().verdict("bake", Failed).wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 25)
            held: more replicas need to be updated
              scale v1 4 → 3 (makes room)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 4 pods of v2 are available
              scale v2 1 → 2 (promotion)
            held: 2 of 4 pods of v2 are available
              scale v1 3 → 2 (makes room)
              scale v2 2 → 3 (promotion)
            held: 3 of 4 pods of v2 are available
              scale v1 2 → 1 (makes room)
              scale v2 3 → 4 (promotion)
            held: more replicas need to be updated
              scale v1 1 → 0 (makes room)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v2 4]
            went bad after its promotion: v1 is stable again
            aborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05
            held: 0 of 4 pods of v1 are available
              scale v1 0 → 1 (aborted)
              note v2 aborted
            held: 1 of 4 pods of v1 are available
              scale v2 4 → 3 (makes room)
              stop analysis web-v2-2-bake (not needed any more)
              record v2 Aborted
              scale v1 1 → 2 (aborted)
            held: 2 of 4 pods of v1 are available
              scale v2 3 → 2 (makes room)
              scale v1 2 → 3 (aborted)
            held: 3 of 4 pods of v1 are available
              scale v2 2 → 1 (makes room)
              scale v1 3 → 4 (aborted)
            held: more replicas need to be updated
              scale v2 1 → 0 (makes room)
            = Degraded RolloutAborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05 [v1 4]
        "#]],
    );
}

fn gradually(world: World) -> World {
    world.policy(|guard| guard.gradual = Some(SignedDuration::from_secs(30)))
}

#[test]
fn traffic_goes_back_by_the_weights_of_the_steps_where_the_policy_wants_that() {
    let steps = [weight(20), pause_for("1m"), weight(60), pause_for("10m")];
    let world = gradually(given(5).canary(steps).guarded("10m").installed());
    check(
        world.update("v2").wait("3m").verdict("policy", Failed).wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 3 pods of v2 are available
              scale v2 1 → 3 (step weight 60)
              route 20 → 60 (step weight 60)
            step 3 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:11:00Z
            aborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05
            held: rollback policy: traffic goes back by the weights of the steps; 20 until 2026-01-01T10:03:30Z at most
              route 60 → 20 (aborted)
              note v2 aborted
              stop analysis web-v2-2-policy (not needed any more)
              record v2 Aborted
            held: rollback policy: traffic goes back by the weights of the steps; 20 until 2026-01-01T10:04:00Z at most
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:04:30Z (no traffic any more)
              scale v2 3 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

#[test]
fn a_promoted_version_goes_back_by_the_weights_of_the_steps_too() {
    let steps = [weight(20), pause_for("1m"), weight(60), pause_for("1m")];
    let world = gradually(given(5).canary(steps).guarded("10m").installed());
    check(
        world.update("v2").wait("5m").served().verdict("bake", Failed).wait("3m").served().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 3 pods of v2 are available
              scale v2 1 → 3 (step weight 60)
              route 20 → 60 (step weight 60)
            step 3 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:02:00Z
            step 4 done
            held: 3 of 5 pods of v2 are available
              scale v2 3 → 5 (promotion)
              route 60 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:12:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            = canary → v2 0, stable → v2 100; stable is neither
            went bad after its promotion: v1 is stable again
            aborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05
              route 0 → 100 (aborted)
              note v2 aborted
              point stable → v1 (aborted)
              stop analysis web-v2-2-bake (not needed any more)
              record v2 Aborted
            held: rollback policy: traffic goes back by the weights of the steps; 60 until 2026-01-01T10:05:30Z at most
              route 100 → 60 (aborted)
            held: rollback policy: traffic goes back by the weights of the steps; 20 until 2026-01-01T10:06:00Z at most
              route 60 → 20 (aborted)
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              keep v2 until 2026-01-01T10:06:30Z (no traffic any more)
              scale v2 5 → 0 (scale-down delay passed)
            = canary → v1 0, stable → v1 100; stable is neither
            = Degraded RolloutAborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

#[test]
fn a_changed_policy_is_taken_up_by_the_release_under_way() {
    let world = given(5).canary([weight(20), pause_for("10m")]).guarded("10m").installed().update("v2").run();
    let world = world.policy_changes("nothing is taken back", []).wait("1m").ending();
    let world = world.policy_changes("as at first", ["errors"]).run();
    check(
        world.fails_unseen("policy").wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:10:00Z
            rollback policy: the version is watched
            — the policy is changed: nothing is taken back
              start analysis web-v2-2-policy.1
              stop analysis web-v2-2-policy (not needed any more)
            = Paused CanaryPauseStep until 2026-01-01T10:10:00Z [v1 5, v2 1]
            — the policy is changed: as at first
              start analysis web-v2-2-policy.2
              stop analysis web-v2-2-policy.1 (not needed any more)
            — the policy analysis fails
            aborted: rollback policy web-v2-2-policy.2 Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-policy.2 (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:01:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-policy.2 Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

#[test]
fn a_verdict_that_nobody_heard_is_judged_by_the_policy_in_force() {
    let world = given(5).canary([weight(20), pause_for("10m")]).guarded("10m").installed().update("v2").run();
    let world = world.fails_unseen("policy").policy_changes("nothing is taken back", []).wait("1m").ending();
    check(
        world.policy_changes("as at first", ["errors"]).wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:10:00Z
            rollback policy: the version is watched
            — the policy analysis fails
            — the policy is changed: nothing is taken back
              start analysis web-v2-2-policy.1
              stop analysis web-v2-2-policy (not needed any more)
            = Paused CanaryPauseStep until 2026-01-01T10:10:00Z [v1 5, v2 1]
            — the policy is changed: as at first
              start analysis web-v2-2-policy.2
              stop analysis web-v2-2-policy.1 (not needed any more)
            = Paused CanaryPauseStep until 2026-01-01T10:10:00Z [v1 5, v2 1]
        "#]],
    );
}

#[test]
fn a_verdict_stands_although_other_things_changed_in_the_policy() {
    let world = given(5).canary([weight(20), pause_for("10m")]).guarded("10m").installed().update("v2").run();
    let world = world.fails_unseen("policy").policy_changes("it looks more often", ["errors"]);
    check(
        world.wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:10:00Z
            rollback policy: the version is watched
            — the policy analysis fails
            — the policy is changed: it looks more often
            aborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-policy (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

#[test]
fn the_bake_time_goes_on_when_the_policy_changes() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    let world = world.update("v2").wait("6m").policy_changes("it looks more often", ["errors"]).wait("4m");
    let world = world.policy_changes("nothing is taken back", []).run().ending();
    check(
        world.wait("10m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            — the policy is changed: it looks more often
              start analysis web-v2-2-bake.1
              stop analysis web-v2-2-bake (not needed any more)
            — the policy is changed: nothing is taken back
              start analysis web-v2-2-bake.2
              stop analysis web-v2-2-bake.1 (not needed any more)
            = Healthy  [v1 5, v2 5]
              keep v1 until 2026-01-01T10:11:30Z (no traffic any more)
              stop analysis web-v2-2-bake.2 (not needed any more)
              scale v1 5 → 0 (scale-down delay passed)
            = Healthy  [v2 5]
        "#]],
    );
}

#[test]
fn a_promoted_version_is_not_taken_back_by_a_watch_that_failed_before_the_policy_was_turned_off() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed().update("v2").wait("3m");
    let world = world.fails_unseen("bake").policy_changes("nothing is taken back", []).wait("1m");
    check(
        world.policy_changes("as at first", ["errors"]).wait("20m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            — the bake analysis fails
            — the policy is changed: nothing is taken back
              start analysis web-v2-2-bake.1
              stop analysis web-v2-2-bake (not needed any more)
            — the policy is changed: as at first
              start analysis web-v2-2-bake.2
              stop analysis web-v2-2-bake.1 (not needed any more)
              keep v1 until 2026-01-01T10:11:30Z (no traffic any more)
              stop analysis web-v2-2-bake.2 (not needed any more)
              scale v1 5 → 0 (scale-down delay passed)
            = Healthy  [v2 5]
        "#]],
    );
}

#[test]
fn a_repaired_query_lets_nothing_through_before_it_has_measured() {
    let world = given(5).canary([weight(20), pause_for("1m"), weight(60)]).guarded("10m").installed();
    let unread = Sight::Blind("error_rate_spike: parse error".to_owned());
    let world = world.update("v2").run().sees(unread).wait("5m").ending().silent();
    let world = world.repaired(Sight::Good).policy_changes("with another query", ["errors"]).wait("5m");
    let repaired = world.policy_changes("as at first", ["errors"]).wait("5m").ending();
    check(
        repaired.measured().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            held: rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: parse error; once that is mended it goes on, and promote --full lets it through unwatched
            rollback policy: the version cannot be watched: error_rate_spike: parse error
            = Progressing rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: parse error; once that is mended it goes on, and promote --full lets it through unwatched [v1 5, v2 1]
            — nothing can be measured
            — the policy is changed: with another query
              start analysis web-v2-2-policy.1
              stop analysis web-v2-2-policy (not needed any more)
            rollback policy: the version is watched
            — the policy is changed: as at first
              start analysis web-v2-2-policy.2
              stop analysis web-v2-2-policy.1 (not needed any more)
            = Progressing rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: parse error; once that is mended it goes on, and promote --full lets it through unwatched [v1 5, v2 1]
            — every metric is measured
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
            rollback policy: the version is watched until 2026-01-01T10:25:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy.2 (not needed any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 5, v2 5]
        "#]],
    );
}

/// What a watch last came to is kept beyond the history limits, until the one in its place has measured.
#[test]
fn a_hold_outlives_the_watch_that_asked_for_it_without_any_history() {
    let limits = serde_json::json!({"successfulRunHistoryLimit": 0, "unsuccessfulRunHistoryLimit": 0});
    let world = given(5).canary([weight(20), pause_for("1m"), weight(60)]).guarded("10m").with("/analysis", limits);
    let unread = Sight::Blind("error_rate_spike: parse error".to_owned());
    let world = world.installed().update("v2").run().sees(unread).wait("5m").silent();
    let world = world.repaired(Sight::Good).policy_changes("with another query", ["errors"]).wait("5m");
    let repaired = world.policy_changes("with a third one", ["errors"]).wait("5m").ending();
    check(
        repaired.measured().run().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            held: rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: parse error; once that is mended it goes on, and promote --full lets it through unwatched
            rollback policy: the version cannot be watched: error_rate_spike: parse error
            — nothing can be measured
            — the policy is changed: with another query
              start analysis web-v2-2-policy.1
              stop analysis web-v2-2-policy (not needed any more)
            rollback policy: the version is watched
            — the policy is changed: with a third one
              start analysis web-v2-2-policy.2
              stop analysis web-v2-2-policy.1 (not needed any more)
              delete analysis web-v2-2-policy.1 (history limit)
            = Progressing rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: parse error; once that is mended it goes on, and promote --full lets it through unwatched [v1 5, v2 1]
            — every metric is measured
            step 2 done
              delete analysis web-v2-2-policy (history limit)
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
            rollback policy: the version is watched until 2026-01-01T10:25:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy.2 (not needed any more)
              note v2 completed
              record v2 Promoted
              delete analysis web-v2-2-policy.2 (history limit)
            = Healthy  [v1 5, v2 5]
        "#]],
    );
}

#[test]
fn without_a_policy_nobody_watches_any_more_and_nothing_is_taken_back() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed().update("v2").wait("3m");
    check(
        world.fails_unseen("bake").without_policy().wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            — the bake analysis fails
            — the policy is deleted
              keep v1 until 2026-01-01T10:03:30Z (no traffic any more)
              stop analysis web-v2-2-bake (not needed any more)
              scale v1 5 → 0 (scale-down delay passed)
            = Healthy  [v2 5]
        "#]],
    );
}

#[test]
fn a_rollback_goes_on_whatever_becomes_of_the_policy() {
    let world = given(4).ping_pong([weight(25), pause_for("1m")]).guarded("10m").installed().update("v2").wait("3m");
    let world = world.fails_unseen("bake").run_until("note v2 aborted");
    check(
        world.policy_changes("nothing is taken back", []).wait("2m").served().ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 25)
              point pong → v2 (step weight 25)
              route 0 → 25 (step weight 25)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 4 pods of v2 are available
              scale v2 1 → 4 (promotion)
              route 25 → 100 (promotion)
            promoted v2
            Service pong is the stable one from now on (pong)
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              point ping → v2 (promotion)
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            — the bake analysis fails
            went bad after its promotion: v1 is stable again
            Service ping is the stable one from now on (ping)
              note v2 aborted
            — the policy is changed: nothing is taken back
            aborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05
              point ping → v1 (aborted)
              route 100 → 0 (aborted)
              stop analysis web-v2-2-bake (not needed any more)
              record v2 Aborted
              point pong → v1 (aborted)
              keep v2 until 2026-01-01T10:03:30Z (no traffic any more)
              scale v2 4 → 0 (scale-down delay passed)
            = ping → v1 100, pong → v1 0; stable is ping
            = Degraded RolloutAborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05 [v1 4]
        "#]],
    );
}

#[allow(clippy::unnecessary_wraps)]
fn blind(holds: bool, all: bool) -> Option<Blind> {
    Some(Blind { why: "error_rate_spike needs a query".to_owned(), holds, all })
}

#[test]
fn what_cannot_be_measured_stops_no_other_trigger_from_judging() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    let world = world.policy(|guard| guard.blind = blind(true, false)).update("v2").wait("30m").ending();
    check(
        world.fails_unseen("policy").wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
            rollback policy: the version cannot be watched: error_rate_spike needs a query
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            step 2 done
            held: rollback policy: error_rate_spike needs a query; once that is mended it goes on, and promote --full lets it through unwatched
            = Progressing rollback policy: error_rate_spike needs a query; once that is mended it goes on, and promote --full lets it through unwatched [v1 5, v2 1]
            — the policy analysis fails
            aborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05
              route 20 → 0 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-policy (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:30:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

#[test]
fn what_only_notifies_and_cannot_be_measured_is_told_and_holds_nothing() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    check(
        world.policy(|guard| guard.blind = blind(false, true)).update("v2").wait("30m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
            rollback policy: the version cannot be watched: error_rate_spike needs a query
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              note v2 completed
              record v2 Promoted
              keep v1 until 2026-01-01T10:11:30Z (no traffic any more)
              scale v1 5 → 0 (scale-down delay passed)
            = Healthy  [v2 5]
        "#]],
    );
}

#[test]
fn a_watch_that_came_to_its_end_is_not_begun_anew() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    let world = world.would("error_rate_spike: 0.08, from 0.05 on it is too much");
    let world = world.verdict("policy", Successful).verdict("bake", Successful);
    check(
        world.update("v2").wait("20m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is bad by a trigger that only notifies: analysis web-v2-2-policy: error_rate_spike: 0.08, from 0.05 on it is too much
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            rollback policy: the version is bad by a trigger that only notifies: analysis web-v2-2-bake: error_rate_spike: 0.08, from 0.05 on it is too much
              keep v1 until 2026-01-01T10:11:30Z (no traffic any more)
              stop analysis web-v2-2-bake (not needed any more)
              scale v1 5 → 0 (scale-down delay passed)
            = Healthy  [v2 5]
        "#]],
    );
}

#[test]
fn what_cannot_be_seen_is_told_once_it_lasts() {
    let world = given(5).canary([weight(20), pause_for("10m")]).guarded("10m").installed().update("v2").run();
    let world = world.sees(Sight::Blind("error_rate_spike: connection refused".to_owned())).run();
    check(
        world.wait("59s").wait("1s").ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 20)
          point canary → v2 (step weight 20)
          route 0 → 20 (step weight 20)
        step 1 done
          start analysis web-v2-2-policy
        paused (CanaryPauseStep)
        held: CanaryPauseStep until 2026-01-01T10:10:00Z
        rollback policy: the version is watched
        held: rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: connection refused; once that is mended it goes on, and promote --full lets it through unwatched
        rollback policy: the version cannot be watched: error_rate_spike: connection refused
        = Progressing rollback policy: web-v2-2-policy cannot be measured: error_rate_spike: connection refused; once that is mended it goes on, and promote --full lets it through unwatched [v1 5, v2 1]
    "#]],
    );
}

/// An autoscaler asks for more while the promoted version is watched: those kept to go back to are as many, or users could not go.
#[test]
fn pods_to_go_back_to_grow_with_the_rollout() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    check(
        world.update("v2").wait("3m").scale(8).wait("1m").ending().verdict("bake", Failed).wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            — replicas: 8
              scale v2 5 → 8 (stable stays whole)
              scale v1 5 → 8 (kept to go back to)
            = Healthy  [v1 8, v2 8]
            went bad after its promotion: v1 is stable again
            aborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05
              point stable → v1 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-bake (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:04:30Z (no traffic any more)
              scale v2 8 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05 [v1 8]
        "#]],
    );
}

/// One pod may be missing of five; users of a bad version do not wait for it.
#[test]
fn users_are_taken_back_to_as_many_pods_as_may_be_missing() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    check(
        world.update("v2").wait("3m").room_for("v1", 4).verdict("bake", Failed).wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            — there is room for 4 pods of v1
            went bad after its promotion: v1 is stable again
            aborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05
              point stable → v1 (aborted)
              note v2 aborted
              point canary → v1 (aborted)
              stop analysis web-v2-2-bake (not needed any more)
              record v2 Aborted
              keep v2 until 2026-01-01T10:03:30Z (no traffic any more)
              scale v2 5 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05 [v1 5]
        "#]],
    );
}

/// Of fewer it is told what users wait for.
#[test]
fn users_who_wait_for_pods_to_be_taken_back_to_are_told_of() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    check(
        world.update("v2").wait("3m").room_for("v1", 3).verdict("bake", Failed).wait("2m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:01:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:11:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            — there is room for 3 pods of v1
            went bad after its promotion: v1 is stable again
            aborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05
              point canary → v1 (aborted)
              note v2 aborted
            held: traffic stays where it is: 3 pods of the stable revision v1 are available, and users need 4
              stop analysis web-v2-2-bake (not needed any more)
              record v2 Aborted
            = Degraded RolloutAborted: rollback policy web-v2-2-bake Failed: errors 0.08 > 0.05; traffic stays where it is: 3 pods of the stable revision v1 are available, and users need 4 [v1 5, v2 5]
        "#]],
    );
}

/// Once users have some of a version, no more get it before anything was measured.
#[test]
fn no_weight_rises_before_the_watch_has_looked_once() {
    let world = given(5).canary([weight(20), pause_for("1m"), weight(60)]).guarded("10m").installed();
    check(
        world.update("v2").sees(Sight::Nothing).wait("5m").sees(Sight::Good).wait("1m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            held: rollback policy: web-v2-2-policy has not looked yet; promote --full lets it through unwatched
            rollback policy: the version is watched
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:06:00Z
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
            rollback policy: the version is watched until 2026-01-01T10:16:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
            = Healthy  [v1 5, v2 5]
        "#]],
    );
}

/// A template that was there before goes out again, and is watched as any other.
#[test]
fn an_older_version_that_goes_out_again_is_watched_too() {
    let world = given(5).canary([weight(20), pause_for("1m")]).guarded("10m").installed();
    let world = world.wait("1m").update("v2").wait("30m");
    check(
        world.update("v1").wait("3m").ending(),
        expect![[r#"
            — v2 is applied
            new revision v2
            held: 0 of 1 pods of v2 are available
              create v2 (revision 2)
              scale v2 0 → 1 (step weight 20)
              point canary → v2 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v2-2-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:02:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v2 are available
              scale v2 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
            rollback policy: the version is watched until 2026-01-01T10:12:00Z
              start analysis web-v2-2-bake
              stop analysis web-v2-2-policy (not needed any more)
              note v2 completed
              record v2 Promoted
              keep v1 until 2026-01-01T10:12:30Z (no traffic any more)
              stop analysis web-v2-2-bake (not needed any more)
              scale v1 5 → 0 (scale-down delay passed)
            — v1 is applied
            new revision v1
            held: 0 of 1 pods of v1 are available
              renumber v1 (revision 3)
              scale v1 0 → 1 (step weight 20)
              keep v1 (needed again)
              point canary → v1 (step weight 20)
              route 0 → 20 (step weight 20)
            step 1 done
              start analysis web-v1-3-policy
            paused (CanaryPauseStep)
            held: CanaryPauseStep until 2026-01-01T10:32:00Z
            rollback policy: the version is watched
            step 2 done
            held: 1 of 5 pods of v1 are available
              scale v1 1 → 5 (promotion)
              route 20 → 100 (promotion)
              point stable → v1 (promotion)
              route 100 → 0 (promotion)
            promoted v1
            rollback policy: the version is watched until 2026-01-01T10:42:00Z
              start analysis web-v1-3-bake
              stop analysis web-v1-3-policy (not needed any more)
              record v1 RolledBack
            = Healthy  [v1 5, v2 5]
        "#]],
    );
}

/// By it is known for how long nothing is taken back: with it the cooldown would be over.
#[test]
fn the_analysis_that_a_cooldown_counts_from_is_kept_whatever_history_is() {
    let limits = serde_json::json!({"successfulRunHistoryLimit": 0, "unsuccessfulRunHistoryLimit": 0});
    let world = given(5).canary([weight(20), pause_for("10m")]).with("/analysis", limits).guarded("10m").installed();
    let world = world.policy(|guard| guard.remembered.extend(["web-v2-2-policy".to_owned()]));
    let world = world.update("v2").run().verdict("policy", Failed).run().forget_verdicts().update("v3").wait("20m");
    check(
        world.policy(|guard| guard.remembered.clear()).run().ending(),
        expect![[r#"
        — v2 is applied
        new revision v2
        held: 0 of 1 pods of v2 are available
          create v2 (revision 2)
          scale v2 0 → 1 (step weight 20)
          point canary → v2 (step weight 20)
          route 0 → 20 (step weight 20)
        step 1 done
          start analysis web-v2-2-policy
        paused (CanaryPauseStep)
        held: CanaryPauseStep until 2026-01-01T10:10:00Z
        rollback policy: the version is watched
        aborted: rollback policy web-v2-2-policy Failed: errors 0.08 > 0.05
          route 20 → 0 (aborted)
          note v2 aborted
          point canary → v1 (aborted)
          stop analysis web-v2-2-policy (not needed any more)
          record v2 Aborted
          keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
        — v3 is applied
        new revision v3
        held: 0 of 1 pods of v3 are available
          create v3 (revision 3)
          scale v3 0 → 1 (step weight 20)
          point canary → v3 (step weight 20)
          route 0 → 20 (step weight 20)
        step 1 done
          start analysis web-v3-3-policy
        paused (CanaryPauseStep)
        held: CanaryPauseStep until 2026-01-01T10:10:00Z
          scale v2 1 → 0 (scale-down delay passed)
        step 2 done
        held: 1 of 5 pods of v3 are available
          scale v3 1 → 5 (promotion)
          route 20 → 100 (promotion)
          point stable → v3 (promotion)
          route 100 → 0 (promotion)
        promoted v3
        rollback policy: the version is watched until 2026-01-01T10:20:00Z
          start analysis web-v3-3-bake
          stop analysis web-v3-3-policy (not needed any more)
          note v3 completed
          record v3 Promoted
          delete analysis web-v3-3-policy (history limit)
          keep v1 until 2026-01-01T10:20:30Z (no traffic any more)
          stop analysis web-v3-3-bake (not needed any more)
          delete analysis web-v2-2-policy (history limit)
        = Healthy  [v1 5, v3 5]
    "#]],
    );
}
