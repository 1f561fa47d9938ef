//! What keeps a broken source from deleting what it describes no more.

use expect_test::expect;
use serde_json::json;
use sluice_gitops::application::change::Why;
use sluice_gitops::application::prune;

use crate::world::{automated, check, given, object, plain};

#[test]
fn a_source_that_cannot_be_rendered_deletes_nothing() {
    check(
        automated([plain("ConfigMap a")]).run().broken_commit("r2").wait("24h").ending(),
        expect![[r#"
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        — commit r2, broken
        ComparisonError: cannot render r: bad indentation
        = Unknown Healthy, history ["0:r1"], there ["ConfigMap a"]
          ! ComparisonError: cannot render r: bad indentation
    "#]],
    );
}

#[test]
fn an_empty_source_deletes_nothing_unless_that_is_allowed() {
    check(
        automated([plain("ConfigMap a"), plain("ConfigMap b")])
            .run()
            .commit("r2", [])
            .wait("24h")
            .ending()
            .with("/syncPolicy/automated", json!({"prune": true, "allowEmpty": true}))
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            SyncError: would delete all 2 objects: the source describes none. If that is meant, set syncPolicy.automated.allowEmpty, or: kubectl sluice app sync argocd/web --prune
            = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap a", "ConfigMap b"]
              ! SyncError: would delete all 2 objects: the source describes none. If that is meant, set syncPolicy.automated.allowEmpty, or: kubectl sluice app sync argocd/web --prune
            sync to r2 started
              delete ConfigMap shop/a (not in git)
              delete ConfigMap shop/b (not in git)
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there []
        "#]],
    );
}

#[test]
fn more_than_half_is_deleted_only_on_a_persons_word() {
    let all = || [plain("ConfigMap a"), plain("ConfigMap b"), plain("ConfigMap c")];
    check(
        automated(all()).run().commit("r2", [plain("ConfigMap a")]).wait("24h").ending().approve_prune("r2").ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            SyncError: would delete 2 of 3 objects (kubectl sluice app diff argocd/web shows them). If that is meant: kubectl sluice app sync argocd/web --prune, or set the annotation sluice.dev/prune-approved: r2
            = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap a", "ConfigMap b", "ConfigMap c"]
              ! SyncError: would delete 2 of 3 objects (kubectl sluice app diff argocd/web shows them). If that is meant: kubectl sluice app sync argocd/web --prune, or set the annotation sluice.dev/prune-approved: r2
            — prune of r2 approved
            sync to r2 started
              delete ConfigMap shop/b (not in git)
              delete ConfigMap shop/c (not in git)
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a"]
        "#]],
    );
    check(
        automated(all()).run().commit("r2", [plain("ConfigMap a"), plain("ConfigMap b")]).ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              delete ConfigMap shop/c (not in git)
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap b"]
        "#]],
    );
    check(
        automated(all()).run().commit("r2", [plain("ConfigMap a")]).sync(json!({"prune": true})).ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — sync {"prune":true}
            sync to r2 started
              delete ConfigMap shop/b (not in git)
              delete ConfigMap shop/c (not in git)
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a"]
        "#]],
    );
}

/// The word is about a source that describes nothing.
#[test]
fn a_source_that_may_be_empty_does_not_lose_most_of_its_objects() {
    let all = || [plain("ConfigMap a"), plain("ConfigMap b"), plain("ConfigMap c")];
    check(
        automated(all())
            .with("/syncPolicy/automated", json!({"prune": true, "allowEmpty": true}))
            .run()
            .commit("r2", [plain("ConfigMap a")])
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            SyncError: would delete 2 of 3 objects (kubectl sluice app diff argocd/web shows them). If that is meant: kubectl sluice app sync argocd/web --prune, or set the annotation sluice.dev/prune-approved: r2
            = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap a", "ConfigMap b", "ConfigMap c"]
              ! SyncError: would delete 2 of 3 objects (kubectl sluice app diff argocd/web shows them). If that is meant: kubectl sluice app sync argocd/web --prune, or set the annotation sluice.dev/prune-approved: r2
        "#]],
    );
}

/// Else a sync for it would begin for ever, and three kept volumes beside two objects would keep all else from being deleted.
#[test]
fn what_is_there_to_stay_begins_no_sync_and_counts_for_no_brake() {
    let kept = |name| object(name, json!({"argocd.argoproj.io/sync-options": "Prune=false"}));
    let before =
        [kept("ConfigMap x"), kept("ConfigMap y"), kept("ConfigMap z"), plain("ConfigMap a"), plain("ConfigMap b")];
    check(
        automated(before)
            .with("/syncPolicy/automated", json!({"prune": true, "selfHeal": true}))
            .run()
            .commit("r2", [plain("ConfigMap a")])
            .wait("24h")
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/x in Sync wave 0
              apply ConfigMap shop/y in Sync wave 0
              apply ConfigMap shop/z in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            sync to r2 started
              delete ConfigMap shop/b (not in git)
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = OutOfSync Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap x", "ConfigMap y", "ConfigMap z"]
        "#]],
    );
}

#[test]
fn an_object_says_itself_whether_it_may_be_deleted() {
    let with = |name: &str, option: &str| {
        object(&format!("ConfigMap {name}"), json!({"argocd.argoproj.io/sync-options": option}))
    };
    check(
        given([plain("ConfigMap a"), with("kept", "Prune=false"), with("asked", "Prune=confirm")])
            .sync(json!({}))
            .run()
            .commit("r2", [plain("ConfigMap a")])
            .sync(json!({"prune": true}))
            .run()
            .wait("1m")
            .approve_deletion()
            .ending()
            .results(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/asked in Sync wave 0
              apply ConfigMap shop/kept in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — sync {"prune":true}
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
            held: waiting for a person to let ConfigMap shop/asked be deleted: annotate the application with argocd.argoproj.io/deletion-approved and the time
            — deletion approved
              delete ConfigMap shop/asked (not in git)
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = OutOfSync Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap kept"]
              · ConfigMap kept Sync PruneSkipped Succeeded ignored (no prune)
              · ConfigMap a Sync Synced Succeeded serverside-applied
              · ConfigMap asked Sync Pruned Succeeded pruned
        "#]],
    );
}

/// Times are of whole seconds: a word that is given at once is given in the second in which the sync began.
#[test]
fn a_word_for_a_deletion_counts_from_the_second_in_which_it_is_waited_for() {
    let asked = object("ConfigMap asked", json!({"argocd.argoproj.io/sync-options": "Prune=confirm"}));
    check(
        given([plain("ConfigMap a"), asked])
            .sync(json!({}))
            .run()
            .commit("r2", [plain("ConfigMap a")])
            .sync(json!({"prune": true}))
            .run()
            .approve_deletion()
            .ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/asked in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — sync {"prune":true}
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
            held: waiting for a person to let ConfigMap shop/asked be deleted: annotate the application with argocd.argoproj.io/deletion-approved and the time
            — deletion approved
              delete ConfigMap shop/asked (not in git)
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a"]
        "#]],
    );
}

#[test]
fn what_the_project_does_not_permit_is_neither_written_nor_deleted() {
    let mut world = given([plain("ConfigMap a"), plain("Secret b")]).sync(json!({})).run();
    world.project["namespaceResourceBlacklist"] = json!([{"group": "", "kind": "Secret"}]);
    check(
        world
            .sync(json!({}))
            .ending()
            .results()
            .commit("r2", [plain("ConfigMap a")])
            .sync(json!({"prune": true}))
            .ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply Secret shop/b in Sync wave 0
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — sync {}
            ExcludedResourceWarning: Secret shop/b is of a kind that is refused (spec.namespaceResourceBlacklist of project p)
            sync to r1 started
              clear operation
            ExcludedResourceWarning: Secret shop/b is of a kind that is refused (spec.namespaceResourceBlacklist of project p)
            sync Failed: one or more synchronization tasks are not valid (1 object): Secret shop/b is of a kind that is refused (spec.namespaceResourceBlacklist of project p)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a", "Secret b"]
              ! ExcludedResourceWarning: Secret shop/b is of a kind that is refused (spec.namespaceResourceBlacklist of project p)
              · Secret b Sync SyncFailed Failed Secret shop/b is of a kind that is refused (spec.namespaceResourceBlacklist of project p)
            — commit r2
            — sync {"prune":true}
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "Secret b"]
        "#]],
    );
}

/// Between a plan and its write, somebody may say that it stays.
#[test]
fn what_says_by_now_that_it_stays_is_not_deleted() {
    let synced = given([plain("ConfigMap a")]).sync(json!({"prune": true})).run();
    let (seen, now) = (synced.observed(), plain("ConfigMap a"));
    let with = |pointer: &str, value: serde_json::Value| {
        let mut object = now.to_value();
        object["metadata"][pointer] = value;
        object.into()
    };
    let option = |option: &str| with("annotations", json!({"argocd.argoproj.io/sync-options": option}));
    let owned = with("ownerReferences", json!([{"kind": "Widget", "name": "w", "uid": "1"}]));
    let hook = with("annotations", json!({"argocd.argoproj.io/hook": "PreSync"}));
    for why in [Why::NotInGit, Why::ApplicationDeleted] {
        assert_eq!(prune::stays(&seen, why, &now, &[]), None);
        assert!(prune::stays(&seen, why, &owned, &[]).is_some());
        assert!(prune::stays(&seen, why, &hook, &[]).is_some());
    }
    assert_eq!(prune::stays(&seen, Why::NotInGit, &option("Prune=false"), &[]), Some("ignored (no prune)".to_owned()));
    assert!(prune::stays(&seen, Why::NotInGit, &option("Prune=confirm"), &[]).is_some());
    for word in ["Delete=false", "Delete=confirm"] {
        assert!(prune::stays(&seen, Why::ApplicationDeleted, &option(word), &[]).is_some());
    }
}
