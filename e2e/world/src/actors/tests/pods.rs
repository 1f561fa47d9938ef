//! ReplicaSets and their pods.

use std::time::Duration;

use expect_test::expect;
use serde_json::json;

use super::scene::{Deed, SHOP, Scene, check, steady};
use crate::actors::{NodeLoss, Order, Part, Sickness, Span, Whom};
use crate::api::catalog;

fn v2() -> Whom {
    Whom::Image("web:v2".to_owned())
}

#[tokio::test(start_paused = true)]
async fn pods_come_become_ready_and_go() {
    let story = [
        Deed::Scale("v2", 2),
        Deed::Wait(5),
        Deed::Wait(10),
        Deed::Wait(1500),
        Deed::Wait(1000),
        Deed::Scale("v2", 1),
        Deed::Wait(15),
        Deed::Wait(20),
        Deed::Wait(6000),
    ];
    check(
        steady(),
        story,
        expect![[r#"
            0.0 s: v1 [3, 3, 3, 3]  v2 [2, 0, 0, 0]  [100 % v1]
            0.0 s: v1 [3, 3, 3, 3]  v2 [2, 0, 0, 0]  [100 % v1]
            1.5 s: v1 [3, 3, 3, 3]  v2 [2, 2, 0, 0]  [100 % v1]
            2.5 s: v1 [3, 3, 3, 3]  v2 [2, 2, 2, 2]  [100 % v1]
            2.5 s: v1 [3, 3, 3, 3]  v2 [1, 2, 2, 2]  [100 % v1]
            2.5 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1]
            8.6 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_controller_lets_the_status_lag() {
    let slow = Span::exactly(Duration::from_secs(30));
    let story = [
        Deed::Order(Order::Pace(Part::ReplicaSets, slow)),
        Deed::Scale("v2", 1),
        Deed::Wait(29_000),
        Deed::Wait(35_000),
    ];
    check(
        steady(),
        story,
        expect![[r#"
            29.0 s: v1 [3, 3, 3, 3]  v2 [1, 0, 0, 0]  [100 % v1]
            64.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_is_available_once_it_was_ready_for_long_enough() {
    let mut scene = Scene::begin(steady()).await;
    scene.merge(&catalog::REPLICA_SET, "web-v2", &json!({"spec": {"minReadySeconds": 10, "replicas": 1}}));
    let available = |scene: &Scene| {
        let set = scene.store.get(&catalog::REPLICA_SET, SHOP, "web-v2").unwrap();
        (set["status"]["readyReplicas"].as_i64(), set["status"]["availableReplicas"].as_i64())
    };
    scene.act(Deed::Wait(10_000)).await;
    assert_eq!(available(&scene), (Some(1), None));
    scene.act(Deed::Wait(5000)).await;
    assert_eq!(available(&scene), (Some(1), Some(1)));
}

#[tokio::test(start_paused = true)]
async fn sick_pods_are_never_ready_until_they_are_healed() {
    let story = [
        Deed::Order(Order::Sicken(v2(), Sickness::NeverReady)),
        Deed::Scale("v2", 1),
        Deed::Wait(600_000),
        Deed::Order(Order::Heal(v2())),
        Deed::Wait(2000),
        Deed::Order(Order::Sicken(v2(), Sickness::NeverReady)),
        Deed::Wait(1000),
    ];
    check(
        steady(),
        story,
        expect![[r#"
            600.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 0, 0]  [100 % v1]
            602.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1]
            603.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 0, 0]  [100 % v1]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn flapping_pods_come_and_go() {
    let flapping = Sickness::Flapping { ready: Duration::from_secs(4), unready: Duration::from_secs(2) };
    let story = [
        Deed::Order(Order::Sicken(v2(), flapping)),
        Deed::Scale("v2", 1),
        Deed::Wait(3000),
        Deed::Wait(4000),
        Deed::Wait(2000),
        Deed::Order(Order::Heal(v2())),
        Deed::Wait(60_000),
    ];
    check(
        steady(),
        story,
        expect![[r#"
            3.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1]
            7.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 0, 0]  [100 % v1]
            9.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1]
            69.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn crashing_pods_are_started_less_and_less_often() {
    let mut scene = Scene::begin(steady()).await;
    scene.actors.controls().order(Order::Sicken(v2(), Sickness::Crashing { up: Duration::from_secs(1) }));
    scene.act(Deed::Scale("v2", 1)).await;
    let restarts = |scene: &Scene| {
        let pods = scene.store.list(&catalog::POD, SHOP);
        let of_v2 = pods.iter().find(|pod| pod["metadata"]["name"].as_str().unwrap().starts_with("web-v2"));
        of_v2.unwrap()["status"]["containerStatuses"][0]["restartCount"].as_i64()
    };
    let mut seen = Vec::new();
    for _ in 0..6 {
        scene.act(Deed::Wait(60_000)).await;
        seen.push(restarts(&scene));
    }
    assert_eq!(seen, [3, 4, 5, 5, 5, 6].map(Some));
}

#[tokio::test(start_paused = true)]
async fn an_evicted_pod_is_replaced_and_stays_as_a_failed_one() {
    let story = [Deed::Order(Order::Evict(Whom::Image("web:v1".to_owned()), 1)), Deed::Wait(100), Deed::Wait(4000)];
    check(
        steady(),
        story,
        expect![[r#"
            0.1 s: v1 [3, 3, 2, 2]  v2 [0, 0, 0, 0]  [33 % v1 Gone, 67 % v1]
            4.1 s: v1 [3, 3, 3, 3]  v2 [0, 0, 0, 0]  [100 % v1]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_node_is_noticed_late_and_its_pods_are_replaced_later() {
    let story = [
        Deed::Order(Order::LoseNode(1, NodeLoss::default())),
        Deed::Wait(1000),
        Deed::Wait(43_000),
        Deed::Wait(300_000),
        Deed::Wait(60_000),
    ];
    check(
        steady(),
        story,
        expect![[r#"
            1.0 s: v1 [3, 3, 3, 3]  v2 [0, 0, 0, 0]  [33 % v1 Gone, 67 % v1]
            44.0 s: v1 [3, 3, 2, 2]  v2 [0, 0, 0, 0]  [100 % v1]
            344.0 s: v1 [3, 3, 3, 3]  v2 [0, 0, 0, 0]  [100 % v1]
            404.0 s: v1 [3, 3, 3, 3]  v2 [0, 0, 0, 0]  [100 % v1]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn pods_go_after_their_replica_set() {
    let scene = &mut Scene::begin(steady()).await;
    scene.act(Deed::Delete(&catalog::REPLICA_SET, "web-v1")).await;
    scene.act(Deed::Wait(1000)).await;
    let pods = scene.store.list(&catalog::POD, SHOP);
    assert!(pods.len() == 3 && pods.iter().all(|pod| pod["metadata"]["deletionTimestamp"].is_string()), "{pods:?}");
    scene.act(Deed::Wait(6000)).await;
    assert!(scene.store.list(&catalog::POD, SHOP).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_number_of_pods_is_written_when_it_was_asked_for() {
    let mut scene = Scene::begin(steady()).await;
    let rollout = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web", "namespace": SHOP},
        "spec": {"replicas": 3},
    });
    scene.store.create(&catalog::ROLLOUT, rollout, "test").unwrap();
    let after = Duration::from_secs(30);
    scene.actors.controls().order(Order::Scale { rollout: crate::actors::Key::new(SHOP, "web"), replicas: 7, after });
    let replicas =
        |scene: &Scene| scene.store.get(&catalog::ROLLOUT, SHOP, "web").unwrap()["spec"]["replicas"].as_i64();
    scene.act(Deed::Wait(29_000)).await;
    assert_eq!(replicas(&scene), Some(3));
    scene.act(Deed::Wait(2000)).await;
    assert_eq!(replicas(&scene), Some(7));
}
