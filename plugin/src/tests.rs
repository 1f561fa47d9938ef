//! Commands against an API server in memory: what stands in the cluster, the line that is typed, what is said, and what is
//! written.

use std::sync::{Arc, Mutex};

use anstream::adapter::strip_str;
use clap::Parser;
use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_world::api::{Store, Sub, catalog};
use sluice_world::cluster::beginning;

use self::bare::Lack;
use crate::args::Cli;
use crate::client::Cluster;
use crate::out::Out;
use crate::{report, trouble};

pub(crate) mod apps;
mod bare;
mod finding;
pub(crate) mod looks;
mod notices;
mod orders;
mod pages;

/// The namespace of all stories.
const PROD: &str = "prod";

/// Whose writes are not the command's.
const CONTROLLER: &str = "sluice";

/// A cluster in memory.
pub(crate) struct Scene {
    pub(crate) store: Store,
    /// What is not to be had there.
    lacks: Option<Lack>,
    writes: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    /// One with a namespace and nothing in it.
    pub(crate) fn new() -> Self {
        let store = Store::new(Clock::starting_at(beginning()));
        let writes = Arc::new(Mutex::new(Vec::new()));
        let scene = Self { store, lacks: None, writes: writes.clone() };
        scene.create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": PROD}}));
        scene.store.on_write(Box::new(move |_, write| {
            // It goes on writing while a command comes to its end.
            if write.by == CONTROLLER {
                return;
            }
            let part = |part: &str| {
                let [before, after] =
                    [&write.before, &write.after].map(|one| one.as_ref().and_then(|one| one.get(part)));
                (before != after).then(|| part.to_owned())
            };
            let parts: Vec<String> = ["spec", "status"].into_iter().filter_map(part).collect();
            writes.lock().unwrap().push(format!("{} {} {}", write.verb, write.of.kind, parts.join(" and ")));
        }));
        scene
    }

    /// One with a canary that is paused at its first step, between two revisions.
    pub(crate) fn paused() -> Self {
        let scene = Self::new();
        let steps = json!([{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {}}]);
        scene.rollout("shop", &json!({"canary": {"steps": steps}}));
        scene.revision("shop", 1, "aaa", 4);
        scene.revision("shop", 2, "bbb", 1);
        scene.status(
            "shop",
            &json!({"phase": "Paused", "message": "CanaryPauseStep: waits for promote or abort",
            "stableRS": "aaa", "currentPodHash": "bbb", "currentStepIndex": 1, "controllerPause": true,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-01-01T00:00:00Z"}],
            "replicas": 5, "updatedReplicas": 1, "readyReplicas": 5, "availableReplicas": 5}),
        );
        scene
    }

    /// Puts an object there, with its status.
    pub(crate) fn create(&self, object: &Value) -> Value {
        let kind = object["kind"].as_str().unwrap();
        let of = catalog::all().iter().find(|of| of.kind == kind && of.stored).unwrap();
        (*self.store.create(of, object.clone(), "test").unwrap()).clone()
    }

    pub(crate) fn rollout(&self, name: &str, strategy: &Value) {
        let labels = json!({"app": name});
        self.create(&json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": name, "namespace": PROD, "labels": labels},
            "spec": {"replicas": 5, "selector": {"matchLabels": labels}, "strategy": strategy,
                "template": {"metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "web", "image": "web:2"}]}}}}));
    }

    /// Writes the status as the controller does, about the newest spec.
    pub(crate) fn status(&self, name: &str, status: &Value) {
        let generation = self.get("Rollout", name)["metadata"]["generation"].to_string();
        let mut status = status.clone();
        status["observedGeneration"] = json!(generation);
        let patch = json!({"status": status});
        self.store.merge(&catalog::ROLLOUT, PROD, name, Sub::Status, &patch, CONTROLLER).unwrap();
        self.writes.lock().unwrap().clear();
    }

    /// A ReplicaSet of the Rollout.
    pub(crate) fn revision(&self, rollout: &str, number: u64, hash: &str, pods: i64) {
        let owner = self.get("Rollout", rollout);
        let labels = json!({"app": rollout, "rollouts-pod-template-hash": hash});
        let owner = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": rollout, "controller": true,
            "blockOwnerDeletion": true, "uid": owner["metadata"]["uid"]});
        self.create(&json!({"apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": format!("{rollout}-{hash}"), "namespace": PROD, "labels": labels,
                "annotations": {"rollout.argoproj.io/revision": number.to_string(), "sluice/release": "completed"},
                "ownerReferences": [owner]},
            "spec": {"replicas": pods, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": format!("web:{number}")}]}}}}));
        let patch = json!({"status": {"replicas": pods, "readyReplicas": pods, "availableReplicas": pods,
            "fullyLabeledReplicas": pods, "observedGeneration": 1}});
        let name = format!("{rollout}-{hash}");
        self.store.merge(&catalog::REPLICA_SET, PROD, &name, Sub::Status, &patch, "test").unwrap();
    }

    pub(crate) fn get(&self, kind: &str, name: &str) -> Value {
        let of = catalog::all().iter().find(|of| of.kind == kind && of.stored).unwrap();
        (*self.store.get(of, PROD, name).unwrap()).clone()
    }

    fn client(&self) -> Client {
        let api = self.store.service("alice");
        match self.lacks {
            None => Client::new(api, PROD),
            Some(lack) => Client::new(tower::service_fn(move |request| bare::answer(api.clone(), request, lack)), PROD),
        }
    }

    /// Types a line; what is said, what went wrong, and what was written.
    pub(crate) fn says(&self, line: &str) -> String {
        let words = shell(line);
        self.writes.lock().unwrap().clear();
        let cli = match Cli::try_parse_from(std::iter::once("kubectl-sluice".to_owned()).chain(words)) {
            Ok(cli) => cli,
            Err(error) => return error.to_string(),
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let namespace = cli.cluster.namespace.clone().unwrap_or_else(|| PROD.to_owned());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (report, format) = runtime.block_on(async {
            let client = self.client();
            crate::reported(&Cluster { client, namespace, flags: cli.cluster.clone() }, cli.command, Out::new(true))
                .await
        });
        let mut said = match report {
            Err(error) => format!("Error: {}\n", trouble::explain(&error)),
            Ok(report) => {
                let told = format
                    .map_or_else(|| report.lines.join("\n"), |format| report::text(&report.document, format).unwrap());
                let errors: String = report.errors.iter().flat_map(|error| ["Error: ", error, "\n"]).collect();
                strip_str(&if told.is_empty() { errors } else { format!("{told}\n{errors}") }).to_string()
            }
        };
        for write in self.writes.lock().unwrap().iter() {
            said.extend(["  ", write, "\n"]);
        }
        said
    }
}

/// The words of a line; quotes hold words together.
fn shell(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        1 => vec![part.to_owned()],
        _ => part.split_whitespace().map(str::to_owned).collect(),
    });
    words.collect()
}
