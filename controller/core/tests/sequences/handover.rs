//! `spec.workloadRef`: an app moves from its Deployment to a Rollout.

use expect_test::expect;
use sluice_core::observed::{Handover, Lending, Loan};
use sluice_core::spec::{Lender, LenderKind, ScaleDown};
use sluice_crds::Violation;

use crate::world::{World, check, given, pause, weight};

/// A Deployment that lends its template.
#[derive(Clone)]
pub(crate) struct Deployment {
    scale_down: ScaleDown,
    pub(crate) pods: u32,
    generation: i64,
    pub(crate) handover: Option<Handover>,
    is_gone: bool,
}

impl Deployment {
    pub(crate) fn loan(&self) -> Loan {
        let lender = Lender { kind: LenderKind::Deployment, name: "web".to_owned(), scale_down: self.scale_down };
        let there = Lending { generation: self.generation, pods: self.pods, handover: self.handover };
        let gone = || Violation::new("spec.workloadRef", "there is no Deployment \"web\"");
        Loan { lender, lending: if self.is_gone { Err(gone()) } else { Ok(there) } }
    }
}

impl World {
    /// Its pods are those of a Deployment, which has so many of its own.
    pub(crate) fn lent_by(mut self, pods: u32, scale_down: ScaleDown) -> Self {
        self.lender = Some(Deployment { scale_down, pods, generation: 1, handover: None, is_gone: false });
        self
    }

    /// What the API server is asked to write, once its fresh read shows what it must.
    pub(crate) fn scale_lender(&mut self, to: u32, instead: u32, had: u32) {
        let available: u32 = self.revisions.values().map(|revision| revision.available).sum();
        assert!(available >= instead, "{available} of {instead} pods are there instead:\n{}", self.transcript);
        let lender = self.lender.as_mut().unwrap();
        lender.generation += 1;
        lender.handover = (to < had).then_some(Handover { from: had, over: to == 0 });
        lender.pods = to;
    }

    fn by_hand(mut self, pods: u32) -> Self {
        self.say(&format!("— somebody scales the Deployment to {pods}"));
        let lender = self.lender.as_mut().unwrap();
        (lender.pods, lender.generation) = (pods, lender.generation + 1);
        self
    }

    fn gone(mut self, is_gone: bool) -> Self {
        self.say(if is_gone { "— the Deployment is deleted" } else { "— the Deployment is there again" });
        self.lender.as_mut().unwrap().is_gone = is_gone;
        self
    }

    /// Tells what the Deployment has, and which generation of it the status is about.
    fn lender(mut self) -> Self {
        let lender = self.lender.clone().unwrap();
        let observed = self.status.workload_observed_generation.clone().unwrap_or_default();
        self.say(&format!("= Deployment {} of {:?}, observed {observed}", lender.pods, lender.handover));
        self
    }
}

fn moving(scale_down: ScaleDown) -> World {
    given(3).canary([weight(20), pause()]).lent_by(3, scale_down)
}

