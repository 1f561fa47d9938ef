//! Orders: promote, abort, retry, pause, restart, undo, set image, terminate, create.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::Scene;

/// Types a line into a cluster, and tells what is said, what is written, and what that leaves in the object's fields.
fn check(scene: &Scene, line: &str, (kind, name, fields): (&str, &str, &[&str]), expected: &Expect) {
    let mut told = scene.says(line);
    for field in fields {
        let value = scene.get(kind, name).pointer(field).cloned().unwrap_or(Value::Null);
        told += &format!("{field} {value}\n");
    }
    expected.assert_eq(&told);
}

const SHOP: (&str, &str, &[&str]) = ("Rollout", "shop", &[]);

#[test]
fn a_promote_ends_the_pause_by_the_established_patch() {
    let fields: &[&str] = &["/status/pauseConditions", "/status/controllerPause", "/status/currentStepIndex"];
    check(&Scene::paused(), "promote shop", ("Rollout", "shop", fields), &expect![[""]]);
    check(&Scene::paused(), "promote shop --to-step 4", ("Rollout", "shop", fields), &expect![[""]]);
    check(&Scene::paused(), "promote shop --skip-all-steps", ("Rollout", "shop", fields), &expect![[""]]);
    check(&Scene::paused(), "promote shop --full", ("Rollout", "shop", &["/status/promoteFull"]), &expect![[""]]);
    check(&Scene::paused(), "promote shop -c -a", SHOP, &expect![[""]]);
    check(&Scene::paused(), "promote shop --to-step 9", SHOP, &expect![[""]]);
}

#[test]
fn an_abort_leaves_its_reason_and_who_gave_it_in_the_status() {
    let fields: &[&str] = &["/status/abort", "/status/abortReason"];
    check(&Scene::paused(), "abort shop", ("Rollout", "shop", fields), &expect![[""]]);
    check(&Scene::paused(), "abort shop --reason 'p99 is up'", ("Rollout", "shop", fields), &expect![[""]]);
    check(&Scene::paused(), "abort shop --reason ''", ("Rollout", "shop", fields), &expect![[""]]);
}

#[test]
fn several_names_and_labels_are_taken_and_one_that_fails_stops_no_other() {
    let scene = Scene::paused();
    scene.rollout("cart", &json!({"canary": {}}));
    check(&scene, "pause shop crat cart", ("Rollout", "cart", &["/spec/paused"]), &expect![[""]]);
    check(&scene, "pause -l app=shop", ("Rollout", "shop", &["/spec/paused"]), &expect![[""]]);
    check(&scene, "pause -l app=nothing", SHOP, &expect![[""]]);
    check(&scene, "pause shop -l app=shop", SHOP, &expect![[""]]);
    check(&scene, "pause", SHOP, &expect![[""]]);
    check(&scene, "pause shop -o json", SHOP, &expect![[""]]);
}

#[test]
fn retry_lifts_an_abort_and_begins_an_experiment_again() {
    let scene = Scene::paused();
    scene.status("shop", &json!({"abort": true, "stableRS": "aaa", "currentPodHash": "bbb"}));
    check(&scene, "retry rollout shop", ("Rollout", "shop", &["/status/abort"]), &expect![[""]]);
    scene.create(&experiment("trial", "Failed"));
    check(&scene, "retry experiment trial", ("Experiment", "trial", &["/status"]), &expect![[""]]);
    check(&scene, "retry exp trial", ("Experiment", "trial", &["/status"]), &expect![[""]]);
}

#[test]
fn a_name_of_two_kinds_is_asked_back() {
    let scene = Scene::paused();
    scene.create(&experiment("shop", "Failed"));
    check(&scene, "retry shop", SHOP, &expect![[""]]);
    check(&scene, "retry experiment/shop", ("Experiment", "shop", &["/status"]), &expect![[""]]);
}

#[test]
fn a_restart_is_asked_for_by_its_time() {
    let scene = Scene::paused();
    check(&scene, "restart shop -i 5m", SHOP, &expect![[""]]);
    assert!(scene.get("Rollout", "shop")["spec"]["restartAt"].is_string());
    check(&scene, "restart shop", SHOP, &expect![[""]]);
}

#[test]
fn undo_brings_back_an_earlier_template_without_a_controllers_marks() {
    let template: &[&str] = &["/spec/template"];
    check(&Scene::paused(), "undo shop", ("Rollout", "shop", template), &expect![[""]]);
    check(&Scene::paused(), "undo shop --to-revision=2", SHOP, &expect![[""]]);
    check(&Scene::paused(), "undo shop --to-revision=7", SHOP, &expect![[""]]);
}

#[test]
fn an_image_is_set_where_the_template_is_written() {
    let image: &[&str] = &["/spec/template/spec/containers/0/image"];
    check(&Scene::paused(), "set image shop web=web:3", ("Rollout", "shop", image), &expect![[""]]);
    check(&Scene::paused(), "set image shop *=web:4", ("Rollout", "shop", image), &expect![[""]]);
    check(&Scene::paused(), "set image shop api=api:3", ("Rollout", "shop", image), &expect![[""]]);
}

#[test]
fn an_experiment_and_an_analysis_run_are_terminated() {
    let scene = Scene::new();
    scene.create(&experiment("trial", "Running"));
    scene.create(&json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun",
        "metadata": {"name": "errors", "namespace": "prod"}, "spec": {"metrics": []}, "status": {"phase": "Running"}}));
    let terminate: &[&str] = &["/spec/terminate"];
    check(&scene, "terminate experiment trial", ("Experiment", "trial", terminate), &expect![[""]]);
    check(&scene, "terminate analysisrun errors", ("AnalysisRun", "errors", terminate), &expect![[""]]);
    scene.create(&experiment("old", "Successful"));
    check(&scene, "terminate old", ("Experiment", "old", terminate), &expect![[""]]);
}

#[test]
fn objects_are_created_from_files() {
    let scene = Scene::new();
    let file = std::env::temp_dir().join(format!("sluice-create-{}.yaml", std::process::id()));
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: errors}\nspec:\n  args: [{name: service}]\n  metrics: [{name: rate, provider: {prometheus: {address: 'http://p', query: up}}}]\n";
    std::fs::write(&file, text).unwrap();
    let template = ("AnalysisTemplate", "errors", &["/spec/args"] as &[&str]);
    check(&scene, &format!("create -f '{}'", file.display()), template, &expect![[""]]);
    check(&scene, &format!("create -f '{}'", file.display()), template, &expect![[""]]);
    std::fs::remove_file(&file).unwrap();
    let run = ("AnalysisRun", "by-hand", &["/spec/args"] as &[&str]);
    check(&scene, "create analysisrun --from errors --name by-hand -a service=shop", run, &expect![[""]]);
    check(&scene, "create analysisrun --name x", run, &expect![[""]]);
    check(&scene, "create", run, &expect![[""]]);
}

fn experiment(name: &str, phase: &str) -> Value {
    let labels = json!({"try": name});
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Experiment", "metadata": {"name": name, "namespace": "prod"},
        "spec": {"templates": [{"name": "new", "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:2"}]}}}]},
        "status": {"phase": phase}})
}
