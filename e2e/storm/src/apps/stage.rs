//! The cluster in memory, the repository, and what is looked at.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::request::Parts;
use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_controller::options::{Gitops, Options};
use sluice_controller::process::Process;
use sluice_controller::surroundings::Surroundings;
use sluice_crds::names::application::PRUNE_APPROVED;
use sluice_world::actors::Settings;
use sluice_world::actors::prometheus::{Answer, always};
use sluice_world::api::{Store, Sub, Write, catalog};
use sluice_world::cluster::{self, Cluster};
use sluice_world::news::{Listener, News};
use sluice_world::rng::Rng;
use sluice_world::scenario::{NAMESPACE, TEMPLATE};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::law::{FOREIGN, Laws};
use super::repository::{Repository, hands};
use super::stories::{Deed, Story};
use crate::fault::Fault;
use crate::line::{Life, Line};
use crate::play::Detail;
use crate::script::Shared;

/// Who does what a story says.
const PERSON: &str = "kubectl";
const SLUICE: &str = "sluice";
/// The name of the Application and of its project.
const NAME: &str = "web";
/// How many versions behind a stale read is.
const BEHIND: u64 = 12;
/// How long a Job takes.
const JOB: Duration = Duration::from_secs(4);

/// Everything of one run but the controller itself. A clone is the same one.
#[derive(Clone)]
pub(super) struct Stage {
    cluster: Cluster,
    pub(super) machine: Clock,
    pub(super) script: Shared,
    repository: Arc<Mutex<Repository>>,
    seen: Arc<Mutex<Seen>>,
    kill: Arc<Notify>,
    written: News,
}

/// What was seen of all that was written.
struct Seen {
    laws: Laws,
    writes: usize,
    lines: Vec<String>,
    detail: Detail,
    began: Instant,
}

impl Stage {
    /// A cluster with a project, an Application of an empty repository, and something that is nobody's.
    pub(super) fn set(story: &Story, script: Shared, seed: u64, detail: Detail) -> Self {
        let (clock, machine) = (Clock::starting_at(cluster::beginning()), Clock::starting_at(cluster::beginning()));
        let api = Store::new(clock.clone());
        let repository: Arc<Mutex<Repository>> = Arc::default();
        let (laws, writes, lines) = Default::default();
        let looks = Arc::new(Mutex::new(Seen { laws, writes, lines, detail, began: Instant::now() }));
        let written = News::default();
        let (taken, commits, told) = (looks.clone(), repository.clone(), written.clone());
        api.on_write(Box::new(move |_, write| {
            lock(&taken).wrote(&lock(&commits), write);
            if !["Lease", "Event"].contains(&write.of.kind) {
                told.advance();
            }
        }));
        let cluster = Cluster::start(api, clock, Rng(seed), Settings::default());
        let kill = Arc::new(Notify::new());
        let stage = Self { cluster, machine, script, repository, seen: looks, kill, written };
        stage.fill(story);
        stage
    }

