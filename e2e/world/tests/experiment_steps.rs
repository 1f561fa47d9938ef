//! Steps of a Rollout that run an Experiment, in the cluster in memory with the whole controller.
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
use sluice_world::scenario::{Deed, NAME, NAMESPACE, Scenario, pause, weight};

struct World {
    cluster: Cluster,
    process: Process,
}

/// A Rollout whose first version is out.
async fn given(steps: impl IntoIterator<Item = Value>) -> World {
    let world = start(steps).await;
    assert_eq!(world.status()["phase"], "Healthy", "{}", world.status());
    world
}

async fn start(steps: impl IntoIterator<Item = Value>) -> World {
    let clock = Clock::starting_at(cluster::beginning());
    let cluster = Cluster::start(Store::new(clock.clone()), clock, Rng(1), Settings::default());
    let process = process(&cluster);
    let world = World { cluster, process };
    let scenario = Scenario::canary("", 2, steps);
    for object in [cluster::namespace()].iter().chain(&scenario.around).chain([&scenario.rollout]) {
        world.cluster.create(object, "kubectl").unwrap();
    }
    sleep(30).await;
    world
}

fn process(cluster: &Cluster) -> Process {
    let client = Client::new(cluster.store.service("sluice"), NAMESPACE);
    Process::start(cluster.surroundings(client, "sluice".to_owned()), cluster::options(), None)
}

