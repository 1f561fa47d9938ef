//! What one pass over a settled Rollout costs: `cargo run -p sluice-world --profile demo --example settled_pass`.
//!
//! A canary behind Traefik with an analysis beside its steps and in one of them has gone out, and its controller has come
//! to rest. Then passes are made one after the other; they ask nothing of the API server and write nothing.
#![allow(clippy::expect_used, reason = "a measurement that cannot be made should say so and end")]

use std::hint::black_box;
use std::time::Duration;

use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_controller::key::Key;
use sluice_controller::process::Process;
use sluice_controller::rollout;
use sluice_controller::timed::timed;
use sluice_world::actors::Settings;
use sluice_world::actors::prometheus::{Answer, always};
use sluice_world::api::{Store, Sub, catalog};
use sluice_world::cluster::{self, Cluster};
use sluice_world::rng::Rng;
use sluice_world::scenario::{Deed, NAME, NAMESPACE, Scenario, TEMPLATE, analysis, pause_for, weight};

/// Passes in one round; of several rounds the fastest tells what the work costs, the others what disturbed it.
const PASSES: u32 = 5_000;
const ROUNDS: u32 = 7;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (cluster, process) = settled().await;
    let key = Key::new(NAMESPACE, NAME);
    let before = cluster.store.version();
    let mut fastest = Duration::MAX;
    for _ in 0..ROUNDS {
        let passes = async {
            for _ in 0..PASSES {
                black_box(rollout::reconcile(process.context(), &key).await.expect("a settled pass"));
            }
        };
        let ((), spent) = timed(passes).await;
        fastest = fastest.min(spent / PASSES);
    }
    assert_eq!(cluster.store.version(), before, "a settled pass writes nothing");
    println!("{:.1} microseconds of a processor a pass", fastest.as_secs_f64() * 1e6);
    moves(&process.context().metrics.page());
}

/// A cluster whose Rollout has gone out in its second version, and the controller that did it.
async fn settled() -> (Cluster, Process) {
    let clock = Clock::starting_at(cluster::beginning());
    let cluster = Cluster::start(Store::new(clock.clone()), clock, Rng(1), Settings::default());
    cluster.actors.prometheus().set(TEMPLATE, always(Answer::Vector(vec![0.01])));
    let story = scenario();
    for object in [&cluster::namespace()].into_iter().chain(&story.around).chain([&story.rollout]) {
        cluster.create(object, "kubectl").expect("an object of the story");
    }
    let client = Client::new(cluster.store.service("sluice"), NAMESPACE);
    let process = Process::start(cluster.surroundings(client, "sluice".to_owned()), cluster::options(), None);
    tokio::time::sleep(Duration::from_mins(5)).await;
    let patch = Deed::Image("v2").edit(&story.rollout).expect("a new version");
    let updated = cluster.store.merge(&catalog::ROLLOUT, NAMESPACE, NAME, Sub::Object, &patch, "kubectl");
    updated.expect("a new version");
    tokio::time::sleep(Duration::from_mins(30)).await;
    let now = cluster.store.get(&catalog::ROLLOUT, NAMESPACE, NAME).expect("the Rollout");
    assert_eq!(now.pointer("/status/phase"), Some(&json!("Healthy")), "the story has ended");
    (cluster, process)
}

/// A Rollout as large as those in use: a dozen environment variables, probes, resources.
fn scenario() -> Scenario {
    let steps = [weight(5), pause_for("10s"), weight(20), analysis(), weight(60)];
    let mut scenario = Scenario::canary("a canary with everything", 10, steps).watched();
    let env: Vec<Value> = (0..12).map(|n| json!({"name": format!("SETTING_{n}"), "value": "some value"})).collect();
    let probe = json!({"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 5});
    let container = scenario.rollout.pointer_mut("/spec/template/spec/containers/0").expect("a container");
    container["env"] = json!(env);
    container["readinessProbe"] = probe.clone();
    container["livenessProbe"] = probe;
    container["resources"] = json!({"requests": {"cpu": "100m", "memory": "64Mi"}});
    scenario
}

/// Prints how the time is shared out between the moves.
fn moves(page: &str) {
    let sums = page.lines().filter(|line| line.starts_with("sluice_pass_seconds_sum{loop=\"rollout\""));
    sums.for_each(|line| println!("{line}"));
}
