//! EndpointSlices and Traefik.

use std::time::Duration;

use bytes::Bytes;
use expect_test::expect;
use http::Request;
use serde_json::{Value, json};
use sluice_traffic::traefik::loaded::{Answers, Arm, Wanted, loaded, service_name, weighted_name};
use tower::ServiceExt;

use super::scene::{Deed, SHOP, Scene, check, steady};
use crate::actors::{EmptyServices, Order, Part, Settings, Sickness, Span, Trouble, Whom};
use crate::api::catalog;

fn refusing() -> Settings {
    Settings { empty: EmptyServices::Refused, ..steady() }
}

#[tokio::test(start_paused = true)]
async fn weights_are_loaded_at_once_after_a_quiet_time_and_then_throttled() {
    let story = [
        Deed::Scale("v2", 1),
        Deed::Wait(10_000),
        Deed::Weigh(20),
        Deed::Wait(40),
        Deed::Wait(20),
        Deed::Weigh(40),
        Deed::Wait(1900),
        Deed::Weigh(60),
        Deed::Wait(100),
        Deed::Wait(2000),
    ];
    check(
        steady(),
        story,
        expect![[r#"
            10.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1]
            10.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1]
            10.1 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [20 % v2, 80 % v1]
            12.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [20 % v2, 80 % v1]
            12.1 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [60 % v2, 40 % v1]
            14.1 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [60 % v2, 40 % v1]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_service_without_pods_fails_its_share_where_that_is_allowed() {
    let story = [Deed::Weigh(20), Deed::Wait(100)];
    check(
        steady(),
        story,
        expect![[r#"
            0.1 s: v1 [3, 3, 3, 3]  v2 [0, 0, 0, 0]  [20 % canary NoServer, 80 % v1]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_service_without_pods_takes_the_whole_route_down_where_that_is_refused() {
    let story = [
        Deed::Wait(1),
        Deed::Point("canary", "v1"),
        Deed::Wait(200),
        Deed::Wait(3000),
        Deed::Point("canary", "v2"),
        Deed::Wait(200),
    ];
    check(
        refusing(),
        story,
        expect![[r#"
            0.0 s: v1 [3, 3, 3, 3]  v2 [0, 0, 0, 0]  [100 % all NoRoute("canary has no servers")]
            0.2 s: v1 [3, 3, 3, 3]  v2 [0, 0, 0, 0]  [100 % v1]
            3.2 s: v1 [3, 3, 3, 3]  v2 [0, 0, 0, 0]  [100 % v1]
            3.4 s: v1 [3, 3, 3, 3]  v2 [0, 0, 0, 0]  [100 % all NoRoute("canary has no servers")]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn pods_that_turn_unready_fail_requests_until_traefik_has_heard_of_it() {
    let everyone = || Whom::Image("web:v1".to_owned());
    let story = [
        Deed::Order(Order::Sicken(everyone(), Sickness::NeverReady)),
        Deed::Wait(90),
        Deed::Wait(60),
        Deed::Order(Order::Heal(everyone())),
        Deed::Wait(4000),
    ];
    check(
        steady(),
        story,
        expect![[r#"
            0.1 s: v1 [3, 3, 0, 0]  v2 [0, 0, 0, 0]  [100 % v1 NotReady]
            0.1 s: v1 [3, 3, 0, 0]  v2 [0, 0, 0, 0]  [100 % stable NoServer]
            4.2 s: v1 [3, 3, 3, 3]  v2 [0, 0, 0, 0]  [100 % v1]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn deleted_pods_answer_until_they_have_drained_and_get_no_new_requests() {
    let story = [Deed::Scale("v1", 0), Deed::Wait(40), Deed::Wait(100), Deed::Wait(10_000)];
    check(
        steady(),
        story,
        expect![[r#"
            0.0 s: v1 [0, 0, 0, 0]  v2 [0, 0, 0, 0]  [100 % v1]
            0.1 s: v1 [0, 0, 0, 0]  v2 [0, 0, 0, 0]  [100 % stable NoServer]
            10.1 s: v1 [0, 0, 0, 0]  v2 [0, 0, 0, 0]  [100 % stable NoServer]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn slow_slices_send_requests_to_pods_that_are_gone() {
    let slow = Span::exactly(Duration::from_secs(30));
    let story = [
        Deed::Order(Order::Pace(Part::Endpoints, slow)),
        Deed::Scale("v1", 1),
        Deed::Wait(2000),
        Deed::Wait(5000),
        Deed::Wait(30_000),
    ];
    check(
        steady(),
        story,
        expect![[r#"
            2.0 s: v1 [1, 1, 1, 1]  v2 [0, 0, 0, 0]  [100 % v1]
            7.0 s: v1 [1, 1, 1, 1]  v2 [0, 0, 0, 0]  [33 % v1, 67 % stable Gone]
            37.0 s: v1 [1, 1, 1, 1]  v2 [0, 0, 0, 0]  [100 % v1]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_or_wrong_takes_the_whole_route_down() {
    let mut story = vec![Deed::Scale("v2", 1), Deed::Wait(10_000)];
    story.extend([Deed::Delete(&catalog::SERVICE, "canary"), Deed::Wait(3000)]);
    story.extend([Deed::Delete(&catalog::TRAEFIK_SERVICE, "web"), Deed::Wait(3000)]);
    check(
        steady(),
        story,
        expect![[r#"
            10.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1]
            13.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % all NoRoute("canary does not exist")]
            16.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  no route
        "#]],
    )
    .await;
    check(
        steady(),
        [Deed::Weigh(-5), Deed::Wait(3000)],
        expect![[r#"
            3.0 s: v1 [3, 3, 3, 3]  v2 [0, 0, 0, 0]  [100 % all NoRoute("canary has a weight that is none")]
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_replica_in_trouble_keeps_what_it_has_or_begins_anew() {
    let story = [
        Deed::Scale("v2", 1),
        Deed::Wait(10_000),
        Deed::Order(Order::Trouble(0, Some(Trouble::Stale))),
        Deed::Weigh(50),
        Deed::Wait(600_000),
        Deed::Order(Order::Trouble(0, None)),
        Deed::Wait(100),
        Deed::Order(Order::Trouble(1, Some(Trouble::Down))),
        Deed::Wait(100),
        Deed::Order(Order::Trouble(1, None)),
        Deed::Wait(100),
        Deed::Wait(3000),
        Deed::Order(Order::Trouble(1, Some(Trouble::Refusing))),
        Deed::Wait(100),
        Deed::Order(Order::Trouble(1, None)),
        Deed::Order(Order::Restart(0)),
        Deed::Wait(100),
        Deed::Wait(3000),
    ];
    check(Settings { traefiks: 2, ..steady() }, story, expect![[r#"
        10.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1] [100 % v1]
        610.0 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % v1] Stale [50 % v2, 50 % v1]
        610.1 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [50 % v2, 50 % v1] [50 % v2, 50 % v1]
        610.2 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [50 % v2, 50 % v1]
        610.3 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [50 % v2, 50 % v1] [100 % all NoRoute("it is not loaded")] starting
        613.3 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [50 % v2, 50 % v1] [50 % v2, 50 % v1]
        613.4 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [50 % v2, 50 % v1] [100 % all NoRoute("it is held for broken")] Refusing
        613.5 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [100 % all NoRoute("it is not loaded")] starting [50 % v2, 50 % v1]
        616.5 s: v1 [3, 3, 3, 3]  v2 [1, 1, 1, 1]  [50 % v2, 50 % v1] [50 % v2, 50 % v1]
    "#]]).await;
}

async fn ask(scene: &Scene, path: &str) -> Result<(u16, Value), String> {
    let request = Request::get(format!("http://traefik:8080{path}")).body(Bytes::new()).unwrap();
    let answer = scene.actors.traefik(0).unwrap().http().oneshot(request).await.map_err(|error| error.to_string())?;
    Ok((answer.status().as_u16(), answer.json().await.unwrap_or_default()))
}

const WEIGHTED: &str = "/api/http/services/shop-web@kubernetescrd";

#[tokio::test(start_paused = true)]
async fn the_api_shows_what_requests_follow() {
    let scene = Scene::begin(steady()).await;
    let (status, weighted) = ask(&scene, WEIGHTED).await.unwrap();
    assert_eq!((status, &weighted["status"]), (200, &json!("enabled")));
    let entries = json!([{"name": "shop-canary-80", "weight": 0}, {"name": "shop-stable-80", "weight": 100}]);
    assert_eq!(weighted["weighted"]["services"], entries);
    let (_, stable) = ask(&scene, "/api/http/services/shop-stable-80@kubernetescrd").await.unwrap();
    let urls: Vec<_> = stable["loadBalancer"]["servers"].as_array().unwrap().iter().map(|one| &one["url"]).collect();
    assert_eq!(urls, ["http://10.244.0.2:8080", "http://10.244.0.3:8080", "http://10.244.0.4:8080"]);
    let (status, nothing) = ask(&scene, "/api/http/services/shop-other@kubernetescrd").await.unwrap();
    assert_eq!((status, nothing), (404, json!({"message": "service not found: shop-other@kubernetescrd"})));
}

/// What the product says of the replica when it wants the canary's weight to be that.
async fn judged(scene: &Scene, canary: u32) -> String {
    let arm = |service: &str, weight, servers: &[&str]| Arm {
        service: service_name(SHOP, service, Some("80")),
        weight,
        servers: Some(servers.iter().map(|server| format!("{server}:8080")).collect()),
    };
    let stable = ["10.244.0.2", "10.244.0.3", "10.244.0.4"];
    let arms = vec![arm("canary", canary, &["10.244.0.5"]), arm("stable", 100 - canary, &stable)];
    let wanted = Wanted { weighted: weighted_name(SHOP, "web"), arms, entries: Vec::new(), mirrors: Vec::new() };
    let mut answers = Answers::new();
    for path in wanted.paths() {
        let (status, body) = ask(scene, &path).await.unwrap();
        answers.insert(path, if status == 200 { Ok(body) } else { Err(format!("HTTP {status}")) });
    }
    loaded(&answers, &wanted).map_or_else(|not_yet| not_yet.to_string(), |()| "loaded".to_owned())
}

#[tokio::test(start_paused = true)]
async fn the_product_sees_when_a_replica_has_loaded() {
    let scene = &mut Scene::begin(refusing()).await;
    let mut told = vec![judged(scene, 20).await];
    scene.act(Deed::Scale("v2", 1)).await;
    scene.act(Deed::Wait(10_000)).await;
    told.push(judged(scene, 20).await);
    scene.act(Deed::Weigh(20)).await;
    scene.act(Deed::Wait(100)).await;
    told.push(judged(scene, 20).await);
    scene.act(Deed::Scale("v1", 2)).await;
    scene.act(Deed::Wait(4000)).await;
    told.push(judged(scene, 20).await);
    let expected =
        ["shop-web: HTTP 404", "shop-canary-80 has weight 0, not 20", "loaded", "shop-stable-80 lacks 10.244.0.4:8080"];
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn the_api_of_a_replica_in_trouble_says_so() {
    let scene = Scene::begin(steady()).await;
    let trouble = |trouble| scene.actors.controls().order(Order::Trouble(0, Some(trouble)));
    for (with, expected) in [
        (Trouble::Down, Err("connection refused".to_owned())),
        (Trouble::Silent, Err("connection refused".to_owned())),
        (Trouble::Failing(502), Ok((502, Value::Null))),
        (Trouble::Refusing, Ok((200, json!("disabled")))),
    ] {
        trouble(with);
        tokio::time::sleep(Duration::from_secs(5)).await;
        let answer = ask(&scene, WEIGHTED).await.map(|(code, body)| (code, body["status"].clone()));
        assert_eq!(answer, expected, "{with:?}");
    }
    trouble(Trouble::Slow(Duration::from_mins(1)));
    let began = tokio::time::Instant::now();
    tokio::time::sleep(Duration::from_secs(5)).await;
    ask(&scene, WEIGHTED).await.unwrap();
    assert!(began.elapsed() > Duration::from_mins(1));
}

#[tokio::test(start_paused = true)]
async fn a_slice_that_somebody_changed_is_put_right() {
    let scene = &mut Scene::begin(steady()).await;
    let name = |scene: &Scene| {
        let slices = scene.store.list(&catalog::ENDPOINT_SLICE, SHOP);
        let of_stable =
            |slice: &&std::sync::Arc<Value>| slice["metadata"]["labels"]["kubernetes.io/service-name"] == "stable";
        slices.iter().find(of_stable).map(|slice| slice["metadata"]["name"].as_str().unwrap().to_owned()).unwrap()
    };
    let before = name(scene);
    assert!(before.starts_with("stable-") && before.len() == "stable-".len() + 5, "{before}");
    scene.merge(&catalog::ENDPOINT_SLICE, &before, &json!({"endpoints": []}));
    scene.act(Deed::Wait(1000)).await;
    let slice = scene.store.get(&catalog::ENDPOINT_SLICE, SHOP, &before).unwrap();
    assert_eq!(slice["endpoints"].as_array().map(Vec::len), Some(3));
    scene.store.delete(&catalog::ENDPOINT_SLICE, SHOP, &before).unwrap();
    scene.act(Deed::Wait(1000)).await;
    assert_eq!(name(scene), before);
}
