//! Routes that steps add at Traefik, in the cluster in memory with the whole controller.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::time::Duration;

use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_controller::process::Process;
use sluice_world::actors::Settings;
use sluice_world::api::catalog::{self, Resource};
use sluice_world::api::{Store, Sub};
use sluice_world::cluster::{self, Cluster};
use sluice_world::rng::Rng;
use sluice_world::scenario::{Deed, NAME, NAMESPACE, Scenario, mirror, pause, scale, testers, weight};

struct World {
    cluster: Cluster,
    process: Process,
}

/// A Rollout whose first version is out, with steps that add routes.
async fn given(steps: impl IntoIterator<Item = Value>) -> World {
    let clock = Clock::starting_at(cluster::beginning());
    let cluster = Cluster::start(Store::new(clock.clone()), clock, Rng(1), Settings::default());
    let process = process(&cluster);
    let world = World { cluster, process };
    let scenario = Scenario::canary("", 2, steps).entered(&["testers", "copies"]);
    for object in [cluster::namespace()].iter().chain(&scenario.around).chain([&scenario.rollout]) {
        world.cluster.create(object, "kubectl").unwrap();
    }
    sleep(30).await;
    assert_eq!(world.status()["phase"], "Healthy", "{}", world.status());
    world
}

fn process(cluster: &Cluster) -> Process {
    let client = Client::new(cluster.store.service("sluice"), NAMESPACE);
    Process::start(cluster.surroundings(client, "sluice".to_owned()), cluster::options(), None)
}

