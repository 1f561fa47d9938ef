//! Orders: promote, abort, retry, pause, restart, undo, set image, terminate, create.

use std::time::Duration;

use expect_test::{Expect, expect};
use kube::Client;
use serde_json::{Value, json};

use super::{PROD, Scene};
use crate::args::{ClusterFlags, CreateArgs, Form};
use crate::client::Cluster;
use crate::create;
use crate::out::Out;

/// Types a line into a cluster, and tells what is said, what is written, and what that leaves in the object's fields.
fn check(scene: &Scene, line: &str, (kind, name, fields): (&str, &str, &[&str]), expected: &Expect) {
    let mut told = scene.says(line);
    for field in fields {
        let value = scene.get(kind, name).pointer(field).cloned().unwrap_or(Value::Null);
        told.extend([field, " ", &value.to_string(), "\n"]);
    }
    expected.assert_eq(&told);
}

const SHOP: (&str, &str, &[&str]) = ("Rollout", "shop", &[]);

#[test]
fn a_promote_ends_the_pause_by_the_established_patch() {
    let fields: &[&str] = &["/status/pauseConditions", "/status/controllerPause", "/status/currentStepIndex"];
    check(
        &Scene::paused(),
        "promote shop",
        ("Rollout", "shop", fields),
        &expect![[r#"
        rollout 'shop' promoted
          update Rollout status
        /status/pauseConditions null
        /status/controllerPause true
        /status/currentStepIndex 1
    "#]],
    );
    check(
        &Scene::paused(),
        "promote shop --to-step 4",
        ("Rollout", "shop", fields),
        &expect![[r#"
        rollout 'shop' promoted
          update Rollout status
        /status/pauseConditions null
        /status/controllerPause false
        /status/currentStepIndex 3
    "#]],
    );
    check(
        &Scene::paused(),
        "promote shop --skip-all-steps",
        ("Rollout", "shop", fields),
        &expect![[r#"
        rollout 'shop' promoted
          update Rollout status
        /status/pauseConditions null
        /status/controllerPause false
        /status/currentStepIndex 4
    "#]],
    );
    check(
        &Scene::paused(),
        "promote shop --full",
        ("Rollout", "shop", &["/status/promoteFull"]),
        &expect![[r#"
        rollout 'shop' fully promoted
          update Rollout status
        /status/promoteFull true
    "#]],
    );
    check(
        &Scene::paused(),
        "promote shop -c -a",
        SHOP,
        &expect![[r#"
        error: the argument '--skip-current-step' cannot be used with '--skip-all-steps'

        Usage: kubectl-sluice promote --skip-current-step <NAME>...

        For more information, try '--help'.
    "#]],
    );
    check(
        &Scene::paused(),
        "promote shop --to-step 9",
        SHOP,
        &expect![[r#"
        Error: rollout 'shop' has 4 steps: --to-step takes 1 to 4
    "#]],
    );
}

#[test]
fn an_abort_leaves_its_reason_and_who_gave_it_in_the_status() {
    let fields: &[&str] = &["/status/abort", "/status/abortReason"];
    check(
        &Scene::paused(),
        "abort shop",
        ("Rollout", "shop", fields),
        &expect![[r#"
            rollout 'shop' aborted
              update Rollout status
            /status/abort true
            /status/abortReason "from kubectl sluice (alice)"
        "#]],
    );
    check(
        &Scene::paused(),
        "abort shop --reason 'p99 is up'",
        ("Rollout", "shop", fields),
        &expect![[r#"
        rollout 'shop' aborted
          update Rollout status
        /status/abort true
        /status/abortReason "p99 is up (alice)"
    "#]],
    );
    check(
        &Scene::paused(),
        "abort shop --reason ''",
        ("Rollout", "shop", fields),
        &expect![[r#"
        error: invalid value '' for '--reason <TEXT>': is empty; say why, or leave --reason out

        For more information, try '--help'.
        /status/abort null
        /status/abortReason null
    "#]],
    );
}

#[test]
fn several_names_and_labels_are_taken_and_one_that_fails_stops_no_other() {
    let scene = Scene::paused();
    scene.rollout("cart", &json!({"canary": {}}));
    check(
        &scene,
        "pause shop crat cart",
        ("Rollout", "cart", &["/spec/paused"]),
        &expect![[r#"
        rollout 'shop' paused
        rollout 'cart' paused
        Error: rollouts.argoproj.io "crat" not found in namespace "prod"; did you mean "cart"?
          update Rollout spec
          update Rollout spec
        /spec/paused true
    "#]],
    );
    check(
        &scene,
        "retry shop crat cart",
        SHOP,
        &expect![[r#"
        rollout 'shop' is not aborted: there is nothing to retry
        rollout 'cart' is not aborted: there is nothing to retry
        Error: rollouts.argoproj.io "crat" not found in namespace "prod"; did you mean "cart"?
    "#]],
    );
    check(
        &scene,
        "pause -l app=shop",
        ("Rollout", "shop", &["/spec/paused"]),
        &expect![[r#"
        rollout 'shop' is paused already
        /spec/paused true
    "#]],
    );
    check(
        &scene,
        "pause -l app=nothing",
        SHOP,
        &expect![[r#"
        Error: no rollout in namespace "prod" has the labels app=nothing
    "#]],
    );
    check(
        &scene,
        "pause shop -l app=shop",
        SHOP,
        &expect![[r#"
        Error: give names or --selector, not both
    "#]],
    );
    check(
        &scene,
        "pause",
        SHOP,
        &expect![[r#"
        Error: name a rollout, or select some with -l
    "#]],
    );
    check(
        &scene,
        "pause shop -o json",
        SHOP,
        &expect![[r#"
        [
          {
            "kind": "Rollout",
            "name": "shop",
            "namespace": "prod",
            "result": "is paused already"
          }
        ]
    "#]],
    );
}

#[test]
fn retry_lifts_an_abort_and_begins_an_experiment_again() {
    let scene = Scene::paused();
    scene.status("shop", &json!({"abort": true, "stableRS": "aaa", "currentPodHash": "bbb"}));
    check(
        &scene,
        "retry rollout shop",
        ("Rollout", "shop", &["/status/abort"]),
        &expect![[r#"
        rollout 'shop' retried
          update Rollout status
        /status/abort false
    "#]],
    );
    scene.create(&experiment("trial", "Failed"));
    check(
        &scene,
        "retry experiment trial",
        ("Experiment", "trial", &["/status"]),
        &expect![[r#"
        experiment 'trial' retried
          update Experiment status
        /status null
    "#]],
    );
    check(
        &scene,
        "retry exp trial",
        ("Experiment", "trial", &["/status"]),
        &expect![[r#"
        experiment 'trial' has not ended: there is nothing to retry
        /status null
    "#]],
    );
}

#[test]
fn a_name_of_two_kinds_is_asked_back() {
    let scene = Scene::paused();
    scene.create(&experiment("shop", "Failed"));
    check(
        &scene,
        "retry shop",
        SHOP,
        &expect![[r#"
            Error: "shop" is a rollout and an experiment: say which one, as in rollout shop, or experiment shop
        "#]],
    );
    check(
        &scene,
        "retry experiment/shop",
        ("Experiment", "shop", &["/status"]),
        &expect![[r#"
        experiment 'shop' retried
          update Experiment status
        /status null
    "#]],
    );
}

#[test]
fn a_restart_is_asked_for_by_its_time() {
    let scene = Scene::paused();
    check(
        &scene,
        "restart shop -i 5m",
        SHOP,
        &expect![[r#"
            rollout 'shop' restarts in 5m
              update Rollout spec
        "#]],
    );
    assert!(scene.get("Rollout", "shop")["spec"]["restartAt"].is_string());
    check(
        &scene,
        "restart shop",
        SHOP,
        &expect![[r#"
        rollout 'shop' restarts in 0s
          update Rollout spec
    "#]],
    );
}

#[test]
fn undo_brings_back_an_earlier_template_without_a_controllers_marks() {
    let template: &[&str] = &["/spec/template"];
    check(
        &Scene::paused(),
        "undo shop",
        ("Rollout", "shop", template),
        &expect![[r#"
        rollout 'shop' undo
          update Rollout spec
        /spec/template {"metadata":{"labels":{"app":"shop"}},"spec":{"containers":[{"image":"web:1","imagePullPolicy":"IfNotPresent","name":"web","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],"dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30}}
    "#]],
    );
    check(
        &Scene::paused(),
        "undo shop --to-revision=2",
        SHOP,
        &expect![[r#"
        rollout 'shop' skipped rollback (current template already matches revision 2)
    "#]],
    );
    check(
        &Scene::paused(),
        "undo shop --to-revision=7",
        SHOP,
        &expect![[r#"
        Error: rollout 'shop': unable to find specified revision 7 in history; there are 1, 2
    "#]],
    );
}

#[test]
fn an_image_is_set_where_the_template_is_written() {
    let image: &[&str] = &["/spec/template/spec/containers/0/image"];
    check(
        &Scene::paused(),
        "set image shop web=web:3",
        ("Rollout", "shop", image),
        &expect![[r#"
        rollout "shop" image updated
          update Rollout spec
        /spec/template/spec/containers/0/image "web:3"
    "#]],
    );
    check(
        &Scene::paused(),
        "set image shop *=web:4",
        ("Rollout", "shop", image),
        &expect![[r#"
        rollout "shop" image updated
          update Rollout spec
        /spec/template/spec/containers/0/image "web:4"
    "#]],
    );
    check(
        &Scene::paused(),
        "set image shop api=api:3",
        ("Rollout", "shop", image),
        &expect![[r#"
            Error: rollout 'shop' has no container "api"; there are web
            /spec/template/spec/containers/0/image "web:2"
        "#]],
    );
}

#[test]
fn an_experiment_and_an_analysis_run_are_terminated() {
    let scene = Scene::new();
    scene.create(&experiment("trial", "Running"));
    scene.create(&json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun",
        "metadata": {"name": "errors", "namespace": "prod"}, "spec": {"metrics": []}, "status": {"phase": "Running"}}));
    let terminate: &[&str] = &["/spec/terminate"];
    check(
        &scene,
        "terminate experiment trial",
        ("Experiment", "trial", terminate),
        &expect![[r#"
        experiment 'trial' terminated
          update Experiment spec
        /spec/terminate true
    "#]],
    );
    check(
        &scene,
        "terminate analysisrun errors",
        ("AnalysisRun", "errors", terminate),
        &expect![[r#"
        analysisRun 'errors' terminated
          update AnalysisRun spec
        /spec/terminate true
    "#]],
    );
    scene.create(&experiment("old", "Successful"));
    check(
        &scene,
        "terminate old",
        ("Experiment", "old", terminate),
        &expect![[r#"
        experiment 'old' has ended already
        /spec/terminate null
    "#]],
    );
}

#[test]
fn objects_are_created_from_files() {
    let scene = Scene::new();
    let file = std::env::temp_dir().join(format!("sluice-create-{}.yaml", std::process::id()));
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: errors}\nspec:\n  args: [{name: service}]\n  metrics: [{name: rate, provider: {prometheus: {address: 'http://p', query: up}}}]\n";
    std::fs::write(&file, text).unwrap();
    let template = ("AnalysisTemplate", "errors", &["/spec/args"] as &[&str]);
    check(
        &scene,
        &format!("create -f '{}'", file.display()),
        template,
        &expect![[r#"
        analysistemplate.argoproj.io/errors created
          create AnalysisTemplate spec
        /spec/args [{"name":"service"}]
    "#]],
    );
    check(
        &scene,
        &format!("create -f '{}'", file.display()),
        template,
        &expect![[r#"
        Error: create AnalysisTemplate errors: analysistemplates.argoproj.io "errors" already exists
        /spec/args [{"name":"service"}]
    "#]],
    );
    std::fs::remove_file(&file).unwrap();
    let run = ("AnalysisRun", "by-hand", &["/spec/args"] as &[&str]);
    check(
        &scene,
        "create analysisrun --from errors --name by-hand -a service=shop",
        run,
        &expect![[r#"
        analysisrun.argoproj.io/by-hand created
          create AnalysisRun spec
        /spec/args [{"name":"service","value":"shop"}]
    "#]],
    );
    check(
        &scene,
        "create analysisrun --name x",
        run,
        &expect![[r#"
        error: the following required arguments were not provided:
          <--from <NAME>|--from-file <FILE>>

        Usage: kubectl-sluice create analysisrun --name <NAME> <--from <NAME>|--from-file <FILE>>

        For more information, try '--help'.
        /spec/args [{"name":"service","value":"shop"}]
    "#]],
    );
    check(
        &scene,
        "create",
        run,
        &expect![[r#"
        Error: say which file: create -f FILE
        /spec/args [{"name":"service","value":"shop"}]
    "#]],
    );
}

#[test]
fn what_is_made_in_another_namespace_is_watched_there() {
    let scene = Scene::new();
    scene.create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}}));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trial.json");
    let mut trial = experiment("trial", "");
    trial["metadata"]["namespace"] = json!("other");
    std::fs::write(&file, trial.to_string()).unwrap();
    let wanted = CreateArgs { what: None, form: Form::default(), files: vec![file], watch: true };
    // Its clock runs on when nothing else is left to do: a watch that goes on ends by it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let watch = runtime.block_on(async {
        let client = Client::new(scene.store.service("alice"), PROD);
        let cluster = Cluster { client, namespace: PROD.to_owned(), flags: ClusterFlags::default() };
        tokio::time::timeout(Duration::from_secs(5), create::watched(&cluster, &wanted, Out::new(true))).await
    });
    assert!(watch.is_err(), "it ended: {watch:?}");
}

fn experiment(name: &str, phase: &str) -> Value {
    let labels = json!({"try": name});
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Experiment", "metadata": {"name": name, "namespace": "prod"},
        "spec": {"templates": [{"name": "new", "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:2"}]}}}]},
        "status": {"phase": phase}})
}
