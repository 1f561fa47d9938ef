//! Orders about Applications, told as: the Application, the order, what it comes to.

use expect_test::{Expect, expect};
use serde_json::Value;

use super::*;

fn application(extra: &Value) -> Application {
    let mut object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"source": {"repoURL": "https://git.test/shop", "path": "deploy", "targetRevision": "main"}},
        "status": {"history": [
            {"id": 3, "revision": "aaa", "source": {"repoURL": "https://git.test/shop", "path": "old"}},
            {"id": 4, "revision": "bbb"},
        ]},
    });
    json_patch::merge(&mut object, extra);
    serde_json::from_value(object).unwrap()
}

fn automated() -> Value {
    json!({"spec": {"syncPolicy": {"automated": {}}}})
}

fn running(phase: &str) -> Value {
    json!({"operation": {"sync": {}}, "status": {"operationState": {"operation": {}, "phase": phase}}})
}

fn check(verdict: Verdict, expected: &Expect) {
    expected.assert_eq(&match verdict {
        Verdict::Nothing(why) => format!("nothing: {why}"),
        Verdict::Refused(why) => format!("refused: {why}"),
        Verdict::Write(write) => {
            let Some(Patch::Merge(fields)) = write.object else { panic!("no merge") };
            let lock = if write.meant == Meant::AsRead { " (as read)" } else { "" };
            format!("{}: {fields}{lock}", write.said)
        }
    });
}

fn to(revision: &str) -> SyncOperation {
    SyncOperation { revision: Some(revision.to_owned()), ..SyncOperation::default() }
}

#[test]
fn a_sync_is_asked_for_in_the_name_of_a_person() {
    let wanted = SyncOperation { prune: true, ..SyncOperation::default() };
    check(
        sync(&application(&json!({})), wanted, "ann"),
        &expect![[r#"syncs: {"operation":{"initiatedBy":{"username":"ann"},"sync":{"prune":true}}} (as read)"#]],
    );
    let policy = json!({"spec": {"syncPolicy": {"syncOptions": ["CreateNamespace=true"], "retry": {"limit": 2}}}});
    check(
        sync(&application(&policy), to("v2"), ""),
        &expect![[
            r#"syncs: {"operation":{"initiatedBy":{},"retry":{"limit":2},"sync":{"revision":"v2","syncOptions":["CreateNamespace=true"]}}} (as read)"#
        ]],
    );
}

#[test]
fn there_is_one_operation_at_a_time() {
    for state in
        [running("Running"), json!({"operation": {"sync": {}}}), json!({"status": running("Terminating")["status"]})]
    {
        let one = application(&state);
        let busy = "has another operation in progress: wait until it is over, or terminate it";
        assert_eq!(sync(&one, to("main"), "ann"), Verdict::refused(busy));
        assert_eq!(rollback(&one, 3, Prune::Keep, "ann"), Verdict::refused(busy));
    }
    let ended = application(&json!({"status": running("Failed")["status"]}));
    assert!(matches!(sync(&ended, to("main"), "ann"), Verdict::Write(_)));
    let going = application(&json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}));
    check(sync(&going, to("main"), "ann"), &expect!["refused: is being deleted"]);
}

#[test]
fn another_revision_than_that_it_syncs_to_by_itself_is_refused() {
    check(
        sync(&application(&automated()), to("v2"), "ann"),
        &expect![
            "refused: cannot be synced to v2: it syncs by itself to main, and would go back there. Switch spec.syncPolicy.automated off, or change targetRevision"
        ],
    );
    assert!(matches!(sync(&application(&automated()), to("main"), "ann"), Verdict::Write(_)));
    let tried = SyncOperation { dry_run: true, ..to("v2") };
    assert!(matches!(sync(&application(&automated()), tried, "ann"), Verdict::Write(_)));
    let several = json!({"spec": {"sources": [{"repoURL": "https://git.test/a"}]}});
    check(
        sync(&application(&several), to("v2"), "ann"),
        &expect!["refused: has several sources: one revision cannot be meant for all of them"],
    );
}

#[test]
fn a_rollback_deploys_the_source_and_the_commit_of_the_history_without_hooks() {
    let one = application(&json!({}));
    check(
        rollback(&one, 3, Prune::Delete, "ann"),
        &expect![[
            r#"goes back to deployment 3: {"operation":{"initiatedBy":{"username":"ann"},"sync":{"prune":true,"revision":"aaa","source":{"path":"old","repoURL":"https://git.test/shop"},"syncStrategy":{"apply":{}}}}} (as read)"#
        ]],
    );
    check(
        rollback(&one, 4, Prune::Keep, "ann"),
        &expect!["refused: does not remember the source of deployment 4: sync to bbb"],
    );
    check(
        rollback(&one, 7, Prune::Keep, "ann"),
        &expect!["refused: has no deployment 7 in its history; there are 3, 4"],
    );
    check(
        rollback(&application(&json!({"status": null})), 7, Prune::Keep, "ann"),
        &expect!["refused: was never deployed: there is nothing to go back to"],
    );
    check(
        rollback(&application(&automated()), 3, Prune::Keep, "ann"),
        &expect![
            "refused: syncs by itself, which would undo a rollback. Switch spec.syncPolicy.automated off first, or revert in git"
        ],
    );
    let off = application(&json!({"spec": {"syncPolicy": {"automated": {"enabled": false}}}}));
    assert!(matches!(rollback(&off, 3, Prune::Keep, "ann"), Verdict::Write(_)));
}

#[test]
fn an_operation_is_ended_or_taken_back() {
    check(
        terminate(&application(&running("Running"))),
        &expect![[r#"operation terminating: {"status":{"operationState":{"phase":"Terminating"}}} (as read)"#]],
    );
    check(
        terminate(&application(&json!({"operation": {"sync": {}}}))),
        &expect![[r#"operation taken back: it had not begun: {"operation":null} (as read)"#]],
    );
    check(terminate(&application(&running("Terminating"))), &expect!["nothing: is being terminated already"]);
    check(
        terminate(&application(&json!({}))),
        &expect!["nothing: has no operation in progress: there is nothing to terminate"],
    );
}

#[test]
fn a_refresh_is_an_annotation() {
    check(
        refresh(Refresh::Normal),
        &expect![[r#"is being looked at anew: {"metadata":{"annotations":{"argocd.argoproj.io/refresh":"normal"}}}"#]],
    );
    check(
        refresh(Refresh::Hard),
        &expect![[r#"is being looked at anew: {"metadata":{"annotations":{"argocd.argoproj.io/refresh":"hard"}}}"#]],
    );
}
