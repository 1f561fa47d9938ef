//! Prometheus, asked by the product's own client.

use std::time::Duration;

use serde_json::{Value, json};
use sluice_analysis::provider::Clients;
use sluice_analysis::provider::prometheus::Defaults;
use sluice_analysis::run::Run;

use super::scene::{Deed, SHOP, Scene, steady};
use crate::actors::Key;
use crate::actors::prometheus::{Answer, always, by_image, in_turn};

/// What the product makes of the server's answer.
async fn asked(scene: &Scene, range: Value) -> String {
    let provider = json!({"prometheus": {
        "address": "http://prometheus:9090", "query": "errors{service=\"web\"}", "timeout": 30, "rangeQuery": range,
    }});
    let spec = serde_json::from_value(json!({"metrics": [{"name": "errors", "provider": provider}]})).unwrap();
    let run = Run::parse(&spec, |_| None, &Defaults::default()).unwrap();
    let clients = Clients::over(scene.actors.prometheus().http());
    let now = || "2026-01-01T00:10:00Z".parse().unwrap();
    let reading = run.metrics[0].measure(run.metrics[0].query().unwrap(), &clients, now).await;
    reading.answer.map_or(reading.verdict.message, |answer| answer.text)
}

async fn check(answer: Answer, expected: &str) {
    let scene = Scene::begin(steady()).await;
    scene.actors.prometheus().set("errors", always(answer));
    assert_eq!(asked(&scene, Value::Null).await, expected);
}

#[tokio::test(start_paused = true)]
async fn good_answers_are_numbers() {
    check(Answer::Scalar(0.25), "0.25").await;
    check(Answer::Vector(vec![0.5, f64::NAN, f64::INFINITY]), "[0.5,NaN,+Inf]").await;
    check(Answer::Matrix(vec![vec![1.0, 2.0], vec![3.0]]), "[1,2,3]").await;
    check(Answer::Empty, "[]").await;
}

const USELESS: &str = "answer of Prometheus at http://prometheus:9090 is of no use: ";
const TOO_LATE: &str = "no answer from Prometheus at http://prometheus:9090 within 30s; see the provider's timeout";

#[tokio::test(start_paused = true)]
async fn bad_answers_are_told_apart() {
    check(Answer::Refused(500), "Prometheus at http://prometheus:9090 answered 500: execution: no").await;
    check(Answer::Error("out of memory".to_owned()), &format!("{USELESS}execution: out of memory")).await;
    let garbage = "not what the query API answers: expected value at line 1 column 1";
    check(Answer::Garbage("<html>".to_owned()), &format!("{USELESS}{garbage}")).await;
    let huge = "answer of Prometheus at http://prometheus:9090 is larger than 10485760 bytes; aggregate in the query";
    check(Answer::Huge(100 << 20), huge).await;
    check(Answer::Unreachable, "reach Prometheus at http://prometheus:9090: connection refused").await;
    check(Answer::Never, TOO_LATE).await;
    check(Answer::Late(Duration::from_secs(31), Box::new(Answer::Scalar(1.0))), TOO_LATE).await;
}

#[tokio::test(start_paused = true)]
async fn a_range_is_filled() {
    let scene = Scene::begin(steady()).await;
    scene.actors.prometheus().set("errors", always(Answer::Vector(vec![0.5])));
    let range = json!({"start": "now() - duration(\"1m\")", "end": "now()", "step": "20s"});
    assert_eq!(asked(&scene, range).await, "[0.5,0.5,0.5,0.5]");
}

#[tokio::test(start_paused = true)]
async fn numbers_follow_the_traffic() {
    let mut scene = Scene::begin(steady()).await;
    let rate = |image: &str| if image == "web:v2" { 0.5 } else { 0.0 };
    scene.actors.prometheus().set("errors", by_image(Key::new(SHOP, "web"), rate));
    let mut seen = vec![asked(&scene, Value::Null).await];
    scene.act(Deed::Scale("v2", 1)).await;
    scene.act(Deed::Weigh(20)).await;
    scene.act(Deed::Wait(10_000)).await;
    seen.push(asked(&scene, Value::Null).await);
    scene.act(Deed::Scale("v1", 0)).await;
    scene.act(Deed::Scale("v2", 0)).await;
    scene.act(Deed::Wait(10_000)).await;
    seen.push(asked(&scene, Value::Null).await);
    assert_eq!(seen, ["[0]", "[0.1]", "[]"]);
}

#[tokio::test(start_paused = true)]
async fn trouble_goes_before_what_is_known_and_the_rest_is_empty() {
    let scene = Scene::begin(steady()).await;
    let prometheus = scene.actors.prometheus();
    let null = || Value::Null;
    assert_eq!(asked(&scene, null()).await, "[]");
    prometheus.set("errors", in_turn([1.0, 2.0].map(Answer::Scalar)));
    prometheus.trouble(Some(Answer::Scalar(9.0)));
    assert_eq!(asked(&scene, null()).await, "9");
    prometheus.trouble(None);
    assert_eq!(
        [asked(&scene, null()).await, asked(&scene, null()).await, asked(&scene, null()).await],
        ["1", "2", "2"]
    );
    assert_eq!(prometheus.asked(), 5);
}
