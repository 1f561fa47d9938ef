//! The one door: a cluster with two revisions behind a route, and a story.

use std::fmt::Write as _;
use std::time::Duration;

use expect_test::Expect;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;

use crate::actors::{Actors, EmptyServices, Fate, Flow, Key, Order, Settings, Share, Span};
use crate::api::{Store, Sub, catalog};
use crate::rng::Rng;

pub(super) const SHOP: &str = "shop";

/// One line of a story.
pub(super) enum Deed {
    /// So many milliseconds pass; then what is seen is told.
    Wait(u64),
    /// A revision gets so many pods.
    Scale(&'static str, u32),
    /// A Service selects that revision.
    Point(&'static str, &'static str),
    /// The canary gets that weight, and stable the rest.
    Weigh(i64),
    /// Something is deleted.
    Delete(&'static crate::api::Resource, &'static str),
    /// The surroundings change.
    Order(Order),
}

/// Everything takes one and the same time, so that stories can be told by the second.
pub(super) fn steady() -> Settings {
    let exactly = |millis| Span::exactly(Duration::from_millis(millis));
    Settings {
        replica_sets: exactly(10),
        endpoints: exactly(50),
        start: exactly(1000),
        ready: exactly(1000),
        drain: Duration::from_secs(5),
        build: exactly(50),
        answer: exactly(1),
        traefiks: 1,
        empty: EmptyServices::Allowed,
        ..Settings::default()
    }
}

/// Tells a story that begins with three pods of `v1`, none of `v2`, and all requests going to `v1`.
pub(super) async fn check(settings: Settings, story: impl IntoIterator<Item = Deed>, expected: Expect) {
    let mut scene = Scene::begin(settings).await;
    for deed in story {
        scene.act(deed).await;
    }
    expected.assert_eq(&scene.told);
}

/// The cluster and what was told of it.
pub(super) struct Scene {
    pub(super) store: Store,
    pub(super) actors: Actors,
    clock: Clock,
    began: jiff::Timestamp,
    told: String,
}

impl Scene {
    /// The cluster once all is quiet.
    pub(super) async fn begin(settings: Settings) -> Self {
        let clock = Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap());
        let store = Store::new(clock.clone());
        let objects = [
            (&catalog::NAMESPACE, json!({"metadata": {"name": SHOP}})),
            (&catalog::REPLICA_SET, replica_set("v1", 3)),
            (&catalog::REPLICA_SET, replica_set("v2", 0)),
            (&catalog::SERVICE, service("stable", "v1")),
            (&catalog::SERVICE, service("canary", "v2")),
            (&catalog::TRAEFIK_SERVICE, route(0)),
        ];
        for (of, object) in objects {
            store.create(of, object, "test").unwrap();
        }
        let actors = Actors::start(store.clone(), clock.clone(), Rng(1), settings);
        tokio::time::sleep(Duration::from_secs(20)).await;
        let began = clock.now();
        Self { store, actors, clock, began, told: String::new() }
    }

    pub(super) async fn act(&mut self, deed: Deed) {
        match deed {
            Deed::Wait(millis) => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                self.tell();
            }
            Deed::Scale(revision, replicas) => {
                self.merge(&catalog::REPLICA_SET, &format!("web-{revision}"), &json!({"spec": {"replicas": replicas}}));
            }
            Deed::Point(name, revision) => {
                self.merge(&catalog::SERVICE, name, &json!({"spec": {"selector": {HASH: revision}}}));
            }
            Deed::Weigh(canary) => {
                let spec = route(canary)["spec"].clone();
                self.merge(&catalog::TRAEFIK_SERVICE, "web", &json!({"spec": spec}));
            }
            Deed::Delete(of, name) => self.store.delete(of, SHOP, name).unwrap(),
            Deed::Order(order) => self.actors.controls().order(order),
        }
    }

    pub(super) fn merge(&self, of: &'static crate::api::Resource, name: &str, patch: &Value) {
        self.store.merge(of, SHOP, name, Sub::Object, patch, "test").unwrap();
    }

    /// One line: the time, the counts of each ReplicaSet, and what becomes of requests.
    fn tell(&mut self) {
        let time = self.clock.now().duration_since(self.began).as_secs_f64();
        let sets = self.store.list(&catalog::REPLICA_SET, SHOP);
        let sets: Vec<_> = sets.iter().map(|set| counts(set)).collect();
        writeln!(self.told, "{time:.1} s: {}  {}", sets.join("  "), self.flows()).unwrap();
    }

    fn flows(&self) -> String {
        let traffic = self.actors.traffic();
        let flows = traffic.routes.get(&Key::new(SHOP, "web")).into_iter().flatten();
        let told: Vec<_> = flows
            .map(|flow| {
                let shares: Vec<_> = flow.shares.iter().map(share).collect();
                format!("[{}]{}", shares.join(", "), note(flow))
            })
            .collect();
        if told.is_empty() { "no route".to_owned() } else { told.join(" ") }
    }
}

fn note(flow: &Flow) -> String {
    match flow.trouble {
        Some(trouble) => format!(" {trouble:?}"),
        None if flow.booted => String::new(),
        None => " starting".to_owned(),
    }
}

/// Of each ReplicaSet: desired, pods, ready, available.
fn counts(set: &Value) -> String {
    let count = |pointer: &str| set.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
    let name = set["metadata"]["name"].as_str().unwrap_or_default();
    let counts =
        ["/spec/replicas", "/status/replicas", "/status/readyReplicas", "/status/availableReplicas"].map(count);
    format!("{} {counts:?}", name.trim_start_matches("web-"))
}

fn share(share: &Share) -> String {
    let whom = share.hash.as_deref().or(share.service.as_deref()).unwrap_or("all");
    let percent = share.part * 100.0;
    match &share.fate {
        Fate::Answered => format!("{percent:.0} % {whom}"),
        fate => format!("{percent:.0} % {whom} {fate:?}"),
    }
}

const HASH: &str = "rollouts-pod-template-hash";

fn replica_set(revision: &str, replicas: u32) -> Value {
    let labels = json!({"app": "web", HASH: revision});
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": format!("web-{revision}"), "namespace": SHOP},
        "spec": {"replicas": replicas, "minReadySeconds": 0, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{
                "name": "web", "image": format!("web:{revision}"), "ports": [{"name": "http", "containerPort": 8080}],
            }]},
        }},
    })
}

fn service(name: &str, revision: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": SHOP},
        "spec": {"selector": {"app": "web", HASH: revision}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    })
}

fn route(canary: i64) -> Value {
    json!({
        "apiVersion": "traefik.io/v1alpha1", "kind": "TraefikService", "metadata": {"name": "web", "namespace": SHOP},
        "spec": {"weighted": {"services": [
            {"name": "canary", "port": 80, "weight": canary},
            {"name": "stable", "port": 80, "weight": 100 - canary},
        ]}},
    })
}
