//! Experiments in the cluster in memory: the whole controller, from the object that a person applies to pods, Services and
//! analyses, and back to none.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::time::Duration;

use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_controller::process::Process;
use sluice_world::actors::Settings;
use sluice_world::actors::prometheus::{Answer, always};
use sluice_world::api::{Store, Sub, catalog};
use sluice_world::cluster::{self, Cluster};
use sluice_world::rng::Rng;
use sluice_world::scenario::NAMESPACE;

struct World {
    cluster: Cluster,
    process: Process,
}

fn start() -> World {
    let clock = Clock::starting_at(cluster::beginning());
    let cluster = Cluster::start(Store::new(clock.clone()), clock, Rng(1), Settings::default());
    let client = Client::new(cluster.store.service("sluice"), NAMESPACE);
    let process = Process::start(cluster.surroundings(client, "sluice".to_owned()), cluster::options(), None);
    let world = World { cluster, process };
    world.create(&cluster::namespace());
    for metric in ["errors", "latency"] {
        world.create(&analysis_template(metric));
    }
    world
}

fn analysis_template(metric: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate",
        "metadata": {"name": metric, "namespace": NAMESPACE},
        "spec": {"args": [{"name": "hash"}], "metrics": [{
            "name": metric, "interval": "10s", "count": 3, "successCondition": "result[0] < 0.05",
            "provider": {"prometheus": {"address": "http://prometheus.test:9090", "query": format!("{metric}{{hash=\"{{{{args.hash}}}}\"}}")}},
        }]},
    })
}

fn template(name: &str) -> Value {
    json!({
        "name": name, "replicas": 2,
        "selector": {"matchLabels": {"app": name}},
        "service": {},
        "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "web", "image": "v1", "ports": [{"containerPort": 8080}]}]},
        },
    })
}

fn analysis(name: &str, of: &str) -> Value {
    let hash = format!("{{{{templates.{of}.podTemplateHash}}}}");
    json!({"name": name, "templateName": name, "requiredForCompletion": true, "args": [{"name": "hash", "value": hash}]})
}

fn experiment(spec: &Value) -> Value {
    let mut object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Experiment", "metadata": {"name": "exp", "namespace": NAMESPACE},
        "spec": {"templates": [template("base"), template("new")]},
    });
    let given = spec.as_object().unwrap().clone();
    object["spec"].as_object_mut().unwrap().extend(given);
    object
}

impl World {
    fn create(&self, object: &Value) {
        self.cluster.create(object, "kubectl").unwrap();
    }

    fn answers(&self, metric: &str, value: f64) {
        self.cluster.actors.prometheus().set(metric, always(Answer::Vector(vec![value])));
    }

    fn get(&self, of: &'static sluice_world::api::catalog::Resource, name: &str) -> Value {
        self.cluster.store.get(of, NAMESPACE, name).map(|object| (*object).clone()).unwrap_or_default()
    }

    fn status(&self) -> Value {
        self.get(&catalog::EXPERIMENT, "exp")["status"].clone()
    }

    fn pods(&self) -> [i64; 2] {
        ["exp-base", "exp-new"]
            .map(|set| self.get(&catalog::REPLICA_SET, set)["spec"]["replicas"].as_i64().unwrap_or(-1))
    }

    fn services(&self) -> [bool; 2] {
        ["exp-base", "exp-new"].map(|name| !self.get(&catalog::SERVICE, name).is_null())
    }

