//! Restarts in the cluster in memory: the whole controller, from `spec.restartAt` to pods that are all new.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_controller::process::Process;
use sluice_world::actors::Settings;
use sluice_world::api::{Store, Sub, catalog};
use sluice_world::cluster::{self, Cluster};
use sluice_world::rng::Rng;
use sluice_world::scenario::{NAME, NAMESPACE, Scenario, pause, weight};

struct World {
    cluster: Cluster,
    process: Process,
}

/// A cluster where the first version of that Rollout is out, for a while.
async fn with(scenario: Scenario) -> World {
    let clock = Clock::starting_at(cluster::beginning());
    let cluster = Cluster::start(Store::new(clock.clone()), clock, Rng(1), Settings::default());
    let client = Client::new(cluster.store.service("sluice"), NAMESPACE);
    let process = Process::start(cluster.surroundings(client, "sluice".to_owned()), cluster::options(), None);
    let world = World { cluster, process };
    for object in [&cluster::namespace()].into_iter().chain(&scenario.around).chain([&scenario.rollout]) {
        world.cluster.create(object, "kubectl").unwrap();
    }
    sleep(600).await;
    assert_eq!(world.rollout()["status"]["phase"], "Healthy");
    world
}

impl World {
    fn rollout(&self) -> Value {
        (*self.cluster.store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap()).clone()
    }

    fn message(&self) -> String {
        self.rollout()["status"]["message"].as_str().unwrap_or_default().to_owned()
    }

    fn edit(&self, spec: &Value) {
        let patch = json!({"spec": spec});
        self.cluster.store.merge(&catalog::ROLLOUT, NAMESPACE, NAME, Sub::Object, &patch, "kubectl").unwrap();
    }

    /// Asks for a restart so many seconds from now.
    fn restart_in(&self, seconds: i64) -> String {
        let at = self.cluster.clock.now() + jiff::SignedDuration::from_secs(seconds);
        let at = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        self.edit(&json!({"restartAt": at}));
        at
    }

    /// Pods that stay, and those of them that were there before that time.
    fn pods(&self, at: &str) -> (usize, usize) {
        let pods = self.cluster.store.list(&catalog::POD, NAMESPACE);
        let stays = |pod: &&Arc<Value>| pod.pointer("/metadata/deletionTimestamp").is_none();
        let old = |pod: &&Arc<Value>| pod["metadata"]["creationTimestamp"].as_str().unwrap() < at;
        (pods.iter().filter(stays).count(), pods.iter().filter(stays).filter(old).count())
    }

    /// A budget with room for so many pods.
    fn budget(&self, allowed: i64) {
        let status = json!({"status": {
            "observedGeneration": 1, "disruptionsAllowed": allowed, "desiredHealthy": 4, "currentHealthy": 4 + allowed, "expectedPods": 4,
        }});
        let of = &catalog::POD_DISRUPTION_BUDGET;
        self.cluster.store.merge(of, NAMESPACE, NAME, Sub::Status, &status, "disruption-controller").unwrap();
    }

    /// Stops the controller, and says whether anything was written in the ten minutes before.
    async fn rests(self) {
        let before = self.cluster.store.version();
        sleep(600).await;
        assert_eq!(self.cluster.store.version(), before, "a settled world gets no writes");
        self.process.stop().await;
    }
}

async fn sleep(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn every_pod_is_replaced_and_the_status_says_up_to_when() {
    let world = with(Scenario::canary("restart", 4, [weight(50), pause()])).await;
    let at = world.restart_in(0);
    sleep(2).await;
    assert!(world.message().starts_with("rollout is restarting: "), "{}", world.message());
    sleep(300).await;
    assert_eq!(world.pods(&at), (4, 0));
    let status = &world.rollout()["status"];
    assert_eq!((&status["restartedAt"], &status["phase"]), (&json!(at), &json!("Healthy")));
    world.rests().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_in_the_future_begins_at_its_time() {
    let world = with(Scenario::blue_green("restart later", 2)).await;
    let at = world.restart_in(3600);
    sleep(3590).await;
    assert_eq!((world.pods(&at), world.message()), ((2, 2), String::new()));
    sleep(300).await;
    assert_eq!(world.pods(&at), (2, 0));
    world.rests().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_waits_for_the_disruption_budget_and_says_so() {
    let world = with(Scenario::canary("restart with a budget", 4, [weight(50), pause()])).await;
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {"minAvailable": 4, "selector": {"matchLabels": {"app": NAME}}},
    });
    world.cluster.create(&budget, "kubectl").unwrap();
    world.budget(0);
    let at = world.restart_in(0);
    sleep(120).await;
    assert_eq!(world.pods(&at), (4, 4), "nothing was evicted");
    let words =
        "may not be evicted yet, trying again: The disruption budget web needs 4 healthy pods and has 4 currently";
    assert!(world.message().contains(words), "{}", world.message());
    world.budget(2);
    sleep(120).await;
    assert_eq!(world.pods(&at), (4, 2), "as many as the budget allowed");
    world.budget(2);
    sleep(120).await;
    assert_eq!(world.pods(&at), (4, 0));
    assert_eq!(world.rollout()["status"]["restartedAt"], at);
    world.rests().await;
}

#[tokio::test(start_paused = true)]
async fn a_new_template_takes_the_place_of_a_restart() {
    let world = with(Scenario::blue_green("restart, then release", 4)).await;
    let at = world.restart_in(0);
    let containers = json!([{"name": NAME, "image": "web:v2", "ports": [{"containerPort": 8080}]}]);
    world.edit(&json!({"template": {"spec": {"containers": containers}}}));
    sleep(600).await;
    let status = world.rollout()["status"].clone();
    assert_eq!((&status["restartedAt"], &status["phase"]), (&json!(at), &json!("Healthy")));
    assert_eq!(world.pods(&at), (4, 0));
    world.rests().await;
}
