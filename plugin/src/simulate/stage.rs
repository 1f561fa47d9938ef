//! The simulated cluster with the whole controller in it, and the ways to interfere.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_controller::process::Process;
use sluice_controller::surroundings::Surroundings;
use sluice_crds::{Rollout, decode};
use sluice_orders::release::decide;
use sluice_orders::{Patch, Request, Verdict, spec};
use sluice_world::actors::{self, Part, Settings, Sickness, Span, Trouble, Whom};
use sluice_world::api::{Status, Store, Sub, Write, catalog};
use sluice_world::cluster::{self, Cluster};
use sluice_world::rng::Rng;

use super::case::{Case, title};
use super::metrics::{Metrics, defaults};
use super::scenario::{Order, PodFault, RouterFault, Whose};

/// Who applies manifests and gives orders.
const PERSON: &str = "kubectl";
/// What the controller is called.
const SLUICE: &str = "sluice";
/// From a pod's start to its readiness, where its probe does not say more.
const READY: Duration = Duration::from_secs(2);
/// How long pods that crash or flap are ready each time, and are not.
const UP: Duration = Duration::from_secs(20);

/// Where a case is played.
pub(crate) struct Stage<'a> {
    /// The cluster.
    pub(crate) cluster: Cluster,
    /// The answers of Prometheus.
    pub(crate) metrics: Metrics,
    case: &'a Case,
    writes: Arc<Mutex<Vec<Write>>>,
    process: Process,
}

impl<'a> Stage<'a> {
    /// A cluster that has the case's objects, with the version that runs before; a controller is started in it.
    pub(crate) fn set(case: &'a Case) -> Result<Self> {
        let clock = Clock::starting_at(cluster::beginning());
        let store = Store::new(clock.clone());
        let writes = Arc::new(Mutex::new(Vec::new()));
        let kept = writes.clone();
        store.on_write(Box::new(move |_, write| lock(&kept).push(write.clone())));
        let cluster = Cluster::start(store, clock, Rng(1), settings(case));
        let metrics = Metrics::default();
        fill(&cluster, case, &metrics)?;
        let client = Client::new(cluster.store.service(SLUICE), case.namespace.clone());
        let surroundings = Surroundings { prometheus: defaults(), ..cluster.surroundings(client, SLUICE.to_owned()) };
        let process = Process::start(surroundings, cluster::options(), None);
        Ok(Self { cluster, metrics, case, writes, process })
    }

    /// The writes since the last time this was asked.
    pub(crate) fn writes(&self) -> Vec<Write> {
        mem::take(&mut lock(&self.writes))
    }

    /// The Rollout's object.
    pub(crate) fn rollout(&self) -> Option<Arc<Value>> {
        self.cluster.store.get(&catalog::ROLLOUT, &self.case.namespace, &self.case.name)
    }

    /// Applies the user's own Rollout.
    pub(crate) fn update(&self) -> Result<()> {
        let rollout = &self.case.rollout;
        let spec = json!({
            "template": {"spec": {"containers": rollout.pointer("/spec/template/spec/containers")}},
            "paused": rollout.pointer("/spec/paused"),
        });
        self.merge(Sub::Object, &json!({"spec": spec})).map_err(|refused| refusal(rollout, &refused))
    }

    /// Gives an order by hand, as the commands of this plugin do; tells what it came to.
    pub(crate) fn order(&self, order: Order) -> String {
        let done = match order {
            Order::Pause => self.give(spec::pause),
            Order::Act(act) => self.give(|rollout| decide(act, rollout)),
        };
        done.unwrap_or_else(|refused| refused.message)
    }

    fn give(&self, order: impl Fn(&Rollout) -> Verdict) -> Result<String, Status> {
        let Some(rollout) = self.rollout().and_then(|one| decode::<Rollout>((*one).clone()).ok()) else {
            return Ok("the Rollout is gone".to_owned());
        };
        let write = match order(&rollout) {
            Verdict::Nothing(why) | Verdict::Refused(why) => return Ok(why.into_owned()),
            Verdict::Write(write) => write,
        };
        for Request { part, patch } in write.requests(None) {
            let sub = if part == sluice_orders::Part::Status { Sub::Status } else { Sub::Object };
            if let Patch::Merge(fields) = patch {
                self.merge(sub, &fields)?;
            }
        }
        Ok(write.said)
    }

    fn merge(&self, sub: Sub, patch: &Value) -> Result<(), Status> {
        let (namespace, name) = (&self.case.namespace, &self.case.name);
        self.cluster.store.merge(&catalog::ROLLOUT, namespace, name, sub, patch, PERSON).map(drop)
    }

