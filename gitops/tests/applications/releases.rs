//! Applications and the releases of their Rollouts.

use expect_test::expect;
use serde_json::json;
use sluice_gitops::application::release;
use sluice_gitops::health::Status::{Degraded, Healthy, Progressing, Suspended};

use crate::world::{World, automated, check, given, hook, image, plain, wave};

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

/// An Application says that it is suspended once its own sync is over.
#[test]
fn a_paused_canary_of_a_child_holds_no_sync_of_its_parent() {
    check(
        automated([plain("Application child"), wave("ConfigMap after", "1")])
            .health("child", Suspended, "CanaryPauseStep")
            .ending(),
        expect![[r#"
            — child is Suspended
            sync to r1 started
              apply argoproj.io/Application shop/child in Sync wave 0
              apply ConfigMap shop/after in Sync wave 1
            sync Succeeded: successfully synced (all tasks run)
            = Synced Suspended, history ["0:r1"], there ["ConfigMap after", "Application child"]
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
            .commit("r2", [image("Rollout web", "web:2"), plain("ConfigMap a"), plain("ConfigMap b")])
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
fn after_a_rejection_all_but_what_was_taken_back_is_healed() {
    let rejected = automated([plain("Rollout web"), plain("ConfigMap a")])
        .run()
        .commit("r2", [image("Rollout web", "web:2"), plain("ConfigMap a")])
        .run()
        .rejects("web", "metric error-rate assessed Failed")
        .run();
    check(
        rejected.drift("ConfigMap a").run().drift("Rollout web").drift("ConfigMap a").wait("24h").ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            — somebody changes ConfigMap a
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            sync Succeeded: successfully synced (all tasks run)
            — somebody changes Rollout web
            — somebody changes ConfigMap a
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync argocd/web
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync argocd/web
            sync Succeeded: successfully synced (all tasks run)
            = OutOfSync Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "Rollout web"]
              ! SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync argocd/web
        "#]],
    );
}

/// The lender has the template of the release.
#[test]
fn after_a_rejection_the_lender_of_the_template_is_left_alone_too() {
    let borrows = || {
        let mut rollout = plain("Rollout web").to_value();
        rollout["spec"] = json!({"workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "lender"}});
        sluice_gitops::Object::from(rollout)
    };
    let rejected = automated([borrows(), image("Deployment lender", "web:1")])
        .run()
        .commit("r2", [borrows(), image("Deployment lender", "web:2")])
        .run()
        .rejects("web", "metric error-rate assessed Failed")
        .run();
    check(
        rejected.drift("Deployment lender").wait("24h").ending(),
        expect![[r#"
            sync to r1 started
              apply apps/Deployment shop/lender in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply apps/Deployment shop/lender in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            — somebody changes Deployment lender
            = OutOfSync Healthy, history ["0:r1", "1:r2"], there ["Deployment lender", "Rollout web"]
              ! SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
        "#]],
    );
}

/// Whoever retries the release by hand has the commit's template in the cluster, and nobody takes it back any more.
#[test]
fn a_rejection_is_told_until_the_release_is_retried() {
    let rejected = automated([plain("Rollout web")])
        .run()
        .commit("r2", [image("Rollout web", "web:2")])
        .run()
        .rejects("web", "metric error-rate assessed Failed")
        .run();
    assert!(rejected.status.conditions.iter().any(|one| one.r#type == "SyncError"), "{:?}", rejected.status.conditions);
    let retried = rejected.retries("web").run();
    assert_eq!(retried.status.conditions, []);
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
        rejected().commit("r2", [image("Rollout web", "web:2")]).ending(),
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
            SyncError: commit r1 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync argocd/web
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r1"], there ["Rollout web"]
        "#]],
    );
}

#[test]
fn a_rejected_commit_is_taken_back_in_git_once_where_that_is_asked_for() {
    let rejected = |how: &str| {
        let before = automated([plain("Rollout web")]).run().commit("r2", [image("Rollout web", "web:2")]).run();
        before.reverts(how).rejects("web", "metric error-rate assessed Failed").run().wait("24h")
    };
    check(
        rejected("pull-request").commit("r3", [image("Rollout web", "web:3")]).ending(),
        expect![[r#"
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
              propose to revert r2 in https://git.example.com/shop (Rollout shop/web took back the release of this commit: metric error-rate assessed Failed)
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            — commit r3
            sync to r3 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2", "2:r3"], there ["Rollout web"]
        "#]],
    );
    check(
        rejected("push").ending(),
        expect![[r#"
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
              revert r2 in https://git.example.com/shop (Rollout shop/web took back the release of this commit: metric error-rate assessed Failed)
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            = Synced Healthy, history ["0:r1", "1:r2"], there ["Rollout web"]
              ! SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
        "#]],
    );
    check(
        rejected("yes").ending(),
        expect![[r#"
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            SyncError: sluice.dev/revert is "yes"; write pull-request or push
            = Synced Healthy, history ["0:r1", "1:r2"], there ["Rollout web"]
              ! SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
              ! SyncError: sluice.dev/revert is "yes"; write pull-request or push
        "#]],
    );
}

/// Whoever may write an Application may not have pushed what only its repository's credentials may.
#[test]
fn a_commit_is_taken_back_in_git_only_as_the_project_allows() {
    check(
        automated([plain("Rollout web")])
            .lets_revert(&["pull-request"])
            .reverts("push")
            .run()
            .commit("r2", [image("Rollout web", "web:2")])
            .run()
            .rejects("web", "metric error-rate assessed Failed")
            .wait("24h")
            .ending()
            .lets_revert(&["push"])
            .ending(),
        expect![[r#"
            — its project allows ["pull-request"]
            SyncError: sluice.dev/revert: push is not allowed; whoever may write the project may add it to the list (spec.reverts of project p)
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            SyncError: sluice.dev/revert: push is not allowed; whoever may write the project may add it to the list (spec.reverts of project p)
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
            SyncError: sluice.dev/revert: push is not allowed; whoever may write the project may add it to the list (spec.reverts of project p)
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            = Synced Healthy, history ["0:r1", "1:r2"], there ["Rollout web"]
              ! SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
              ! SyncError: sluice.dev/revert: push is not allowed; whoever may write the project may add it to the list (spec.reverts of project p)
            — its project allows ["push"]
              revert r2 in https://git.example.com/shop (Rollout shop/web took back the release of this commit: metric error-rate assessed Failed)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["Rollout web"]
              ! SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
        "#]],
    );
}

/// Else each revert would be the next commit to be taken back, for ever.
#[test]
fn the_commit_that_brought_a_release_is_taken_back_and_none_that_came_since() {
    let web = || image("Rollout web", "web:2");
    check(
        automated([plain("Rollout web"), plain("ConfigMap a")])
            .reverts("push")
            .run()
            .commit("r2", [web(), plain("ConfigMap a")])
            .run()
            .commit("r3", [web(), plain("ConfigMap a"), plain("ConfigMap b")])
            .run()
            .rejects("web", "metric error-rate assessed Failed")
            .wait("24h")
            .commit("r4", [web(), plain("ConfigMap a"), plain("ConfigMap c")])
            .wait("24h")
            .commit("r5", [plain("Rollout web"), plain("ConfigMap a"), plain("ConfigMap c")])
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r3
            sync to r3 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
              revert r2 in https://git.example.com/shop (Rollout shop/web took back the release of this commit: metric error-rate assessed Failed)
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            — commit r4
            sync to r4 started
              delete ConfigMap shop/b (not in git)
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            sync Succeeded: successfully synced (all tasks run)
            — commit r5
            sync to r5 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2", "2:r3", "3:r4", "4:r5"], there ["ConfigMap a", "ConfigMap c", "Rollout web"]
        "#]],
    );
}

/// The commit at hand is another one than that which brought the release.
#[test]
fn a_way_back_by_hand_is_left_alone_after_a_commit_that_left_the_release_as_it_was() {
    let web = || image("Rollout web", "web:2");
    let rejected = automated([image("Rollout web", "web:1"), plain("ConfigMap a")])
        .run()
        .commit("r2", [web(), plain("ConfigMap a")])
        .run()
        .commit("r3", [web(), plain("ConfigMap a"), plain("ConfigMap b")])
        .run()
        .rejects("web", "metric error-rate assessed Failed")
        .run();
    let back = rejected.retries("web").stands(&image("Rollout web", "web:1")).wait("24h").ending();
    let healed = back.drift("ConfigMap a").wait("24h");
    check(
        healed.commit("r4", [image("Rollout web", "web:3"), plain("ConfigMap a"), plain("ConfigMap b")]).ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r3
            sync to r3 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            — web is retried
            — argoproj.io/Rollout shop/web is there
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync argocd/web
            = OutOfSync Healthy, history ["0:r1", "1:r2", "2:r3"], there ["ConfigMap a", "ConfigMap b", "Rollout web"]
              ! SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync argocd/web
            — somebody changes ConfigMap a
            sync to r3 started
              apply ConfigMap shop/a in Sync wave 0
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync argocd/web
            sync Succeeded: successfully synced (all tasks run)
            — commit r4
            sync to r4 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2", "2:r3", "3:r4"], there ["ConfigMap a", "ConfigMap b", "Rollout web"]
        "#]],
    );
}

/// A person went back to what git had before: git says already something else than what was taken back then.
#[test]
fn a_way_back_by_hand_that_is_taken_back_reverts_nothing() {
    check(
        given([plain("Rollout web")])
            .reverts("push")
            .sync(json!({}))
            .run()
            .commit("r2", [image("Rollout web", "web:2")])
            .sync(json!({}))
            .run()
            .sync(json!({"revision": "r1"}))
            .run()
            .rejects("web", "metric error-rate assessed Failed")
            .ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — sync {}
            sync to r2 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — sync {"revision":"r1"}
            sync to r1 started
              apply argoproj.io/Rollout shop/web in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
            = OutOfSync Healthy, history ["0:r1", "1:r2", "2:r1"], there ["Rollout web"]
        "#]],
    );
}

#[test]
fn a_template_that_is_lent_is_charged_to_the_commit_that_changed_it_at_the_lender() {
    let borrows = || {
        let mut rollout = plain("Rollout web").to_value();
        rollout["spec"] = json!({"workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "lender"}});
        sluice_gitops::Object::from(rollout)
    };
    let brought_by =
        |world: World| release::brought_by(&world.status, &borrows().key()).map(|one| one.revision.clone());
    let first = || automated([borrows(), image("Deployment lender", "web:1")]).run();
    let second = || first().commit("r2", [borrows(), image("Deployment lender", "web:2")]);
    let third =
        |world: World| world.commit("r3", [borrows(), image("Deployment lender", "web:2"), plain("ConfigMap a")]).run();
    assert_eq!(brought_by(first()).as_deref(), Some("r1"));
    assert_eq!(brought_by(third(second().run())).as_deref(), Some("r2"));
    // One that was there before anybody kept books: who brought it is known with its next template.
    let mut older = first();
    older.status.releases.clear();
    let older = older.commit("r1b", [borrows(), image("Deployment lender", "web:1"), plain("ConfigMap b")]).run();
    assert_eq!(brought_by(older.clone()), None);
    assert_eq!(brought_by(third(older)).as_deref(), Some("r3"));
}
