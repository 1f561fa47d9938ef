//! The stage of one run: the cluster in memory, and the controller's way to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::time::Duration;

use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_controller::lease::{LOCK, Times};
use sluice_controller::process::Process;
use sluice_controller::surroundings::Surroundings;
use sluice_world::actors::prometheus::{Answer, always};
use sluice_world::actors::{Key, Order, Settings, Sickness, Whom};
use sluice_world::api::{Store, Sub, catalog};
use sluice_world::cluster::{self, Cluster};
use sluice_world::ending::arms;
use sluice_world::news::{Listener, News};
use sluice_world::rng::Rng;
use sluice_world::scenario::{Deed, LENDER, Metric, NAME, NAMESPACE, POLICY, Scenario, TEMPLATE, WATCHED};
use tokio::sync::Notify;

use super::record::{Detail, Record};
use crate::fault::{Fault, Strikes};
use crate::law::Laws;
use crate::line::{Life, Line, Sends};
use crate::script::{Script, Shared};

/// Who does what a story says.
const PERSON: &str = "kubectl";
/// How many versions behind a stale read is.
const BEHIND: u64 = 12;

/// Everything of one run but the controller itself. A clone is the same one.
#[derive(Clone)]
pub(super) struct Stage {
    cluster: Cluster,
    /// The clock of the controller's machine: nobody else's is set.
    pub(super) machine: Clock,
    script: Shared,
    record: Arc<Mutex<Record>>,
    kill: Arc<Notify>,
    /// The number of pods that the story asks for.
    replicas: Arc<Mutex<i64>>,
    /// The lives of the controller processes, by their names.
    lives: Arc<Mutex<BTreeMap<String, Arc<Life>>>>,
    /// Tells of all that is written but Leases.
    written: News,
    /// The versions whose pods the story has made sick.
    sick: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl Stage {
    /// Sets the stage: a cluster in good order that has the scenario's objects.
    pub(super) fn set(scenario: &Scenario, script: Shared, seed: u64, detail: Detail) -> Self {
        let clock = Clock::starting_at(cluster::beginning());
        let machine = Clock::starting_at(cluster::beginning());
        let store = Store::new(clock.clone());
        let record = Arc::new(Mutex::new(Record::new(detail, Laws::new(clock.clone(), script.clone()))));
        let taken = record.clone();
        let written = News::default();
        let told = written.clone();
        store.on_write(Box::new(move |store, write| {
            lock(&taken).wrote(store, write);
            if write.of.kind != "Lease" {
                told.advance();
            }
        }));
        let cluster = Cluster::start(store, clock, Rng(seed), Settings::default());
        let replicas = scenario.rollout.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
        let (kill, replicas) = (Arc::new(Notify::new()), Arc::new(Mutex::new(replicas)));
        let stage = Self {
            cluster,
            machine,
            script,
            record,
            kill,
            replicas,
            lives: Arc::default(),
            written,
            sick: Arc::default(),
        };
        stage.fill(scenario);
        stage
    }

    /// Whether every request must be answered now: nothing around the controller has gone wrong so far, and the story
    /// takes no pods away.
    pub(super) fn is_fair(&self, scenario: &Scenario) -> bool {
        let sick = scenario
            .story
            .iter()
            .any(|(_, deed)| matches!(deed, Deed::Sick(_) | Deed::Weights(_) | Deed::Scale(0) | Deed::Recreate));
        let around = |fault: &Fault| matches!(fault.strikes(), Strikes::Surroundings | Strikes::Others);
        !sick && !self.script().struck.keys().any(around)
    }

    fn fill(&self, scenario: &Scenario) {
        self.measure(Metric::Good);
        let rollout = Some(&scenario.rollout).filter(|_| scenario.begins_with_it());
        for object in [&cluster::namespace()].into_iter().chain(&scenario.around).chain(rollout) {
            self.note(self.create(object, PERSON));
        }
    }

    /// Starts a controller process; the second value tells of its end.
    pub(super) fn start(&self, number: u32) -> (Process, Arc<Life>) {
        let user = format!("sluice-{number}");
        let api = self.store.service(&user);
        let stale = self.store.service(&user).lagging(|| BEHIND);
        let (way, life) = Line::new(api, stale, self.script.clone(), self.sends(&user));
        lock(&self.lives).insert(user.clone(), life.clone());
        let client = Client::new(way, NAMESPACE);
        let surroundings = Surroundings { clock: self.machine.clone(), ..self.cluster.surroundings(client, user) };
        (Process::start(surroundings, cluster::options(), self.election()), life)
    }

    /// By which times the processes elect a leader, where there are two.
    fn election(&self) -> Option<Times> {
        let times = || Times::new(Duration::from_secs(15), Duration::from_secs(10), Duration::from_secs(2)).ok();
        self.script().has_election().then(times).flatten()
    }

    /// Looks at the writes of a process: while there is an election, only the leader's may arrive.
    fn sends(&self, user: &str) -> Sends {
        let (stage, user) = (self.clone(), user.to_owned());
        Arc::new(move |parts| {
            let elected = stage.leader();
            if elected.as_ref().is_some_and(|leader| *leader != user) && !parts.uri.path().contains("/leases") {
                let (method, path) = (&parts.method, parts.uri.path());
                stage
                    .record()
                    .broke(format!("a deposed leader writes nothing: {user} sends {method} {path}, {elected:?} leads"));
            }
        })
    }

    /// Who holds the Lease, if there is one.
    fn leader(&self) -> Option<String> {
        let lease = self.store.get(&catalog::LEASE, NAMESPACE, LOCK)?;
        Some(lease.pointer("/spec/holderIdentity")?.as_str()?.to_owned())
    }

    /// Cuts the leader's line, or mends all lines.
    pub(super) fn cut_leader(&self) {
        let lives = lock(&self.lives);
        if let Some(life) = self.leader().and_then(|leader| lives.get(&leader)) {
            life.cut(true);
        }
    }

    /// Mends all lines.
    pub(super) fn mend_lines(&self) {
        for life in lock(&self.lives).values() {
            life.cut(false);
        }
    }

    /// Tells of all that is written from now on, but for Leases.
    pub(super) fn written(&self) -> Listener {
        self.written.listen()
    }

    /// Does a deed of the story.
    pub(super) fn act(&self, scenario: &Scenario, deed: &Deed) {
        if *deed == Deed::Apply {
            self.note(self.create(&scenario.rollout, PERSON));
        }
        let Some(rollout) = self.rollout() else { return };
        if let Some(patch) = self.lender().and_then(|lender| deed.edit_lender(&lender)) {
            self.note(self.store.merge(&catalog::DEPLOYMENT, NAMESPACE, LENDER, Sub::Object, &patch, PERSON));
        }
        let policy = self.store.get(&catalog::CONFIG_MAP, NAMESPACE, POLICY);
        if let Some(patch) = policy.and_then(|policy| deed.edit_policy(&policy)) {
            self.note(self.store.merge(&catalog::CONFIG_MAP, NAMESPACE, POLICY, Sub::Object, &patch, PERSON));
        }
        match deed {
            Deed::DeleteLender => self.note(self.store.delete(&catalog::DEPLOYMENT, NAMESPACE, LENDER)),
            Deed::Sick(version) => {
                lock(&self.sick).insert(version);
                self.order(Order::Sicken(image(version), Sickness::NeverReady));
            }
            Deed::Well(version) => {
                lock(&self.sick).remove(version);
                self.order(Order::Heal(image(version)));
            }
            Deed::Metric(metric) => self.measure(*metric),
            Deed::Weights(canary) => self.weigh(*canary),
            Deed::Scale(replicas) => self.scale(*replicas),
            Deed::Restart => self.restart(),
            Deed::DeleteExperiments => self.delete_experiments(),
            Deed::Recreate => self.recreate(&rollout),
            _ => {}
        }
        if let Some(patch) = deed.order(&rollout) {
            self.merge(Sub::Status, &patch);
        }
        if let Some(patch) = deed.edit(&rollout) {
            self.merge(Sub::Object, &patch);
        }
    }

    /// Asks for it as the plugin does: all pods that are there now.
    fn restart(&self) {
        let now = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        self.merge(Sub::Object, &json!({"spec": {"restartAt": now}}));
    }

    fn delete_experiments(&self) {
        for experiment in self.store.list(&catalog::EXPERIMENT, NAMESPACE) {
            let name = experiment.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            self.note(self.store.delete(&catalog::EXPERIMENT, NAMESPACE, name));
        }
    }

    fn recreate(&self, rollout: &Value) {
        self.note(self.store.delete(&catalog::ROLLOUT, NAMESPACE, NAME));
        let again = json!({
            "apiVersion": rollout["apiVersion"], "kind": rollout["kind"],
            "metadata": {"name": NAME, "namespace": NAMESPACE}, "spec": rollout["spec"],
        });
        self.note(self.create(&again, PERSON));
    }

    /// Whether the story has made the pods of that version sick.
    pub(super) fn is_sick(&self, version: &str) -> bool {
        lock(&self.sick).contains(version)
    }

    fn scale(&self, replicas: i64) {
        *lock(&self.replicas) = replicas;
    }

    /// The number of pods that the story asks for.
    pub(super) fn replicas(&self) -> i64 {
        *lock(&self.replicas)
    }

    fn measure(&self, metric: Metric) {
        let share =
            |share| (Answer::Vector(vec![share]), Answer::Arms(vec![("canary value", share), ("stable value", 0.01)]));
        let (one, both) = match metric {
            Metric::Good => share(0.01),
            Metric::Bad => share(0.2),
            Metric::Missing => (Answer::Unreachable, Answer::Unreachable),
        };
        self.actors.prometheus().set(TEMPLATE, always(one));
        self.actors.prometheus().set(WATCHED, always(both));
    }

    /// Sets the weights by hand.
    pub(super) fn weigh(&self, weight: i64) {
        let (canary, stable) = arms(&self.store);
        let services = json!([
            {"name": stable, "port": 80, "weight": 100 - weight},
            {"name": canary, "port": 80, "weight": weight},
        ]);
        let patch = json!({"spec": {"weighted": {"services": services}}});
        self.note(self.store.merge(&catalog::TRAEFIK_SERVICE, NAMESPACE, NAME, Sub::Object, &patch, PERSON));
    }

    /// Merges a patch into the Rollout, as people do.
    pub(super) fn merge(&self, sub: Sub, patch: &Value) {
        self.note(self.store.merge(&catalog::ROLLOUT, NAMESPACE, NAME, sub, patch, PERSON));
    }

    fn note<T, E: std::fmt::Debug>(&self, done: Result<T, E>) {
        if let Err(error) = done {
            self.say(&format!("refused: {error:?}"));
        }
    }

    /// Gives the surroundings an order.
    pub(super) fn order(&self, order: Order) {
        self.actors.controls().order(order);
    }

    /// Kills the controller.
    pub(super) fn kill(&self) {
        self.kill.notify_one();
    }

    /// Waits until somebody wants the controller dead.
    pub(super) async fn killed(&self) {
        self.kill.notified().await;
    }

    /// The Rollout.
    pub(super) fn rollout(&self) -> Option<Arc<Value>> {
        self.store.get(&catalog::ROLLOUT, NAMESPACE, NAME)
    }

    /// Whether the Deployment that lends its template serves, and there is no Rollout yet.
    pub(super) fn has_lender_alone(&self) -> bool {
        let serves = |lender: &Value| lender.pointer("/status/availableReplicas").is_some();
        self.rollout().is_none() && self.lender().is_some_and(|lender| serves(&lender))
    }

    /// The Deployment that lends its template, where one does.
    pub(super) fn lender(&self) -> Option<Arc<Value>> {
        self.store.get(&catalog::DEPLOYMENT, NAMESPACE, LENDER)
    }

    /// Adds a line to the transcript.
    pub(super) fn say(&self, line: &str) {
        self.record().say(line);
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        lock(&self.record)
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }
}

impl std::ops::Deref for Stage {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        &self.cluster
    }
}

/// The pods of a version.
pub(super) fn image(version: &str) -> Whom {
    Whom::Image(format!("web:{version}"))
}

/// The Rollout's name, as the surroundings know it.
pub(super) fn key() -> Key {
    Key::new(NAMESPACE, NAME)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
