//! What was rendered, beside what stands in a cluster in memory.

use std::sync::Arc;

use anstream::adapter::strip_str;
use expect_test::{Expect, expect};
use kube::Client;
use serde_json::json;
use sluice_world::api::{Sub, catalog};

use super::*;
use crate::args::ClusterFlags;
use crate::tests::{Scene, apps};

/// Compares, and tells what is said, what is written, and the exit status.
fn check(scene: &Scene, project: &Value, rendered: &[Value], expected: &Expect) {
    let app: Application = serde_json::from_value(scene.get("Application", "shop")).unwrap();
    let project: sluice_crds::AppProject = serde_json::from_value(apps::project(project)).unwrap();
    let project = project::read("default", &project).unwrap();
    let spec = validate::spec(&app.spec).unwrap().0;
    let rendered: Vec<_> = rendered.iter().cloned().map(Arc::new).collect();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let before = scene.store.version();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let compared = runtime.block_on(async {
        let client = Client::new(scene.store.service("alice"), "prod");
        let kinds = Kinds::of(&client).await.unwrap();
        let place = Cluster { client, namespace: "prod".to_owned(), flags: ClusterFlags::default() };
        let desired = desired::of(&rendered, &spec.hooks, "prod", &kinds);
        let seen = Seen { app: &app, spec: &spec, project: Some(&project), tracking: Tracking::Annotation };
        let findings = compare(&place, &kinds, &seen, &desired).await;
        Compared { findings, notes: told_of(&desired), revision: "abc1234".to_owned() }
    });
    assert_eq!(scene.store.version(), before, "a diff writes nothing");
    let named = Named { namespace: "prod".to_owned(), name: "shop".to_owned() };
    let mut said = compared.lines(None);
    said.extend(compared.errors(&named).iter().map(|error| format!("Error: {error}")));
    said.push(format!("exit status {}", compared.status(true)));
    assert!(!compared.document().to_string().contains("aHVudGVy"));
    expected.assert_eq(&strip_str(&(said.join("\n") + "\n")).to_string());
}

/// An object as the Application has made it.
fn made(scene: &Scene, object: &Value) {
    let marked = Tracking::Annotation.marked(&object.clone().into(), "shop", "prod");
    scene.create(marked.value());
}

fn config(name: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "prod"}, "data": {"value": value}})
}

fn secret(value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login", "namespace": "prod"}, "type": "Opaque",
        "data": {"password": value, "user": "aHVudGVyMQ=="}})
}

fn scene(resources: &[Value]) -> Scene {
    let scene = Scene::new();
    let recorded = |object: &Value| {
        let kind = if object["kind"] == "Secret" { "Secret" } else { "ConfigMap" };
        json!({"group": "", "version": "v1", "kind": kind, "namespace": "prod", "name": object["metadata"]["name"]})
    };
    let resources: Vec<Value> = resources.iter().map(recorded).collect();
    scene.create(&apps::app("shop", &json!({}), &json!({"resources": resources})));
    scene
}