    fn fill(&self, story: &Story) {
        let metadata =
            json!({"name": NAME, "namespace": NAMESPACE, "finalizers": ["resources-finalizer.argocd.argoproj.io"]});
        let project = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {
                "sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}],
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
            },
        });
        let application = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata,
            "spec": {
                "project": NAME, "source": {"repoURL": "https://git.example.com/shop", "path": "web"},
                "destination": {"name": "in-cluster", "namespace": NAMESPACE}, "syncPolicy": story.policy,
            },
        });
        let foreign = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": FOREIGN, "namespace": NAMESPACE}, "data": {"a": "b"},
        });
        for object in [&cluster::namespace(), &project, &foreign, &application] {
            self.note(self.cluster.create(object, PERSON));
        }
    }

    /// Starts a controller process; the second value tells of its end.
    pub(super) fn start(&self, number: u32) -> (Process, Arc<Life>) {
        let user = format!("{SLUICE}-{number}");
        let api = self.cluster.store.service(&user);
        let stale = self.cluster.store.service(&user).lagging(|| BEHIND);
        let (way, life) = Line::new(api, stale, self.script.clone(), Arc::new(|_: &Parts| {}));
        let surroundings = Surroundings {
            clock: self.machine.clone(),
            sources: hands(self.repository.clone(), self.script.clone()),
            ..self.cluster.surroundings(Client::new(way, NAMESPACE), user)
        };
        let options = cluster::options();
        let gitops = Gitops { gitops: true, ..options.gitops.clone() };
        (Process::start(surroundings, Options { gitops, ..options }, None), life)
    }

    /// Does a deed of the story.
    pub(super) fn act(&self, deed: &Deed) {
        let store = &self.cluster.store;
        match deed {
            Deed::Push(commit) => lock(&self.repository).commits.push(commit.clone()),
            Deed::Edit(of, name, patch) => self.note(store.merge(of, NAMESPACE, name, Sub::Object, patch, PERSON)),
            Deed::Delete(of, name) => {
                lock(&self.seen).laws.by_hand = true;
                self.note(store.delete(of, NAMESPACE, name));
                lock(&self.seen).laws.by_hand = false;
            }
            Deed::Metric(good) => {
                let answer = Answer::Vector(vec![if *good { 0.01 } else { 0.2 }]);
                self.cluster.actors.prometheus().set(TEMPLATE, always(answer));
            }
            Deed::DeleteApplication => {
                lock(&self.seen).laws.goes = true;
                self.note(store.delete(&catalog::APPLICATION, NAMESPACE, NAME));
            }
            Deed::Sync(who) => self.ask(who),
            Deed::SyncMeanwhile(who) => drop(tokio::spawn(self.clone().ask_meanwhile(who))),
            Deed::Approve(revision) => {
                lock(&self.seen).laws.approved = true;
                self.patch(&json!({"metadata": {"annotations": {PRUNE_APPROVED: revision}}}));
            }
            Deed::Nothing => {}
        }
    }

    async fn ask_meanwhile(self, who: &'static str) {
        let mut written = self.written();
        while !lock(&self.seen).laws.operates {
            written.changed().await;
        }
        self.ask(who);
    }

    /// Somebody asks for a sync. There is one request at a time.
    pub(super) fn ask(&self, who: &'static str) {
        let application = self.cluster.store.get(&catalog::APPLICATION, NAMESPACE, NAME);
        if application.is_some_and(|application| application.get("operation").is_some()) {
            return self.say("another one is asked for");
        }
        lock(&self.seen).laws.asked.insert(who);
        self.patch(&json!({"operation": {"initiatedBy": {"username": who}, "sync": {"prune": true}}}));
    }

    fn patch(&self, patch: &Value) {
        self.note(self.cluster.store.merge(&catalog::APPLICATION, NAMESPACE, NAME, Sub::Object, patch, PERSON));
    }

    /// No more faults, and everything can be seen.
    pub(super) fn calm_down(&self) {
        let mut script = lock(&self.script);
        script.end();
        script.expire();
        self.machine.set_ahead(0);
    }

    /// What is not as it should be, now that the story is over.
    pub(super) fn end(&self, story: &Story) -> Vec<String> {
        let struck = lock(&self.script).struck.clone();
        let mut wrong = lock(&self.seen).laws.in_the_end(&struck);
        let maps = self.cluster.store.list(&catalog::CONFIG_MAP, NAMESPACE);
        let says = |name: &str| {
            let named = maps.iter().find(|map| map["metadata"]["name"] == name)?;
            Some(named["data"].clone())
        };
        if says(FOREIGN).is_none() {
            wrong.push("nothing of others is deleted: ConfigMap foreign is gone".to_owned());
        }
        if struck.contains_key(&Fault::Denied) && self.gave_up() {
            return wrong;
        }
        let gone = story.deeds.iter().any(|deed| matches!(deed, Deed::DeleteApplication));
        let repository = lock(&self.repository);
        let wanted: Vec<&Value> = if gone { Vec::new() } else { repository.wanted().iter().collect() };
        for object in wanted.iter().filter(|object| object["kind"] == "ConfigMap") {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            // What somebody else says beside it is that one's own.
            let here = says(name);
            let all = object["data"].as_object().into_iter().flatten();
            if !here.as_ref().is_some_and(|here| all.clone().all(|(key, value)| here[key] == *value)) {
                wrong.push(format!("the cluster is as git says: ConfigMap {name} is {here:?}"));
            }
        }
        wrong.extend(wanted.iter().filter(|object| object["kind"] == "Rollout").filter_map(|wanted| {
            let name = wanted["metadata"]["name"].as_str()?;
            let here = self.cluster.store.get(&catalog::ROLLOUT, NAMESPACE, name);
            let image = here.as_deref().and_then(super::law::image);
            (image != super::law::image(wanted))
                .then(|| format!("the cluster is as git says: Rollout {name} has {image:?}"))
        }));
        for map in maps.iter().filter(|map| map["metadata"]["name"] != FOREIGN) {
            let name = &map["metadata"]["name"];
            if !wanted.iter().any(|object| object["kind"] == "ConfigMap" && object["metadata"]["name"] == *name) {
                wrong.push(format!("what git has no more is pruned: ConfigMap {name}"));
            }
        }
        if gone && self.cluster.store.get(&catalog::APPLICATION, NAMESPACE, NAME).is_some() {
            wrong.push("an Application that is deleted goes".to_owned());
        }
        wrong
    }

    /// How much the controller has written, but for Leases and Events.
    pub(super) fn writes(&self) -> usize {
        lock(&self.seen).writes
    }

    pub(super) fn transcript(&self) -> Vec<String> {
        lock(&self.seen).lines.clone()
    }

    /// Tells of all that is written from now on, but for Leases and Events.
    pub(super) fn written(&self) -> Listener {
        self.written.listen()
    }

    /// Whether the last sync failed in all of its tries, which its Application tells. It is not tried again by itself then.
    fn gave_up(&self) -> bool {
        let application = self.cluster.store.get(&catalog::APPLICATION, NAMESPACE, NAME);
        application.is_some_and(|application| {
            let state = &application["status"]["operationState"];
            let limit = &application["spec"]["syncPolicy"]["retry"]["limit"];
            state["phase"] == "Failed" && limit.is_i64() && state["retryCount"] == *limit
        })
    }

    /// Adds a line to the transcript.
    pub(super) fn say(&self, line: &str) {
        lock(&self.seen).say(line);
    }

    /// Kills the controller.
    pub(super) fn kill(&self) {
        self.kill.notify_one();
    }

    /// Waits until somebody wants the controller dead.
    pub(super) async fn killed(&self) {
        self.kill.notified().await;
    }

    fn note<T, E: std::fmt::Debug>(&self, done: Result<T, E>) {
        if let Err(error) = done {
            self.say(&format!("refused: {error:?}"));
        }
    }
}

