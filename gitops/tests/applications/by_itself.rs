//! Syncs that an Application begins by itself.

use expect_test::expect;
use serde_json::json;
use sluice_gitops::health::Status::{Degraded, Healthy, Progressing};

use crate::world::{automated, check, given, hook, plain, wave};

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
            sync Failed: superseded by r2
            sync to r2 started
              apply apps/Deployment shop/broken in Sync wave -1
              apply apps/Deployment shop/mended in Sync wave -1
              apply apps/Deployment shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r2"], there ["Deployment broken", "Deployment mended", "Deployment web"]
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
            sync Failed: superseded by r2
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
