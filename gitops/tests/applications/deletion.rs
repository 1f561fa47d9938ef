//! How an Application goes.

use expect_test::expect;
use serde_json::json;
use sluice_gitops::health::Status::{Degraded, Healthy, Progressing};

use crate::world::{automated, check, hook, object, plain, unnamed, wave};

const RESOURCES: &str = "resources-finalizer.argocd.argoproj.io";

#[test]
fn without_a_finalizer_its_objects_stay() {
    check(
        automated([plain("ConfigMap a")]).run().delete(&[]).ending(),
        expect![[r#"
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        — delete
        = Synced Healthy, history ["0:r1"], there ["ConfigMap a"]
    "#]],
    );
}

#[test]
fn its_objects_go_from_the_highest_wave_down() {
    check(
        automated([wave("Deployment database", "-1"), plain("ConfigMap a"), wave("Deployment web", "1")])
            .run()
            .stuck("web")
            .delete(&[RESOURCES])
            .run()
            .unstuck("web")
            .ending(),
        expect![[r#"
            sync to r1 started
              apply apps/Deployment shop/database in Sync wave -1
              apply ConfigMap shop/a in Sync wave 0
              apply apps/Deployment shop/web in Sync wave 1
            sync Succeeded: successfully synced (all tasks run)
            — delete
              delete apps/Deployment shop/web (the application is deleted)
            — web goes
              delete ConfigMap shop/a (the application is deleted)
              delete apps/Deployment shop/database (the application is deleted)
              remove finalizer resources-finalizer.argocd.argoproj.io
            = Synced Healthy, history ["0:r1"], there []
        "#]],
    );
}

#[test]
fn what_must_not_go_stays() {
    let keep = object("ConfigMap keep", json!({"helm.sh/resource-policy": "keep"}));
    let refused = object("ConfigMap refused", json!({"argocd.argoproj.io/sync-options": "Delete=false"}));
    let asked = object("ConfigMap asked", json!({"argocd.argoproj.io/sync-options": "Delete=confirm"}));
    check(
        automated([keep, refused, asked, plain("CustomResourceDefinition widgets"), plain("Application web")])
            .run()
            .delete(&[RESOURCES])
            .run()
            .approve_deletion()
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/asked in Sync wave 0
              apply ConfigMap shop/keep in Sync wave 0
              apply ConfigMap shop/refused in Sync wave 0
              apply apiextensions.k8s.io/CustomResourceDefinition widgets in Sync wave 0
              apply argoproj.io/Application shop/web in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — delete
            waiting: waiting for a person to let ConfigMap shop/asked be deleted
            — deletion approved
              delete ConfigMap shop/asked (the application is deleted)
              remove finalizer resources-finalizer.argocd.argoproj.io
            = Synced Healthy, history ["0:r1"], there ["ConfigMap keep", "ConfigMap refused", "CustomResourceDefinition widgets", "Application web"]
        "#]],
    );
}

/// The word was for something else, long ago.
#[test]
fn a_word_that_is_older_than_the_deletion_lets_nothing_be_deleted() {
    let asked = object("ConfigMap asked", json!({"argocd.argoproj.io/sync-options": "Delete=confirm"}));
    check(
        automated([asked]).run().approve_deletion().wait("1m").delete(&[RESOURCES]).run().approve_deletion().ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/asked in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — deletion approved
            — delete
            waiting: waiting for a person to let ConfigMap shop/asked be deleted
            — deletion approved
              delete ConfigMap shop/asked (the application is deleted)
              remove finalizer resources-finalizer.argocd.argoproj.io
            = Synced Healthy, history ["0:r1"], there []
        "#]],
    );
}

#[test]
fn hooks_run_before_and_after_and_one_that_fails_is_run_again() {
    check(
        automated([hook("Job before", "PreDelete"), plain("ConfigMap a"), hook("Job after", "PostDelete")])
            .run()
            .health("before", Degraded, "no such host")
            .delete(&[RESOURCES])
            .run()
            .wait("40s")
            .health("before", Healthy, "")
            .ending(),
        expect![[r#"
              add finalizer pre-delete-finalizer.argocd.argoproj.io
              add finalizer post-delete-finalizer.argocd.argoproj.io
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — before is Degraded
            — delete
              run hook batch/Job shop/before
            DeletionError: hook batch/Job shop/before failed, and is run again
              delete hook batch/Job shop/before (before it runs again)
              run hook batch/Job shop/before
            — before is Healthy
              release hook batch/Job shop/before
              remove finalizer pre-delete-finalizer.argocd.argoproj.io
              delete ConfigMap shop/a (the application is deleted)
              remove finalizer resources-finalizer.argocd.argoproj.io
              run hook batch/Job shop/after
              release hook batch/Job shop/after
              remove finalizer post-delete-finalizer.argocd.argoproj.io
            = Synced Healthy, history ["0:r1"], there ["Job after", "Job before"]
        "#]],
    );
}

#[test]
fn hooks_of_the_application_itself_run_at_its_deletion() {
    let job = |name| format!("apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}");
    let hook = |name, when| json!({"name": name, "type": when, "manifest": job(name)});
    check(
        automated([plain("ConfigMap a")])
            .with("/syncPolicy/hooks", json!([hook("before", "PreDelete"), hook("after", "PostDelete")]))
            .run()
            .delete(&[RESOURCES])
            .ending(),
        expect![[r#"
              add finalizer pre-delete-finalizer.argocd.argoproj.io
              add finalizer post-delete-finalizer.argocd.argoproj.io
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — delete
              run hook batch/Job shop/before
              release hook batch/Job shop/before
              remove finalizer pre-delete-finalizer.argocd.argoproj.io
              delete ConfigMap shop/a (the application is deleted)
              remove finalizer resources-finalizer.argocd.argoproj.io
              run hook batch/Job shop/after
              release hook batch/Job shop/after
              remove finalizer post-delete-finalizer.argocd.argoproj.io
            = Synced Healthy, history ["0:r1"], there ["Job after", "Job before"]
        "#]],
    );
}

/// Else each pass would make another one, for ever.
#[test]
fn hooks_without_names_run_once_at_a_deletion() {
    check(
        automated([unnamed("Job bye-", "PreDelete"), plain("ConfigMap a"), unnamed("Job bye-", "PreDelete")])
            .run()
            .delete(&[RESOURCES])
            .ending(),
        expect![[r#"
              add finalizer pre-delete-finalizer.argocd.argoproj.io
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — delete
              run hook batch/Job shop/bye-predelete-1767261600
              run hook batch/Job shop/bye-predelete-1767261600-2
              release hook batch/Job shop/bye-predelete-1767261600
              release hook batch/Job shop/bye-predelete-1767261600-2
              remove finalizer pre-delete-finalizer.argocd.argoproj.io
              delete ConfigMap shop/a (the application is deleted)
              remove finalizer resources-finalizer.argocd.argoproj.io
            = Synced Healthy, history ["0:r1"], there ["Job bye-predelete-1767261600", "Job bye-predelete-1767261600-2"]
        "#]],
    );
}

/// The project may have changed since they were made.
#[test]
fn hooks_that_the_project_does_not_let_be_deleted_keep_no_application() {
    let before = object(
        "Job before",
        json!({"argocd.argoproj.io/hook": "PreDelete", "argocd.argoproj.io/hook-delete-policy": "HookSucceeded"}),
    );
    check(
        automated([hook("Job first", "PreSync"), before, plain("ConfigMap a")])
            .health("first", Progressing, "")
            .run()
            .refuses_kind("batch", "Job")
            .delete(&[RESOURCES])
            .ending(),
        expect![[r#"
            — first is Progressing
              add finalizer pre-delete-finalizer.argocd.argoproj.io
            sync to r1 started
              run hook batch/Job shop/first in PreSync wave 0
            held: waiting for completion of hook batch/Job shop/first
            — its project refuses Job
            — delete
              release hook batch/Job shop/first
            sync Failed: the application is deleted
              run hook batch/Job shop/before
              release hook batch/Job shop/before
              remove finalizer pre-delete-finalizer.argocd.argoproj.io
              remove finalizer resources-finalizer.argocd.argoproj.io
            = OutOfSync Missing (ConfigMap shop/a is not there), history [], there ["Job before", "Job first"]
        "#]],
    );
}

/// An Application that the established controller kept before.
#[test]
fn finalizers_for_what_is_left_of_hooks_keep_no_application() {
    let of = ["pre-delete-finalizer.argocd.argoproj.io/cleanup", "post-delete-finalizer.argocd.argoproj.io/cleanup"];
    check(
        automated([plain("ConfigMap a")]).run().delete(&[of[0], RESOURCES, of[1]]).ending(),
        expect![[r#"
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        — delete
          delete ConfigMap shop/a (the application is deleted)
          remove finalizer resources-finalizer.argocd.argoproj.io
          remove finalizer pre-delete-finalizer.argocd.argoproj.io/cleanup
          remove finalizer post-delete-finalizer.argocd.argoproj.io/cleanup
        = Synced Healthy, history ["0:r1"], there []
    "#]],
    );
}

#[test]
fn a_repository_that_is_gone_keeps_nothing_from_being_deleted() {
    check(
        automated([plain("ConfigMap a")]).run().broken_commit("r2").delete(&[RESOURCES]).ending(),
        expect![[r#"
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        — commit r2, broken
        — delete
          delete ConfigMap shop/a (the application is deleted)
          remove finalizer resources-finalizer.argocd.argoproj.io
        = Synced Healthy, history ["0:r1"], there []
    "#]],
    );
}

#[test]
fn a_project_that_is_gone_keeps_everything_and_a_cluster_that_is_gone_lets_go() {
    let deleted = || automated([plain("ConfigMap a")]).run().delete(&[RESOURCES]);
    check(
        deleted().homeless("project p does not exist", false).ending(),
        expect![[r#"
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        — delete
        — project p does not exist
        DeletionError: project p does not exist
        = Synced Healthy, history ["0:r1"], there ["ConfigMap a"]
          ! DeletionError: project p does not exist
    "#]],
    );
    check(
        deleted().homeless("there is no cluster in-cluster", true).ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — delete
            — there is no cluster in-cluster
              remove finalizer resources-finalizer.argocd.argoproj.io
            its objects are left behind: there is no cluster in-cluster
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a"]
        "#]],
    );
}

#[test]
fn hooks_that_run_are_waited_for() {
    check(
        automated([hook("Job after", "PostDelete"), plain("ConfigMap a")])
            .run()
            .health("after", Progressing, "")
            .delete(&[RESOURCES])
            .run()
            .health("after", Healthy, "")
            .ending(),
        expect![[r#"
              add finalizer post-delete-finalizer.argocd.argoproj.io
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — after is Progressing
            — delete
              delete ConfigMap shop/a (the application is deleted)
              remove finalizer resources-finalizer.argocd.argoproj.io
              run hook batch/Job shop/after
            waiting: waiting for completion of hook batch/Job shop/after
            — after is Healthy
              release hook batch/Job shop/after
              remove finalizer post-delete-finalizer.argocd.argoproj.io
            = Synced Healthy, history ["0:r1"], there ["Job after"]
        "#]],
    );
}

#[test]
fn a_hook_of_a_deletion_whose_time_to_live_is_over_counts_by_how_it_ended() {
    check(
        automated([hook("Job after", "PostDelete"), plain("ConfigMap a")])
            .run()
            .health("after", Progressing, "")
            .delete(&[RESOURCES])
            .run()
            .health("after", Healthy, "")
            .expires("after")
            .ending(),
        expect![[r#"
              add finalizer post-delete-finalizer.argocd.argoproj.io
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — after is Progressing
            — delete
              delete ConfigMap shop/a (the application is deleted)
              remove finalizer resources-finalizer.argocd.argoproj.io
              run hook batch/Job shop/after
            waiting: waiting for completion of hook batch/Job shop/after
            — after is Healthy
            — after expires
              release hook batch/Job shop/after
              remove finalizer post-delete-finalizer.argocd.argoproj.io
            = Synced Healthy, history ["0:r1"], there []
        "#]],
    );
}

#[test]
fn a_sync_that_runs_when_it_is_deleted_ends_and_keeps_none_of_its_hooks() {
    check(
        automated([hook("Job quick", "PreSync"), plain("ConfigMap a"), hook("Job slow", "PostSync")])
            .health("slow", Progressing, "")
            .run()
            .delete(&[RESOURCES])
            .ending(),
        expect![[r#"
            — slow is Progressing
            sync to r1 started
              run hook batch/Job shop/quick in PreSync wave 0
              apply ConfigMap shop/a in Sync wave 0
              run hook batch/Job shop/slow in PostSync wave 0
            held: waiting for completion of hook batch/Job shop/slow
            — delete
              release hook batch/Job shop/quick
              delete hook batch/Job shop/slow (terminated)
            sync Failed: the application is deleted
              delete ConfigMap shop/a (the application is deleted)
              remove finalizer resources-finalizer.argocd.argoproj.io
            = Synced Healthy, history [], there ["Job quick"]
        "#]],
    );
}

#[test]
fn a_hook_of_a_deletion_goes_when_its_policy_says_so() {
    let before = object(
        "Job before",
        json!({"argocd.argoproj.io/hook": "PreDelete", "argocd.argoproj.io/hook-delete-policy": "HookSucceeded"}),
    );
    check(
        automated([before, plain("ConfigMap a")]).run().delete(&[RESOURCES]).ending(),
        expect![[r#"
          add finalizer pre-delete-finalizer.argocd.argoproj.io
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        — delete
          run hook batch/Job shop/before
          delete hook batch/Job shop/before (the sync succeeded)
          remove finalizer pre-delete-finalizer.argocd.argoproj.io
          delete ConfigMap shop/a (the application is deleted)
          remove finalizer resources-finalizer.argocd.argoproj.io
        = Synced Healthy, history ["0:r1"], there []
    "#]],
    );
}