impl Seen {
    fn wrote(&mut self, repository: &Repository, write: &Write) {
        self.laws.wrote(repository, write);
        if ["Lease", "Event"].contains(&write.of.kind) {
            return;
        }
        self.writes += usize::from(write.by.starts_with(SLUICE));
        let told = write.after.as_ref().filter(|_| write.of.kind == "Application").map(|after| standing(after));
        self.say(&format!(
            "{} {} {} by {:?}{}",
            write.verb,
            write.of.kind,
            write.name,
            write.by,
            told.unwrap_or_default()
        ));
    }

    fn say(&mut self, line: &str) {
        if self.detail == Detail::Transcript {
            self.lines.push(format!("{:9.3} {line}", self.began.elapsed().as_secs_f64()));
        }
    }
}

fn standing(application: &Value) -> String {
    let text = |pointer: &str| application.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
    let conditions = application.pointer("/status/conditions").map(Value::to_string).unwrap_or_default();
    format!(
        ": {} {} at {}, operation {} {conditions}",
        text("/status/sync/status"),
        text("/status/health/status"),
        text("/status/sync/revision"),
        text("/status/operationState/phase")
    )
}

/// Ends every Job a while after it was made, as a cluster does: well.
pub(super) async fn run_jobs(stage: Stage) {
    let mut changed = stage.written();
    loop {
        changed.changed().await;
        sleep(JOB).await;
        for job in stage.cluster.store.list(&catalog::JOB, NAMESPACE) {
            if job.pointer("/status/conditions").is_some() {
                continue;
            }
            let name = job["metadata"]["name"].as_str().unwrap_or_default();
            let status = json!({"status": {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}});
            stage.note(stage.cluster.store.merge(
                &catalog::JOB,
                NAMESPACE,
                name,
                Sub::Status,
                &status,
                "job-controller",
            ));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
