//! Syncs that an Application begins by itself.

use expect_test::expect;
use serde_json::json;
use sluice_gitops::health::Status::{Degraded, Healthy, Progressing};

use crate::world::{automated, check, given, hook, image, plain, wave};

#[test]
fn a_new_commit_is_synced_and_a_settled_world_is_left_alone() {
    check(
        automated([plain("ConfigMap a")])
            .wait("1h")
            .commit("r2", [plain("ConfigMap a"), plain("ConfigMap b")])
            .wait("24h")
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap b"]
        "#]],
    );
}

#[test]
fn changes_in_the_cluster_are_undone_at_once_and_then_ever_less_often() {
    check(
        automated([hook("Job migrate", "PreSync"), plain("ConfigMap a"), plain("ConfigMap b")])
            .run()
            .drift("ConfigMap a")
            .run()
            .drift("ConfigMap a")
            .run()
            .wait("2s")
            .drift("ConfigMap a")
            .wait("10s")
            .ending(),
        expect![[r#"
            sync to r1 started
              run hook batch/Job shop/migrate in PreSync wave 0
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              release hook batch/Job shop/migrate
            sync Succeeded: successfully synced (all tasks run)
            — somebody changes ConfigMap a
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — somebody changes ConfigMap a
            waiting: undoes changes in the cluster again at 2026-01-01T10:00:03Z
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — somebody changes ConfigMap a
            waiting: undoes changes in the cluster again at 2026-01-01T10:00:09Z
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a", "ConfigMap b", "Job migrate"]
        "#]],
    );
}

#[test]
fn without_self_heal_changes_in_the_cluster_stay() {
    check(
        given([plain("ConfigMap a")])
            .with("/syncPolicy/automated", json!({}))
            .run()
            .drift("ConfigMap a")
            .wait("1h")
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — somebody changes ConfigMap a
            = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap a"]
        "#]],
    );
}

#[test]
fn without_prune_nothing_is_deleted_and_that_alone_is_no_reason_to_sync() {
    check(
        given([plain("ConfigMap a"), plain("ConfigMap b")])
            .with("/syncPolicy/automated", json!({}))
            .run()
            .commit("r2", [plain("ConfigMap a")])
            .wait("1h")
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap a", "ConfigMap b"]
        "#]],
    );
}

#[test]
fn a_newer_commit_takes_over_from_one_that_never_gets_healthy() {
    check(
        automated([wave("Deployment broken", "-1"), plain("Deployment web")])
            .health("broken", Progressing, "image pull")
            .run()
            .commit("r2", [wave("Deployment mended", "-1"), plain("Deployment web"), wave("Deployment broken", "-1")])
            .health("broken", Healthy, "")
            .ending(),
        expect![[r#"
            — broken is Progressing
            sync to r1 started
              apply apps/Deployment shop/broken in Sync wave -1
            held: waiting for healthy state of apps/Deployment shop/broken
            — commit r2
            — broken is Healthy
            sync to r1 superseded by r2
            sync to r2 started
              apply apps/Deployment shop/broken in Sync wave -1
              apply apps/Deployment shop/mended in Sync wave -1
              apply apps/Deployment shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r2"], there ["Deployment broken", "Deployment mended", "Deployment web"]
        "#]],
    );
}

/// What waits behind the Deployment is a deletion that the revert took back.
#[test]
fn a_commit_that_is_taken_back_while_it_is_synced_deletes_nothing_any_more() {
    let all = || [wave("Deployment slow", "-1"), plain("ConfigMap a"), plain("ConfigMap b"), plain("ConfigMap data")];
    let less = [wave("Deployment slow", "-1"), plain("ConfigMap a"), plain("ConfigMap b")];
    let first = automated(all()).run().health("slow", Progressing, "restarts").commit("r2", less).run();
    check(
        first.commit("r3", all()).run().health("slow", Healthy, "").run().ending(),
        expect![[r#"
        sync to r1 started
          apply apps/Deployment shop/slow in Sync wave -1
          apply ConfigMap shop/a in Sync wave 0
          apply ConfigMap shop/b in Sync wave 0
          apply ConfigMap shop/data in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        — slow is Progressing
        — commit r2
        sync to r2 started
          apply apps/Deployment shop/slow in Sync wave -1
        held: waiting for healthy state of apps/Deployment shop/slow
        — commit r3
        sync to r2 superseded by r3
        sync to r3 started
          apply apps/Deployment shop/slow in Sync wave -1
        held: waiting for healthy state of apps/Deployment shop/slow
        — slow is Healthy
          apply ConfigMap shop/a in Sync wave 0
          apply ConfigMap shop/b in Sync wave 0
          apply ConfigMap shop/data in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        = Synced Healthy, history ["0:r1", "1:r3"], there ["ConfigMap a", "ConfigMap b", "ConfigMap data", "Deployment slow"]
    "#]],
    );
}

#[test]
fn a_commit_that_is_taken_back_while_a_window_is_shut_deletes_nothing_either() {
    let all = || [wave("Deployment slow", "-1"), plain("ConfigMap a"), plain("ConfigMap b"), plain("ConfigMap data")];
    let less = [wave("Deployment slow", "-1"), plain("ConfigMap a"), plain("ConfigMap b")];
    let first = automated(all()).run().health("slow", Progressing, "restarts").commit("r2", less).run();
    let window = json!({"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]});
    check(
        first.window(window).commit("r3", all()).run().health("slow", Healthy, "").run().ending(),
        expect![[r#"
        sync to r1 started
          apply apps/Deployment shop/slow in Sync wave -1
          apply ConfigMap shop/a in Sync wave 0
          apply ConfigMap shop/b in Sync wave 0
          apply ConfigMap shop/data in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        — slow is Progressing
        — commit r2
        sync to r2 started
          apply apps/Deployment shop/slow in Sync wave -1
        held: waiting for healthy state of apps/Deployment shop/slow
        — commit r3
        held: blocked by sync window: deny window (* * * * *, 1h) is open
        — slow is Healthy
        = Synced Healthy, history ["0:r1"], there ["ConfigMap a", "ConfigMap b", "ConfigMap data", "Deployment slow"]
    "#]],
    );
}

/// Nothing failed: nobody is called, and no counter of failures counts.
#[test]
fn a_sync_that_makes_room_is_neither_failed_nor_history() {
    let broken = || wave("Deployment broken", "-1");
    let waits = automated([broken(), plain("Deployment web")]).health("broken", Progressing, "image pull").run();
    let superseded = waits.commit("r2", [broken(), plain("Deployment web"), plain("ConfigMap a")]).run();
    let state = superseded.status.operation_state.clone().unwrap();
    assert_eq!((state.phase.as_str(), state.sync_result.unwrap().revision.as_str()), ("Running", "r2"));
    assert_eq!((state.retry_count, superseded.status.history.len()), (0, 0));
}

#[test]
fn a_newer_commit_that_may_not_be_deployed_ends_no_sync() {
    let broken = || wave("Deployment broken", "-1");
    let waits = || {
        automated([broken(), plain("ConfigMap a"), plain("ConfigMap b"), plain("ConfigMap c")])
            .run()
            .commit("r2", [broken(), plain("ConfigMap a"), plain("ConfigMap b"), plain("ConfigMap d")])
            .health("broken", Progressing, "image pull")
            .run()
    };
    let braked = waits().commit("r3", [broken()]).run();
    let shut = json!({"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]});
    let shut = waits().window(shut).commit("r3", [broken(), plain("ConfigMap a")]).run();
    for world in [braked, shut] {
        let state = world.status.operation_state.clone().unwrap();
        assert_eq!((state.phase.as_str(), state.sync_result.unwrap().revision.as_str()), ("Running", "r2"));
    }
}

#[test]
fn a_commit_that_was_taken_back_ends_no_sync() {
    let web = |version: &str| image("Rollout web", version);
    let bad = || [web("web:2"), wave("Deployment broken", "-1")];
    check(
        automated([web("web:1"), wave("Deployment broken", "-1")])
            .run()
            .commit("r2", bad())
            .run()
            .rejects("web", "metric error-rate assessed Failed")
            .health("broken", Progressing, "image pull")
            .commit("r3", [web("web:2"), wave("Deployment broken", "-1"), plain("ConfigMap a")])
            .run()
            .commit("r2", bad())
            .ending(),
        expect![[r#"
            sync to r1 started
              apply apps/Deployment shop/broken in Sync wave -1
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              apply apps/Deployment shop/broken in Sync wave -1
              apply argoproj.io/Rollout shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — web is taken back
            — broken is Progressing
            — commit r3
            commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            sync to r3 started
              apply apps/Deployment shop/broken in Sync wave -1
            SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
            held: waiting for healthy state of apps/Deployment shop/broken
            — commit r2
            = Synced Progressing, history ["0:r1", "1:r2"], there ["Deployment broken", "Rollout web"]
              ! SyncError: commit r2 is not deployed again: Rollout shop/web took it back: metric error-rate assessed Failed. Mend it by a new commit, or try it once more: kubectl sluice retry rollout web -n shop
        "#]],
    );
}

#[test]
fn a_person_who_asks_meanwhile_is_next_when_a_sync_makes_room() {
    let broken = || wave("Deployment broken", "-1");
    check(
        automated([broken(), plain("Deployment web")])
            .health("broken", Progressing, "image pull")
            .run()
            .sync(json!({"revision": "r1", "dryRun": true}))
            .run()
            .commit("r2", [broken(), plain("Deployment web"), plain("ConfigMap a")])
            .run()
            .health("broken", Healthy, "")
            .commit("r1", [broken(), plain("Deployment web")])
            .wait("2s")
            .ending(),
        expect![[r#"
            — broken is Progressing
            sync to r1 started
              apply apps/Deployment shop/broken in Sync wave -1
            held: waiting for healthy state of apps/Deployment shop/broken
            — sync {"dryRun":true,"revision":"r1"}
            — commit r2
            sync to r1 superseded by r2
            sync to r1 started
              apply apps/Deployment shop/broken (dry run) in Sync wave -1
              apply apps/Deployment shop/web (dry run) in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — broken is Healthy
            — commit r1
            sync to r1 started
              apply apps/Deployment shop/broken in Sync wave -1
              apply apps/Deployment shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["Deployment broken", "Deployment web"]
        "#]],
    );
}

#[test]
fn a_hook_that_runs_is_let_to_end_before_a_newer_commit() {
    check(
        automated([hook("Job migrate", "PreSync"), plain("ConfigMap a")])
            .health("migrate", Progressing, "")
            .run()
            .commit("r2", [plain("ConfigMap a")])
            .run()
            .health("migrate", Healthy, "")
            .ending(),
        expect![[r#"
            — migrate is Progressing
            sync to r1 started
              run hook batch/Job shop/migrate in PreSync wave 0
            held: waiting for completion of hook batch/Job shop/migrate
            — commit r2
            — migrate is Healthy
              release hook batch/Job shop/migrate
            sync to r1 superseded by r2
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r2"], there ["ConfigMap a", "Job migrate"]
        "#]],
    );
}

#[test]
fn a_failed_sync_is_tried_again_and_then_not_until_git_moves_on() {
    check(
        automated([plain("ConfigMap a"), wave("Deployment web", "1")])
            .with("/syncPolicy/retry", json!({"limit": "2", "backoff": {"duration": "5s", "factor": 2}}))
            .health("web", Degraded, "crash loop")
            .run()
            .wait("1h")
            .ending()
            .commit("r2", [plain("ConfigMap a")])
            .run()
            .ending(),
        expect![[r#"
            — web is Degraded
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply apps/Deployment shop/web in Sync wave 1
            failed: one or more synchronization tasks completed unsuccessfully: apps/Deployment shop/web: crash loop; retry 1 at 2026-01-01T10:00:05Z
            tried again
              apply ConfigMap shop/a in Sync wave 0
              apply apps/Deployment shop/web in Sync wave 1
            failed: one or more synchronization tasks completed unsuccessfully: apps/Deployment shop/web: crash loop; retry 2 at 2026-01-01T10:00:15Z
            tried again
              apply ConfigMap shop/a in Sync wave 0
              apply apps/Deployment shop/web in Sync wave 1
            sync Failed: one or more synchronization tasks completed unsuccessfully: apps/Deployment shop/web: crash loop
            = Synced Degraded (apps/Deployment shop/web: crash loop), history [], there ["ConfigMap a", "Deployment web"]
            — commit r2
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              delete apps/Deployment shop/web (not in git)
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r2"], there ["ConfigMap a"]
        "#]],
    );
}

#[test]
fn a_frozen_application_is_left_alone() {
    let mut world = automated([plain("ConfigMap a")]);
    world.words.frozen = true;
    check(
        world.wait("1h").ending(),
        expect![[r#"
        =  , history [], there []
    "#]],
    );
}

/// What is deleted on a source that nobody looked at goes past the brakes, which are put on when a sync begins.
#[test]
fn a_sync_goes_on_with_the_sources_that_it_was_begun_with() {
    let all = || [wave("Deployment database", "-1"), plain("ConfigMap a"), plain("ConfigMap b"), plain("ConfigMap c")];
    let more = || {
        let [database, a, b, c] = all();
        [database, a, b, c, plain("ConfigMap d")]
    };
    check(
        automated(all())
            .run()
            .health("database", Progressing, "0 of 1 ready")
            .commit("r2", more())
            .run()
            .moves("other", [plain("ConfigMap a")])
            .health("database", Healthy, "")
            .ending(),
        expect![[r#"
            sync to r1 started
              apply apps/Deployment shop/database in Sync wave -1
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — database is Progressing
            — commit r2
            sync to r2 started
              apply apps/Deployment shop/database in Sync wave -1
            held: waiting for healthy state of apps/Deployment shop/database
            — source.path is other
            — database is Healthy
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
              apply ConfigMap shop/d in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            SyncError: would delete 4 of 5 objects (kubectl sluice app diff argocd/web shows them). If that is meant: kubectl sluice app sync argocd/web --prune, or set the annotation sluice.dev/prune-approved: r2
            = OutOfSync Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap b", "ConfigMap c", "ConfigMap d", "Deployment database"]
              ! SyncError: would delete 4 of 5 objects (kubectl sluice app diff argocd/web shows them). If that is meant: kubectl sluice app sync argocd/web --prune, or set the annotation sluice.dev/prune-approved: r2
        "#]],
    );
    check(
        given(all())
            .sync(json!({}))
            .run()
            .health("database", Progressing, "0 of 1 ready")
            .commit("r2", more())
            .sync(json!({"prune": true}))
            .run()
            .moves("other", [plain("ConfigMap a")])
            .health("database", Healthy, "")
            .ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply apps/Deployment shop/database in Sync wave -1
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — database is Progressing
            — commit r2
            — sync {"prune":true}
            sync to r2 started
              apply apps/Deployment shop/database in Sync wave -1
            held: waiting for healthy state of apps/Deployment shop/database
            — source.path is other
            — database is Healthy
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
              apply ConfigMap shop/d in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = OutOfSync Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap b", "ConfigMap c", "ConfigMap d", "Deployment database"]
        "#]],
    );
}

#[test]
fn what_a_person_asks_for_meanwhile_is_done_next() {
    check(
        automated([wave("Deployment database", "-1"), plain("ConfigMap a")])
            .health("database", Progressing, "0 of 1 ready")
            .run()
            .sync(json!({"prune": true}))
            .run()
            .health("database", Healthy, "")
            .wait("2s")
            .ending(),
        expect![[r#"
            — database is Progressing
            sync to r1 started
              apply apps/Deployment shop/database in Sync wave -1
            held: waiting for healthy state of apps/Deployment shop/database
            — sync {"prune":true}
            — database is Healthy
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            sync to r1 started
              apply apps/Deployment shop/database in Sync wave -1
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r1"], there ["ConfigMap a", "Deployment database"]
        "#]],
    );
}

#[test]
fn a_dry_run_and_a_sync_of_some_objects_are_no_try_of_a_commit() {
    let failed = || {
        let never = automated([plain("ConfigMap a")]).with("/syncPolicy/retry", json!({"limit": 0}));
        let failed = never.run().commit("r2", [plain("ConfigMap a"), plain("ConfigMap b")]);
        failed.fails("b").wait("1h").works("b")
    };
    check(
        failed().sync(json!({"dryRun": true})).wait("1h").ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — writes of b fail
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0: fails
            sync Failed: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/b: the server is busy
            SyncError: the sync to r2 failed, and is not tried again by itself: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/b: the server is busy. Mend it by a new commit, or once the cause is gone: kubectl sluice app sync argocd/web
            — writes of b work
            — sync {"dryRun":true}
            sync to r2 started
              apply ConfigMap shop/a (dry run) in Sync wave 0
              apply ConfigMap shop/b (dry run) in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            SyncError: the sync to r2 failed, and is not tried again by itself: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/b: the server is busy. Mend it by a new commit, or once the cause is gone: kubectl sluice app sync argocd/web
            = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap a"]
              ! SyncError: the sync to r2 failed, and is not tried again by itself: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/b: the server is busy. Mend it by a new commit, or once the cause is gone: kubectl sluice app sync argocd/web
        "#]],
    );
    let some = json!({"resources": [{"kind": "ConfigMap", "name": "a"}]});
    check(
        failed().sync(some).wait("1h").ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — writes of b fail
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0: fails
            sync Failed: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/b: the server is busy
            SyncError: the sync to r2 failed, and is not tried again by itself: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/b: the server is busy. Mend it by a new commit, or once the cause is gone: kubectl sluice app sync argocd/web
            — writes of b work
            — sync {"resources":[{"kind":"ConfigMap","name":"a"}]}
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            SyncError: the sync to r2 failed, and is not tried again by itself: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/b: the server is busy. Mend it by a new commit, or once the cause is gone: kubectl sluice app sync argocd/web
            = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap a"]
              ! SyncError: the sync to r2 failed, and is not tried again by itself: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/b: the server is busy. Mend it by a new commit, or once the cause is gone: kubectl sluice app sync argocd/web
        "#]],
    );
}

#[test]
fn after_a_dry_run_a_commit_is_deployed_with_its_hooks() {
    let window = json!({
        "kind": "deny", "schedule": "0 12 * * *", "duration": "1h", "applications": ["*"], "manualSync": true,
    });
    let with_hook = || [plain("ConfigMap a"), plain("ConfigMap b"), hook("Job migrate", "PreSync")];
    check(
        automated([plain("ConfigMap a")])
            .wait("2h30m")
            .commit("r2", with_hook())
            .window(window)
            .run()
            .sync(json!({"dryRun": true}))
            .run()
            .wait("1h")
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            waiting: blocked by sync window: deny window (0 12 * * *, 1h) is open
            — sync {"dryRun":true}
            sync to r2 started
              apply ConfigMap shop/a (dry run) in Sync wave 0
              apply ConfigMap shop/b (dry run) in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            waiting: blocked by sync window: deny window (0 12 * * *, 1h) is open
            sync to r2 started
              run hook batch/Job shop/migrate in PreSync wave 0
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              release hook batch/Job shop/migrate
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap b", "Job migrate"]
        "#]],
    );
}

/// A storm found it: kinds that were not served for a moment failed a person's sync, and nothing was synced any more.
#[test]
fn a_sync_that_failed_for_kinds_that_were_not_served_is_tried_again_once_they_are() {
    check(
        automated([plain("Widget a"), plain("Gadget b"), plain("ConfigMap c")])
            .lacks("Widget")
            .lacks("Gadget")
            .sync(json!({}))
            .wait("1h")
            .ending()
            .serves("Widget")
            .wait("1h")
            .serves("Gadget")
            .run()
            .ending(),
        expect![[r#"
            — Widget is not served
            — Gadget is not served
            — sync {}
            sync to r1 started
              clear operation
            sync Failed: one or more synchronization tasks are not valid (2 objects): Gadget shop/b: Gadget of the core group is not served by the cluster; install its CustomResourceDefinition
            SyncError: the sync to r1 failed, and is tried again once all kinds are served: one or more synchronization tasks are not valid (2 objects): Gadget shop/b: Gadget of the core group is not served by the cluster; install its CustomResourceDefinition
            = OutOfSync Missing (ConfigMap shop/c is not there; and 2 more), history [], there []
              ! SyncError: the sync to r1 failed, and is tried again once all kinds are served: one or more synchronization tasks are not valid (2 objects): Gadget shop/b: Gadget of the core group is not served by the cluster; install its CustomResourceDefinition
            — Widget is served
            — Gadget is served
            sync to r1 started
              apply ConfigMap shop/c in Sync wave 0
              apply Gadget shop/b in Sync wave 0
              apply Widget shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap c", "Gadget b", "Widget a"]
        "#]],
    );
}

#[test]
fn a_sync_that_failed_for_something_else_too_is_not_tried_again_because_a_kind_is_served() {
    check(
        automated([plain("Widget a"), plain("ConfigMap bad")])
            .with("/syncPolicy/retry", json!({"limit": 0}))
            .lacks("Widget")
            .refuses("bad", "spec.x: unknown field")
            .run()
            .serves("Widget")
            .wait("1h")
            .ending(),
        expect![[r#"
            — Widget is not served
            ComparisonError: ConfigMap shop/bad: spec.x: unknown field
            sync to r1 started
            ComparisonError: ConfigMap shop/bad: spec.x: unknown field
            sync Failed: one or more synchronization tasks are not valid (2 objects): ConfigMap shop/bad: spec.x: unknown field
            SyncError: the sync to r1 failed, and is not tried again by itself: one or more synchronization tasks are not valid (2 objects): ConfigMap shop/bad: spec.x: unknown field. Mend it by a new commit, or once the cause is gone: kubectl sluice app sync argocd/web
            — Widget is served
            = OutOfSync Missing (ConfigMap shop/bad is not there; and 1 more), history [], there []
              ! ComparisonError: ConfigMap shop/bad: spec.x: unknown field
              ! SyncError: the sync to r1 failed, and is not tried again by itself: one or more synchronization tasks are not valid (2 objects): ConfigMap shop/bad: spec.x: unknown field. Mend it by a new commit, or once the cause is gone: kubectl sluice app sync argocd/web
        "#]],
    );
}