    fn edit(&self, patch: &Value) {
        self.cluster.store.merge(&catalog::EXPERIMENT, NAMESPACE, "exp", Sub::Object, patch, "kubectl").unwrap();
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
async fn two_versions_run_beside_each_other_until_the_required_analyses_have_passed() {
    let world = start();
    world.answers("errors", 0.01);
    world.answers("latency", 0.01);
    world.create(&experiment(&json!({"analyses": [analysis("errors", "base"), analysis("latency", "new")]})));
    sleep(15).await;
    let status = world.status();
    assert_eq!(status["phase"], "Running", "{status}");
    assert_eq!((world.pods(), world.services()), ([2, 2], [true, true]));
    let set = world.get(&catalog::REPLICA_SET, "exp-base");
    let hash = &set["metadata"]["labels"]["rollouts-pod-template-hash"];
    assert_eq!(set["metadata"]["annotations"]["experiment.argoproj.io/template-name"], "base");
    assert_eq!(
        world.get(&catalog::SERVICE, "exp-base")["spec"]["selector"],
        json!({"rollouts-pod-template-hash": hash})
    );
    assert_eq!(world.get(&catalog::ANALYSIS_RUN, "exp-errors")["spec"]["args"][0]["value"], *hash);
    assert_eq!(status["templateStatuses"][0]["podTemplateHash"], *hash);

    sleep(30).await;
    let status = world.status();
    assert_eq!(status["phase"], "Successful", "{status}");
    assert_eq!(status["analysisRuns"][1]["phase"], "Successful");
    assert_eq!(world.pods(), [2, 2], "they have their time to finish");
    sleep(60).await;
    assert_eq!((world.pods(), world.services()), ([0, 0], [false, false]));
    world.rests().await;
}

#[tokio::test(start_paused = true)]
async fn an_analysis_that_fails_ends_it_and_stops_the_others() {
    let world = start();
    world.answers("errors", 0.5);
    world.answers("latency", 0.01);
    let analyses = [analysis("errors", "base"), analysis("latency", "new")];
    world.create(&experiment(&json!({"duration": "1h", "analyses": analyses})));
    sleep(60).await;
    let status = world.status();
    assert_eq!(status["phase"], "Failed", "{status}");
    assert!(status["message"].as_str().unwrap().starts_with("analysis errors Failed"), "{status}");
    assert_eq!(world.get(&catalog::ANALYSIS_RUN, "exp-latency")["spec"]["terminate"], true);
    sleep(60).await;
    assert_eq!((world.pods(), world.services()), ([0, 0], [false, false]));

    // A person mends it, and tries again.
    world.answers("errors", 0.01);
    world.edit(&json!({"status": null}));
    sleep(120).await;
    let status = world.status();
    assert_eq!(status["phase"], "Successful", "{status}");
    assert_eq!(status["analysisRuns"][0]["analysisRun"], "exp-errors.1");
    world.rests().await;
}

#[tokio::test(start_paused = true)]
async fn one_without_an_end_runs_until_it_is_terminated() {
    let world = start();
    world.create(&experiment(&json!({"scaleDownDelaySeconds": 0})));
    sleep(3600).await;
    assert_eq!((&world.status()["phase"], world.pods()), (&json!("Running"), [2, 2]));
    world.edit(&json!({"spec": {"terminate": true}}));
    sleep(60).await;
    assert_eq!((&world.status()["phase"], world.pods()), (&json!("Successful"), [0, 0]));
    world.rests().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_said_and_once_it_is_mended_it_runs() {
    let world = start();
    world.answers("errors", 0.01);
    let mut missing = analysis("errors", "nobody");
    missing["templateName"] = json!("later");
    world.create(&experiment(&json!({"analyses": [missing]})));
    sleep(10).await;
    let status = world.status();
    let message = status["message"].as_str().unwrap();
    assert!(message.contains("spec.analyses[0]"), "{message}");
    assert_eq!(status["conditions"][0]["type"], "InvalidSpec");
    assert_eq!(world.pods(), [-1, -1]);
    world.edit(&json!({"spec": {"analyses": [analysis("errors", "base")]}}));
    sleep(60).await;
    assert_eq!(world.status()["phase"], "Successful", "{}", world.status());
    world.process.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_with_a_field_of_the_wrong_type_says_so_and_stops_no_other() {
    let world = start();
    let mut wrong = experiment(&json!({"duration": "1m"}));
    wrong["metadata"]["name"] = json!("wrong");
    wrong["spec"]["templates"][0]["template"] = json!({"spec": 5});
    world.create(&wrong);
    world.create(&experiment(&json!({"duration": "10s"})));
    sleep(60).await;
    assert_eq!(world.status()["phase"], "Successful");
    let status = world.get(&catalog::EXPERIMENT, "wrong")["status"].clone();
    assert!(status["message"].as_str().unwrap().starts_with("InvalidSpec: spec.templates[0].template"), "{status}");
    world.process.stop().await;
}
