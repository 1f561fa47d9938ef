//! Applications: list, get, history, and what is ordered of them.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use sluice_world::api::{Sub, catalog};

use super::looks::check_without_ages;
use super::{CONTROLLER, PROD, Scene};
use crate::clean::clean;

/// A cluster with an Application that has a Rollout in the middle of its release, and with its project.
fn scene() -> Scene {
    let scene = Scene::paused();
    scene.create(&project(&json!({})));
    scene.create(&app("shop", &json!({}), &status()));
    scene
}

pub(crate) fn project(more: &Value) -> Value {
    let mut spec = json!({"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}],
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}]});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default", "namespace": PROD},
        "spec": spec})
}

pub(crate) fn app(name: &str, more: &Value, status: &Value) -> Value {
    let mut spec = json!({"project": "default",
        "source": {"repoURL": "https://git.example/shop", "path": "apps/shop", "targetRevision": "main"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": PROD}});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": spec, "status": status,
        "metadata": {"name": name, "namespace": PROD, "labels": {"team": name}}})
}

fn status() -> Value {
    let object = |group: &str, kind: &str, name: &str, sync: &str, health: &str| {
        json!({"group": group, "version": "v1", "kind": kind, "namespace": PROD, "name": name, "status": sync,
            "health": {"status": health}})
    };
    let mut page = object("", "ConfigMap", "page", "OutOfSync", "Healthy");
    page["syncWave"] = json!(3);
    let entry = |id: i64, revision: &str| {
        json!({"id": id, "revision": revision.repeat(40), "deployedAt": "2026-01-01T00:00:00Z",
            "deployStartedAt": "2025-12-31T23:59:50Z", "initiatedBy": {"username": "bob"},
            "source": {"repoURL": "https://git.example/shop", "path": "apps/shop", "targetRevision": "main"}})
    };
    json!({
        "sync": {"status": "OutOfSync", "revision": "c".repeat(40)},
        "health": {"status": "Suspended"},
        "resources": [object("argoproj.io", "Rollout", "shop", "Synced", "Suspended"), page,
            object("", "Service", "\u{1b}[31mevil\u{202e}", "Synced", "Healthy")],
        "history": [entry(0, "a"), entry(1, "b"), entry(2, "c")],
        "rejected": [{"revision": "b".repeat(40), "by": "Rollout prod/shop", "message": "errors > 1 %", "at": "2026-01-01T00:00:00Z"}],
        "conditions": [{"type": "SyncError", "message": "a \u{1b}]0;title\u{7} b"}],
        "operationState": {"phase": "Succeeded", "message": "successfully synced (all tasks run)",
            "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:07Z",
            "operation": {"initiatedBy": {"username": "bob"}, "sync": {}},
            "syncResult": {"revision": "c".repeat(40), "resources": [
                {"group": "batch", "version": "v1", "kind": "Job", "namespace": PROD, "name": "migrate", "hookType": "PreSync",
                    "hookPhase": "Succeeded", "syncPhase": "PreSync", "message": "done"},
                {"group": "", "version": "v1", "kind": "ConfigMap", "namespace": PROD, "name": "page", "status": "Synced",
                    "syncPhase": "Sync", "message": "configured"}]}},
    })
}

fn check(scene: &Scene, line: &str, expected: &Expect) {
    expected.assert_eq(&scene.says(line));
}

/// What is left in fields of the Application.
fn fields(scene: &Scene, pointers: &[&str]) -> String {
    let object = scene.get("Application", "shop");
    let told = |pointer: &&str| format!("{pointer} {}\n", object.pointer(pointer).unwrap_or(&Value::Null));
    pointers.iter().map(told).collect()
}

/// Plays the controller: each operation that is asked for ends like that, once it has been seen to run. Ends with the receiver.
fn controller(scene: &Scene, end: &Value) -> Receiver<()> {
    let (alive, over) = channel();
    let (store, end) = (scene.store.clone(), end.clone());
    std::thread::spawn(move || {
        let write = |patch: &Value| store.merge(&catalog::APPLICATION, PROD, "shop", Sub::Object, patch, CONTROLLER);
        while alive.send(()).is_ok() {
            let asked = store.get(&catalog::APPLICATION, PROD, "shop").and_then(|app| app.get("operation").cloned());
            if let Some(operation) = asked.filter(|operation| !operation.is_null()) {
                let state = json!({"phase": "Running", "operation": operation, "startedAt": "2026-01-02T00:00:00Z",
                    "finishedAt": null, "message": null, "syncResult": {"revision": "d".repeat(40), "resources": []}});
                write(&json!({"operation": null, "status": {"operationState": state}})).unwrap();
                write(&json!({"status": {"operationState": end}})).unwrap();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    over
}

#[test]
fn applications_are_listed() {
    let scene = scene();
    scene.create(&app("cart", &json!({"syncPolicy": {"automated": {"prune": true}}}), &json!({})));
    check(
        &scene,
        "app list",
        &expect![[r#"
        NAME       CLUSTER                         NAMESPACE  PROJECT  STATUS     HEALTH     SYNCPOLICY  CONDITIONS
        prod/cart  https://kubernetes.default.svc  prod       default  Unknown    Unknown    Auto-Prune  <none>
        prod/shop  https://kubernetes.default.svc  prod       default  OutOfSync  Suspended  Manual      SyncError
    "#]],
    );
    check(
        &scene,
        "app list -o name -l team=cart",
        &expect![[r#"
        prod/cart
    "#]],
    );
    check(
        &scene,
        "app list -o wide --repo https://git.example/shop.git -p default",
        &expect![[r#"
        NAME       CLUSTER                         NAMESPACE  PROJECT  STATUS     HEALTH     SYNCPOLICY  CONDITIONS  REPO                      PATH       TARGET  REVISION
        prod/cart  https://kubernetes.default.svc  prod       default  Unknown    Unknown    Auto-Prune  <none>      https://git.example/shop  apps/shop  main
        prod/shop  https://kubernetes.default.svc  prod       default  OutOfSync  Suspended  Manual      SyncError   https://git.example/shop  apps/shop  main    ccccccc
    "#]],
    );
    check(
        &scene,
        "app list -p other",
        &expect![[r#"
        No resources found.
    "#]],
    );
}

#[test]
fn an_application_is_shown_with_its_objects_hooks_and_releases() {
    check_without_ages(
        &scene(),
        "app get shop",
        &expect![[r#"
        Name:            prod/shop
        Project:         default
        Server:          https://kubernetes.default.svc
        Namespace:       prod
        Repo:            https://git.example/shop
          Target:        main
          Path:          apps/shop
        SyncWindow:      Sync Allowed
        Sync Policy:     Manual
        Sync Status:     ⚠ OutOfSync from main (ccccccc)
        Health Status:   ॥ Suspended
        Operation:       Sync Succeeded ago: successfully synced (all tasks run)
        Condition:       SyncError: a \u{1b}]0;title\u{7} b
        Rejected:        bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb is not deployed by itself: Rollout prod/shop took it back: errors > 1 %

        NAME                         KIND         STATUS       AGE   INFO
        ◆ shop                       Application  ॥ Suspended   OutOfSync
        ├──⟳ shop                    Rollout      ॥ Paused           step 1/4,weight 20,CanaryPauseStep: waits for promote or abort
        ├──◇ \u{1b}[31mevil\u{202e}  Service      ✔ Healthy
        ├──◇ page                    ConfigMap    ✔ Healthy          OutOfSync,wave 3
        └──↯ migrate                 Job          ✔ Succeeded        PreSync hook,done
    "#]],
    );
    check_without_ages(
        &scene(),
        "app get prod/shop -o wide --show-operation",
        &expect![[r#"
        Name:            prod/shop
        Project:         default
        Server:          https://kubernetes.default.svc
        Namespace:       prod
        Repo:            https://git.example/shop
          Target:        main
          Path:          apps/shop
        SyncWindow:      Sync Allowed
        Sync Policy:     Manual
        Sync Status:     ⚠ OutOfSync from main (ccccccc)
        Health Status:   ॥ Suspended
        Operation:       Sync Succeeded ago: successfully synced (all tasks run)
        Condition:       SyncError: a \u{1b}]0;title\u{7} b
        Rejected:        bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb is not deployed by itself: Rollout prod/shop took it back: errors > 1 %

        Operation:       Sync
        Sync Revision:   ccccccc
        Asked by:        bob
        Phase:           Succeeded
        Start:           2026-01-01T00:00:00Z
        Finished:        2026-01-01T00:00:07Z
        Duration:
        Message:         successfully synced (all tasks run)

        GROUP        KIND       NAMESPACE  NAME                    STATUS     HEALTH     HOOK     MESSAGE
        batch        Job        prod       migrate                 Succeeded             PreSync  done
        argoproj.io  Rollout    prod       shop                    Synced     Suspended
                     ConfigMap  prod       page                    OutOfSync  Healthy             configured
                     Service    prod       \u{1b}[31mevil\u{202e}  Synced     Healthy
    "#]],
    );
    check(
        &scene(),
        "app get shpo",
        &expect![[r#"
        Error: applications.argoproj.io "shpo" not found in namespace "prod"; did you mean "shop"?
    "#]],
    );
    check(
        &scene(),
        "app get shop -N other",
        &expect![[r#"
        Error: applications.argoproj.io "shop" not found in namespace "other"; there is prod/shop: write it so, or add -N prod
    "#]],
    );
}

#[test]
fn the_document_for_programs_is_the_object_itself() {
    let said = scene().says("app get shop -o json --show-managed-resources");
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said}");
    let document: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(document["kind"], "Application");
    assert_eq!(document["status"]["resources"][2]["name"], "\u{1b}[31mevil\u{202e}");
}

#[test]
fn past_deployments_are_listed_with_why_one_is_not_made_again() {
    check_without_ages(
        &scene(),
        "app history shop",
        &expect![[r#"
        ID  DATE                  REVISION        TOOK  AGE   BY   WHY NOT AGAIN
        0   2026-01-01T00:00:00Z  main (aaaaaaa)     bob
        1   2026-01-01T00:00:00Z  main (bbbbbbb)     bob  Rollout prod/shop took it back: errors > 1 %
        2   2026-01-01T00:00:00Z  main (ccccccc)     bob
    "#]],
    );
    check(
        &scene(),
        "app history shop -o id",
        &expect![[r#"
        0
        1
        2
    "#]],
    );
}

#[test]
fn a_sync_is_asked_for_in_the_established_field() {
    let scene = scene();
    let line = "app sync shop --async --prune --force --revision v2 --resource argoproj.io:Rollout:shop --info why=test \
                --retry-limit 3 --apply-out-of-sync-only";
    check(
        &scene,
        line,
        &expect![[r#"
        application 'prod/shop' is asked to sync
          update Application 
    "#]],
    );
    expect![[r#"
        /operation {"info":[{"name":"why","value":"test"}],"initiatedBy":{"username":"alice"},"retry":{"limit":3},"sync":{"prune":true,"resources":[{"group":"argoproj.io","kind":"Rollout","name":"shop","namespace":"prod"}],"revision":"v2","syncOptions":["ApplyOutOfSyncOnly=true"],"syncStrategy":{"hook":{"force":true}}}}
    "#]].assert_eq(&fields(&scene, &["/operation"]));
    check(
        &scene,
        "app sync shop",
        &expect![[r#"
        Error: another operation is already in progress on application 'prod/shop' (asked for by alice). Wait for it with `app wait prod/shop --operation`, or end it with `app terminate prod/shop`
    "#]],
    );
    check(
        &scene,
        "app terminate shop",
        &expect![[r#"
        application 'prod/shop' had not begun what was asked for; it is taken back
          update Application 
    "#]],
    );
    check(
        &scene,
        "app terminate shop",
        &expect![[r#"
        Error: unable to terminate operation: no operation is in progress on application 'prod/shop'
    "#]],
    );
}

#[test]
fn objects_are_synced_by_patterns_and_without_those_that_are_left_out() {
    let asked = |flags: &str| {
        let scene = scene();
        assert!(
            scene
                .says(&format!("app sync shop --async {flags}"))
                .starts_with("application 'prod/shop' is asked to sync")
        );
        let resources = scene.get("Application", "shop")["operation"]["sync"]["resources"].clone();
        let text = |one: &Value, field: &str| clean(one[field].as_str().unwrap_or_default()).into_owned();
        let told = |one: &Value| {
            format!("{}:{}:{}/{}", text(one, "group"), text(one, "kind"), text(one, "namespace"), text(one, "name"))
        };
        resources.as_array().unwrap().iter().map(told).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(asked("--resource *:Rollout:*"), "argoproj.io:Rollout:prod/shop");
    assert_eq!(asked("--resource !*:Service:*"), "argoproj.io:Rollout:prod/shop :ConfigMap:prod/page");
    assert_eq!(
        asked("--resource *:*:prod/* --resource !*:Service:* --resource !:ConfigMap:page"),
        "argoproj.io:Rollout:prod/shop"
    );
}

#[test]
fn a_sync_is_waited_for_and_its_outcome_is_the_exit_status() {
    let scene = scene();
    let good = controller(&scene, &json!({"phase": "Succeeded", "message": "successfully synced (all tasks run)"}));
    check(
        &scene,
        "app sync shop -o name",
        &expect![[r#"
            application 'prod/shop' synced to ddddddd
              update Application 
        "#]],
    );
    drop(good);
    let bad = controller(&scene, &json!({"phase": "Failed", "message": "one or more objects failed to apply"}));
    check(
        &scene,
        "app sync shop -o name",
        &expect![[r#"
            application 'prod/shop' was not synced to ddddddd
            Error: application 'prod/shop': operation has completed with phase: Failed: one or more objects failed to apply
              update Application 
        "#]],
    );
    drop(bad);
}

#[test]
fn what_the_application_lacks_cannot_be_synced() {
    check(
        &scene(),
        "app sync shop --resource argoproj.io:Rollout:shpo",
        &expect![[r#"
        Error: application 'prod/shop': has no object argoproj.io:Rollout:shpo; did you mean "argoproj.io:Rollout:shop"?
    "#]],
    );
    check(
        &scene(),
        "app sync shop --resource apps:Deployment:*",
        &expect![[r#"
        Error: application 'prod/shop': has no object apps:Deployment:*
    "#]],
    );
    check(
        &scene(),
        "app sync shop --prune --resource !*:*:*",
        &expect![[r#"
        Error: application 'prod/shop': has no object that --resource does not leave out
    "#]],
    );
    check(
        &scene(),
        "app sync shop --resource Rollout",
        &expect![[r#"
        error: invalid value 'Rollout' for '--resource <GROUP:KIND:NAME>': write GROUP:KIND:NAME, as in apps:Deployment:web or :Service:shop/web

        For more information, try '--help'.
    "#]],
    );
    check(
        &scene(),
        "app sync shop --revisions a --revisions b",
        &expect![[r#"
        Error: application 'prod/shop': has 1 sources, and 2 --revisions are given
    "#]],
    );
}

#[test]
fn a_rollback_names_its_deployment_and_is_refused_while_it_syncs_by_itself() {
    let scene = scene();
    let done = controller(&scene, &json!({"phase": "Succeeded", "message": "done"}));
    check(
        &scene,
        "app rollback shop 0 -o name",
        &expect![[r#"
            application 'prod/shop' synced to ddddddd
              update Application 
        "#]],
    );
    drop(done);
    expect![[r#"
        /status/operationState/operation {"initiatedBy":{"username":"alice"},"sync":{"revision":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","source":{"path":"apps/shop","repoURL":"https://git.example/shop","targetRevision":"main"},"syncStrategy":{"apply":{}}}}
    "#]].assert_eq(&fields(&scene, &["/status/operationState/operation"]));
    check(
        &scene,
        "app rollback shop 7",
        &expect![[r#"
        Error: application 'prod/shop': has no history number 7; it has 0, 1, 2
    "#]],
    );
    scene.create(&app("cart", &json!({"syncPolicy": {"automated": {}}}), &status()));
    check(
        &scene,
        "app rollback cart 0",
        &expect![[r#"
        Error: application 'prod/cart': rollback cannot be initiated when auto-sync is enabled: it would go forward again at once. Set spec.syncPolicy.automated.enabled to false first, or revert the commit in git
    "#]],
    );
}

#[test]
fn what_runs_is_terminated_by_the_established_phase() {
    let scene = scene();
    let patch = json!({"status": {"operationState": {"phase": "Running", "message": "waiting for hook Job migrate"}}});
    scene.store.merge(&catalog::APPLICATION, PROD, "shop", Sub::Object, &patch, "sluice").unwrap();
    check(
        &scene,
        "app sync shop",
        &expect![[r#"
        Error: another operation is already in progress on application 'prod/shop' (asked for by bob): waiting for hook Job migrate. Wait for it with `app wait prod/shop --operation`, or end it with `app terminate prod/shop`
    "#]],
    );
    check(
        &scene,
        "app terminate shop",
        &expect![[r#"
        application 'prod/shop' terminated
          update Application status
    "#]],
    );
    expect![[r#"
        /status/operationState/phase "Terminating"
    "#]]
    .assert_eq(&fields(&scene, &["/status/operationState/phase"]));
    check(
        &scene,
        "app terminate shop",
        &expect![[r#"
        application 'prod/shop' is being terminated already
    "#]],
    );
}

#[test]
fn a_closed_window_keeps_people_out_too() {
    let scene = scene();
    let window =
        json!({"syncWindows": [{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}]});
    let patch = json!({"spec": window});
    scene.store.merge(&catalog::APP_PROJECT, PROD, "default", Sub::Object, &patch, "test").unwrap();
    let said = scene.says("app sync shop");
    assert!(said.starts_with("Error: application 'prod/shop': cannot sync: "), "{said}");
    assert!(!said.contains("update Application"), "{said}");
}

#[test]
fn a_refresh_is_asked_for_by_its_annotation_and_waited_for() {
    let scene = scene();
    check(
        &scene,
        "app refresh shop --hard --timeout 1ms",
        &expect![[r#"
        Error: the refresh is asked for and not done; look whether the controller runs: timed out (0s) waiting for application 'prod/shop': OutOfSync, Suspended
          update Application 
    "#]],
    );
    expect![[r#"
        /metadata/annotations {"argocd.argoproj.io/refresh":"hard"}
    "#]]
    .assert_eq(&fields(&scene, &["/metadata/annotations"]));
}

#[test]
fn a_wait_ends_when_it_is_so_or_in_time() {
    let scene = scene();
    check(
        &scene,
        "app wait shop --suspended --operation",
        &expect![[r#"
        application 'prod/shop': OutOfSync, Suspended
    "#]],
    );
    check(
        &scene,
        "app wait shop --health --timeout 10ms",
        &expect![[r#"
        Error: timed out (0s) waiting for application 'prod/shop': OutOfSync, Suspended
    "#]],
    );
    check(
        &scene,
        "app wait shop -o name --resource :ConfigMap:page --health",
        &expect![[r#"
        application 'prod/shop': OutOfSync, Suspended
    "#]],
    );
    // Else a slip of the finger would be waited for for ever.
    check(
        &scene,
        "app wait shop --resource :ConfigMap:pgae",
        &expect![[r#"
        Error: application 'prod/shop' has no object :ConfigMap:pgae; did you mean ":ConfigMap:page"? (what a new commit brings is known after `app refresh prod/shop`)
    "#]],
    );
    check(
        &scene,
        "app wait gone --delete",
        &expect![[r#"
        application 'prod/gone' is gone
    "#]],
    );
}

#[test]
fn logs_of_an_application_without_pods_say_so() {
    check(
        &scene(),
        "app logs shop --kind ConfigMap",
        &expect![[r#"
        Error: application 'prod/shop' has no pods that were asked for
    "#]],
    );
}

#[test]
fn an_application_of_the_cluster_is_checked_by_its_project() {
    let scene = scene();
    let rules = json!({"spec": {"sourceRepos": ["https://git.example/other"], "syncWindows": [
        {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "namespaces": ["prod"]}]}});
    scene.store.merge(&catalog::APP_PROJECT, PROD, "default", Sub::Object, &rules, "test").unwrap();
    check(
        &scene,
        "app lint shop --offline",
        &expect![[r#"
        warning: AppProject prod/default: spec.sourceRepos[0]: "https://git.example/other" matches no Application of this project
        Application prod/shop: spec.source.repoURL: repository https://git.example/shop is not allowed; add it to the list (spec.sourceRepos of project default)
        warning: Application prod/shop: cannot be synced now: blocked by sync window: deny window (* * * * *, 1h) is open
        Error: 1 mistake
    "#]],
    );
    check(
        &scene,
        "app lint shpo --offline",
        &expect![[r#"
        Error: applications.argoproj.io "shpo" not found in namespace "prod"; did you mean "shop"?
    "#]],
    );
    check(
        &scene,
        "app lint --offline",
        &expect![[r#"
        Error: name an application, or select some with -l
    "#]],
    );
}
