//! Syncs that a person asks for.

use expect_test::expect;
use serde_json::json;
use sluice_gitops::health::Status::{Healthy, Progressing};

use crate::world::{automated, check, given, hook, object, plain};

#[test]
fn nothing_is_done_until_somebody_asks() {
    check(
        given([plain("ConfigMap a")]).wait("24h").ending(),
        expect![[r#"
            = OutOfSync Missing (ConfigMap shop/a is not there), history [], there []
        "#]],
    );
}

#[test]
fn a_sync_writes_every_object_once_and_is_remembered() {
    check(
        given([plain("ConfigMap a"), plain("Deployment web")]).sync(json!({})).ending().results().wait("24h").ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply apps/Deployment shop/web in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a", "Deployment web"]
              · ConfigMap a Sync Synced Succeeded serverside-applied
              · Deployment web Sync Synced Succeeded serverside-applied
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a", "Deployment web"]
        "#]],
    );
}

#[test]
fn a_sync_deletes_what_git_has_no_more_only_if_it_is_asked_to() {
    check(
        given([plain("ConfigMap a"), plain("ConfigMap b")])
            .sync(json!({}))
            .run()
            .commit("r2", [plain("ConfigMap a")])
            .sync(json!({}))
            .ending()
            .results()
            .sync(json!({"prune": true}))
            .ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — sync {}
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = OutOfSync Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap b"]
              · ConfigMap b Sync PruneSkipped Succeeded ignored (requires pruning)
              · ConfigMap a Sync Synced Succeeded serverside-applied
            — sync {"prune":true}
            sync to r2 started
              delete ConfigMap shop/b (not in git)
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2", "2:r2"], there ["ConfigMap a"]
        "#]],
    );
}

#[test]
fn a_sync_of_some_objects_leaves_the_others_and_no_history() {
    let resources = json!([{"kind": "ConfigMap", "name": "b"}]);
    check(
        given([plain("ConfigMap a"), plain("ConfigMap b")]).sync(json!({"resources": resources})).ending(),
        expect![[r#"
            — sync {"resources":[{"kind":"ConfigMap","name":"b"}]}
            sync to r1 started
              apply ConfigMap shop/b in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = OutOfSync Healthy, history [], there ["ConfigMap b"]
        "#]],
    );
}

#[test]
fn a_sync_to_an_older_commit_is_a_rollback() {
    check(
        given([plain("ConfigMap a")])
            .sync(json!({}))
            .run()
            .commit("r2", [plain("ConfigMap a"), plain("ConfigMap b")])
            .sync(json!({}))
            .run()
            .sync(json!({"revision": "r1", "prune": true}))
            .ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — sync {}
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — sync {"prune":true,"revision":"r1"}
            sync to r1 started
              delete ConfigMap shop/b (not in git)
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = OutOfSync Healthy, history ["0:r1", "1:r2", "2:r1"], there ["ConfigMap a"]
        "#]],
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    check(
        given([plain("ConfigMap a"), plain("Deployment web")]).sync(json!({"dryRun": true})).ending().results(),
        expect![[r#"
            — sync {"dryRun":true}
            sync to r1 started
              apply ConfigMap shop/a (dry run) in Sync wave 0
              apply apps/Deployment shop/web (dry run) in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = OutOfSync Missing (ConfigMap shop/a is not there; and 1 more), history [], there []
              · ConfigMap a Sync Synced Succeeded applied (dry run)
              · Deployment web Sync Synced Succeeded applied (dry run)
        "#]],
    );
}

#[test]
fn only_what_differs_is_written_where_the_options_say_so() {
    check(
        given([plain("ConfigMap a"), plain("Deployment web")])
            .with("/syncPolicy/syncOptions", json!(["ApplyOutOfSyncOnly=true"]))
            .sync(json!({}))
            .run()
            .drift("Deployment web")
            .sync(json!({}))
            .ending()
            .results(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply apps/Deployment shop/web in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — somebody changes Deployment web
            — sync {}
            sync to r1 started
              apply apps/Deployment shop/web in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r1"], there ["ConfigMap a", "Deployment web"]
              · ConfigMap a Sync Synced Succeeded unchanged
              · Deployment web Sync Synced Succeeded serverside-applied
        "#]],
    );
}

#[test]
fn a_namespace_is_made_before_what_is_in_it_with_its_labels() {
    check(
        given([plain("ConfigMap a")])
            .with("/syncPolicy/syncOptions", json!(["CreateNamespace=true"]))
            .with("/syncPolicy/managedNamespaceMetadata", json!({"labels": {"team": "web"}}))
            .sync(json!({}))
            .run()
            .sync(json!({}))
            .ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply Namespace shop in Sync wave 0
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r1"], there ["ConfigMap a", "Namespace shop"]
        "#]],
    );
}

/// Whoever may write an Application may so have nothing made of the cluster that its project does not allow.
#[test]
fn a_namespace_is_made_and_labelled_only_where_the_project_allows_it() {
    let making = || {
        let making = given([plain("ConfigMap a")]).allows(json!([]));
        making.with("/syncPolicy/syncOptions", json!(["CreateNamespace=true"]))
    };
    check(
        making().sync(json!({})).ending(),
        expect![[r#"
        — sync {}
        sync to r1 started
          clear operation
        sync Failed: one or more synchronization tasks are not valid (1 object): Namespace shop is of a kind that is not allowed; add {group: "", kind: Namespace} (spec.clusterResourceWhitelist of project p)
        = OutOfSync Missing (ConfigMap shop/a is not there), history [], there []
    "#]],
    );
    let labels = json!({"labels": {"pod-security.kubernetes.io/enforce": "privileged"}});
    let labelling = making().stands(&plain("Namespace shop")).with("/syncPolicy/managedNamespaceMetadata", labels);
    check(
        labelling.sync(json!({})).ending(),
        expect![[r#"
        — Namespace shop is there
        — sync {}
        sync to r1 started
          clear operation
        sync Failed: one or more synchronization tasks are not valid (1 object): Namespace shop is of a kind that is not allowed; add {group: "", kind: Namespace} (spec.clusterResourceWhitelist of project p)
        = OutOfSync Missing (ConfigMap shop/a is not there), history [], there ["Namespace shop"]
    "#]],
    );
    // Where it is there, and nothing of it is asked for, nothing is written that could be permitted.
    check(
        making().stands(&plain("Namespace shop")).sync(json!({})).ending(),
        expect![[r#"
        — Namespace shop is there
        — sync {}
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0
          clear operation
        sync Succeeded: successfully synced (all tasks run)
        = Synced Healthy, history ["0:r1"], there ["ConfigMap a", "Namespace shop"]
    "#]],
    );
}

#[test]
fn an_object_says_how_it_is_written() {
    let options = json!({"argocd.argoproj.io/sync-options": "Replace=true,Force=true,Validate=false"});
    check(
        given([object("ConfigMap a", options), plain("ConfigMap b")]).sync(json!({})).run(),
        expect![[r#"
        — sync {}
        sync to r1 started
          apply ConfigMap shop/a (replace, force, unchecked) in Sync wave 0
          apply ConfigMap shop/b in Sync wave 0
          clear operation
        sync Succeeded: successfully synced (all tasks run)
    "#]],
    );
}

#[test]
fn an_operation_with_mistakes_ends_at_once() {
    check(
        given([plain("ConfigMap a")]).sync(json!({"prun": true})).run().sync(json!({"revision": "r1"})).ending(),
        expect![[r#"
            — sync {"prun":true}
              clear operation
            sync Error: operation.sync.prun: is no field of this API; correct its name or remove it
            — sync {"revision":"r1"}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a"]
        "#]],
    );
}

#[test]
fn how_many_past_deployments_are_kept_is_said_by_the_spec() {
    let mut world = given([plain("ConfigMap a")]).with("/revisionHistoryLimit", json!("2"));
    for _ in 0..4 {
        world = world.sync(json!({})).run();
    }
    let kept: Vec<_> = world.status.history.iter().map(|one| one.id).collect();
    assert_eq!(kept, [2, 3]);
}

#[test]
fn fields_whose_differences_count_as_none_are_left_alone_where_the_options_say_so() {
    let ignored = |options: &str| {
        given([plain("ConfigMap a"), plain("ConfigMap b")])
            .with("/ignoreDifferences", json!([{"kind": "ConfigMap", "name": "a", "jsonPointers": ["/spec/is"]}]))
            .with("/syncPolicy/syncOptions", json!([options]))
            .sync(json!({}))
            .run()
            .drift("ConfigMap a")
            .drift("ConfigMap b")
            .sync(json!({}))
            .run()
            .tell_spec("ConfigMap a")
            .tell_spec("ConfigMap b")
    };
    let last = |world: crate::world::World| {
        let lines: Vec<_> = world.transcript.lines().rev().take(2).map(str::to_owned).collect();
        lines.join(", ")
    };
    assert_eq!(
        last(ignored("RespectIgnoreDifferences=true")),
        "= ConfigMap b is as in git, = ConfigMap a is as somebody wants"
    );
    assert_eq!(
        last(ignored("RespectIgnoreDifferences=false")),
        "= ConfigMap b is as in git, = ConfigMap a is as in git"
    );
}

/// The end of a sync that began by itself took away what somebody had asked for meanwhile.
#[test]
fn what_is_asked_for_while_a_sync_runs_is_next() {
    check(
        automated([hook("Job migrate", "PreSync"), plain("ConfigMap a")])
            .health("migrate", Progressing, "")
            .run()
            .sync(json!({}))
            .run()
            .health("migrate", Healthy, "")
            .wait("10s")
            .ending(),
        expect![[r#"
            — migrate is Progressing
            sync to r1 started
              run hook batch/Job shop/migrate in PreSync wave 0
            held: waiting for completion of hook batch/Job shop/migrate
            — sync {}
            — migrate is Healthy
              apply ConfigMap shop/a in Sync wave 0
              release hook batch/Job shop/migrate
            sync Succeeded: successfully synced (all tasks run)
            sync to r1 started
              delete hook batch/Job shop/migrate (before it runs again)
            held: waiting for the last run of hook batch/Job shop/migrate to be gone
              run hook batch/Job shop/migrate in PreSync wave 0
              apply ConfigMap shop/a in Sync wave 0
              release hook batch/Job shop/migrate
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r1"], there ["ConfigMap a", "Job migrate"]
        "#]],
    );
}
