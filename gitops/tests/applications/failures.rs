//! What goes wrong, and what is said about it.

use expect_test::expect;
use serde_json::json;

use crate::world::{automated, check, given, plain, wave};

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
            sync Failed: one or more synchronization tasks are not valid (1 objects)
            = OutOfSync Missing, history [], there []
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
