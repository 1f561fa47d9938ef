//! What was seen of a Rollout and of what belongs to it, read once or kept up to date by watches.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use futures::future::try_join_all;
use futures::try_join;
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Resource, ResourceExt};
use kube_runtime::watcher::Event;
use sluice_crds::{AnalysisRun, Experiment, Rollout};
use sluice_orders::own;

use crate::client::Cluster;
use crate::kind::Kind;
use crate::target;

/// A Rollout and the objects found by its selectors. Not all of them are its own: see [`own::is_owned`].
pub(crate) struct Seen {
    /// The Rollout.
    pub(crate) rollout: Rollout,
    /// ReplicaSets that its selector finds.
    pub(crate) replica_sets: Kept<ReplicaSet>,
    /// Pods that its selector finds.
    pub(crate) pods: Kept<Pod>,
    /// AnalysisRuns that carry the hash of one of its revisions.
    pub(crate) runs: Kept<AnalysisRun>,
    /// Experiments that do, where a step asks for one.
    pub(crate) experiments: Kept<Experiment>,
    /// AnalysisRuns that those name.
    pub(crate) trials: BTreeMap<String, AnalysisRun>,
}

impl Seen {
    /// Reads all of it, and nothing that the Rollout's selector does not find.
    pub(crate) async fn read(cluster: &Cluster, name: &str) -> Result<Self> {
        let rollout = rollout(cluster, name).await?;
        let params = ListParams::default().labels_from(&own::pods(&rollout));
        let (replica_sets, pods) = (cluster.objects::<ReplicaSet>(), cluster.objects::<Pod>());
        let (replica_sets, pods) =
            try_join!(replica_sets.list(&params), pods.list(&params)).context("list ReplicaSets and pods")?;
        let mut seen = Self {
            rollout,
            replica_sets: replica_sets.items.into_iter().collect(),
            pods: pods.items.into_iter().collect(),
            runs: Kept::default(),
            experiments: Kept::default(),
            trials: BTreeMap::new(),
        };
        let hashes = seen.hashes();
        if !hashes.is_empty() {
            let params = ListParams::default().labels_from(&own::of_revisions(&hashes));
            let runs = cluster.objects::<AnalysisRun>().list(&params).await.context("list AnalysisRuns")?;
            seen.runs = runs.items.into_iter().collect();
            if own::has_experiments(&seen.rollout) {
                let experiments = cluster.objects::<Experiment>().list(&params).await.context("list Experiments")?;
                seen.experiments = experiments.items.into_iter().collect();
                seen.trials = trials(cluster, own::trials(seen.experiments.iter())).await?;
            }
        }
        Ok(seen)
    }

    /// The Rollout's own ReplicaSets.
    pub(crate) fn revisions(&self) -> impl Iterator<Item = &ReplicaSet> {
        self.replica_sets.iter().filter(|replica_set| own::is_owned(*replica_set, &self.rollout))
    }

    /// The hashes of its revisions.
    pub(crate) fn hashes(&self) -> BTreeSet<String> {
        self.revisions().filter_map(|replica_set| own::hash(replica_set)).map(str::to_owned).collect()
    }
}

/// Reads the AnalysisRuns of these names, as far as they are there.
async fn trials(cluster: &Cluster, names: BTreeSet<String>) -> Result<BTreeMap<String, AnalysisRun>> {
    let api = cluster.objects::<AnalysisRun>();
    let found = try_join_all(names.iter().map(|name| api.get_opt(name))).await.context("read AnalysisRuns")?;
    Ok(names.into_iter().zip(found).filter_map(|(name, run)| Some((name, run?))).collect())
}

/// Reads a Rollout; that there is none is an error.
pub(crate) async fn rollout(cluster: &Cluster, name: &str) -> Result<Rollout> {
    let found = cluster.objects::<Rollout>().get_opt(name).await.with_context(|| format!("read rollout '{name}'"))?;
    match found {
        Some(rollout) => Ok(rollout),
        None => Err(target::missing(cluster, name, &[Kind::Rollout]).await),
    }
}

/// Objects of one kind by name, as a list and then a watch tell of them.
pub(crate) struct Kept<K> {
    now: BTreeMap<String, K>,
    /// A list under way: it counts when it is complete, so that nothing seems gone meanwhile.
    coming: BTreeMap<String, K>,
}

impl<K> Default for Kept<K> {
    fn default() -> Self {
        Self { now: BTreeMap::new(), coming: BTreeMap::new() }
    }
}

impl<K: Resource> FromIterator<K> for Kept<K> {
    fn from_iter<I: IntoIterator<Item = K>>(objects: I) -> Self {
        Self { now: objects.into_iter().map(|object| (object.name_any(), object)).collect(), ..Self::default() }
    }
}

impl<K: Resource> Kept<K> {
    /// The objects, in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &K> {
        self.now.values()
    }

    /// Takes in what a watch says.
    pub(crate) fn take(&mut self, event: Event<K>) {
        match event {
            Event::Init => self.coming.clear(),
            Event::InitApply(object) => drop(self.coming.insert(object.name_any(), object)),
            Event::InitDone => self.now = std::mem::take(&mut self.coming),
            Event::Apply(object) => drop(self.now.insert(object.name_any(), object)),
            Event::Delete(object) => drop(self.now.remove(&object.name_any())),
        }
    }
}
