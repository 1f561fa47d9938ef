//! A world in which nothing happens, and one that is told twice.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::scene::{Deed, Scene};
use crate::actors::{Order, Settings, Sickness, Whom};
use crate::api::{Store, Write};

#[tokio::test(start_paused = true)]
async fn a_settled_world_does_nothing_for_a_day() {
    let scene = Scene::begin(Settings::default()).await;
    let version = scene.store.version();
    tokio::time::sleep(Duration::from_hours(24)).await;
    assert_eq!(scene.store.version(), version);
    assert!(scene.actors.is_idle());
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_tells_the_same_story() {
    let (once, again) = (transcript().await, transcript().await);
    assert!(once.len() > 60, "{once:?}");
    assert_eq!(once, again);
}

/// Every write of a small storm, with its time.
async fn transcript() -> Vec<String> {
    let mut scene = Scene::begin(Settings::default()).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let (teller, began) = (told.clone(), tokio::time::Instant::now());
    scene.store.on_write(Box::new(move |_: &Store, write: &Write| {
        let line = format!("{:?} {} {} {}", began.elapsed(), write.verb, write.of.plural, write.name);
        teller.lock().unwrap().push(line);
    }));
    let flapping = Sickness::Flapping { ready: Duration::from_secs(3), unready: Duration::from_secs(1) };
    scene.act(Deed::Order(Order::Sicken(Whom::Everyone, flapping))).await;
    for (replicas, weight) in [(3, 10), (5, 50), (1, 0)] {
        scene.act(Deed::Scale("v2", replicas)).await;
        scene.act(Deed::Weigh(weight)).await;
        scene.act(Deed::Wait(10_000)).await;
    }
    let lines = told.lock().unwrap();
    lines.clone()
}
