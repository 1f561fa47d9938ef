//! Rollouts in the middle of something, and the trees they make.

#![allow(clippy::unwrap_used, clippy::needless_raw_string_hashes)]

use anstream::adapter::strip_str;
use expect_test::{Expect, expect};
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::{Value, json};
use sluice_crds::AnalysisRun;

use super::*;

const NOW: &str = "2026-01-01T12:00:00Z";

fn check(world: World, expected: &Expect) {
    let lines = Tree::of(&world.seen()).lines(NOW.parse().unwrap());
    let text: Vec<_> = lines.iter().map(|line| strip_str(line).to_string()).collect();
    expected.assert_eq(&(text.join("\n") + "\n"));
}

/// A Rollout named shop and what belongs to it, as the API server would give it.
struct World {
    rollout: Value,
    replica_sets: Vec<Value>,
    pods: Vec<Value>,
    runs: Vec<Value>,
    experiments: Vec<Value>,
    trials: Vec<Value>,
}

fn rollout(strategy: &Value, status: &Value) -> World {
    let metadata = json!({"name": "shop", "namespace": "prod", "uid": "shop", "generation": 1,
        "creationTimestamp": "2025-12-25T12:00:00Z"});
    let mut rollout = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": metadata,
        "spec": {"replicas": 5, "strategy": strategy}, "status": status});
    rollout["status"]["observedGeneration"] = json!("1");
    let (runs, experiments, trials) = (Vec::new(), Vec::new(), Vec::new());
    World { rollout, replica_sets: Vec::new(), pods: Vec::new(), runs, experiments, trials }
}

impl World {
    /// A revision of so many pods; as many of its first pods as `ready` says are ready.
    fn revision(mut self, number: u64, hash: &str, desired: i32, ready: i32) -> Self {
        let name = format!("shop-{hash}");
        let metadata = json!({"name": name, "uid": name, "labels": {"rollouts-pod-template-hash": hash},
            "annotations": {"rollout.argoproj.io/revision": number.to_string()}, "creationTimestamp": created(number),
            "ownerReferences": [owner("Rollout", "shop")]});
        let template = json!({"spec": {"containers": [{"name": "app", "image": format!("registry/shop:{hash}")}]}});
        self.replica_sets.push(json!({"metadata": metadata,
            "spec": {"replicas": desired, "selector": {}, "template": template},
            "status": {"replicas": desired, "availableReplicas": ready}}));
        for pod in 0..desired {
            self.pods.push(pod_of(&name, pod, number, pod < ready));
        }
        self
    }

    /// Annotates the revision added last.
    fn leaving_at(mut self, time: &str) -> Self {
        let last = self.replica_sets.last_mut().unwrap();
        last["metadata"]["annotations"]["scale-down-deadline"] = json!(time);
        self
    }

    fn run(mut self, name: &str, hash: &str, status: &Value) -> Self {
        let metadata = json!({"name": name, "labels": {"rollouts-pod-template-hash": hash},
            "creationTimestamp": created(2), "ownerReferences": [owner("Rollout", "shop")]});
        self.runs.push(json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun",
            "metadata": metadata, "spec": {"metrics": []}, "status": status}));
        self
    }

    fn experiment(mut self, name: &str, hash: &str, status: &Value) -> Self {
        let metadata = json!({"name": name, "uid": name, "labels": {"rollouts-pod-template-hash": hash},
            "creationTimestamp": created(2), "ownerReferences": [owner("Rollout", "shop")]});
        self.experiments.push(json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Experiment",
            "metadata": metadata, "spec": {"templates": []}, "status": status}));
        self
    }

    /// An AnalysisRun of an Experiment, which has its uid for its name.
    fn trial(mut self, name: &str, experiment: &str, status: &Value) -> Self {
        let metadata = json!({"name": name, "creationTimestamp": created(2), "ownerReferences": [owner("Experiment", experiment)]});
        self.trials.push(json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun",
            "metadata": metadata, "spec": {"metrics": []}, "status": status}));
        self
    }

    fn seen(self) -> Seen {
        let read = |value| serde_json::from_value::<ReplicaSet>(value).unwrap();
        let pod = |value| serde_json::from_value::<Pod>(value).unwrap();
        let run = |value| serde_json::from_value::<AnalysisRun>(value).unwrap();
        Seen {
            rollout: serde_json::from_value(self.rollout).unwrap(),
            replica_sets: self.replica_sets.into_iter().map(read).collect(),
            pods: self.pods.into_iter().map(pod).collect(),
            runs: self.runs.into_iter().map(run).collect(),
            experiments: self.experiments.into_iter().map(|one| serde_json::from_value(one).unwrap()).collect(),
            trials: self.trials.into_iter().map(run).map(|run| (run.name_any(), run)).collect(),
        }
    }
}