#[test]
fn progressively_a_pod_of_the_deployment_goes_for_each_that_comes() {
    check(
        moving(ScaleDown::Progressively)
            .room_for("v1", 1)
            .run()
            .lender()
            .room_for("v1", 2)
            .run()
            .room_for("v1", 3)
            .run()
            .ending()
            .lender(),
        expect![[r#"
            — there is room for 1 pods of v1
            new revision v1
              create v1 (revision 1)
              route ? → 0 (first revision)
            held: 0 of 3 pods of v1 are available
              scale v1 0 → 3 (first revision)
            held: 1 of 3 pods of v1 are available
              scale Deployment "web" 3 → 2 (first revision)
            = Deployment 2 of Some(Handover { from: 3, over: false }), observed 2
            — there is room for 2 pods of v1
            held: 2 of 3 pods of v1 are available
              scale Deployment "web" 2 → 1 (first revision)
            — there is room for 3 pods of v1
              point stable → v1 (first revision)
              point canary → v1 (first revision)
            promoted v1
              scale Deployment "web" 1 → 0 (promotion)
              record v1 Promoted
            = Healthy  [v1 3]
            = Deployment 0 of Some(Handover { from: 3, over: true }), observed 4
        "#]],
    );
}

#[test]
fn on_success_the_deployment_keeps_its_pods_until_the_first_promotion() {
    check(
        moving(ScaleDown::OnSuccess).room_for("v1", 2).run().lender().room_for("v1", 3).run().ending().lender(),
        expect![[r#"
            — there is room for 2 pods of v1
            new revision v1
              create v1 (revision 1)
              route ? → 0 (first revision)
            held: 0 of 3 pods of v1 are available
              scale v1 0 → 3 (first revision)
            held: 2 of 3 pods of v1 are available
            = Deployment 3 of None, observed 1
            — there is room for 3 pods of v1
              point stable → v1 (first revision)
              point canary → v1 (first revision)
            promoted v1
              scale Deployment "web" 3 → 0 (promotion)
              record v1 Promoted
            = Healthy  [v1 3]
            = Deployment 0 of Some(Handover { from: 3, over: true }), observed 2
        "#]],
    );
}

#[test]
fn never_means_never() {
    check(
        moving(ScaleDown::Never).run().ending().lender(),
        expect![[r#"
            new revision v1
              create v1 (revision 1)
              route ? → 0 (first revision)
            held: 0 of 3 pods of v1 are available
              scale v1 0 → 3 (first revision)
              point stable → v1 (first revision)
              point canary → v1 (first revision)
            promoted v1
              record v1 Promoted
            = Healthy  [v1 3]
            = Deployment 3 of None, observed 1
        "#]],
    );
}

#[test]
fn pods_that_are_lost_on_the_way_come_back_at_the_deployment() {
    check(
        moving(ScaleDown::Progressively)
            .room_for("v1", 2)
            .run()
            .sick("v1")
            .run()
            .lender()
            .well("v1")
            .room_for("v1", 3)
            .run()
            .ending()
            .lender(),
        expect![[r#"
            — there is room for 2 pods of v1
            new revision v1
              create v1 (revision 1)
              route ? → 0 (first revision)
            held: 0 of 3 pods of v1 are available
              scale v1 0 → 3 (first revision)
            held: 2 of 3 pods of v1 are available
              scale Deployment "web" 3 → 1 (first revision)
            — pods of v1 are not ready
            held: 0 of 3 pods of v1 are available
              scale Deployment "web" 1 → 3 (first revision)
            = Deployment 3 of None, observed 3
            — pods of v1 get ready
            — there is room for 3 pods of v1
              point stable → v1 (first revision)
              scale Deployment "web" 3 → 1 (first revision)
              point canary → v1 (first revision)
            promoted v1
              scale Deployment "web" 1 → 0 (promotion)
              record v1 Promoted
            = Healthy  [v1 3]
            = Deployment 0 of Some(Handover { from: 3, over: true }), observed 5
        "#]],
    );
}

/// An autoscaler may have it smaller then.
#[test]
fn a_deployment_that_has_its_pods_again_is_its_owners() {
    let world = moving(ScaleDown::Progressively).room_for("v1", 2).run().abort().run();
    check(
        world.by_hand(2).run().lender().retry().run().ending().lender(),
        expect![[r#"
        — there is room for 2 pods of v1
        new revision v1
          create v1 (revision 1)
          route ? → 0 (first revision)
        held: 0 of 3 pods of v1 are available
          scale v1 0 → 3 (first revision)
        held: 2 of 3 pods of v1 are available
          scale Deployment "web" 3 → 1 (first revision)
        — abort
        aborted: aborted by hand
          scale Deployment "web" 1 → 3 (aborted)
          record v1 Aborted
        — somebody scales the Deployment to 2
        = Deployment 2 of None, observed 4
        — retry
        retried
          scale Deployment "web" 2 → 1 (first revision)
        = Progressing 2 of 3 pods of v1 are available [v1 3]
        = Deployment 1 of Some(Handover { from: 2, over: false }), observed 5
    "#]],
    );
}

#[test]
fn an_abort_before_the_first_promotion_gives_the_deployment_its_pods_back() {
    check(
        moving(ScaleDown::Progressively).room_for("v1", 2).run().abort().run().ending().lender().retry().run().lender(),
        expect![[r#"
            — there is room for 2 pods of v1
            new revision v1
              create v1 (revision 1)
              route ? → 0 (first revision)
            held: 0 of 3 pods of v1 are available
              scale v1 0 → 3 (first revision)
            held: 2 of 3 pods of v1 are available
              scale Deployment "web" 3 → 1 (first revision)
            — abort
            aborted: aborted by hand
              scale Deployment "web" 1 → 3 (aborted)
              record v1 Aborted
            = Degraded RolloutAborted: aborted by hand [v1 3]
            = Deployment 3 of None, observed 3
            — retry
            retried
              scale Deployment "web" 3 → 1 (first revision)
            = Deployment 1 of Some(Handover { from: 3, over: false }), observed 4
        "#]],
    );
}

/// <https://github.com/argoproj/argo-rollouts/issues/4681>: the Deployment was never scaled down.
#[test]
fn whichever_revision_is_the_first_to_be_promoted_the_deployment_goes() {
    check(
        given(2).blue_green().lent_by(2, ScaleDown::OnSuccess).sick("v1").run().update("v2").run().ending().lender(),
        expect![[r#"
            — pods of v1 are not ready
            new revision v1
            held: 0 of 2 pods of v1 are available
              create v1 (revision 1)
              scale v1 0 → 2 (first revision)
            — v2 is applied
            new revision v2
            held: 0 of 2 pods of v2 are available
              record v1 Superseded
              create v2 (revision 2)
              keep v1 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 0 → 2 (first revision)
              note that Deployment "web" still has 2 pods to hand over
              point active → v2 (first revision)
              point preview → v2 (first revision)
            promoted v2
              note v2 completed
              scale Deployment "web" 2 → 0 (promotion)
              record v2 Promoted
            = Healthy  [v1 2, v2 2]
            = Deployment 0 of Some(Handover { from: 2, over: true }), observed 2
        "#]],
    );
}

#[test]
fn more_pods_than_the_rollout_asks_for_stay_until_it_has_all_of_its_own() {
    check(
        given(2)
            .canary_by_pods([])
            .lent_by(6, ScaleDown::Progressively)
            .room_for("v1", 1)
            .run()
            .lender()
            .room_for("v1", 2)
            .run()
            .lender(),
        expect![[r#"
            — there is room for 1 pods of v1
            new revision v1
            held: 0 of 2 pods of v1 are available
              create v1 (revision 1)
              scale v1 0 → 2 (first revision)
            held: 1 of 2 pods of v1 are available
              scale Deployment "web" 6 → 5 (first revision)
            = Deployment 5 of Some(Handover { from: 6, over: false }), observed 2
            — there is room for 2 pods of v1
            promoted v1
              scale Deployment "web" 5 → 4 (first revision)
              scale Deployment "web" 4 → 0 (promotion)
              record v1 Promoted
            = Deployment 0 of Some(Handover { from: 6, over: true }), observed 4
        "#]],
    );
}

#[test]
fn a_deployment_that_is_scaled_up_afterwards_is_left_alone_and_told_of() {
    check(
        moving(ScaleDown::Progressively)
            .installed()
            .by_hand(2)
            .run()
            .ending()
            .update("v2")
            .run()
            .ending()
            .by_hand(0)
            .run()
            .ending(),
        expect![[r#"
            — somebody scales the Deployment to 2
            Deployment "web" runs 2 pods of its own beside this Rollout's: it was scaled up; scale it to 0, or set spec.workloadRef.scaleDown to never
            = Healthy Deployment "web" runs 2 pods of its own beside this Rollout's: it was scaled up; scale it to 0, or set spec.workloadRef.scaleDown to never [v1 3]
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
            = Paused CanaryPauseStep: waits for promote or abort; Deployment "web" runs 2 pods of its own beside this Rollout's: it was scaled up; scale it to 0, or set spec.workloadRef.scaleDown to never [v1 3, v2 1]
            — somebody scales the Deployment to 0
            = Paused CanaryPauseStep: waits for promote or abort [v1 3, v2 1]
        "#]],
    );
}

/// Taken over from another controller, which notes nothing.
#[test]
fn without_a_note_only_a_first_revision_takes_the_pods_of_its_deployment() {
    let mut later = moving(ScaleDown::OnSuccess).installed().update("v2").run().promote().run().wait("1m").by_hand(3);
    later.lender.as_mut().unwrap().handover = None;
    later.transcript.clear();
    let mut first = moving(ScaleDown::OnSuccess).installed().by_hand(3);
    first.lender.as_mut().unwrap().handover = None;
    first.transcript.clear();
    check(
        later.run().ending().lender(),
        expect![[r#"
        Deployment "web" runs 3 pods of its own beside this Rollout's: it was scaled up; scale it to 0, or set spec.workloadRef.scaleDown to never
        = Healthy Deployment "web" runs 3 pods of its own beside this Rollout's: it was scaled up; scale it to 0, or set spec.workloadRef.scaleDown to never [v2 3]
        = Deployment 3 of None, observed 3
    "#]],
    );
    check(
        first.run().ending().lender(),
        expect![[r#"
          scale Deployment "web" 3 → 0 (promotion)
        = Healthy  [v1 3]
        = Deployment 0 of Some(Handover { from: 3, over: true }), observed 4
    "#]],
    );
}

#[test]
fn a_rollout_without_pods_takes_none_away() {
    check(
        given(3)
            .canary_by_pods([])
            .lent_by(3, ScaleDown::Progressively)
            .scale(0)
            .run()
            .ending()
            .lender()
            .scale(3)
            .run()
            .lender(),
        expect![[r#"
            — replicas: 0
            new revision v1
              create v1 (revision 1)
            promoted v1
              record v1 Promoted
            = Healthy  []
            = Deployment 3 of None, observed 1
            — replicas: 3
            held: 0 of 3 pods of v1 are available
              scale v1 0 → 3 (back to stable)
              scale Deployment "web" 3 → 0 (promotion)
            = Deployment 0 of Some(Handover { from: 3, over: true }), observed 2
        "#]],
    );
}

#[test]
fn without_its_deployment_a_release_holds_and_an_abort_is_carried_out() {
    check(
        moving(ScaleDown::OnSuccess)
            .installed()
            .update("v2")
            .run()
            .gone(true)
            .promote()
            .run()
            .ending()
            .lender()
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
            paused (CanaryPauseStep)
            held: CanaryPauseStep: waits for promote or abort
            — the Deployment is deleted
            — promote
            = Degraded InvalidSpec: spec.workloadRef: there is no Deployment "web" [v1 3, v2 1]
            = Deployment 0 of Some(Handover { from: 3, over: true }), observed 2
            — abort
            aborted: aborted by hand
              route 20 → 0 (aborted)
              point canary → v1 (aborted)
              record v2 Aborted
              keep v2 until 2026-01-01T10:00:30Z (no traffic any more)
              scale v2 1 → 0 (scale-down delay passed)
            = Degraded RolloutAborted: aborted by hand; spec.workloadRef: there is no Deployment "web" [v1 3]
        "#]],
    );
}

#[test]
fn a_deployment_that_is_back_lets_its_release_go_on() {
    check(
        moving(ScaleDown::OnSuccess)
            .installed()
            .update("v2")
            .run()
            .gone(true)
            .run()
            .wait("1h")
            .gone(false)
            .run()
            .ending()
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
            — the Deployment is deleted
            — the Deployment is there again
            = Paused CanaryPauseStep: waits for promote or abort [v1 3, v2 1]
            — promote
            step 2 done
            held: 1 of 3 pods of v2 are available
              scale v2 1 → 3 (promotion)
              route 20 → 100 (promotion)
              point stable → v2 (promotion)
              route 100 → 0 (promotion)
            promoted v2
              keep v1 until 2026-01-01T11:00:30Z (no traffic any more)
              record v2 Promoted
              scale v1 3 → 0 (scale-down delay passed)
            = Healthy  [v2 3]
        "#]],
    );
}

#[test]
fn without_its_deployment_a_settled_rollout_keeps_its_pods_and_can_be_scaled() {
    check(
        moving(ScaleDown::OnSuccess).installed().gone(true).run().scale(5).run().ending(),
        expect![[r#"
        — the Deployment is deleted
        — replicas: 5
          scale v1 3 → 5 (stable stays whole)
        = Degraded InvalidSpec: spec.workloadRef: there is no Deployment "web" [v1 5]
    "#]],
    );
}
