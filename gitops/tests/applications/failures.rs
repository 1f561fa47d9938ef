//! What goes wrong, and what is said about it.

use expect_test::expect;
use serde_json::json;
use sluice_gitops::health::Status::{Healthy, Progressing};

use crate::world::{automated, check, given, hook, plain, wave};

#[test]
fn an_object_that_the_api_server_refuses_keeps_all_others_from_being_written() {
    check(
        given([plain("ConfigMap a"), plain("ConfigMap bad")])
            .refuses("bad", "spec.x: unknown field")
            .sync(json!({}))
            .ending()
            .results(),
        expect![[r#"
            — sync {}
            ComparisonError: ConfigMap shop/bad: spec.x: unknown field
            sync to r1 started
              clear operation
            ComparisonError: ConfigMap shop/bad: spec.x: unknown field
            sync Failed: one or more synchronization tasks are not valid (1 object): ConfigMap shop/bad: spec.x: unknown field
            = OutOfSync Missing (ConfigMap shop/a is not there; and 1 more), history [], there []
              ! ComparisonError: ConfigMap shop/bad: spec.x: unknown field
              · ConfigMap bad Sync SyncFailed Failed spec.x: unknown field
        "#]],
    );
}

#[test]
fn a_write_that_fails_fails_the_sync_once_the_others_of_its_wave_are_written() {
    check(
        given([plain("ConfigMap a"), plain("ConfigMap b"), wave("ConfigMap c", "1")])
            .fails("a")
            .sync(json!({}))
            .ending()
            .results(),
        expect![[r#"
            — writes of a fail
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0: fails
              apply ConfigMap shop/b in Sync wave 0
              clear operation
            sync Failed: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/a: the server is busy
            = OutOfSync Healthy, history [], there ["ConfigMap b"]
              · ConfigMap a Sync SyncFailed Failed the server is busy
              · ConfigMap b Sync Synced Succeeded serverside-applied
        "#]],
    );
}

#[test]
fn a_person_says_how_often_it_is_tried_again() {
    check(
        given([plain("ConfigMap a")])
            .fails("a")
            .sync(json!({}))
            .retrying(json!({"limit": 1, "backoff": {"duration": "10s"}}))
            .run()
            .wait("5s")
            .works("a")
            .wait("5s")
            .ending(),
        expect![[r#"
            — writes of a fail
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0: fails
            failed: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/a: the server is busy; retry 1 at 2026-01-01T10:00:11Z
            — writes of a work
            tried again
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a"]
        "#]],
    );
}

/// A storm found it: a try that failed while the clock was an hour ahead was not made again for that hour.
#[test]
fn a_retry_does_not_wait_for_a_time_that_a_clock_ahead_wrote() {
    check(
        automated([plain("ConfigMap a")]).fails("a").run().set_back("1h").works("a").ending(),
        expect![[r#"
            — writes of a fail
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0: fails
            failed: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/a: the server is busy; retry 1 at 2026-01-01T10:00:05Z
            — the clock is set back by 1h
            — writes of a work
            tried again
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a"]
        "#]],
    );
}

#[test]
fn a_spec_that_is_wrong_stops_everything_and_says_why() {
    check(
        automated([plain("ConfigMap a")])
            .run()
            .with("/destination/server", json!("https://x"))
            .commit("r2", [])
            .sync(json!({}))
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            — sync {}
              clear operation
            InvalidSpecError: spec.destination: names the cluster twice; write server or name
            sync Error: spec.destination: names the cluster twice; write server or name
            = Unknown Unknown, history ["0:r1"], there ["ConfigMap a"]
              ! InvalidSpecError: spec.destination: names the cluster twice; write server or name
        "#]],
    );
}

#[test]
fn an_application_without_its_project_does_nothing_and_loses_nothing() {
    check(
        automated([plain("ConfigMap a")])
            .run()
            .homeless("project p does not exist", false)
            .commit("r2", [])
            .wait("1h")
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — project p does not exist
            — commit r2
            InvalidSpecError: project p does not exist
            = Unknown Unknown, history ["0:r1"], there ["ConfigMap a"]
              ! InvalidSpecError: project p does not exist
        "#]],
    );
}

/// A storm found it: a project that was out of sight for a moment ended the sync, and none began again.
#[test]
fn a_sync_that_began_by_itself_waits_for_its_project() {
    check(
        automated([hook("Job migrate", "PreSync"), plain("ConfigMap a")])
            .health("migrate", Progressing, "")
            .run()
            .homeless("project p does not exist", false)
            .run()
            .at_home_again()
            .health("migrate", Healthy, "")
            .ending(),
        expect![[r#"
            — migrate is Progressing
            sync to r1 started
              run hook batch/Job shop/migrate in PreSync wave 0
            held: waiting for completion of hook batch/Job shop/migrate
            — project p does not exist
            InvalidSpecError: project p does not exist
            held: project p does not exist
            — its project is back
            — migrate is Healthy
              apply ConfigMap shop/a in Sync wave 0
              release hook batch/Job shop/migrate
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["ConfigMap a", "Job migrate"]
        "#]],
    );
}

#[test]
fn an_object_of_another_application_is_told_of_and_refused_where_the_options_say_so() {
    let mut world = given([plain("ConfigMap a"), plain("ConfigMap b")]);
    world.other_owners.insert("a".to_owned(), "other".to_owned());
    check(
        world.clone().sync(json!({})).ending(),
        expect![[r#"
        — sync {}
        SharedResourceWarning: ConfigMap shop/a is part of application other too. Take what is shared out of the sources of one of them
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0
          apply ConfigMap shop/b in Sync wave 0
        SharedResourceWarning: ConfigMap shop/a is part of application other too. Take what is shared out of the sources of one of them
          clear operation
        sync Succeeded: successfully synced (all tasks run)
        = Synced Healthy, history ["0:r1"], there ["ConfigMap a", "ConfigMap b"]
          ! SharedResourceWarning: ConfigMap shop/a is part of application other too. Take what is shared out of the sources of one of them
    "#]],
    );
    let strict = world.with("/syncPolicy/syncOptions", json!(["FailOnSharedResource=true"]));
    check(
        strict.sync(json!({})).ending(),
        expect![[r#"
            — sync {}
            SharedResourceWarning: ConfigMap shop/a is part of application other too. Take what is shared out of the sources of one of them
            sync to r1 started
              clear operation
            SharedResourceWarning: ConfigMap shop/a is part of application other too. Take what is shared out of the sources of one of them
            sync Failed: one or more synchronization tasks are not valid (1 object): ConfigMap shop/a: it is part of application other too (FailOnSharedResource)
            = OutOfSync Missing (ConfigMap shop/a is not there; and 1 more), history [], there []
              ! SharedResourceWarning: ConfigMap shop/a is part of application other too. Take what is shared out of the sources of one of them
        "#]],
    );
}

#[test]
fn objects_that_belong_to_nobody_are_counted() {
    let mut world = given([plain("ConfigMap a")]);
    world.project["orphanedResources"] = json!({"ignore": [{"kind": "Secret"}]});
    world.orphans =
        ["ConfigMap odd", "Secret odd", "ConfigMap kube-root-ca.crt"].map(|what| plain(what).key()).to_vec();
    check(
        world.ending(),
        expect![[r#"
            OrphanedResourceWarning: objects that belong to no application in namespace shop: 1 (ConfigMap shop/odd)
            = OutOfSync Missing (ConfigMap shop/a is not there), history [], there []
              ! OrphanedResourceWarning: objects that belong to no application in namespace shop: 1 (ConfigMap shop/odd)
        "#]],
    );
}

#[test]
fn a_retry_looks_anew_where_it_is_told_to() {
    let failing = |refresh: bool| {
        given([plain("ConfigMap a")])
            .fails("a")
            .sync(json!({}))
            .retrying(json!({"limit": 3, "refresh": refresh}))
            .run()
            .commit("r2", [plain("ConfigMap b")])
            .wait("10s")
    };
    check(
        failing(true),
        expect![[r#"
        — writes of a fail
        — sync {}
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0: fails
        failed: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/a: the server is busy; retry 1 at 2026-01-01T10:00:06Z
        — commit r2
        tried again at r2
          apply ConfigMap shop/b in Sync wave 0
          clear operation
        sync Succeeded: successfully synced (all tasks run)
    "#]],
    );
    check(
        failing(false).terminate().run(),
        expect![[r#"
        — writes of a fail
        — sync {}
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0: fails
        failed: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/a: the server is busy; retry 1 at 2026-01-01T10:00:06Z
        — commit r2
        tried again
          apply ConfigMap shop/a in Sync wave 0: fails
        failed: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/a: the server is busy; retry 2 at 2026-01-01T10:00:16Z
        — terminate
          clear operation
        sync Failed: operation terminated
    "#]],
    );
}

/// It stays as it is, and nobody would know why.
#[test]
fn an_object_of_a_version_that_is_not_served_any_more_is_told() {
    check(
        given([plain("ConfigMap a")]).sync(json!({})).run().outdates("a", "it is served in v2").ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            ComparisonError: ConfigMap shop/a: it is served in v2
            = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap a"]
              ! ComparisonError: ConfigMap shop/a: it is served in v2
        "#]],
    );
}

#[test]
fn what_the_controller_before_said_of_itself_is_gone_and_what_others_say_stays() {
    check(
        given([plain("ConfigMap a")]).was_told("UnknownError").was_told("SomebodysOwn").ending(),
        expect![[r#"
        = OutOfSync Missing (ConfigMap shop/a is not there), history [], there []
          ! SomebodysOwn:
    "#]],
    );
}

/// What would keep a sync from beginning keeps a retry from going there.
#[test]
fn a_retry_goes_to_no_commit_that_a_brake_holds() {
    let failing = given([plain("ConfigMap a"), plain("ConfigMap b"), plain("ConfigMap c")])
        .sync(json!({}))
        .run()
        .fails("c")
        .sync(json!({"prune": true}))
        .retrying(json!({"limit": 3, "refresh": true}))
        .run();
    check(
        failing.commit("r2", [plain("ConfigMap a")]).works("c").wait("10s").ending(),
        expect![[r#"
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — writes of c fail
            — sync {"prune":true}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0: fails
            failed: one or more synchronization tasks completed unsuccessfully: ConfigMap shop/c: the server is busy; retry 1 at 2026-01-01T10:00:07Z
            — commit r2
            — writes of c work
            tried again
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              apply ConfigMap shop/c in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = OutOfSync Healthy, history ["0:r1", "1:r1"], there ["ConfigMap a", "ConfigMap b", "ConfigMap c"]
        "#]],
    );
}

#[test]
fn a_sync_whose_commit_is_gone_says_so_and_ends() {
    let waits = || {
        let objects = [wave("Deployment database", "-1"), plain("ConfigMap a")];
        let waits = given(objects).health("database", Progressing, "0 of 1 ready").sync(json!({})).run();
        waits.commit("r2", [plain("ConfigMap a")])
    };
    check(
        waits().loses("r1").ending(),
        expect![[r#"
        — database is Progressing
        — sync {}
        sync to r1 started
          apply apps/Deployment shop/database in Sync wave -1
        held: waiting for healthy state of apps/Deployment shop/database
        — commit r2
        — r1 is gone
          clear operation
        sync Error: commit r1 is not in the repository
        = OutOfSync Healthy, history [], there ["Deployment database"]
    "#]],
    );
    check(
        waits().cannot_reach("r1").ending(),
        expect![[r#"
        — database is Progressing
        — sync {}
        sync to r1 started
          apply apps/Deployment shop/database in Sync wave -1
        held: waiting for healthy state of apps/Deployment shop/database
        — commit r2
        — r1 cannot be fetched
        held: waiting for the manifests of the sync: the repository does not answer
        = OutOfSync Healthy, history [], there ["Deployment database"]
    "#]],
    );
}