async fn sleep(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn step(experiment: &Value) -> Value {
    json!({"experiment": experiment})
}

fn try_out() -> Value {
    step(&json!({
        "duration": "5m",
        "templates": [
            {"name": "old", "specRef": "stable"},
            {"name": "new", "specRef": "canary", "replicas": 2, "metadata": {"labels": {"set": "new"}}, "service": {}},
        ],
    }))
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

    fn experiments(&self) -> Vec<Value> {
        let all = self.cluster.store.list(&catalog::EXPERIMENT, NAMESPACE);
        all.iter().map(|one| (**one).clone()).collect()
    }

    fn current(&self) -> Value {
        self.get(&catalog::EXPERIMENT, self.status()["canary"]["currentExperiment"].as_str().unwrap_or_default())
    }

    async fn does(&self, deed: Deed) {
        let (patch, sub) = match deed.order(&self.rollout()) {
            Some(patch) => (patch, Sub::Status),
            None => (deed.edit(&self.rollout()).unwrap(), Sub::Object),
        };
        self.cluster.store.merge(&catalog::ROLLOUT, NAMESPACE, NAME, sub, &patch, "kubectl").unwrap();
        sleep(30).await;
    }

    async fn restarted(self) -> Self {
        let Self { cluster, process } = self;
        process.stop().await;
        let process = self::process(&cluster);
        sleep(30).await;
        Self { cluster, process }
    }

    async fn rests(self) {
        let before = self.cluster.store.version();
        sleep(60).await;
        assert_eq!(self.cluster.store.version(), before, "a settled world gets no writes");
        self.process.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_waits_for_its_experiment_and_ends_it_with_an_abort() {
    let world = given([weight(50), try_out()]).await;
    world.does(Deed::Image("v2")).await;
    let (status, experiment) = (world.status(), world.current());
    let (hash, name) = (status["currentPodHash"].as_str().unwrap(), experiment["metadata"]["name"].as_str().unwrap());
    assert_eq!(name, format!("web-{hash}-2-1"));
    let waiting = format!("waiting for experiment {name} to complete");
    assert_eq!((&status["phase"], &status["message"]), (&json!("Progressing"), &json!(waiting)));
    let meta = &experiment["metadata"];
    assert_eq!(meta["labels"], json!({"rollouts-pod-template-hash": hash, "step-index": "1"}));
    assert_eq!(
        (&meta["ownerReferences"][0]["kind"], &experiment["status"]["phase"]),
        (&json!("Rollout"), &json!("Running"))
    );
    let [old, new] = [0, 1].map(|at| experiment["spec"]["templates"][at].clone());
    assert_eq!(old["template"]["spec"]["containers"][0]["image"], "web:v1");
    assert_eq!(new["template"]["spec"]["containers"][0]["image"], "web:v2");
    assert_eq!(old["template"]["metadata"]["labels"], json!({"app": "web"}));
    assert_eq!(new["template"]["metadata"]["labels"], json!({"app": "web", "set": "new"}));
    assert_eq!(new["selector"], json!({"matchLabels": {"app": "web"}}));
    let told = world.cluster.store.list(&catalog::EVENT, NAMESPACE);
    assert!(told.iter().any(|event| event["reason"] == "ExperimentCreated"));

    let world = world.restarted().await;
    assert_eq!(world.experiments().len(), 1, "a restarted controller makes no second one");
    world.does(Deed::Abort).await;
    assert_eq!(world.get(&catalog::EXPERIMENT, name)["spec"]["terminate"], true);
    sleep(60).await;
    let pods = |set: &str| world.get(&catalog::REPLICA_SET, &format!("{name}-{set}"))["spec"]["replicas"].clone();
    assert_eq!((pods("old"), pods("new")), (json!(0), json!(0)));
    world.does(Deed::Retry).await;
    assert_eq!(world.current()["metadata"]["name"], format!("{name}-1"));
    sleep(400).await;
    assert_eq!(world.status()["phase"], "Healthy", "{}", world.status());
    world.rests().await;
}

#[tokio::test(start_paused = true)]
async fn arguments_of_an_experiments_analyses_are_what_the_release_has_for_them() {
    let args = json!([
        {"name": "old", "valueFrom": {"podTemplateHashValue": "Stable"}},
        {"name": "new", "valueFrom": {"podTemplateHashValue": "Latest"}},
        {"name": "app", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "set", "value": "{{templates.new.podTemplateHash}}"},
    ]);
    let mut step = try_out();
    step["experiment"]["analyses"] = json!([{"name": "errors", "templateName": "share", "args": args}]);
    step["experiment"]["dryRun"] = json!([{"metricName": "errors"}]);
    let world = start([pause(), step]).await;
    let why = world.status()["message"].as_str().unwrap().to_owned();
    assert!(why.contains("steps[1].experiment.analyses[0].templateName: there is no AnalysisTemplate share"), "{why}");
    let names = ["old", "new", "app", "set"].map(|name| json!({"name": name}));
    let provider = json!({"prometheus": {"address": "http://prometheus.test:9090", "query": "errors"}});
    let template = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate",
        "metadata": {"name": "share", "namespace": NAMESPACE},
        "spec": {"args": names, "metrics": [{"name": "errors", "provider": provider}]},
    });
    world.cluster.create(&template, "kubectl").unwrap();
    sleep(30).await;
    assert_eq!(world.status()["phase"], "Healthy", "{}", world.status());
    world.does(Deed::Image("v2")).await;
    world.does(Deed::Promote).await;
    let (status, experiment) = (world.status(), world.current());
    let given = experiment["spec"]["analyses"][0]["args"].clone();
    let value = |at: usize| given[at]["value"].clone();
    assert_eq!(
        [value(0), value(1), value(2)],
        [status["stableRS"].clone(), status["currentPodHash"].clone(), json!("web")]
    );
    let hash = experiment["status"]["templateStatuses"][1]["podTemplateHash"].clone();
    let run =
        world.get(&catalog::ANALYSIS_RUN, experiment["status"]["analysisRuns"][0]["analysisRun"].as_str().unwrap());
    assert_eq!((&run["spec"]["args"][3]["value"], &run["spec"]["dryRun"][0]["metricName"]), (&hash, &json!("errors")));
    world.process.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_experiment_of_the_established_controller_is_taken_over_by_its_name() {
    let world = given([pause(), try_out()]).await;
    world.does(Deed::Image("v2")).await;
    let rollout = world.rollout();
    let hash = rollout["status"]["currentPodHash"].as_str().unwrap();
    let name = format!("web-{hash}-2-1");
    let pods =
        json!({"metadata": {"labels": {"app": "try"}}, "spec": {"containers": [{"name": "web", "image": "web:v2"}]}});
    let template = json!({"name": "new", "selector": {"matchLabels": {"app": "try"}}, "template": pods});
    let owner = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": NAME,
        "uid": rollout["metadata"]["uid"], "controller": true,
    });
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Experiment",
        "metadata": {
            "name": name, "namespace": NAMESPACE, "ownerReferences": [owner],
            "labels": {"rollouts-pod-template-hash": hash},
        },
        "spec": {"duration": "1m", "templates": [template]},
    });
    let World { cluster, process } = world;
    process.stop().await;
    cluster.create(&object, "rollouts-controller").unwrap();
    let status = json!({"status": {
        "currentStepIndex": 1, "pauseConditions": null, "controllerPause": false, "canary": {"currentExperiment": name},
    }});
    cluster.store.merge(&catalog::ROLLOUT, NAMESPACE, NAME, Sub::Status, &status, "rollouts-controller").unwrap();
    let process = self::process(&cluster);
    let world = World { cluster, process };
    sleep(30).await;
    assert_eq!((world.status()["canary"]["currentExperiment"].clone(), world.experiments().len()), (json!(name), 1));
    sleep(120).await;
    assert_eq!(world.status()["phase"], "Healthy", "{}", world.status());
    world.process.stop().await;
}
