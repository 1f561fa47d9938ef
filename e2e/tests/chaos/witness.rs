//! Looks at routes, Services and pods at each write of one of them, beside the proxy.
//!
//! All three are read as they were at the very version of that write, so what is judged was so at one moment.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use futures::{StreamExt, pin_mut};
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::api::{Api, DynamicObject, ListParams};
use kube::{Resource, ResourceExt};
use kube_runtime::watcher::{self, Event};
use kube_runtime::{WatchStreamExt, watcher as follow};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sluice_crds::Rollout;
use sluice_e2e::harness::Scene;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::stage::Stage;

/// A look that fails is tried again this often; the API server may be away.
const TRIES: usize = 300;
/// How many wrong moments a failure tells of.
const QUOTED: usize = 10;
/// The label that tells revisions apart.
const HASH: &str = "rollouts-pod-template-hash";

/// Whoever looks. Dropping it ends it.
pub(crate) struct Witness {
    found: Arc<Mutex<Found>>,
    _tasks: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Found {
    looks: u64,
    /// The newest version looked at: what three watches tell comes in no common order.
    newest: u64,
    wrong: Vec<String>,
    /// Of each aborted revision: the share it had last, and whether it was at 0 since.
    aborted: BTreeMap<(String, String), (u64, bool)>,
}

/// Everything as it was at one version.
struct Moment {
    version: u64,
    routes: Vec<DynamicObject>,
    services: BTreeMap<String, Service>,
    pods: Vec<Pod>,
    rollouts: BTreeMap<String, Rollout>,
}

impl Witness {
    /// Looks from now on.
    pub(crate) fn start(stage: &Stage) -> Self {
        let found = Arc::<Mutex<Found>>::default();
        let (written, versions) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        let pods: Api<Pod> = stage.scene.api();
        let going = |pod: &Pod| pod.metadata.deletion_timestamp.is_some();
        tasks.spawn(tell(stage.routes(), written.clone(), |_| true));
        tasks.spawn(tell(stage.scene.api::<Service>(), written.clone(), |_| true));
        tasks.spawn(tell(pods, written, going));
        tasks.spawn(look(stage.scene.clone(), stage.routes(), versions, found.clone()));
        Self { found, _tasks: tasks }
    }

    /// How often it looked.
    pub(crate) fn looks(&self) -> u64 {
        lock(&self.found).looks
    }

    /// Fails when something was wrong.
    pub(crate) fn content(&self) -> Result<()> {
        let found = lock(&self.found);
        if found.wrong.is_empty() {
            return Ok(());
        }
        let first = found.wrong.iter().take(QUOTED).map(String::as_str).collect::<Vec<_>>().join("\n");
        bail!("{} moments were wrong, the first of them:\n{first}", found.wrong.len())
    }
}

fn lock(found: &Mutex<Found>) -> MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells the version of each write of a kind that matters.
async fn tell<K>(api: Api<K>, written: mpsc::UnboundedSender<u64>, matters: impl Fn(&K) -> bool)
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
    K::DynamicType: Clone,
{
    let events = follow(api, watcher::Config::default()).default_backoff();
    pin_mut!(events);
    while let Some(event) = events.next().await {
        if let Ok(Event::Apply(object) | Event::Delete(object)) = event
            && matters(&object)
            && let Some(version) = object.resource_version().and_then(|version| version.parse().ok())
        {
            let _ = written.send(version);
        }
    }
}

async fn look(
    scene: Scene,
    routes: Api<DynamicObject>,
    mut versions: mpsc::UnboundedReceiver<u64>,
    found: Arc<Mutex<Found>>,
) {
    while let Some(version) = versions.recv().await {
        if let Some(moment) = Moment::at(&scene, &routes, version).await {
            let mut found = lock(&found);
            found.looks += 1;
            found.judge(&moment);
        }
    }
}

impl Moment {
    /// Everything at that version; none when the API server has forgotten it.
    async fn at(scene: &Scene, routes: &Api<DynamicObject>, version: u64) -> Option<Self> {
        for _ in 0..TRIES {
            match Self::read(scene, routes, version).await {
                Ok(moment) => return Some(moment),
                Err(kube::Error::Api(status)) if status.code == 410 => return None,
                Err(_) => sleep(Duration::from_millis(200)).await,
            }
        }
        None
    }