    /// Has pods of a version be like that from now on.
    pub(crate) fn sicken(&self, whose: Whose, fault: Option<PodFault>) {
        let image = match whose {
            Whose::New => &self.case.new,
            Whose::Old => &self.case.old,
        };
        let whom = Whom::Image(image.clone());
        self.tell(match fault {
            None => {
                self.tell(actors::Order::Pace(Part::Ready, ready(self.case)));
                actors::Order::Heal(whom)
            }
            Some(PodFault::NeverReady) => actors::Order::Sicken(whom, Sickness::NeverReady),
            Some(PodFault::Crash) => actors::Order::Sicken(whom, Sickness::Crashing { up: UP }),
            Some(PodFault::Flap) => actors::Order::Sicken(whom, Sickness::Flapping { ready: UP, unready: UP }),
            Some(PodFault::After(time)) => actors::Order::Pace(Part::Ready, Span::exactly(time)),
        });
    }

    /// Has the router be like that from now on.
    pub(crate) fn trouble(&self, fault: Option<RouterFault>) {
        let trouble = fault.map(|fault| match fault {
            RouterFault::Refuses => Trouble::Refusing,
            RouterFault::Ignores => Trouble::Stale,
            RouterFault::Down => Trouble::Down,
        });
        for replica in self.cluster.actors.traefiks() {
            self.tell(actors::Order::Trouble(replica.index(), trouble));
        }
    }

    fn tell(&self, order: actors::Order) {
        self.cluster.actors.controls().order(order);
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.process.kill();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everything takes the same time every time: a picture of chance would tell nobody anything.
fn settings(case: &Case) -> Settings {
    Settings {
        replica_sets: Span::millis(20, 20),
        endpoints: Span::millis(50, 50),
        start: Span::millis(1000, 1000),
        ready: ready(case),
        build: Span::millis(50, 50),
        answer: Span::millis(5, 5),
        traefiks: 1,
        ..Settings::default()
    }
}

/// Two seconds, or what the first container's readiness probe waits at least.
fn ready(case: &Case) -> Span {
    let probe = case.rollout.pointer("/spec/template/spec/containers/0/readinessProbe/initialDelaySeconds");
    let delay = Duration::from_secs(probe.and_then(Value::as_u64).unwrap_or_default());
    Span::exactly(delay.max(READY))
}

fn fill(cluster: &Cluster, case: &Case, metrics: &Metrics) -> Result<()> {
    for namespace in case.namespaces() {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        if cluster.store.get(&catalog::NAMESPACE, "", namespace).is_none() {
            cluster.create(&object, PERSON).map_err(|refused| refusal(&object, &refused))?;
        }
    }
    let mut around = case.around.clone();
    metrics.mark(&mut around, cluster.actors.prometheus());
    let mut before = case.with_image(&case.old);
    if let Some(spec) = before.get_mut("spec").and_then(Value::as_object_mut) {
        spec.remove("paused");
    }
    for object in around.iter().chain([&before]) {
        cluster.create(object, PERSON).map_err(|refused| refusal(object, &refused))?;
    }
    Ok(())
}

fn refusal(object: &Value, status: &Status) -> anyhow::Error {
    anyhow::anyhow!("the API server would refuse {}: {}", title(object), status.message)
}

/// How long the version before may take to be running.
const INSTALL: Duration = Duration::from_hours(2);
/// And then to come to rest.
const SETTLE: Duration = Duration::from_mins(1);

/// Waits until the version that runs before is running.
pub(crate) async fn installed(stage: &Stage<'_>) -> Result<()> {
    let mut changed = stage.cluster.store.changed();
    let running = async {
        loop {
            let rollout = stage.rollout().context("the Rollout is gone")?;
            let rollout: Rollout = decode((*rollout).clone())?;
            let standing = sluice_orders::standing::standing(&rollout);
            let invalid = standing.message.strip_prefix("InvalidSpec: ");
            match (invalid, standing.phase) {
                (Some(why), _) => bail!("Rollout {} is invalid:\n{why}", stage.case.name),
                (None, sluice_crds::RolloutPhase::Healthy) => return Ok(()),
                _ => changed.changed().await,
            }
        }
    };
    match tokio::time::timeout(INSTALL, running).await {
        Ok(done) => done?,
        Err(_) => bail!("the version before does not come up: {}", message(stage)),
    }
    tokio::time::sleep(SETTLE).await;
    Ok(())
}

fn message(stage: &Stage<'_>) -> String {
    let message = stage.rollout().and_then(|one| Some(one.pointer("/status/message")?.as_str()?.to_owned()));
    message.unwrap_or_default()
}
