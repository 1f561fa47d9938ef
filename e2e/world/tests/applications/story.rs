//! A cluster, a repository, and what was written by whom.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::Expect;
use futures::FutureExt;
use http::Request;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_controller::destinations::Clusters;
use sluice_controller::options::{Gitops, Options};
use sluice_controller::process::Process;
use sluice_controller::sources::{self, Ask, Hands, Render, TakeBack};
use sluice_controller::surroundings::Surroundings;
use sluice_render::{Kind, RenderError, Rendered, RenderedSource, Tool};
use sluice_world::actors::Settings;
use sluice_world::api::{Resource, Store, Sub, Write, catalog};
use sluice_world::cluster::{self, Cluster};
use sluice_world::rng::Rng;
use sluice_world::scenario::NAMESPACE;

use tower::{BoxError, ServiceExt};

use crate::holes;

/// Who the controller is.
const SLUICE: &str = "sluice";

/// A repository in memory: what each commit describes, and where the branch is.
#[derive(Default)]
struct Repository {
    commits: BTreeMap<String, Option<Vec<Value>>>,
    head: String,
    /// Commits that were taken back, and how long that takes.
    reverted: Vec<String>,
    takes: Duration,
    asked: usize,
    rendered: usize,
}

pub(crate) struct Story {
    pub(crate) cluster: Cluster,
    process: Option<Process>,
    repository: Arc<Mutex<Repository>>,
    writes: Arc<Mutex<Vec<Write>>>,
    /// Another cluster, at <https://far>.
    pub(crate) far: Store,
    /// Whether that one does not answer.
    is_away: Arc<AtomicBool>,
    transcript: String,
}

/// An object `KIND NAME` in the namespace of stories.
pub(crate) fn object(what: &str, data: Value) -> Value {
    let (kind, name) = what.split_once(' ').unwrap();
    let api_version = match kind {
        "Job" => "batch/v1",
        "Rollout" => "argoproj.io/v1alpha1",
        _ => "v1",
    };
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
    json_patch::merge(&mut object, &data);
    object
}

/// A ConfigMap that says one thing.
pub(crate) fn map(name: &str, says: &str) -> Value {
    object(&format!("ConfigMap {name}"), json!({"data": {"says": says}}))
}

/// A cluster with a project and an Application `web` that is as this spec says beside the usual.
pub(crate) async fn given(spec: Value, first: Vec<Value>) -> Story {
    let clock = Clock::starting_at(cluster::beginning());
    let near = Store::new(clock.clone());
    let writes: Arc<Mutex<Vec<Write>>> = Arc::default();
    let kept = writes.clone();
    near.on_write(Box::new(move |_, write| kept.lock().unwrap().push(write.clone())));
    let far = Store::new(clock.clone());
    let cluster = Cluster::start(near, clock, Rng(1), Settings::default());
    cluster.create(&cluster::namespace(), "kubectl").unwrap();
    let mut story = Story {
        cluster,
        process: None,
        repository: Arc::default(),
        writes,
        far,
        is_away: Arc::default(),
        transcript: String::new(),
    };
    story.push("r1", Some(first));
    story.make(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "team", "namespace": NAMESPACE},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"server": "*", "namespace": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        },
    }));
    let mut application = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web", "namespace": NAMESPACE},
        "spec": {
            "project": "team",
            "source": {"repoURL": "https://git.example.com/shop", "path": "web"},
            "destination": {"name": "in-cluster", "namespace": NAMESPACE},
        },
    });
    json_patch::merge(&mut application["spec"], &spec);
    story.make(application);
    story.start();
    story
}

impl Story {
    pub(crate) fn start(&mut self) {
        self.start_by(Client::new(self.cluster.store.service(SLUICE), NAMESPACE));
    }

    /// Starts a controller whose lists lack objects of that name.
    pub(crate) fn start_unaware_of(&mut self, name: &'static str) {
        let api = self.cluster.store.service(SLUICE);
        let service = tower::service_fn(move |request| holes::answer(api.clone(), request, name));
        self.start_by(Client::new(service, NAMESPACE));
    }

    fn start_by(&mut self, client: Client) {
        let surroundings = Surroundings {
            sources: self.hands(),
            clusters: self.clusters(),
            ..self.cluster.surroundings(client, SLUICE.to_owned())
        };
        let options = cluster::options();
        let gitops = Gitops { gitops: true, ..options.gitops.clone() };
        self.process = Some(Process::start(surroundings, Options { gitops, ..options }, None));
    }