    async fn read(scene: &Scene, routes: &Api<DynamicObject>, version: u64) -> kube::Result<Self> {
        let exactly = ListParams::default().matching(kube::api::VersionMatch::Exact).at(&version.to_string());
        let (pods, services, rollouts) = (scene.api::<Pod>(), scene.api::<Service>(), scene.api::<Rollout>());
        let (routes, services, pods, rollouts) = tokio::try_join!(
            routes.list(&exactly),
            services.list(&exactly),
            pods.list(&exactly),
            rollouts.list(&exactly),
        )?;
        Ok(Self {
            version,
            routes: routes.items,
            services: by_name(services.items),
            pods: pods.items,
            rollouts: by_name(rollouts.items),
        })
    }

    /// The pods that a Service sends requests to.
    fn ready(&self, service: &str) -> usize {
        let Some(selector) = self.services.get(service).and_then(selector) else { return 0 };
        let selected = |pod: &&Pod| selector.iter().all(|(key, value)| pod.labels().get(key) == Some(value));
        self.pods.iter().filter(selected).filter(|pod| is_ready(pod)).count()
    }

    /// The share of a route's requests that goes to each revision.
    fn shares(&self, route: &DynamicObject) -> BTreeMap<String, u64> {
        let mut shares = BTreeMap::new();
        for (service, weight) in entries(route) {
            let hash = self.services.get(&service).and_then(selector);
            let hash = hash.and_then(|selector| selector.get(HASH)).cloned().unwrap_or_default();
            *shares.entry(hash).or_default() += weight;
        }
        shares
    }
}

fn by_name<K: ResourceExt>(items: Vec<K>) -> BTreeMap<String, K> {
    items.into_iter().map(|item| (item.name_any(), item)).collect()
}

fn selector(service: &Service) -> Option<&BTreeMap<String, String>> {
    service.spec.as_ref()?.selector.as_ref()
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let ready = conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    ready && pod.metadata.deletion_timestamp.is_none()
}

/// The Services of a route with their weights; Traefik takes a missing one for 1.
fn entries(route: &DynamicObject) -> Vec<(String, u64)> {
    let entries = route.data.pointer("/spec/weighted/services").and_then(Value::as_array);
    let entry = |entry: &Value| {
        let weight = entry.get("weight").and_then(Value::as_u64).unwrap_or(1);
        Some((entry.get("name")?.as_str()?.to_owned(), weight))
    };
    entries.into_iter().flatten().filter_map(entry).collect()
}

impl Found {
    fn judge(&mut self, moment: &Moment) {
        for route in &moment.routes {
            self.judge_pods(moment, route);
            if moment.version >= self.newest {
                self.judge_abort(moment, route);
            }
        }
        self.newest = self.newest.max(moment.version);
    }

    /// Each Service of a route has ready pods: with weight, or requests fail; without, or Traefik may drop the route.
    fn judge_pods(&mut self, moment: &Moment, route: &DynamicObject) {
        for (service, weight) in entries(route) {
            if moment.ready(&service) == 0 {
                let version = moment.version;
                self.wrong.push(format!("at version {version} {service} has weight {weight} and no ready pod"));
            }
        }
    }

    /// An aborted revision that was at 0 stays there.
    fn judge_abort(&mut self, moment: &Moment, route: &DynamicObject) {
        let name = route.name_any();
        let status = moment.rollouts.get(&name).and_then(|rollout| rollout.status.as_ref());
        let Some(hash) = status.filter(|status| status.abort).and_then(|status| status.current_pod_hash.clone()) else {
            return;
        };
        let share = moment.shares(route).get(&hash).copied().unwrap_or_default();
        let (last, was_home) = self.aborted.entry((name.clone(), hash.clone())).or_insert((share, share == 0));
        let risen = share > *last && *was_home;
        (*last, *was_home) = (share, *was_home || share == 0);
        if risen {
            let version = moment.version;
            self.wrong
                .push(format!("at version {version} the aborted revision {hash} of {name} has weight {share} again"));
        }
    }
}
