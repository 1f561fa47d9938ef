//! Watching the release from outside the controller: what the API shows, and when it was first seen here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use futures::StreamExt;
use k8s_openapi::api::core::v1::Service;
use kube::api::{Api, DynamicObject};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, Resource, ResourceExt};
use kube_runtime::{WatchStreamExt, watcher};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sluice_crds::{AnalysisPhase, AnalysisRun, Rollout, names};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::plateau::{Arm, Routing};
use super::stage::{NAME, NAMESPACE, Stage};

/// How often Traefik is asked for the weights that it uses.
const POLL: Duration = Duration::from_millis(50);
/// The label by which a Service selects one revision.
const HASH: &str = names::label::POD_TEMPLATE_HASH;

/// Everything seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The Rollout as it is.
    pub(super) rollout: Option<Rollout>,
    /// What the API said about the traffic, at each change.
    pub(super) routings: Vec<(Instant, Routing)>,
    /// The weights of stable and canary that Traefik uses, at each change.
    pub(super) loaded: Vec<(Instant, (u32, u32))>,
    /// AnalysisRuns seen to have failed.
    pub(super) breaches: Vec<Breach>,
}

/// A failed AnalysisRun.
#[derive(Clone, Debug)]
pub(super) struct Breach {
    /// Its name.
    pub(super) run: String,
    /// When it was first seen to have failed.
    pub(super) seen: Instant,
    /// The metric that failed, and the value measured last.
    pub(super) metric: String,
    /// That value.
    pub(super) value: String,
}

/// Watches that run until dropped.
#[derive(Debug)]
pub(super) struct Watch {
    seen: Arc<Mutex<Seen>>,
    _tasks: JoinSet<()>,
}

impl Watch {
    /// Starts to watch the Rollout, the Services, the TraefikService, the AnalysisRuns and Traefik itself.
    pub(super) fn start(stage: &Arc<Stage>) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let mut tasks = JoinSet::new();
        let client = &stage.client;
        tasks.spawn(follow(api::<Rollout>(client), seen.clone(), Seen::rollout));
        tasks.spawn(follow(api::<Service>(client), seen.clone(), Seen::service));
        tasks.spawn(follow(api::<AnalysisRun>(client), seen.clone(), Seen::analysis_run));
        tasks.spawn(follow(traefik_services(client), seen.clone(), Seen::traefik_service));
        tasks.spawn(poll(stage.clone(), seen.clone()));
        Self { seen, _tasks: tasks }
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen)
    }
}

impl Seen {
    /// The traffic as the API has it now.
    pub(super) fn routing(&self) -> Routing {
        self.routings.last().map(|(_, routing)| routing.clone()).unwrap_or_default()
    }

    fn rollout(&mut self, rollout: &Rollout) {
        if rollout.name_any() == NAME {
            self.rollout = Some(rollout.clone());
        }
    }

    fn service(&mut self, service: &Service) {
        let selector = service.spec.as_ref().and_then(|spec| spec.selector.clone()).unwrap_or_default();
        let hash = selector.get(HASH).cloned().unwrap_or_default();
        self.route(|routing| {
            if let Some(arm) = routing.arm(&service.name_any()) {
                arm.hash = hash;
            }
        });
    }

    fn traefik_service(&mut self, object: &DynamicObject) {
        let entries = object.data.pointer("/spec/weighted/services").and_then(Value::as_array);
        let entries = entries.into_iter().flatten().filter_map(|entry| {
            // An entry without a weight counts as one of weight 1.
            let weight = entry.get("weight").map_or(Some(1), Value::as_u64)?;
            Some((entry.get("name")?.as_str()?, u32::try_from(weight).ok()?))
        });
        self.route(|routing| {
            for (service, weight) in entries {
                if let Some(arm) = routing.arm(service) {
                    arm.weight = weight;
                }
            }
        });
    }

    fn route(&mut self, change: impl FnOnce(&mut Routing)) {
        let before = self.routing();
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            self.routings.push((Instant::now(), after));
        }
    }

    fn analysis_run(&mut self, run: &AnalysisRun) {
        let name = run.name_any();
        let Some(status) = run.status.as_ref().filter(|status| status.phase == AnalysisPhase::Failed) else {
            return;
        };
        let failed = status.metric_results.iter().find(|metric| metric.phase == AnalysisPhase::Failed);
        if let Some(metric) = failed.filter(|_| self.breaches.iter().all(|breach| breach.run != name)) {
            let value = metric.measurements.last().and_then(|last| last.value.clone()).unwrap_or_default();
            self.breaches.push(Breach { run: name, seen: Instant::now(), metric: metric.name.clone(), value });
        }
    }

    fn load(&mut self, weights: &[u32]) {
        let &[stable, canary] = weights else { return };
        if self.loaded.last().is_none_or(|(_, last)| *last != (stable, canary)) {
            self.loaded.push((Instant::now(), (stable, canary)));
        }
    }
}

impl Routing {
    fn arm(&mut self, service: &str) -> Option<&mut Arm> {
        match service {
            "web-stable" => Some(&mut self.stable),
            "web-canary" => Some(&mut self.canary),
            _ => None,
        }
    }
}

/// Hands every object to `take`, for ever. The watcher tries again by itself.
async fn follow<K>(api: Api<K>, seen: Arc<Mutex<Seen>>, take: fn(&mut Seen, &K))
where
    K: Resource + Clone + DeserializeOwned + std::fmt::Debug + Send + 'static,
{
    let objects = watcher(api, watcher::Config::default()).default_backoff().applied_objects();
    futures::pin_mut!(objects);
    while let Some(object) = objects.next().await {
        if let Ok(object) = object {
            take(&mut lock(&seen), &object);
        }
    }
}

/// Asks Traefik for ever. A failure is a look that saw nothing.
async fn poll(stage: Arc<Stage>, seen: Arc<Mutex<Seen>>) {
    loop {
        let weights: Result<_> = stage.traefik.weights(NAMESPACE, NAME).await;
        if let Ok(weights) = weights {
            lock(&seen).load(&weights);
        }
        sleep(POLL).await;
    }
}

fn api<K>(client: &Client) -> Api<K>
where
    K: Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()>,
{
    Api::namespaced(client.clone(), NAMESPACE)
}

fn traefik_services(client: &Client) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("traefik.io", "v1alpha1", "TraefikService"));
    Api::namespaced_with(client.clone(), NAMESPACE, &resource)
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
