//! Applications and the releases of their Rollouts.

use expect_test::expect;
use serde_json::json;
use sluice_gitops::health::Status::{Degraded, Healthy, Progressing, Suspended};

use crate::world::{automated, check, hook, plain, wave};

#[test]
fn a_paused_canary_holds_neither_the_waves_behind_it_nor_the_next_commit() {
    check(
        automated([plain("Rollout web"), wave("ConfigMap after", "1"), hook("Job tell", "PostSync")])
            .health("web", Suspended, "CanaryPauseStep")
            .run()
            .commit("r2", [plain("Rollout web"), wave("ConfigMap after", "1"), plain("ConfigMap more")])
            .ending(),
        expect![[r#"
            — web is Suspended
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
              apply ConfigMap shop/after in Sync wave 1
              run hook batch/Job shop/tell in PostSync wave 0
              release hook batch/Job shop/tell
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply ConfigMap shop/more in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
              apply ConfigMap shop/after in Sync wave 1
            sync Succeeded: successfully synced (all tasks run)
            = Synced Suspended, history ["0:r1", "1:r2"], there ["ConfigMap after", "ConfigMap more", "Rollout web", "Job tell"]
        "#]],
    );
}

#[test]
fn a_release_on_its_way_holds_nothing_once_its_controller_has_seen_it() {
    check(
        automated([plain("Rollout web"), wave("ConfigMap after", "1")])
            .health("web", Progressing, "step 2 of 8")
            .ending(),
        expect![[r#"
            — web is Progressing
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
              apply ConfigMap shop/after in Sync wave 1
            sync Succeeded: successfully synced (all tasks run)
            = Synced Progressing, history ["0:r1"], there ["ConfigMap after", "Rollout web"]
        "#]],
    );
}

/// <https://github.com/argoproj/argo-cd/issues/9570>: a rollback fights with automated sync.
#[test]
fn a_commit_whose_release_was_taken_back_is_not_deployed_again_and_the_rollback_is_left_alone() {
    check(
        automated([plain("Rollout web"), plain("ConfigMap a")])
            .run()
            .commit("r2", [plain("Rollout web"), plain("ConfigMap a"), plain("ConfigMap b")])
            .run()
            .rejects("web", "metric error-rate assessed Failed")
            .health("web", Degraded, "RolloutAborted")
            .drift("Rollout web")
            .wait("24h")
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
            — web is Degraded
            — somebody changes Rollout web
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync argocd/web
            = OutOfSync Degraded (argoproj.io/Rollout shop/web: RolloutAborted), history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap b", "Rollout web"]
              ! SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync argocd/web
        "#]],
    );
}

#[test]
fn a_new_commit_or_a_person_goes_on_after_a_rejection() {
    let rejected = || {
        automated([plain("Rollout web")])
            .run()
            .rejects("web", "metric error-rate assessed Failed")
            .drift("Rollout web")
            .run()
    };
    check(
        rejected().commit("r2", [plain("Rollout web")]).ending(),
        expect![[r#"
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
            — somebody changes Rollout web
            commit r1 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r1 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync argocd/web
            — commit r2
            sync to r2 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["Rollout web"]
        "#]],
    );
    check(
        rejected().sync(json!({})).health("web", Healthy, "").ending(),
        expect![[r#"
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
            — somebody changes Rollout web
            commit r1 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r1 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync argocd/web
            — sync {}
            — web is Healthy
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r1"], there ["Rollout web"]
        "#]],
    );
}

#[test]
fn a_rejected_commit_is_taken_back_in_git_once_where_that_is_asked_for() {
    let rejected = |how: &str| {
        let before = automated([plain("Rollout web")]).run().commit("r2", [plain("Rollout web")]).run();
        before.reverts(how).rejects("web", "metric error-rate assessed Failed").run().wait("24h")
    };
    check(
        rejected("pull-request").commit("r3", [plain("Rollout web")]).ending(),
        expect![[r#"
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — web is taken back
              propose to revert r2 in https://git.example.com/shop (Rollout shop/web took back the release of this commit: metric error-rate assessed Failed)
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            — commit r3
            = Synced Healthy, history ["0:r1"], there ["Rollout web"]
        "#]],
    );
    check(
        rejected("push").ending(),
        expect![[r#"
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — web is taken back
              revert r2 in https://git.example.com/shop (Rollout shop/web took back the release of this commit: metric error-rate assessed Failed)
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            = Synced Healthy, history ["0:r1"], there ["Rollout web"]
        "#]],
    );
    check(
        rejected("yes").ending(),
        expect![[r#"
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — web is taken back
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: sluice.dev/revert is "yes"; write pull-request or push
            = Synced Healthy, history ["0:r1"], there ["Rollout web"]
              ! SyncError: sluice.dev/revert is "yes"; write pull-request or push
        "#]],
    );
}
