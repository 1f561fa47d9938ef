use std::fmt::Write;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::view::tests::rollout;

/// An Application in the middle of a sync, with a release in it.
pub(crate) fn application() -> Application {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let at = |clock: &str| format!("2026-01-01T{clock}Z");
    let source = json!({"repoURL": "https://ann:secret@git.test/shop.git", "path": "deploy", "targetRevision": "main"});
    let object = |group: &str, kind: &str, name: &str, wave: i64, more: Value| {
        let mut object = json!({"group": group, "version": "v1", "kind": kind, "namespace": "shop", "name": name,
            "syncWave": wave, "status": "Synced", "health": {"status": "Healthy"}});
        json_patch::merge(&mut object, &more);
        object
    };
    let result = |kind: &str, name: &str, more: Value| {
        let mut result = json!({"group": "", "version": "v1", "kind": kind, "namespace": "shop", "name": name});
        json_patch::merge(&mut result, &more);
        result
    };
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd", "uid": "a",
            "annotations": {"runbook": "https://wiki.test/shop", "evil": "javascript:alert(1)"}},
        "spec": {"project": "web", "source": source,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"}},
        "status": {
            "sync": {"status": "OutOfSync", "revision": commit},
            "health": {"status": "Progressing", "message": "Rollout web: waits until it is <promoted>"},
            "reconciledAt": at("10:01:00"),
            "resources": [
                object("argoproj.io", "Rollout", "web", 1, json!({"health": {"status": "Suspended", "message": "paused"}})),
                object("", "ConfigMap", "settings", 0, json!({"status": "OutOfSync", "health": null})),
                object("", "Secret", "old", 0, json!({"status": "OutOfSync", "requiresPruning": true, "health": null})),
            ],
            "conditions": [{"type": "SharedResourceWarning", "message": "Secret old is another's too",
                "lastTransitionTime": at("10:00:00")}],
            "rejected": [{"revision": commit, "by": "shop/web", "message": "errors above 5 %", "at": at("09:00:00")}],
            "summary": {"images": ["web:v2"], "externalURLs": ["https://shop.test/"]},
            "operationState": {
                "operation": {"sync": {"prune": true}, "initiatedBy": {"username": "ann"}},
                "phase": "Running", "message": "waits for Rollout web", "startedAt": at("10:00:30"), "retryCount": 1,
                "syncResult": {"revision": commit, "resources": [
                    result("Job", "migrate", json!({"group": "batch", "hookType": "PreSync", "hookPhase": "Succeeded", "syncPhase": "PreSync"})),
                    result("ConfigMap", "settings", json!({"status": "SyncFailed", "message": "is <invalid>", "syncPhase": "Sync"})),
                    result("Rollout", "web", json!({"group": "argoproj.io", "status": "Synced", "syncPhase": "Sync"})),
                ]},
            },
            "history": [
                {"id": 3, "revision": "v1.0.0", "source": source, "deployStartedAt": at("08:00:00"), "deployedAt": at("08:00:07"),
                    "initiatedBy": {"automated": true}},
                {"id": 4, "revision": commit, "deployedAt": at("09:00:00"), "initiatedBy": {"username": "ann"}},
            ],
        },
    });
    serde_json::from_value(object).unwrap()
}

/// What is shown of it to somebody who may see the Rollout.
pub(crate) fn shown() -> ApplicationView {
    ApplicationView::of(&application(), |namespace, name| {
        (namespace == "shop" && name == "web").then(|| Arc::new(rollout()))
    })
}

fn differing(kind: &str, name: &str, count: usize) -> Differing {
    let field = |n| Field { path: format!("/data/{n}"), here: "\"a\"".to_owned(), wanted: "nothing".to_owned() };
    Differing {
        kind: kind.to_owned(),
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        fields: (0..count).map(field).collect(),
        ..Differing::default()
    }
}