fn owner(kind: &str, uid: &str) -> Value {
    json!({"apiVersion": "v1", "kind": kind, "name": uid, "uid": uid})
}

fn created(number: u64) -> String {
    format!("2026-01-01T1{}:55:00Z", number.min(1))
}

fn pod_of(owned_by: &str, pod: i32, number: u64, ready: bool) -> Value {
    let state = if ready { json!({"running": {}}) } else { json!({"waiting": {"reason": "ImagePullBackOff"}}) };
    let container =
        json!({"name": "app", "ready": ready, "state": state, "restartCount": pod, "image": "", "imageID": ""});
    json!({"metadata": {"name": format!("{owned_by}-{pod}"), "creationTimestamp": created(number),
            "ownerReferences": [owner("ReplicaSet", owned_by)]},
        "spec": {"containers": [{"name": "app"}]},
        "status": {"phase": "Running", "containerStatuses": [container]}})
}

fn canary() -> Value {
    json!({"canary": {"trafficRouting": {"traefik": {"weightedTraefikServiceName": "shop"}},
        "steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {"duration": "5m"}}]}})
}

fn weights(canary: i32) -> Value {
    json!({"weights": {"canary": {"weight": canary}, "stable": {"weight": 100 - canary}}})
}

#[test]
fn a_canary_at_a_pause_shows_who_has_which_share() {
    let status = json!({"phase": "Paused", "message": "CanaryPauseStep: waits for promote or abort",
        "stableRS": "aaa", "currentPodHash": "bbb", "currentStepIndex": 1, "canary": weights(20),
        "replicas": 6, "updatedReplicas": 1, "readyReplicas": 6, "availableReplicas": 6});
    let counts = json!({"phase": "Running", "metricResults": [{"name": "errors", "successful": 4, "error": 1},
        {"name": "latency", "successful": 3}]});
    let world = rollout(&canary(), &status).revision(1, "aaa", 5, 5).revision(2, "bbb", 1, 1);
    check(
        world.run("shop-bbb-2", "bbb", &counts),
        &expect![[r#"
        Name:            shop
        Namespace:       prod
        Status:          ॥ Paused
        Message:         CanaryPauseStep: waits for promote or abort
        Strategy:        Canary
          Step:          1/4
          SetWeight:     20
          ActualWeight:  20
        Images:          registry/shop:aaa (stable)
                         registry/shop:bbb (canary)
        Replicas:
          Desired:       5
          Current:       6
          Updated:       1
          Ready:         6
          Available:     6

        NAME                   KIND         STATUS     AGE  INFO
        ⟳ shop                 Rollout      ॥ Paused   7d
        ├──# revision:2
        │  ├──⧉ shop-bbb       ReplicaSet   ✔ Healthy  5m   canary
        │  │  └──□ shop-bbb-0  Pod          ✔ Running  5m   ready:1/1
        │  └──α shop-bbb-2     AnalysisRun  ◌ Running  5m   ✔ 7,⚠ 1
        └──# revision:1
           └──⧉ shop-aaa       ReplicaSet   ✔ Healthy  5m   stable
              ├──□ shop-aaa-0  Pod          ✔ Running  5m   ready:1/1
              ├──□ shop-aaa-1  Pod          ✔ Running  5m   ready:1/1,restarts:1
              ├──□ shop-aaa-2  Pod          ✔ Running  5m   ready:1/1,restarts:2
              ├──□ shop-aaa-3  Pod          ✔ Running  5m   ready:1/1,restarts:3
              └──□ shop-aaa-4  Pod          ✔ Running  5m   ready:1/1,restarts:4
    "#]],
    );
}

#[test]
fn services_that_take_turns_are_told_with_the_revision_behind_them() {
    let mut strategy = canary();
    strategy["canary"]["pingPong"] = json!({"pingService": "a", "pongService": "b"});
    let mut turn = weights(20);
    turn["stablePingPong"] = json!("pong");
    let status = json!({"phase": "Paused", "stableRS": "aaa", "currentPodHash": "bbb", "currentStepIndex": 1, "canary": turn,
        "replicas": 2, "updatedReplicas": 1, "readyReplicas": 2, "availableReplicas": 2});
    check(
        rollout(&strategy, &status).revision(1, "aaa", 1, 1).revision(2, "bbb", 1, 1),
        &expect![[r#"
        Name:            shop
        Namespace:       prod
        Status:          ॥ Paused
        Strategy:        Canary
          Step:          1/4
          SetWeight:     20
          ActualWeight:  20
        Images:          registry/shop:aaa (pong, stable)
                         registry/shop:bbb (canary, ping)
        Replicas:
          Desired:       5
          Current:       2
          Updated:       1
          Ready:         2
          Available:     2

        NAME                   KIND        STATUS     AGE  INFO
        ⟳ shop                 Rollout     ॥ Paused   7d
        ├──# revision:2
        │  └──⧉ shop-bbb       ReplicaSet  ✔ Healthy  5m   canary,ping
        │     └──□ shop-bbb-0  Pod         ✔ Running  5m   ready:1/1
        └──# revision:1
           └──⧉ shop-aaa       ReplicaSet  ✔ Healthy  5m   stable,pong
              └──□ shop-aaa-0  Pod         ✔ Running  5m   ready:1/1
    "#]],
    );
}

#[test]
fn a_canary_without_router_has_the_share_of_its_pods() {
    let status = json!({"phase": "Progressing", "message": "1 of 3 pods of bbb are available",
        "stableRS": "aaa", "currentPodHash": "bbb", "currentStepIndex": 2,
        "replicas": 5, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3});
    let strategy = json!({"canary": {"steps": canary()["canary"]["steps"]}});
    check(
        rollout(&strategy, &status).revision(1, "aaa", 2, 2).revision(2, "bbb", 3, 1),
        &expect![[r#"
        Name:            shop
        Namespace:       prod
        Status:          ◌ Progressing
        Message:         1 of 3 pods of bbb are available
        Strategy:        Canary
          Step:          2/4
          SetWeight:     60
          ActualWeight:  33
        Images:          registry/shop:aaa (stable)
                         registry/shop:bbb (canary)
        Replicas:
          Desired:       5
          Current:       5
          Updated:       3
          Ready:         3
          Available:     3

        NAME                   KIND        STATUS              AGE  INFO
        ⟳ shop                 Rollout     ◌ Progressing       7d
        ├──# revision:2
        │  └──⧉ shop-bbb       ReplicaSet  ◌ Progressing       5m   canary
        │     ├──□ shop-bbb-0  Pod         ✔ Running           5m   ready:1/1
        │     ├──□ shop-bbb-1  Pod         ⚠ ImagePullBackOff  5m   ready:0/1,restarts:1
        │     └──□ shop-bbb-2  Pod         ⚠ ImagePullBackOff  5m   ready:0/1,restarts:2
        └──# revision:1
           └──⧉ shop-aaa       ReplicaSet  ✔ Healthy           5m   stable
              ├──□ shop-aaa-0  Pod         ✔ Running           5m   ready:1/1
              └──□ shop-aaa-1  Pod         ✔ Running           5m   ready:1/1,restarts:1
    "#]],
    );
}

#[test]
fn an_aborted_canary_shows_the_analysis_that_took_it_back() {
    let status = json!({"phase": "Degraded", "message": "RolloutAborted: metric errors: 0.08 is not < 0.01",
        "abort": true, "stableRS": "aaa", "currentPodHash": "bbb", "currentStepIndex": 0, "canary": weights(0),
        "replicas": 6, "updatedReplicas": 1, "readyReplicas": 6, "availableReplicas": 6});
    let failed = json!({"phase": "Failed", "metricResults": [{"name": "errors", "successful": 2, "failed": 3}]});
    let odd = json!({"phase": "Inconclusive", "metricResults": [{"name": "errors", "inconclusive": 1}]});
    let world = rollout(&canary(), &status).revision(1, "aaa", 5, 5).revision(2, "bbb", 1, 1);
    let world = world.leaving_at("2026-01-01T12:00:25Z");
    check(
        world.run("shop-bbb-2", "bbb", &failed).run("shop-bbb-2-1", "bbb", &odd),
        &expect![[r#"
        Name:            shop
        Namespace:       prod
        Status:          ✖ Degraded
        Message:         RolloutAborted: metric errors: 0.08 is not < 0.01
        Strategy:        Canary
          Step:          0/4
          SetWeight:     0
          ActualWeight:  0
        Images:          registry/shop:aaa (stable)
                         registry/shop:bbb (canary)
        Replicas:
          Desired:       5
          Current:       6
          Updated:       1
          Ready:         6
          Available:     6

        NAME                   KIND         STATUS          AGE  INFO
        ⟳ shop                 Rollout      ✖ Degraded      7d
        ├──# revision:2
        │  ├──⧉ shop-bbb       ReplicaSet   ✔ Healthy       5m   canary,delay:25s
        │  │  └──□ shop-bbb-0  Pod          ✔ Running       5m   ready:1/1
        │  ├──α shop-bbb-2     AnalysisRun  ✖ Failed        5m   ✔ 2,✖ 3
        │  └──α shop-bbb-2-1   AnalysisRun  ? Inconclusive  5m   ? 1
        └──# revision:1
           └──⧉ shop-aaa       ReplicaSet   ✔ Healthy       5m   stable
              ├──□ shop-aaa-0  Pod          ✔ Running       5m   ready:1/1
              ├──□ shop-aaa-1  Pod          ✔ Running       5m   ready:1/1,restarts:1
              ├──□ shop-aaa-2  Pod          ✔ Running       5m   ready:1/1,restarts:2
              ├──□ shop-aaa-3  Pod          ✔ Running       5m   ready:1/1,restarts:3
              └──□ shop-aaa-4  Pod          ✔ Running       5m   ready:1/1,restarts:4
    "#]],
    );
}

#[test]
fn a_completed_canary_keeps_its_old_revisions_in_sight() {
    let status = json!({"phase": "Healthy", "stableRS": "ccc", "currentPodHash": "ccc", "currentStepIndex": 4,
        "canary": weights(0), "replicas": 10, "updatedReplicas": 5, "readyReplicas": 10, "availableReplicas": 10});
    let world = rollout(&canary(), &status).revision(1, "aaa", 0, 0).revision(3, "ccc", 5, 5);
    check(
        world.revision(2, "bbb", 5, 5).leaving_at("2026-01-01T11:59:59Z"),
        &expect![[r#"
        Name:            shop
        Namespace:       prod
        Status:          ✔ Healthy
        Strategy:        Canary
          Step:          4/4
          SetWeight:     100
          ActualWeight:  100
        Images:          registry/shop:bbb
                         registry/shop:ccc (stable)
        Replicas:
          Desired:       5
          Current:       10
          Updated:       5
          Ready:         10
          Available:     10

        NAME                   KIND        STATUS        AGE  INFO
        ⟳ shop                 Rollout     ✔ Healthy     7d
        ├──# revision:3
        │  └──⧉ shop-ccc       ReplicaSet  ✔ Healthy     5m   stable
        │     ├──□ shop-ccc-0  Pod         ✔ Running     5m   ready:1/1
        │     ├──□ shop-ccc-1  Pod         ✔ Running     5m   ready:1/1,restarts:1
        │     ├──□ shop-ccc-2  Pod         ✔ Running     5m   ready:1/1,restarts:2
        │     ├──□ shop-ccc-3  Pod         ✔ Running     5m   ready:1/1,restarts:3
        │     └──□ shop-ccc-4  Pod         ✔ Running     5m   ready:1/1,restarts:4
        ├──# revision:2
        │  └──⧉ shop-bbb       ReplicaSet  ✔ Healthy     5m   delay:passed
        │     ├──□ shop-bbb-0  Pod         ✔ Running     5m   ready:1/1
        │     ├──□ shop-bbb-1  Pod         ✔ Running     5m   ready:1/1,restarts:1
        │     ├──□ shop-bbb-2  Pod         ✔ Running     5m   ready:1/1,restarts:2
        │     ├──□ shop-bbb-3  Pod         ✔ Running     5m   ready:1/1,restarts:3
        │     └──□ shop-bbb-4  Pod         ✔ Running     5m   ready:1/1,restarts:4
        └──# revision:1
           └──⧉ shop-aaa       ReplicaSet  • ScaledDown  5m
    "#]],
    );
}

#[test]
fn a_blue_green_update_shows_what_is_active_and_what_is_in_preview() {
    let status = json!({"phase": "Paused", "message": "BlueGreenPause: waits for promote or abort",
        "stableRS": "aaa", "currentPodHash": "bbb", "blueGreen": {"activeSelector": "aaa", "previewSelector": "bbb"},
        "replicas": 10, "updatedReplicas": 5, "readyReplicas": 9, "availableReplicas": 9});
    let strategy = json!({"blueGreen": {"activeService": "shop", "previewService": "shop-preview"}});
    check(
        rollout(&strategy, &status).revision(1, "aaa", 2, 2).revision(2, "bbb", 2, 1),
        &expect![[r#"
        Name:            shop
        Namespace:       prod
        Status:          ॥ Paused
        Message:         BlueGreenPause: waits for promote or abort
        Strategy:        BlueGreen
        Images:          registry/shop:aaa (active, stable)
                         registry/shop:bbb (preview)
        Replicas:
          Desired:       5
          Current:       10
          Updated:       5
          Ready:         9
          Available:     9

        NAME                   KIND        STATUS              AGE  INFO
        ⟳ shop                 Rollout     ॥ Paused            7d
        ├──# revision:2
        │  └──⧉ shop-bbb       ReplicaSet  ◌ Progressing       5m   preview
        │     ├──□ shop-bbb-0  Pod         ✔ Running           5m   ready:1/1
        │     └──□ shop-bbb-1  Pod         ⚠ ImagePullBackOff  5m   ready:0/1,restarts:1
        └──# revision:1
           └──⧉ shop-aaa       ReplicaSet  ✔ Healthy           5m   stable,active
              ├──□ shop-aaa-0  Pod         ✔ Running           5m   ready:1/1
              └──□ shop-aaa-1  Pod         ✔ Running           5m   ready:1/1,restarts:1
    "#]],
    );
}

#[test]
fn objects_of_others_are_left_out() {
    let mut world = rollout(&canary(), &json!({"phase": "Healthy"})).revision(1, "aaa", 1, 1);
    world.replica_sets.extend(rollout(&canary(), &json!({})).revision(7, "zzz", 1, 1).replica_sets);
    world.replica_sets[1]["metadata"]["ownerReferences"] = json!([owner("Rollout", "an older shop")]);
    world.pods[0]["metadata"]["ownerReferences"] = json!([owner("ReplicaSet", "an older shop-aaa")]);
    check(
        world,
        &expect![[r#"
        Name:            shop
        Namespace:       prod
        Status:          ✔ Healthy
        Strategy:        Canary
          Step:
          SetWeight:     100
          ActualWeight:  100
        Images:          registry/shop:aaa
        Replicas:
          Desired:       5
          Current:       0
          Updated:       0
          Ready:         0
          Available:     0

        NAME              KIND        STATUS     AGE  INFO
        ⟳ shop            Rollout     ✔ Healthy  7d
        └──# revision:1
           └──⧉ shop-aaa  ReplicaSet  ✔ Healthy  5m
    "#]],
    );
}

#[test]
fn a_rollout_nobody_has_looked_at_yet_says_so() {
    let mut world = rollout(&canary(), &json!({}));
    world.rollout["metadata"]["generation"] = json!(2);
    check(
        world,
        &expect![[r#"
        Name:            shop
        Namespace:       prod
        Status:          ◌ Progressing
        Message:         waiting for the controller to look at the newest spec
        Strategy:        Canary
          Step:
          SetWeight:     100
          ActualWeight:  100
        Replicas:
          Desired:       5
          Current:       0
          Updated:       0
          Ready:         0
          Available:     0

        NAME    KIND     STATUS         AGE  INFO
        ⟳ shop  Rollout  ◌ Progressing  7d
    "#]],
    );
}

#[test]
fn ages_alone_do_not_make_another_tree() {
    let world = || rollout(&canary(), &json!({"phase": "Healthy"})).revision(1, "aaa", 1, 1);
    let (one, other) = (Tree::of(&world().seen()), Tree::of(&world().seen()));
    let later = "2026-01-01T13:00:00Z".parse().unwrap();
    assert_eq!(one, other);
    assert_ne!(one.lines(NOW.parse().unwrap()), other.lines(later));
    assert_ne!(one, Tree::of(&world().leaving_at(NOW).seen()));
}

#[test]
fn signs_and_roles_are_coloured() {
    let status = json!({"phase": "Healthy", "stableRS": "aaa", "currentPodHash": "aaa"});
    let lines = Tree::of(&rollout(&canary(), &status).revision(1, "aaa", 1, 1).seen()).lines(NOW.parse().unwrap());
    let line = lines.iter().find(|line| line.contains("⧉")).unwrap();
    expect!["   └──⧉ ^[32mshop-aaa^[0m       ReplicaSet  ^[32m✔^[0m Healthy  5m   ^[32mstable^[0m"]
        .assert_eq(&line.replace('\x1b', "^"));
}

#[test]
fn an_experiment_shows_its_sets_of_pods_and_its_analyses() {
    let status = json!({"phase": "Progressing", "message": "waiting for experiment shop-bbb-2-1 to complete",
        "stableRS": "aaa", "currentPodHash": "bbb", "currentStepIndex": 1, "canary": weights(20),
        "replicas": 6, "updatedReplicas": 1, "readyReplicas": 6, "availableReplicas": 6});
    let experiment = json!({"phase": "Running",
    "templateStatuses": [
        {"name": "old", "status": "Running", "replicas": 1, "availableReplicas": 1},
        {"name": "new", "status": "Progressing", "replicas": 2, "availableReplicas": 1},
    ],
    "analysisRuns": [
        {"name": "errors", "analysisRun": "shop-bbb-2-1-errors", "phase": "Running"},
        {"name": "gone", "analysisRun": "shop-bbb-2-1-gone", "phase": "Running"},
        {"name": "other", "analysisRun": "shop-bbb-2-1-other", "phase": "Running"},
    ]});
    let measured = json!({"phase": "Running", "metricResults": [{"name": "errors", "phase": "Running", "successful": 3, "failed": 1}]});
    let world = rollout(&canary(), &status).revision(1, "aaa", 1, 1).revision(2, "bbb", 1, 1);
    let world =
        world.trial("shop-bbb-2-1-errors", "shop-bbb-2-1", &measured).trial("shop-bbb-2-1-other", "foreign", &measured);
    check(
        world.experiment("shop-bbb-2-1", "bbb", &experiment),
        &expect![[r#"
            Name:            shop
            Namespace:       prod
            Status:          ◌ Progressing
            Message:         waiting for experiment shop-bbb-2-1 to complete
            Strategy:        Canary
              Step:          1/4
              SetWeight:     20
              ActualWeight:  20
            Images:          registry/shop:aaa (stable)
                             registry/shop:bbb (canary)
            Replicas:
              Desired:       5
              Current:       6
              Updated:       1
              Ready:         6
              Available:     6

            NAME                            KIND         STATUS         AGE  INFO
            ⟳ shop                          Rollout      ◌ Progressing  7d
            ├──# revision:2
            │  ├──⧉ shop-bbb                ReplicaSet   ✔ Healthy      5m   canary
            │  │  └──□ shop-bbb-0           Pod          ✔ Running      5m   ready:1/1
            │  └──Σ shop-bbb-2-1            Experiment   ◌ Running      5m
            │     ├──⧉ shop-bbb-2-1-old     ReplicaSet   ✔ Running           available:1/1
            │     ├──⧉ shop-bbb-2-1-new     ReplicaSet   ◌ Progressing       available:1/2
            │     ├──α shop-bbb-2-1-errors  AnalysisRun  ◌ Running      5m   ✔ 3,✖ 1
            │     ├──α shop-bbb-2-1-gone    AnalysisRun  ◌ Running
            │     └──α shop-bbb-2-1-other   AnalysisRun  ◌ Running
            └──# revision:1
               └──⧉ shop-aaa                ReplicaSet   ✔ Healthy      5m   stable
                  └──□ shop-aaa-0           Pod          ✔ Running      5m   ready:1/1
        "#]],
    );
}
