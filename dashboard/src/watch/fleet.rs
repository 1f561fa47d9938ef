//! All Rollouts, and how their weights went.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::NamespaceResourceScope;
use kube::core::DeserializeGuard;
use kube::{Api, Client, Resource, ResourceExt};
use kube_runtime::WatchStreamExt;
use kube_runtime::watcher::{Config, Event, watcher};
use sluice_crds::{AnalysisRun, Rollout};
use tokio::sync::watch;
use tracing::warn;

use super::Key;
use super::kept::{Kept, map};
use crate::history::{History, Moment};
use crate::samples::{ByMetric, Samples};
use crate::view::Weight;

/// Which Rollouts and Applications are looked at.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Those of this namespace; else of all.
    pub namespace: Option<String>,
    /// Those with these labels.
    pub selector: Option<String>,
}

impl Scope {
    pub(super) fn of<K>(&self, client: Client) -> (Api<K>, Config)
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        let api = match &self.namespace {
            Some(namespace) => Api::namespaced(client, namespace),
            None => Api::all(client),
        };
        (api, self.selector.iter().fold(Config::default(), |config, selector| config.labels(selector)))
    }
}

/// A Rollout, or why it cannot be read.
type Read = Result<Arc<Rollout>, String>;

/// All Rollouts in a scope, and what was measured of them.
#[derive(Debug)]
pub struct Fleet {
    state: RwLock<State>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    rollouts: Kept<Key, Read>,
    history: History,
    samples: Samples,
    trouble: Option<String>,
}

impl Default for Fleet {
    fn default() -> Self {
        Self { state: RwLock::default(), changed: watch::Sender::new(0) }
    }
}

impl Fleet {
    /// Keeps it up to date; never ends.
    pub async fn watch(self: Arc<Self>, client: Client, scope: Scope, now: Arc<dyn Fn() -> Timestamp + Send + Sync>) {
        let (api, config) = scope.of::<DeserializeGuard<Rollout>>(client);
        let mut events = watcher(api, config).default_backoff().boxed();
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => self.take(event, now()),
                Err(error) => {
                    warn!(%error, "watch of Rollouts for the dashboard fails; it is tried again");
                    self.write().trouble = Some(error.to_string());
                    self.changed.send_modify(|version| *version += 1);
                }
            }
        }
    }

    /// Keeps what AnalysisRuns measure; never ends. Where they may not be watched, charts show what each run still has.
    pub async fn watch_runs(self: Arc<Self>, client: Client, scope: Scope) {
        let (api, config) = scope.of::<DeserializeGuard<AnalysisRun>>(client);
        let mut events = watcher(api, config).default_backoff().boxed();
        let mut listed = BTreeSet::new();
        while let Some(event) = events.next().await {
            let mut state = self.write();
            match event {
                Ok(Event::Init) => listed.clear(),
                Ok(Event::InitDone) => state.samples.keep(|uid| listed.contains(uid)),
                Ok(Event::Delete(run)) => state.samples.forget(&run.uid().unwrap_or_default()),
                Ok(Event::InitApply(DeserializeGuard(Ok(run)))) => {
                    listed.extend(run.uid());
                    state.samples.note(&run);
                }
                Ok(Event::Apply(DeserializeGuard(Ok(run)))) => state.samples.note(&run),
                // One that cannot be read is the controller's to tell of.
                Ok(Event::InitApply(_) | Event::Apply(_)) => {}
                Err(error) => warn!(%error, "watch of AnalysisRuns for the dashboard fails; it is tried again"),
            }
        }
    }

    /// How the metrics of these runs went, by uid.
    pub fn samples<'a>(&self, runs: impl Iterator<Item = &'a AnalysisRun>) -> BTreeMap<String, ByMetric> {
        let state = self.read();
        runs.filter_map(ResourceExt::uid).map(|uid| (uid.clone(), state.samples.of(&uid))).collect()
    }

    fn take(&self, event: Event<DeserializeGuard<Rollout>>, now: Timestamp) {
        let mut state = self.write();
        state.trouble = None;
        let uid = |object: &DeserializeGuard<Rollout>| object.uid().unwrap_or_default();
        match &event {
            Event::Delete(object) => state.history.forget(&uid(object)),
            Event::InitApply(object) | Event::Apply(object) => {
                let weight = object.0.as_ref().ok().and_then(Weight::of);
                if let Some(weight) = weight {
                    state.history.note(&uid(object), now, weight);
                }
            }
            Event::Init | Event::InitDone => {}
        }
        let is_list = matches!(event, Event::InitDone);
        state.rollouts.take(map(event, |object| {
            let key = Key { namespace: object.namespace().unwrap_or_default(), name: object.name_any() };
            (key, object.0.map(Arc::new).map_err(|error| error.to_string()))
        }));
        if is_list {
            state.forget_the_gone();
        }
        // Not for each object of a list: only when it is complete.
        if is_list || state.rollouts.is_ready() {
            drop(state);
            self.changed.send_modify(|version| *version += 1);
        }
    }

    /// The Rollouts that can be read.
    pub fn all(&self) -> Vec<Arc<Rollout>> {
        self.read().rollouts.now().values().filter_map(|read| read.as_ref().ok().cloned()).collect()
    }

    /// Those that cannot, and why.
    pub fn unreadable(&self) -> Vec<(Key, String)> {
        let state = self.read();
        let reads = state.rollouts.now().iter();
        reads.filter_map(|(key, read)| Some((key.clone(), read.as_ref().err()?.clone()))).collect()
    }

    /// One of them.
    pub fn get(&self, key: &Key) -> Option<Arc<Rollout>> {
        self.read().rollouts.now().get(key)?.as_ref().ok().cloned()
    }

    /// How the weight of a Rollout went.
    pub fn history(&self, rollout: &Rollout) -> Vec<Moment> {
        self.read().history.of(rollout.metadata.uid.as_deref().unwrap_or_default())
    }

    /// What is wrong with the watch, if anything.
    pub fn trouble(&self) -> Option<String> {
        self.read().trouble.clone()
    }

    /// Whether it knows all that there is.
    pub fn is_ready(&self) -> bool {
        self.read().rollouts.is_ready()
    }

    /// Tells of every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A list tells that those it lacks are gone.
    fn forget_the_gone(&mut self) {
        let Self { rollouts, history, .. } = self;
        let there = rollouts.now().values().filter_map(|read| read.as_ref().ok()?.metadata.uid.clone());
        let there: BTreeSet<String> = there.collect();
        history.keep(|uid| there.contains(uid));
    }
}