#[test]
fn fields_are_told_of_objects_that_differ_and_of_many_the_first() {
    let rollout = Differing { group: "argoproj.io".to_owned(), ..differing("Rollout", "web", 2) };
    let all = [
        rollout,
        differing("ConfigMap", "settings", 150),
        differing("Secret", "old", 60),
        differing("Secret", "gone", 1),
    ];
    let told = shown().telling(&all);
    let counts: Vec<_> =
        told.waves.iter().flat_map(|(_, all)| all).map(|one| (&*one.name, one.fields.len(), one.more_fields)).collect();
    assert_eq!(counts, [("settings", 150, 0), ("old", 50, 10), ("web", 0, 0)]);
}

fn check(shown: &ApplicationView, expected: &Expect) {
    let mut told = format!("{} {} at {}\n", shown.state.health, shown.state.sync, shown.state.revision);
    for (wave, objects) in &shown.waves {
        for one in objects {
            let release = one.release.as_ref().map(|row| format!(" release {:?} step {:?}", row.phase, row.step));
            let (kind, name, state) = (&one.kind, &one.name, &one.state);
            let notes = one.notes.join(", ");
            let release = release.unwrap_or_default();
            writeln!(told, "wave {wave} {kind} {name}: {} {} {notes}{release}", state.health, state.sync).unwrap();
        }
    }
    if let Some(operation) = &shown.operation {
        writeln!(told, "{} {} by {}: {}", operation.what, operation.phase, operation.by, operation.message).unwrap();
        for one in &operation.results {
            let (phase, hook, outcome) = (&one.phase, &one.hook, &one.outcome);
            writeln!(told, "  {phase} {:?} {} {} {hook} {outcome} {}", one.wave, one.kind, one.name, one.message)
                .unwrap();
        }
    }
    for past in &shown.history {
        let (from, took) = (past.sources.join(" and "), past.took.unwrap_or_default());
        writeln!(told, "{} {} by {} took {took}s from {from} {}", past.id, past.revision, past.by, past.is_whole)
            .unwrap();
    }
    expected.assert_eq(&told);
}

#[test]
fn objects_stand_in_their_waves_and_results_in_their_order() {
    check(
        &shown(),
        &expect![[r#"
        Progressing OutOfSync at 01234567
        wave 0 ConfigMap settings:  OutOfSync 
        wave 0 Secret old:  OutOfSync git has it no more
        wave 1 Rollout.argoproj.io web: Suspended Synced  release Paused step Some((1, 6))
        sync Running by ann: waits for Rollout web
          PreSync None Job.batch shop/migrate PreSync Succeeded 
          Sync Some(0) ConfigMap shop/settings  SyncFailed is <invalid>
          Sync Some(1) Rollout.argoproj.io shop/web  Synced 
        4 01234567 by ann took 0s from  false
        3 v1.0.0 by itself took 7s from https://git.test/shop.git deploy @ main true
    "#]],
    );
}

#[test]
fn an_application_that_nobody_has_looked_at_yet_is_unknown() {
    let new = Application { status: None, ..application() };
    check(
        &ApplicationView::of(&new, |_, _| None),
        &expect![[r#"
        Unknown Unknown at 
    "#]],
    );
}

#[test]
fn an_operation_is_told_from_the_next() {
    assert_eq!(operation_in_progress(&application()), "2026-01-01T10:00:30Z");
    let mut ended = application();
    ended.status.as_mut().unwrap().operation_state.as_mut().unwrap().phase = "Succeeded".to_owned();
    assert_eq!(operation_in_progress(&ended), "");
    ended.operation = Some(sluice_crds::Operation::default());
    assert_eq!(operation_in_progress(&ended), "asked");
}

#[test]
fn links_are_of_the_web() {
    let links: Vec<_> = shown().links.into_iter().map(|link| link.href).collect();
    assert_eq!(links, ["https://wiki.test/shop", "https://shop.test/"]);
}
