//! How long it takes: printed, as no machine is always as quick. What must be so is that all are there, and that each change is told.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use sluice_world::api::{Sub, catalog};
use sluice_world::scenario::NAMESPACE;
use tokio::time::{Instant, sleep, timeout};

use crate::http::Visitor;
use crate::stage::{Stage, story};

/// One page of 1,000 Rollouts, and how long a change takes to it.
#[tokio::test]
async fn a_thousand_rollouts_on_one_page() {
    let stage = Stage::empty().await;
    for number in 0..1000 {
        let mut rollout = story().rollout;
        rollout["metadata"]["name"] = json!(format!("app-{number:04}"));
        stage.cluster.create(&rollout, "kubectl").unwrap();
    }
    let mut owner = Visitor::at_home(&stage).await;
    while !owner.get("/").await.text.contains("1000 Rollouts") {
        sleep(Duration::from_millis(50)).await;
    }
    let mut times = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let page = owner.get("/").await;
        times.push(began.elapsed());
        assert!(page.text.contains("app-0999"));
    }
    println!("page of 1,000 Rollouts: {times:?}");

    let mut events = owner.request(Method::GET, "/events").send().await.unwrap();
    let mut seen = String::new();
    while !seen.contains("app-0999") {
        seen = String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap()).into_owned();
    }
    sleep(Duration::from_secs(2)).await;
    let mut updates = Vec::new();
    for turn in 0..5 {
        let (began, text) = (Instant::now(), format!("turn-{turn}"));
        let patch = json!({"status": {"message": text, "phase": "Progressing", "observedGeneration": "1"}});
        let name = "app-0500";
        stage.cluster.store.merge(&catalog::ROLLOUT, NAMESPACE, name, Sub::Status, &patch, "kubectl").unwrap();
        let told = async {
            let mut all = String::new();
            while !all.contains(&text) {
                all.push_str(&String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap()));
            }
        };
        timeout(Duration::from_secs(10), told).await.expect("the page is told");
        updates.push(began.elapsed());
        sleep(Duration::from_secs(1)).await;
    }
    println!("update of a page of 1,000 Rollouts: {updates:?}");
}