async fn sleep(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

impl World {
    fn get(&self, of: &'static Resource, name: &str) -> Value {
        self.cluster.store.get(of, NAMESPACE, name).map(|object| (*object).clone()).unwrap_or_default()
    }

    fn rollout(&self) -> Value {
        self.get(&catalog::ROLLOUT, NAME)
    }

    fn status(&self) -> Value {
        self.rollout()["status"].clone()
    }

    /// What is beside the user's IngressRoute and TraefikService.
    fn beside(&self) -> Vec<String> {
        let all = [&catalog::INGRESS_ROUTE, &catalog::TRAEFIK_SERVICE].map(|of| self.cluster.store.list(of, NAMESPACE));
        let names = all.iter().flatten().map(|object| object["metadata"]["name"].as_str().unwrap().to_owned());
        names.filter(|name| name != NAME).collect()
    }

    async fn does(&self, deed: Deed) {
        let (patch, sub) = match deed.order(&self.rollout()) {
            Some(patch) => (patch, Sub::Status),
            None => (deed.edit(&self.rollout()).unwrap(), Sub::Object),
        };
        self.cluster.store.merge(&catalog::ROLLOUT, NAMESPACE, NAME, sub, &patch, "kubectl").unwrap();
        sleep(30).await;
    }

    async fn user(&self, of: &'static Resource, name: &str, patch: Value) {
        self.cluster.store.merge(of, NAMESPACE, name, Sub::Object, &patch, "kubectl").unwrap();
        sleep(30).await;
    }

    async fn rests(self) {
        let before = self.cluster.store.version();
        sleep(60).await;
        assert_eq!(self.cluster.store.version(), before, "a settled world gets no writes");
        self.process.stop().await;
    }
}

fn steps() -> [Value; 5] {
    [scale("replicas", 1), testers(Some("yes")), mirror(35), pause(), weight(50)]
}

#[tokio::test(start_paused = true)]
async fn routes_stand_beside_the_users_for_as_long_as_steps_want_them() {
    let world = given(steps()).await;
    assert_eq!(world.beside(), [""; 0]);
    world.does(Deed::Image("v2")).await;
    assert_eq!(world.status()["phase"], "Paused", "{}", world.status());
    assert_eq!(world.beside(), ["web.web.copies", "web.web.testers", "web.web.copies"]);
    let entry = world.get(&catalog::INGRESS_ROUTE, "web.web.testers");
    assert_eq!(entry["metadata"]["ownerReferences"][0]["kind"], "Rollout");
    assert_eq!(
        entry["spec"],
        json!({"entryPoints": ["web"], "routes": [{
            "kind": "Rule", "match": "(Host(`web.test`)) && Header(`X-Tester`, `yes`)", "priority": 18,
            "services": [{"name": "canary", "port": 80}],
        }]})
    );
    world.does(Deed::Abort).await;
    assert_eq!((&world.status()["phase"], world.beside()), (&json!("Degraded"), Vec::new()));
    world.does(Deed::Retry).await;
    assert_eq!(world.beside().len(), 3);
    world.does(Deed::Promote).await;
    sleep(60).await;
    assert_eq!((&world.status()["phase"], world.beside()), (&json!("Healthy"), Vec::new()));
    world.rests().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_user_changes_at_the_ingress_route_is_followed() {
    let world = given(steps()).await;
    world.does(Deed::Image("v2")).await;
    let route = json!({"match": "Host(`new.test`)", "services": [{"kind": "TraefikService", "name": NAME}]});
    world.user(&catalog::INGRESS_ROUTE, NAME, json!({"spec": {"routes": [route]}})).await;
    for name in ["web.web.testers", "web.web.copies"] {
        let entry = world.get(&catalog::INGRESS_ROUTE, name);
        let rule = entry["spec"]["routes"][0]["match"].as_str().unwrap();
        assert!(rule.starts_with("(Host(`new.test`)) && "), "{rule}");
    }
    world.user(&catalog::INGRESS_ROUTE, "web.web.testers", json!({"spec": {"routes": [route]}})).await;
    let put_right = world.get(&catalog::INGRESS_ROUTE, "web.web.testers");
    assert_eq!(put_right["spec"]["routes"][0]["services"][0]["name"], "canary");
    world.rests().await;
}

#[tokio::test(start_paused = true)]
async fn weights_that_somebody_takes_away_come_back_and_the_routes_beside_them_stay() {
    let world = given(steps()).await;
    world.does(Deed::Image("v2")).await;
    let uid = |world: &World| world.get(&catalog::INGRESS_ROUTE, "web.web.testers")["metadata"]["uid"].clone();
    let before = uid(&world);
    let entries = json!([{"name": "stable", "port": 80}, {"name": "canary", "port": 80}]);
    world.user(&catalog::TRAEFIK_SERVICE, NAME, json!({"spec": {"weighted": {"services": entries}}})).await;
    let weights = world.get(&catalog::TRAEFIK_SERVICE, NAME)["spec"]["weighted"]["services"].clone();
    assert_eq!([&weights[0]["weight"], &weights[1]["weight"]], [&json!(100), &json!(0)]);
    assert_eq!((world.beside().len(), uid(&world)), (3, before));
    world.rests().await;
}

#[tokio::test(start_paused = true)]
async fn a_step_waits_for_an_ingress_route_and_says_so() {
    let world = given(steps()).await;
    let route = json!({"match": "Host(`web.test`)", "services": [{"name": "other", "port": 80}]});
    world.user(&catalog::INGRESS_ROUTE, NAME, json!({"spec": {"routes": [route]}})).await;
    world.does(Deed::Image("v2")).await;
    let status = world.status();
    assert_eq!((&status["phase"], &status["currentStepIndex"]), (&json!("Progressing"), &json!(1)));
    let told = status["message"].as_str().unwrap();
    assert!(told.contains("no IngressRoute of namespace shop sends to it"), "{told}");
    let route = json!({"match": "Host(`web.test`)", "services": [{"kind": "TraefikService", "name": NAME}]});
    world.user(&catalog::INGRESS_ROUTE, NAME, json!({"spec": {"routes": [route]}})).await;
    assert_eq!(world.status()["phase"], "Paused");
    assert_eq!(world.beside().len(), 3);
    world.rests().await;
}

#[tokio::test(start_paused = true)]
async fn an_ingress_route_of_that_name_that_is_somebody_elses_stays() {
    let world = given(steps()).await;
    let mut other = world.get(&catalog::INGRESS_ROUTE, NAME);
    other["metadata"] = json!({"name": "web.web.testers", "namespace": NAMESPACE});
    other["spec"]["routes"][0]["services"] = json!([{"name": "other", "port": 80}]);
    world.cluster.create(&other, "kubectl").unwrap();
    world.does(Deed::Image("v2")).await;
    let told = world.status()["message"].as_str().unwrap().to_owned();
    assert!(told.contains("IngressRoute \"web.web.testers\": is not of Rollout web; delete or rename it"), "{told}");
    world.does(Deed::Abort).await;
    assert_eq!((&world.status()["phase"], world.beside()), (&json!("Degraded"), vec!["web.web.testers".to_owned()]));
    sleep(60).await;
    world.rests().await;
}
