//! A cluster in memory with the story's Rollout in it, a controller that minds it, and a dashboard.

use std::sync::Arc;
use std::time::Duration;

use crate::applications::differing;
use jiff::Timestamp;
use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_controller::process::Process;
use sluice_dashboard::Root;
use sluice_dashboard::access::{Access, Secret};
use sluice_dashboard::server::{self, Settings};
use sluice_dashboard::watch::Scope;
use sluice_world::actors::prometheus::by_image;
use sluice_world::actors::{Key, Settings as Pace, Span};
use sluice_world::api::{Store, Sub, catalog};
use sluice_world::cluster::{self, Cluster};
use sluice_world::rng::Rng;
use sluice_world::scenario::{NAME, NAMESPACE, Scenario, TEMPLATE, pause, weight};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Nothing here takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Stage {
    pub(crate) cluster: Cluster,
    pub(crate) port: u16,
    secret: Option<Secret>,
    root: Root,
    process: Option<Process>,
    server: JoinHandle<()>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
        if let Some(process) = &self.process {
            process.kill();
        }
    }
}

/// A canary of two pauses with an analysis beside its steps: v2 is good, v3 is bad.
pub(crate) fn story() -> Scenario {
    let mut story = Scenario::canary("a release", 4, [weight(20), pause(), weight(60), pause()]).watched();
    for object in &mut story.around {
        if object["kind"] == "AnalysisTemplate" {
            object["spec"]["metrics"][0]["interval"] = json!("1s");
            object["spec"]["metrics"][0]["count"] = json!(1000);
            object["spec"]["metrics"][0]["failureLimit"] = json!(900);
        }
    }
    story
}

impl Stage {
    /// With the story's objects and a controller; served to one's own machine.
    pub(crate) async fn local(story: &Scenario) -> Self {
        Self::local_below("", story).await
    }

    /// The same, with its pages below a path.
    pub(crate) async fn local_below(path: &str, story: &Scenario) -> Self {
        Self::set(at_home, path).await.play(story)
    }

    /// The same, served as in a cluster.
    pub(crate) async fn cluster(story: &Scenario) -> Self {
        Self::cluster_below("", story).await
    }

    /// The same, with its pages below a path.
    pub(crate) async fn cluster_below(path: &str, story: &Scenario) -> Self {
        Self::set(|_| Access::Cluster, path).await.play(story)
    }

    /// Served as in a cluster, with nothing in it.
    pub(crate) async fn empty_cluster() -> Self {
        Self::set(|_| Access::Cluster, "").await
    }

    /// Served to one's own machine, with nothing in it.
    pub(crate) async fn empty() -> Self {
        Self::set(at_home, "").await
    }

    async fn set(access: fn(u16) -> Access, path: &str) -> Self {
        // Fails only if there is one already, which does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Clock::starting_at(Clock::System.now());
        let store = Store::new(clock.clone());
        let cluster = Cluster::start(store, clock.clone(), Rng(7), quick());
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        if cluster.store.get(&catalog::NAMESPACE, "", NAMESPACE).is_none() {
            cluster.create(&namespace, "kubectl").unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let access = access(port);
        let secret = match &access {
            Access::Local { secret, .. } => Some(secret.clone()),
            Access::Cluster => None,
        };
        let client = Client::new(cluster.store.service("dashboard"), NAMESPACE);
        let now: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::new(move || clock.now());
        let (scope, applications) = (Scope::default(), Some(Scope::default()));
        let root: Root = path.parse().unwrap();
        let below = root.clone();
        let settings =
            Settings { client, scope, applications, differing: Arc::new(differing), access, root: below, now };
        let server = tokio::spawn(async move { server::serve(listener, settings).await.unwrap() });
        Self { cluster, port, secret, root, process: None, server }
    }

    fn play(mut self, story: &Scenario) -> Self {
        let prometheus = self.cluster.actors.prometheus();
        let share = |image: &str| match image {
            "web:v3" => 0.4,
            "web:v2" => 0.02,
            _ => 0.01,
        };
        prometheus.set(TEMPLATE, by_image(Key::new(NAMESPACE, NAME), share));
        for object in story.around.iter().chain([&story.rollout]) {
            self.cluster.create(object, "kubectl").unwrap();
        }
        let client = Client::new(self.cluster.store.service("sluice"), NAMESPACE);
        let surroundings = self.cluster.surroundings(client, "sluice".to_owned());
        self.process = Some(Process::start(surroundings, cluster::options(), None));
        self
    }

    /// The address that is printed.
    pub(crate) fn address(&self) -> String {
        let secret = self.secret.as_ref().unwrap().text();
        self.url(&self.root.at(&format!("/open/{secret}")))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn rollout(&self) -> Value {
        (*self.cluster.store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap()).clone()
    }

    /// Applies another version.
    pub(crate) fn release(&self, version: &str) {
        let mut containers = self.rollout()["spec"]["template"]["spec"]["containers"].clone();
        containers[0]["image"] = json!(format!("web:{version}"));
        self.merge(Sub::Object, &json!({"spec": {"template": {"spec": {"containers": containers}}}}));
    }

    pub(crate) fn merge(&self, sub: Sub, patch: &Value) {
        self.cluster.store.merge(&catalog::ROLLOUT, NAMESPACE, NAME, sub, patch, "kubectl").unwrap();
    }

    /// Waits until the Rollout is in that phase.
    pub(crate) async fn phase(&self, phase: &str) {
        self.until(phase, |rollout| {
            let observed = rollout["status"]["observedGeneration"].as_str().map(str::to_owned);
            rollout["status"]["phase"] == phase
                && observed == rollout["metadata"]["generation"].as_i64().map(|generation| generation.to_string())
        })
        .await;
    }

    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_so(&self.rollout()) {
            assert!(Instant::now() < end, "not {what}: {:#}", self.rollout()["status"]);
            sleep(Duration::from_millis(20)).await;
        }
    }
}

fn at_home(port: u16) -> Access {
    Access::Local { secret: Secret::new().unwrap(), port }
}

/// Everything takes little time: a person waits for it.
fn quick() -> Pace {
    Pace {
        replica_sets: Span::millis(5, 5),
        endpoints: Span::millis(5, 5),
        start: Span::millis(50, 100),
        ready: Span::millis(100, 300),
        drain: Duration::from_secs(1),
        traefiks: 1,
        build: Span::millis(5, 5),
        throttle: Duration::from_millis(100),
        answer: Span::millis(1, 2),
        ..Pace::default()
    }
}
