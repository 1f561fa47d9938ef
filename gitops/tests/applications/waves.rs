//! Waves and hooks.

use expect_test::expect;
use serde_json::json;
use sluice_gitops::health::Status::{Degraded, Healthy, Progressing};

use crate::world::{World, automated, check, given, hook, object, plain, unnamed, wave};

#[test]
fn a_wave_waits_until_the_one_before_is_healthy() {
    check(
        given([wave("Deployment database", "-1"), plain("Deployment web")])
            .health("database", Progressing, "0 of 1 ready")
            .sync(json!({}))
            .run()
            .health("database", Healthy, "")
            .ending(),
        expect![[r#"
            — database is Progressing
            — sync {}
            sync to r1 started
              apply apps/Deployment shop/database in Sync wave -1
            held: waiting for healthy state of apps/Deployment shop/database
            — database is Healthy
              apply apps/Deployment shop/web in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["Deployment database", "Deployment web"]
        "#]],
    );
}

#[test]
fn a_sync_of_one_wave_without_hooks_waits_for_nothing() {
    check(
        given([plain("Deployment web")]).health("web", Progressing, "0 of 1 ready").sync(json!({})).ending(),
        expect![[r#"
            — web is Progressing
            — sync {}
            sync to r1 started
              apply apps/Deployment shop/web in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Progressing, history ["0:r1"], there ["Deployment web"]
        "#]],
    );
}

#[test]
fn hooks_run_before_among_and_after_the_objects() {
    check(
        given([
            hook("Job migrate", "PreSync"),
            plain("Deployment web"),
            hook("Job warm", "Sync"),
            hook("Job tell", "PostSync"),
        ])
        .health("migrate", Progressing, "")
        .sync(json!({}))
        .run()
        .health("migrate", Healthy, "")
        .ending()
        .results(),
        expect![[r#"
            — migrate is Progressing
            — sync {}
            sync to r1 started
              run hook batch/Job shop/migrate in PreSync wave 0
            held: waiting for completion of hook batch/Job shop/migrate
            — migrate is Healthy
              apply apps/Deployment shop/web in Sync wave 0
              run hook batch/Job shop/warm in Sync wave 0
              run hook batch/Job shop/tell in PostSync wave 0
              release hook batch/Job shop/migrate
              release hook batch/Job shop/warm
              release hook batch/Job shop/tell
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["Deployment web", "Job migrate", "Job tell", "Job warm"]
              · Job migrate PreSync  Succeeded
              · Deployment web Sync Synced Succeeded
              · Job warm Sync  Succeeded
              · Job tell PostSync  Succeeded
        "#]],
    );
}

#[test]
fn a_hook_whose_time_to_live_is_over_counts_by_how_it_ended() {
    check(
        given([hook("Job migrate", "PreSync"), plain("ConfigMap a")])
            .health("migrate", Progressing, "")
            .sync(json!({}))
            .run()
            .health("migrate", Healthy, "")
            .expires("migrate")
            .ending(),
        expect![[r#"
            — migrate is Progressing
            — sync {}
            sync to r1 started
              run hook batch/Job shop/migrate in PreSync wave 0
            held: waiting for completion of hook batch/Job shop/migrate
            — migrate is Healthy
            — migrate expires
              apply ConfigMap shop/a in Sync wave 0
              release hook batch/Job shop/migrate
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a"]
        "#]],
    );
}

#[test]
fn hooks_of_the_application_itself_run_like_those_in_git() {
    let manifest = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: check}";
    check(
        given([plain("Deployment web")])
            .with("/syncPolicy/hooks", json!([{"name": "check", "type": "PreSync", "manifest": manifest}]))
            .sync(json!({}))
            .ending()
            .sync(json!({}))
            .ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              run hook batch/Job shop/check in PreSync wave 0
              apply apps/Deployment shop/web in Sync wave 0
              release hook batch/Job shop/check
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["Deployment web", "Job check"]
            — sync {}
            sync to r1 started
              delete hook batch/Job shop/check (before it runs again)
            held: waiting for the last run of hook batch/Job shop/check to be gone
              run hook batch/Job shop/check in PreSync wave 0
              apply apps/Deployment shop/web in Sync wave 0
              release hook batch/Job shop/check
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r1"], there ["Deployment web", "Job check"]
        "#]],
    );
}

#[test]
fn a_failed_hook_fails_the_sync_and_hooks_for_that_run() {
    check(
        given([hook("Job migrate", "PreSync"), plain("Deployment web"), hook("Job tell", "SyncFail")])
            .health("migrate", Degraded, "BackoffLimitExceeded")
            .sync(json!({}))
            .ending()
            .results(),
        expect![[r#"
            — migrate is Degraded
            — sync {}
            sync to r1 started
              run hook batch/Job shop/migrate in PreSync wave 0
              run hook batch/Job shop/tell in SyncFail wave 0
              release hook batch/Job shop/migrate
              release hook batch/Job shop/tell
              clear operation
            sync Failed: one or more synchronization tasks completed unsuccessfully: batch/Job shop/migrate: BackoffLimitExceeded
            = OutOfSync Missing (apps/Deployment shop/web is not there), history [], there ["Job migrate", "Job tell"]
              · Job migrate PreSync  Failed BackoffLimitExceeded
              · Job tell SyncFail  Succeeded
        "#]],
    );
}

#[test]
fn hooks_go_when_their_policy_says_so() {
    let with = |name: &str, policy: &str| {
        object(
            &format!("Job {name}"),
            json!({"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": policy}),
        )
    };
    let hooks = || {
        [
            with("good", "HookSucceeded"),
            with("bad", "HookFailed"),
            with("kept", "BeforeHookCreation"),
            plain("ConfigMap a"),
        ]
    };
    check(
        given(hooks()).sync(json!({})).ending(),
        expect![[r#"
        — sync {}
        sync to r1 started
          run hook batch/Job shop/bad in PreSync wave 0
          run hook batch/Job shop/good in PreSync wave 0
          run hook batch/Job shop/kept in PreSync wave 0
          apply ConfigMap shop/a in Sync wave 0
          release hook batch/Job shop/bad
          delete hook batch/Job shop/good (the sync succeeded)
          release hook batch/Job shop/kept
          clear operation
        sync Succeeded: successfully synced (all tasks run)
        = Synced Healthy, history ["0:r1"], there ["ConfigMap a", "Job bad", "Job kept"]
    "#]],
    );
    check(
        given(hooks()).health("kept", Degraded, "no").sync(json!({})).ending(),
        expect![[r#"
            — kept is Degraded
            — sync {}
            sync to r1 started
              run hook batch/Job shop/bad in PreSync wave 0
              run hook batch/Job shop/good in PreSync wave 0
              run hook batch/Job shop/kept in PreSync wave 0
              delete hook batch/Job shop/bad (the sync failed)
              release hook batch/Job shop/good
              release hook batch/Job shop/kept
              clear operation
            sync Failed: one or more synchronization tasks completed unsuccessfully: batch/Job shop/kept: no
            = OutOfSync Missing (ConfigMap shop/a is not there), history [], there ["Job good", "Job kept"]
        "#]],
    );
}

#[test]
fn a_hook_of_the_last_sync_is_gone_before_it_runs_again() {
    check(
        given([hook("Job migrate", "PreSync"), plain("ConfigMap a")])
            .sync(json!({}))
            .run()
            .stuck("migrate")
            .sync(json!({}))
            .run()
            .unstuck("migrate")
            .ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              run hook batch/Job shop/migrate in PreSync wave 0
              apply ConfigMap shop/a in Sync wave 0
              release hook batch/Job shop/migrate
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — sync {}
            sync to r1 started
              delete hook batch/Job shop/migrate (before it runs again)
            held: waiting for the last run of hook batch/Job shop/migrate to be gone
            — migrate goes
              run hook batch/Job shop/migrate in PreSync wave 0
              apply ConfigMap shop/a in Sync wave 0
              release hook batch/Job shop/migrate
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r1"], there ["ConfigMap a", "Job migrate"]
        "#]],
    );
}

#[test]
fn no_hooks_run_where_the_strategy_is_to_apply() {
    check(
        given([hook("Job migrate", "PreSync"), plain("ConfigMap a")])
            .sync(json!({"syncStrategy": {"apply": {"force": true}}}))
            .ending(),
        expect![[r#"
            — sync {"syncStrategy":{"apply":{"force":true}}}
            sync to r1 started
              apply ConfigMap shop/a (force) in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a"]
        "#]],
    );
}

#[test]
fn deletions_come_last_where_the_options_say_so() {
    check(
        given([plain("ConfigMap a"), plain("Deployment old"), plain("ConfigMap b")])
            .with("/syncPolicy/syncOptions", json!(["PruneLast=true"]))
            .sync(json!({}))
            .run()
            .commit("r2", [plain("ConfigMap a"), plain("Deployment new"), plain("ConfigMap b")])
            .health("new", Progressing, "starting")
            .sync(json!({"prune": true}))
            .run()
            .health("new", Healthy, "")
            .ending()
            .results(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply apps/Deployment shop/old in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — new is Progressing
            — sync {"prune":true}
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply apps/Deployment shop/new in Sync wave 0
            held: waiting for healthy state of apps/Deployment shop/new
            — new is Healthy
              delete apps/Deployment shop/old (not in git)
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap b", "Deployment new"]
              · ConfigMap a Sync Synced Succeeded serverside-applied
              · ConfigMap b Sync Synced Succeeded serverside-applied
              · Deployment new Sync Synced Succeeded
              · Deployment old Sync Pruned Succeeded pruned
        "#]],
    );
}

#[test]
fn a_terminated_sync_takes_its_running_hooks_away_and_leaves_the_rest() {
    check(
        given([wave("ConfigMap a", "-1"), hook("Job slow", "PostSync")])
            .health("slow", Progressing, "")
            .sync(json!({}))
            .run()
            .terminate()
            .ending(),
        expect![[r#"
            — slow is Progressing
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave -1
              run hook batch/Job shop/slow in PostSync wave 0
            held: waiting for completion of hook batch/Job shop/slow
            — terminate
              delete hook batch/Job shop/slow (terminated)
              clear operation
            sync Failed: operation terminated
            = Synced Healthy, history [], there ["ConfigMap a"]
        "#]],
    );
}

/// A storm found it: a hook without `BeforeHookCreation` that was left there, by a sync that failed or as its deletion was refused, kept
/// every later sync waiting for ever.
#[test]
fn a_hook_that_could_not_be_deleted_goes_before_it_is_run_again() {
    let annotations =
        json!({"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": "HookSucceeded"});
    let migrate = || object("Job migrate", annotations.clone());
    check(
        automated([migrate(), plain("ConfigMap a")])
            .health("migrate", Progressing, "")
            .run()
            .fails("migrate")
            .health("migrate", Healthy, "")
            .run()
            .works("migrate")
            .commit("r2", [migrate(), plain("ConfigMap a"), plain("ConfigMap b")])
            .ending(),
        expect![[r#"
            — migrate is Progressing
            sync to r1 started
              run hook batch/Job shop/migrate in PreSync wave 0
            held: waiting for completion of hook batch/Job shop/migrate
            — writes of migrate fail
            — migrate is Healthy
              apply ConfigMap shop/a in Sync wave 0
              delete hook batch/Job shop/migrate (the sync succeeded): fails
            sync Succeeded: successfully synced (all tasks run)
            — writes of migrate work
            — commit r2
            sync to r2 started
              delete hook batch/Job shop/migrate (before it runs again)
            held: waiting for the last run of hook batch/Job shop/migrate to be gone
              run hook batch/Job shop/migrate in PreSync wave 0
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              delete hook batch/Job shop/migrate (the sync succeeded)
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap b"]
        "#]],
    );
}

/// Else it could never be run again: the API server has one object of a name.
#[test]
fn a_hook_that_was_left_goes_before_it_runs_again_whatever_its_policy() {
    let migrate = object(
        "Job migrate",
        json!({"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": "HookSucceeded"}),
    );
    check(
        given([migrate, plain("ConfigMap a")])
            .health("migrate", Degraded, "BackoffLimitExceeded")
            .sync(json!({}))
            .run()
            .health("migrate", Healthy, "")
            .sync(json!({}))
            .ending(),
        expect![[r#"
            — migrate is Degraded
            — sync {}
            sync to r1 started
              run hook batch/Job shop/migrate in PreSync wave 0
              release hook batch/Job shop/migrate
              clear operation
            sync Failed: one or more synchronization tasks completed unsuccessfully: batch/Job shop/migrate: BackoffLimitExceeded
            — migrate is Healthy
            — sync {}
            sync to r1 started
              delete hook batch/Job shop/migrate (before it runs again)
            held: waiting for the last run of hook batch/Job shop/migrate to be gone
              run hook batch/Job shop/migrate in PreSync wave 0
              apply ConfigMap shop/a in Sync wave 0
              delete hook batch/Job shop/migrate (the sync succeeded)
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a"]
        "#]],
    );
}

/// Hooks of the controller before bear no mark of a run, and kept the first sync waiting for ever.
#[test]
fn a_hook_of_the_controller_before_goes_before_it_runs_again_and_one_of_others_is_named() {
    let migrate = object(
        "Job migrate",
        json!({"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": "HookSucceeded"}),
    );
    let world = || given([migrate.clone(), plain("ConfigMap a")]);
    check(
        world().was_made(&migrate).sync(json!({})).ending(),
        expect![[r#"
        — batch/Job shop/migrate is there
        — sync {}
        sync to r1 started
          delete hook batch/Job shop/migrate (before it runs again)
        held: waiting for the last run of hook batch/Job shop/migrate to be gone
          run hook batch/Job shop/migrate in PreSync wave 0
          apply ConfigMap shop/a in Sync wave 0
          delete hook batch/Job shop/migrate (the sync succeeded)
          clear operation
        sync Succeeded: successfully synced (all tasks run)
        = Synced Healthy, history ["0:r1"], there ["ConfigMap a"]
    "#]],
    );
    check(
        world().stands(&plain("Job migrate")).sync(json!({})).ending(),
        expect![[r#"
        — batch/Job shop/migrate is there
        — sync {}
        sync to r1 started
          clear operation
        sync Failed: one or more synchronization tasks completed unsuccessfully: batch/Job shop/migrate: it is there already, and is not this Application's: delete it, or let the hook's hook-delete-policy have BeforeHookCreation
        = OutOfSync Missing (ConfigMap shop/a is not there), history [], there ["Job migrate"]
    "#]],
    );
}

#[test]
fn a_hook_of_two_phases_is_run_in_each() {
    let both = object(
        "Job both",
        json!({"argocd.argoproj.io/hook": "PreSync,PostSync", "argocd.argoproj.io/hook-delete-policy": "HookSucceeded"}),
    );
    check(
        given([both, plain("ConfigMap a")]).sync(json!({})).ending().results(),
        expect![[r#"
        — sync {}
        sync to r1 started
          run hook batch/Job shop/both in PreSync wave 0
          apply ConfigMap shop/a in Sync wave 0
          delete hook batch/Job shop/both (before it runs again)
        held: waiting for the last run of hook batch/Job shop/both to be gone
          run hook batch/Job shop/both in PostSync wave 0
          delete hook batch/Job shop/both (the sync succeeded)
          delete hook batch/Job shop/both (the sync succeeded)
          clear operation
        sync Succeeded: successfully synced (all tasks run)
        = Synced Healthy, history ["0:r1"], there ["ConfigMap a"]
          · Job both PreSync  Succeeded
          · ConfigMap a Sync Synced Succeeded serverside-applied
          · Job both PostSync  Succeeded
    "#]],
    );
}

#[test]
fn a_sync_that_ends_before_its_time_deletes_hooks_by_their_policy_and_keeps_none() {
    let with = |name: &str, policy: &str| {
        object(
            &format!("Job {name}"),
            json!({"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": policy}),
        )
    };
    let hooks = || {
        [with("good", "HookSucceeded"), with("bad", "HookFailed"), wave("Deployment web", "-1"), plain("ConfigMap a")]
    };
    let waits = |world: World| world.health("web", Progressing, "0 of 1 ready");
    check(
        waits(given(hooks())).sync(json!({})).run().terminate().ending().kept_hooks(),
        expect![[r#"
        — web is Progressing
        — sync {}
        sync to r1 started
          run hook batch/Job shop/bad in PreSync wave 0
          run hook batch/Job shop/good in PreSync wave 0
          apply apps/Deployment shop/web in Sync wave -1
        held: waiting for healthy state of apps/Deployment shop/web
        — terminate
          delete hook batch/Job shop/bad (the sync failed)
          release hook batch/Job shop/good
          clear operation
        sync Failed: operation terminated
        = OutOfSync Progressing, history [], there ["Deployment web", "Job good"]
        = kept hooks []
    "#]],
    );
    let newer = waits(automated(hooks())).run().commit("r2", [wave("Deployment web", "-1"), plain("ConfigMap a")]);
    check(
        newer.health("web", Healthy, "").ending().kept_hooks(),
        expect![[r#"
            — web is Progressing
            sync to r1 started
              run hook batch/Job shop/bad in PreSync wave 0
              run hook batch/Job shop/good in PreSync wave 0
              apply apps/Deployment shop/web in Sync wave -1
            held: waiting for healthy state of apps/Deployment shop/web
            — commit r2
            — web is Healthy
              release hook batch/Job shop/bad
              delete hook batch/Job shop/good (the sync succeeded)
            sync to r1 superseded by r2
            sync to r2 started
              apply apps/Deployment shop/web in Sync wave -1
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r2"], there ["ConfigMap a", "Deployment web", "Job bad"]
            = kept hooks []
        "#]],
    );
}

#[test]
fn two_hooks_of_one_prefix_both_run() {
    check(
        automated([unnamed("Job tell-", "PostSync"), plain("ConfigMap a"), unnamed("Job tell-", "PostSync")]).ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              run hook batch/Job shop/tell-r1-postsync-1767261600 in PostSync wave 0
              run hook batch/Job shop/tell-r1-postsync-1767261600-2 in PostSync wave 0
              release hook batch/Job shop/tell-r1-postsync-1767261600
              release hook batch/Job shop/tell-r1-postsync-1767261600-2
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a", "Job tell-r1-postsync-1767261600", "Job tell-r1-postsync-1767261600-2"]
        "#]],
    );
}
