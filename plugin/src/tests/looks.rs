//! Looks: get, list, status, explain, history, doctor.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::Scene;

fn check(scene: &Scene, line: &str, expected: &Expect) {
    expected.assert_eq(&scene.says(line));
}

/// Ages are those of the machine's clock: they are not told here.
pub(super) fn check_without_ages(scene: &Scene, line: &str, expected: &Expect) {
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
    check_without_ages(
        &Scene::paused(),
        "get shop",
        &expect![[r#"
            Name:            shop
            Namespace:       prod
            Status:          ॥ Paused
            Message:         CanaryPauseStep: waits for promote or abort
            Strategy:        Canary
              Step:          1/4
              SetWeight:     20
              ActualWeight:  20
            Images:          web:1 (stable)
                             web:2 (canary)
            Replicas:
              Desired:       5
              Current:       5
              Updated:       1
              Ready:         5
              Available:     5

            NAME              KIND        STATUS     AGE   INFO
            ⟳ shop            Rollout     ॥ Paused
            ├──# revision:2
            │  └──⧉ shop-bbb  ReplicaSet  ✔ Healthy   canary
            └──# revision:1
               └──⧉ shop-aaa  ReplicaSet  ✔ Healthy   stable
        "#]],
    );
    check_without_ages(
        &Scene::paused(),
        "get rollout shpo",
        &expect![[r#"
        Error: rollouts.argoproj.io "shpo" not found in namespace "prod"; did you mean "shop"?
    "#]],
    );
}

#[test]
fn a_tree_is_a_document_for_programs() {
    let said = Scene::paused().says("get shop -o json");
    let mut document: serde_json::Value = serde_json::from_str(&said).unwrap();
    document[0]["tree"]["created"].take();
    document[0]["tree"]["children"].take();
    expect![[r#"
        [
          {
            "actualWeight": 20,
            "available": 5,
            "current": 5,
            "desired": 5,
            "images": [
              "web:1 (stable)",
              "web:2 (canary)"
            ],
            "message": "CanaryPauseStep: waits for promote or abort",
            "name": "shop",
            "namespace": "prod",
            "ready": 5,
            "setWeight": 20,
            "status": "Paused",
            "step": "1/4",
            "strategy": "Canary",
            "tree": {
              "children": null,
              "created": null,
              "kind": "Rollout",
              "name": "shop",
              "status": "Paused"
            },
            "updated": 1
          }
        ]"#]]
    .assert_eq(&serde_json::to_string_pretty(&document).unwrap());
}

#[test]
fn rollouts_are_listed_and_said_how_they_stand() {
    let scene = Scene::paused();
    scene.rollout("cart", &json!({"blueGreen": {"activeService": "cart"}}));
    scene.status("cart", &json!({"phase": "Degraded", "message": "ProgressDeadlineExceeded: why"}));
    check(
        &scene,
        "list rollouts",
        &expect![[r#"
        NAME        STRATEGY   STATUS        STEP  SET-WEIGHT  READY  DESIRED  UP-TO-DATE  AVAILABLE
        cart        BlueGreen  Degraded      -     -           0/0    5        0           0
        shop        Canary     Paused        1/4   20          5/5    5        1           5
    "#]],
    );
    check(
        &scene,
        "list ro --name cart",
        &expect![[r#"
        NAME        STRATEGY   STATUS        STEP  SET-WEIGHT  READY  DESIRED  UP-TO-DATE  AVAILABLE
        cart        BlueGreen  Degraded      -     -           0/0    5        0           0
    "#]],
    );
    check(
        &scene,
        "list rollouts -l app=nothing",
        &expect![[r#"
        No resources found.
    "#]],
    );
    check(
        &scene,
        "list rollouts -A -l app=shop",
        &expect![[r#"
        NAMESPACE  NAME        STRATEGY   STATUS        STEP  SET-WEIGHT  READY  DESIRED  UP-TO-DATE  AVAILABLE
        prod       shop        Canary     Paused        1/4   20          5/5    5        1           5
    "#]],
    );
    check(
        &scene,
        "status shop --watch=false",
        &expect![[r#"
        Paused - CanaryPauseStep: waits for promote or abort
    "#]],
    );
    check(
        &scene,
        "status cart --watch=false",
        &expect![[r#"
        Degraded
        Error: The rollout is in a degraded state with message: ProgressDeadlineExceeded: why
    "#]],
    );
    check(
        &scene,
        "status shop cart --watch=false -o yaml",
        &expect![[r#"
        - kind: Rollout
          message: "CanaryPauseStep: waits for promote or abort"
          name: shop
          namespace: prod
          status: Paused
        - kind: Rollout
          message: "ProgressDeadlineExceeded: why"
          name: cart
          namespace: prod
          status: Degraded
        Error: The rollout cart is in a degraded state with message: ProgressDeadlineExceeded: why
    "#]],
    );
}

#[test]
fn what_the_controller_does_next_is_told_in_its_own_words() {
    let scene = Scene::paused();
    check(
        &scene,
        "explain shop",
        &expect![[r#"
            Rollout:      shop
            Next:         nothing
            Waits for:    CanaryPauseStep: waits for promote or abort
            On promote:   step 2 done
                          held: 1 of 3 pods of bbb are available
                          scale bbb 1 → 3 (step weight 60)
                          scale aaa 4 → 3 (makes room)
            On abort:     aborted: aborted by hand
                          held: 4 of 5 pods of aaa are available
                          scale aaa 4 → 5 (aborted)
                          scale bbb 1 → 0 (makes room)
        "#]],
    );
    scene.status("shop", &json!({"abort": true, "pauseConditions": null, "controllerPause": null}));
    check(
        &scene,
        "explain shop",
        &expect![[r#"
        Rollout:      shop
        Found:        aborted: aborted by hand
        Next:         scale aaa 4 → 5 (aborted)
                      scale bbb 1 → 0 (makes room)
        Waits for:    4 of 5 pods of aaa are available
    "#]],
    );
}

#[test]
fn releases_are_told_with_how_they_went() {
    let scene = Scene::paused();
    check_without_ages(
        &scene,
        "history shop",
        &expect![[r#"
            REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  BY  WHY
            2         bbb         under way    -      -       web:2  -
            1         aaa         completed    -      -       web:1  -
        "#]],
    );
    scene.status(
        "shop",
        &json!({"abort": true, "message": "RolloutAborted: aborted by hand: p99 is up (alice)",
        "duration": {"rolloutStartedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:03:20Z",
            "totalManualPauseDurationSeconds": 60, "completionStatus": "Aborted"}}),
    );
    check_without_ages(
        &scene,
        "history shop",
        &expect![[r#"
            REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  BY  WHY
            2         bbb         aborted           web:2  -   RolloutAborted: aborted by hand: p99 is up (alice)
            1         aaa         completed    -      -       web:1  -
        "#]],
    );
}

#[test]
fn what_a_steps_experiment_measures_is_counted_in_the_tree() {
    let scene = Scene::new();
    scene.rollout("shop", &json!({"canary": {"steps": [{"experiment": {"templates": []}}]}}));
    scene.revision("shop", 1, "aaa", 5);
    let owned = |by: &Value| json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": by["kind"], "name": by["metadata"]["name"], "uid": by["metadata"]["uid"]}]);
    let experiment = scene.create(&json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Experiment",
        "metadata": {"name": "shop-aaa-1", "namespace": "prod", "labels": {"rollouts-pod-template-hash": "aaa"},
            "ownerReferences": owned(&scene.get("Rollout", "shop"))},
        "spec": {"templates": []},
        "status": {"phase": "Running", "analysisRuns": [{"name": "errors", "analysisRun": "shop-aaa-1-errors", "phase": "Running"}]}}));
    scene.create(&json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun",
        "metadata": {"name": "shop-aaa-1-errors", "namespace": "prod", "ownerReferences": owned(&experiment)},
        "spec": {"metrics": [{"name": "errors", "provider": {}}]},
        "status": {"phase": "Running", "metricResults": [{"name": "errors", "phase": "Running", "successful": 2}]}}));
    check_without_ages(
        &scene,
        "get rollout shop",
        &expect![[r#"
        Name:            shop
        Namespace:       prod
        Status:          ◌ Progressing
        Message:         waiting for the controller to look at the newest spec
        Strategy:        Canary
          Step:
          SetWeight:     100
          ActualWeight:  100
        Images:          web:1
        Replicas:
          Desired:       5
          Current:       0
          Updated:       0
          Ready:         0
          Available:     0

        NAME                          KIND         STATUS         AGE   INFO
        ⟳ shop                        Rollout      ◌ Progressing
        └──# revision:1
           ├──⧉ shop-aaa              ReplicaSet   ✔ Healthy
           └──Σ shop-aaa-1            Experiment   ◌ Running
              └──α shop-aaa-1-errors  AnalysisRun  ◌ Running       ✔ 2
    "#]],
    );
}

#[test]
fn of_several_rollouts_it_is_told_whose_releases_are_whose() {
    let scene = Scene::paused();
    scene.rollout("cart", &json!({"canary": {}}));
    scene.revision("cart", 1, "ccc", 5);
    check_without_ages(
        &scene,
        "history shop cart",
        &expect![[r#"
            shop:
            REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  BY  WHY
            2         bbb         under way    -      -       web:2  -
            1         aaa         completed    -      -       web:1  -

            cart:
            REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  BY  WHY
            1         ccc         completed    -      -       web:1  -
        "#]],
    );
}

#[test]
fn the_doctor_says_what_to_mend() {
    let scene = Scene::paused();
    check_without_ages(
        &scene,
        "doctor",
        &expect![[r#"
        ✔ API server: answers, v1.36.3
        ✔ Definitions of argoproj.io: all are served
        ✔ Definitions of Traefik: traefik.io/v1alpha1 is served
        ✖ Controller: there is no Lease argo-rollouts-controller-lock, nor one of an instance, argo-rollouts-controller-lock-ID
            look at the controller's Deployment and its log; if it runs without --leader-elect, all is well
        ✔ Your rights for get, list, status, history: all there in namespace prod
        ✔ Your rights for explain: all there in namespace prod
        ✔ Your rights for promote, abort, retry: all there in namespace prod
        ✔ Your rights for pause, restart, undo, set image: all there in namespace prod
        ✔ Your rights for terminate: all there in namespace prod
        ✔ Your rights for create: all there in namespace prod
        ✔ Your rights for app list, get, history, wait: all there in namespace prod
        ✔ Your rights for app sync, rollback, terminate, refresh: all there in namespace prod
        ✔ Your rights for app diff, app lint, beside getting and patching what is compared: all there in namespace prod
        ✔ Your rights for app diff and app lint of repositories with credentials: all there in namespace prod
        ✔ Your rights for app logs: all there in namespace prod
        ✔ Your rights for dashboard, beside the orders given by it: all there in namespace prod
        ✔ Your rights for notifications: all there in namespace prod and argo-rollouts
        ✔ Your rights for notifications that are sent: all there in namespace prod and argo-rollouts
        Error: 1 to mend
    "#]],
    );
    scene.store.authorize(|_, spec| {
        let asked = |what: &str| spec.pointer(&format!("/resourceAttributes/{what}")).and_then(Value::as_str);
        let theirs = asked("namespace") == Some("argo-rollouts") && asked("resource") == Some("configmaps");
        asked("verb") != Some("patch") && asked("subresource") != Some("log") && !theirs
    });
    check_without_ages(
        &scene,
        "doctor",
        &expect![[r#"
        ✔ API server: answers, v1.36.3
        ✔ Definitions of argoproj.io: all are served
        ✔ Definitions of Traefik: traefik.io/v1alpha1 is served
        ✖ Controller: there is no Lease argo-rollouts-controller-lock, nor one of an instance, argo-rollouts-controller-lock-ID
            look at the controller's Deployment and its log; if it runs without --leader-elect, all is well
        ✔ Your rights for get, list, status, history: all there in namespace prod
        ✔ Your rights for explain: all there in namespace prod
        ⚠ Your rights for promote, abort, retry: you may not patch rollouts.argoproj.io/status, patch rollouts.argoproj.io in namespace prod
            have somebody bind a role that allows it to you
        ⚠ Your rights for pause, restart, undo, set image: you may not patch rollouts.argoproj.io in namespace prod
            have somebody bind a role that allows it to you
        ⚠ Your rights for terminate: you may not patch analysisruns.argoproj.io, patch experiments.argoproj.io in namespace prod
            have somebody bind a role that allows it to you
        ✔ Your rights for create: all there in namespace prod
        ✔ Your rights for app list, get, history, wait: all there in namespace prod
        ⚠ Your rights for app sync, rollback, terminate, refresh: you may not patch applications.argoproj.io in namespace prod
            have somebody bind a role that allows it to you
        ✔ Your rights for app diff, app lint, beside getting and patching what is compared: all there in namespace prod
        ✔ Your rights for app diff and app lint of repositories with credentials: all there in namespace prod
        ⚠ Your rights for app logs: you may not get pods/log in namespace prod
            have somebody bind a role that allows it to you
        ✔ Your rights for dashboard, beside the orders given by it: all there in namespace prod
        ⚠ Your rights for notifications: you may not get configmaps argo-rollouts-notification-configmap in namespace argo-rollouts
            have somebody bind a role that allows it to you
        ✔ Your rights for notifications that are sent: all there in namespace prod and argo-rollouts
        Error: 1 to mend
    "#]],
    );
}

#[test]
fn what_is_not_there_is_told_with_where_it_was_looked_for() {
    check(
        &Scene::new(),
        "get rollout shop",
        &expect![[r#"
        Error: rollouts.argoproj.io "shop" not found in namespace "prod"
    "#]],
    );
    check(
        &Scene::new(),
        "list experiments",
        &expect![[r#"
        No resources found.
    "#]],
    );
}