    pub(crate) fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }

    fn clusters(&self) -> Clusters {
        let (far, is_away) = (self.far.clone(), self.is_away.clone());
        Arc::new(move |connection| {
            if connection.server != "https://far" {
                return Err("no route".to_owned());
            }
            let (api, is_away) = (far.service(SLUICE), is_away.clone());
            let answer = move |request: Request<Body>| {
                let (api, is_away) = (api.clone(), is_away.load(Ordering::Relaxed));
                async move { if is_away { Err(BoxError::from("hung up")) } else { api.oneshot(request).await } }
            };
            Ok(Client::new(tower::service_fn(answer), NAMESPACE))
        })
    }

    /// Whether the other cluster answers from now on.
    pub(crate) fn far_answers(&self, answers: bool) {
        self.is_away.store(!answers, Ordering::Relaxed);
    }

    /// A line of the page of metrics, without its name and labels.
    pub(crate) fn metric(&self, series: &str) -> Option<String> {
        let page = self.process.as_ref()?.context().metrics.page();
        page.lines().find_map(|line| Some(line.strip_prefix(series)?.trim().to_owned()))
    }

    fn hands(&self) -> Hands {
        let repository = self.repository.clone();
        let render: Render = Arc::new(move |ask| std::future::ready(repository.lock().unwrap().answer(&ask)).boxed());
        let repository = self.repository.clone();
        let take_back: TakeBack = Arc::new(move |undo| {
            let repository = repository.clone();
            async move {
                let takes = repository.lock().unwrap().takes;
                tokio::time::sleep(takes).await;
                repository.lock().unwrap().reverted.push(undo.revert.commit);
                Ok(())
            }
            .boxed()
        });
        Hands { render, take_back, ..sources::none() }
    }

    /// Taking a commit back takes so long from now on.
    pub(crate) fn slow(&self, takes: Duration) {
        self.repository.lock().unwrap().takes = takes;
    }

    /// Commits that were taken back in git, as often as they were.
    pub(crate) fn reverted(&self) -> Vec<String> {
        self.repository.lock().unwrap().reverted.clone()
    }

    /// The branch moves on; `None`: to what cannot be rendered.
    pub(crate) fn push(&mut self, revision: &str, objects: Option<Vec<Value>>) {
        let mut repository = self.repository.lock().unwrap();
        repository.commits.insert(revision.to_owned(), objects);
        revision.clone_into(&mut repository.head);
    }

    /// How often the repository was asked, and how often something was rendered.
    pub(crate) fn asked(&self) -> (usize, usize) {
        let repository = self.repository.lock().unwrap();
        (repository.asked, repository.rendered)
    }

    pub(crate) fn make(&self, object: Value) {
        self.cluster.create(&object, "kubectl").unwrap();
    }

    pub(crate) fn merge(&self, of: &'static Resource, name: &str, patch: Value) {
        self.cluster.store.merge(of, NAMESPACE, name, Sub::Object, &patch, "kubectl").unwrap();
    }

    pub(crate) fn get(&self, of: &'static Resource, name: &str) -> Option<Arc<Value>> {
        self.cluster.store.get(of, NAMESPACE, name)
    }

    pub(crate) fn application(&self) -> Value {
        self.get(&catalog::APPLICATION, "web").map(|one| (*one).clone()).unwrap_or_default()
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.tell_writes();
        writeln!(self.transcript, "— {line}").unwrap();
    }

    /// Tells nothing of what was until now.
    pub(crate) fn forget(&mut self) {
        self.tell_writes();
        self.transcript.clear();
    }

    /// Lets time pass.
    pub(crate) async fn wait(&mut self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        self.tell_writes();
    }

    /// Tells how the Application stands.
    pub(crate) fn ending(&mut self) {
        self.tell_writes();
        let status = self.application()["status"].clone();
        let text = |pointer: &str| status.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
        let (sync, health, phase) = (text("/sync/status"), text("/health/status"), text("/operationState/phase"));
        writeln!(self.transcript, "= {sync} {health} at {}, last {phase}", text("/sync/revision")).unwrap();
        for condition in status["conditions"].as_array().into_iter().flatten() {
            let of = |field: &str| condition[field].as_str().unwrap_or_default();
            writeln!(self.transcript, "  ! {}: {}", of("type"), of("message")).unwrap();
        }
    }

    pub(crate) fn check(mut self, expected: Expect) {
        self.ending();
        self.so_far(expected);
    }

    /// Compares what was told until now.
    pub(crate) fn so_far(&self, expected: Expect) {
        expected.assert_eq(&self.transcript);
    }

    /// How many writes the controller made since the last time that somebody looked.
    pub(crate) fn writes(&self) -> usize {
        let ours = std::mem::take(&mut *self.writes.lock().unwrap());
        ours.iter().filter(|write| is_told(write)).count()
    }

    fn tell_writes(&mut self) {
        for write in std::mem::take(&mut *self.writes.lock().unwrap()).into_iter().filter(is_told) {
            let line = match write.of.kind {
                "Application" => format!("  {} Application {}{}", write.verb, write.name, phase(&write)),
                kind => format!("  {} {kind} {}", write.verb, write.name),
            };
            writeln!(self.transcript, "{line}").unwrap();
        }
    }
}

/// What the controller writes, but for events.
fn is_told(write: &Write) -> bool {
    (write.by.starts_with(SLUICE) || write.verb == "delete") && write.of.kind != "Event" && write.of.kind != "Lease"
}

/// Where the status of an Application is after a write.
fn phase(write: &Write) -> String {
    let Some(after) = &write.after else { return String::new() };
    let text = |pointer: &str| after.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
    format!(
        ": {} {}, operation {}",
        text("/status/sync/status"),
        text("/status/health/status"),
        text("/status/operationState/phase")
    )
}

impl Repository {
    fn answer(&mut self, ask: &Ask) -> Result<Option<Rendered>, RenderError> {
        self.asked += 1;
        let revision = ask.wish.revisions.first().filter(|one| !one.is_empty()).unwrap_or(&self.head).clone();
        if ask.known == [revision.clone()] {
            return Ok(None);
        }
        self.rendered += 1;
        let missing = || RenderError { kind: Kind::NotFound, text: format!("there is no commit {revision}") };
        let broken = || RenderError { kind: Kind::Manifest, text: "web.yaml: bad indentation".to_owned() };
        let objects = self.commits.get(&revision).ok_or_else(missing)?.clone().ok_or_else(broken)?;
        let mut hash = DefaultHasher::new();
        json!(objects).to_string().hash(&mut hash);
        Ok(Some(Rendered {
            key: format!("{:x}", hash.finish()),
            objects: objects.into_iter().map(Arc::new).collect(),
            sources: vec![RenderedSource { revision, tool: Some(Tool::Directory) }],
            warnings: Vec::new(),
        }))
    }
}