#[test]
fn what_is_as_git_says_is_not_spoken_of() {
    let scene = scene(&[]);
    made(&scene, &config("page", "1"));
    check(
        &scene,
        &json!({}),
        &[config("page", "1")],
        &expect![[r#"
        exit status 0
    "#]],
    );
}

#[test]
fn changes_and_new_objects_and_those_that_git_has_no_more_are_shown() {
    let kept = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept", "namespace": "prod",
        "annotations": {"argocd.argoproj.io/sync-options": "Prune=false"}}});
    let scene = scene(&[config("old", "1"), kept.clone(), config("foreign", "1"), config("page", "1")]);
    for object in [&config("page", "1"), &config("old", "1"), &kept] {
        made(&scene, object);
    }
    scene.create(&config("foreign", "1"));
    let hook = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "smoke",
        "annotations": {"argocd.argoproj.io/hook": "PostSync"}}});
    check(
        &scene,
        &json!({}),
        &[config("page", "2"), config("more", "\u{1b}[31mred"), hook],
        &expect![[r#"

        ===== /ConfigMap prod/more ======
        --- nothing
        +++ git abc1234
        @@ -0,0 +1,9 @@
        +apiVersion: v1
        +data:
        +  value: "\e[31mred"
        +kind: ConfigMap
        +metadata:
        +  annotations:
        +    argocd.argoproj.io/tracking-id: shop:/ConfigMap:prod/more
        +  name: more
        +  namespace: prod

        ===== /ConfigMap prod/page ======
        --- live
        +++ git abc1234
        @@ -1,6 +1,6 @@
         apiVersion: v1
         data:
        -  value: "1"
        +  value: "2"
         kind: ConfigMap
         metadata:
           annotations:

        ===== /ConfigMap prod/old ======
        git has it no more: a sync with --prune deletes it
        --- live
        +++ nothing
        @@ -1,9 +0,0 @@
        -apiVersion: v1
        -data:
        -  value: "1"
        -kind: ConfigMap
        -metadata:
        -  annotations:
        -    argocd.argoproj.io/tracking-id: shop:/ConfigMap:prod/old
        -  name: old
        -  namespace: prod

        ===== /ConfigMap prod/kept ======
        it stays: its options say Prune=false
        --- live
        +++ nothing
        @@ -1,8 +0,0 @@
        -apiVersion: v1
        -kind: ConfigMap
        -metadata:
        -  annotations:
        -    argocd.argoproj.io/sync-options: Prune=false
        -    argocd.argoproj.io/tracking-id: shop:/ConfigMap:prod/kept
        -  name: kept
        -  namespace: prod

        note: a sync runs the PostSync hook Pod prod/smoke
        1 changed, 1 new, 2 gone from git
        exit status 1
    "#]],
    );
}

/// A sync leaves a release what it says, and so there is nothing to tell of it.
#[test]
fn what_a_release_says_is_no_difference() {
    let service = |selector: Value, port: u16| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop", "namespace": "prod"},
            "spec": {"selector": selector, "ports": [{"port": port}]}})
    };
    let taken = |port: u16| {
        let mut taken = service(json!({"app": "shop", "rollouts-pod-template-hash": "7f9c"}), port);
        taken["metadata"]["annotations"] = json!({"argo-rollouts.argoproj.io/managed-by-rollouts": "shop"});
        let scene = scene(&[]);
        made(&scene, &taken);
        scene
    };
    let git = [service(json!({"app": "shop"}), 80)];
    check(
        &taken(80),
        &json!({}),
        &git,
        &expect![[r#"
        exit status 0
    "#]],
    );
    check(
        &taken(81),
        &json!({}),
        &git,
        &expect![[r#"

        ===== /Service prod/shop ======
        --- live
        +++ git abc1234
        @@ -13,6 +13,9 @@
           - port: 81
             protocol: TCP
             targetPort: 81
        +  - port: 80
        +    protocol: TCP
        +    targetPort: 80
           selector:
             app: shop
             rollouts-pod-template-hash: 7f9c

        1 changed
        exit status 1
    "#]],
    );
}

#[test]
fn of_a_secret_it_is_told_that_it_changes_and_nothing_more() {
    let scene = scene(&[secret("")]);
    made(&scene, &secret("aHVudGVyMg=="));
    check(
        &scene,
        &json!({}),
        &[secret("aHVudGVyMw==")],
        &expect![[r#"

        ===== /Secret prod/login ======
        --- live
        +++ git abc1234
        @@ -1,6 +1,6 @@
         apiVersion: v1
         data:
        -  password: (secret)
        +  password: (another secret)
           user: (secret)
         kind: Secret
         metadata:

        1 changed
        exit status 1
    "#]],
    );
    check(
        &scene,
        &json!({}),
        &[],
        &expect![[r#"

        ===== /Secret prod/login ======
        git has it no more: a sync with --prune deletes it
        --- live
        +++ nothing
        @@ -1,11 +0,0 @@
        -apiVersion: v1
        -data:
        -  password: (secret)
        -  user: (secret)
        -kind: Secret
        -metadata:
        -  annotations:
        -    argocd.argoproj.io/tracking-id: (secret)
        -  name: login
        -  namespace: prod
        -type: Opaque

        1 gone from git
        exit status 1
    "#]],
    );
}

#[test]
fn what_the_project_blocks_is_named_with_its_rule() {
    let rules = json!({"namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}]});
    check(
        &scene(&[]),
        &rules,
        &[secret("aHVudGVyMg==")],
        &expect![[r#"

        ===== /Secret prod/login ======
        blocked: Secret prod/login is of a kind that is refused (spec.namespaceResourceBlacklist of project default)

        1 blocked by the project
        exit status 1
    "#]],
    );
}

#[test]
fn another_applications_object_and_one_that_is_refused_are_told() {
    let scene = scene(&[]);
    let marked = Tracking::Annotation.marked(&config("page", "1").into(), "cart", "prod");
    scene.create(marked.value());
    check(
        &scene,
        &json!({}),
        &[config("page", "1")],
        &expect![[r#"

        ===== /ConfigMap prod/page ======
        it is part of application cart too
        --- live
        +++ git abc1234
        @@ -4,6 +4,6 @@
         kind: ConfigMap
         metadata:
           annotations:
        -    argocd.argoproj.io/tracking-id: cart:/ConfigMap:prod/page
        +    argocd.argoproj.io/tracking-id: shop:/ConfigMap:prod/page
           name: page
           namespace: prod

        1 changed
        exit status 1
    "#]],
    );
    let wrong = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "shop", "namespace": "prod"},
        "spec": {"replicas": "many"}});
    scene.rollout("shop", &json!({"canary": {}}));
    check(
        &scene,
        &json!({}),
        &[wrong],
        &expect![[r#"
            Error: application 'prod/shop': argoproj.io/Rollout prod/shop: have the API server try it: failed to create typed patch object (prod/shop; argoproj.io/v1alpha1, Kind=Rollout): .spec.replicas: expected numeric (int or float), got string
            exit status 2
        "#]],
    );
}

#[test]
fn differences_that_count_as_none_are_none() {
    let scene = scene(&[]);
    made(&scene, &config("page", "1"));
    let rule = json!({"spec": {"ignoreDifferences": [{"kind": "ConfigMap", "jsonPointers": ["/data/value"]}]}});
    scene.store.merge(&catalog::APPLICATION, "prod", "shop", Sub::Object, &rule, "test").unwrap();
    check(
        &scene,
        &json!({}),
        &[config("page", "2")],
        &expect![[r#"
        exit status 0
    "#]],
    );
}
