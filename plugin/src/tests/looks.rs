//! Looks: get, list, status, explain, history, doctor.

use expect_test::{Expect, expect};
use serde_json::json;

use super::Scene;

fn check(scene: &Scene, line: &str, expected: &Expect) {
    expected.assert_eq(&scene.says(line));
}

/// Ages are those of the machine's clock: they are not told here.
fn check_without_ages(scene: &Scene, line: &str, expected: &Expect) {
    let said = scene.says(line);
    let bare = |line: &str| {
        let words = line.split(' ').filter(|word| !is_age(word)).collect::<Vec<_>>().join(" ");
        words.trim_end().to_owned()
    };
    expected.assert_eq(&said.lines().map(|line| bare(line) + "\n").collect::<String>());
}

fn is_age(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    digits > 0 && word.chars().all(|letter| letter.is_ascii_digit() || "smhdy".contains(letter)) && word.len() > digits
}

#[test]
fn a_rollout_is_shown_with_what_belongs_to_it() {
    check_without_ages(&Scene::paused(), "get shop", &expect![[""]]);
    check_without_ages(&Scene::paused(), "get rollout shpo", &expect![[""]]);
}

#[test]
fn a_tree_is_a_document_for_programs() {
    let said = Scene::paused().says("get shop -o json");
    let mut document: serde_json::Value = serde_json::from_str(&said).unwrap();
    document[0]["tree"]["created"].take();
    document[0]["tree"]["children"].take();
    expect![[""]].assert_eq(&serde_json::to_string_pretty(&document).unwrap());
}

#[test]
fn rollouts_are_listed_and_said_how_they_stand() {
    let scene = Scene::paused();
    scene.rollout("cart", &json!({"blueGreen": {"activeService": "cart"}}));
    scene.status("cart", &json!({"phase": "Degraded", "message": "ProgressDeadlineExceeded: why"}));
    check(&scene, "list rollouts", &expect![[""]]);
    check(&scene, "list ro --name cart", &expect![[""]]);
    check(&scene, "list rollouts -l app=nothing", &expect![[""]]);
    check(&scene, "list rollouts -A -l app=shop", &expect![[""]]);
    check(&scene, "status shop --watch=false", &expect![[""]]);
    check(&scene, "status cart --watch=false", &expect![[""]]);
    check(&scene, "status shop cart --watch=false -o yaml", &expect![[""]]);
}

#[test]
fn what_the_controller_does_next_is_told_in_its_own_words() {
    let scene = Scene::paused();
    check(&scene, "explain shop", &expect![[""]]);
    scene.store.merge(&sluice_world::api::catalog::ROLLOUT, "prod", "shop", sluice_world::api::Sub::Object,
        &json!({"spec": {"strategy": {"canary": {"steps": [{"setWeight": 120}]}}}}), "test").unwrap_err();
    scene.status("shop", &json!({"abort": true, "pauseConditions": null, "controllerPause": null}));
    check(&scene, "explain shop", &expect![[""]]);
}

#[test]
fn releases_are_told_with_how_they_went() {
    let scene = Scene::paused();
    let uid = scene.get("Rollout", "shop")["metadata"]["uid"].clone();
    let event = |name: &str, reason: &str, text: &str, at: &str| {
        scene.create(&json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": "prod"},
            "involvedObject": {"kind": "Rollout", "name": "shop", "namespace": "prod", "uid": uid},
            "reason": reason, "message": text, "lastTimestamp": at, "type": "Normal"}));
    };
    event("a", "RolloutUpdated", "new revision aaa", "2025-12-31T23:00:00Z");
    event("b", "RolloutCompleted", "promoted aaa", "2025-12-31T23:07:00Z");
    event("c", "RolloutUpdated", "new revision bbb", "2026-01-01T00:00:00Z");
    check_without_ages(&scene, "history shop", &expect![[""]]);
    scene.status("shop", &json!({"abort": true, "message": "RolloutAborted: aborted by hand: p99 is up (alice)",
        "duration": {"rolloutStartedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:03:20Z",
            "totalManualPauseDurationSeconds": 60, "completionStatus": "Aborted"}}));
    check_without_ages(&scene, "history shop", &expect![[""]]);
}

#[test]
fn the_doctor_says_what_to_mend() {
    let scene = Scene::paused();
    check_without_ages(&scene, "doctor", &expect![[""]]);
    scene.store.authorize(|_, spec| spec.pointer("/resourceAttributes/verb") != Some(&json!("patch")));
    check_without_ages(&scene, "doctor", &expect![[""]]);
}

#[test]
fn a_cluster_without_definitions_is_said_to_have_none() {
    check(&Scene::new(), "get rollout shop", &expect![[""]]);
    check(&Scene::new(), "list experiments", &expect![[""]]);
}
