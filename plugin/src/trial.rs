//! What was seen of an Experiment and of what belongs to it.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures::future::try_join_all;
use futures::try_join;
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use sluice_crds::{AnalysisRun, Experiment};
use sluice_orders::own;

use crate::client::Cluster;
use crate::kind::Kind;
use crate::target;

/// An Experiment and what is found by its status. Not all of that need be its own: see [`sluice_orders::own::is_owned`].
pub(crate) struct Trial {
    /// The Experiment.
    pub(crate) experiment: Experiment,
    /// ReplicaSets that carry the hash of one of its templates.
    pub(crate) replica_sets: Vec<ReplicaSet>,
    /// Pods that do.
    pub(crate) pods: Vec<Pod>,
    /// AnalysisRuns that it names.
    pub(crate) runs: Vec<AnalysisRun>,
}

impl Trial {
    /// Reads all of it, and nothing that its status does not name.
    pub(crate) async fn read(cluster: &Cluster, name: &str) -> Result<Self> {
        let found = cluster.objects::<Experiment>().get_opt(name).await;
        let Some(experiment) = found.with_context(|| format!("read experiment '{name}'"))? else {
            return Err(target::missing(cluster, name, &[Kind::Experiment]).await);
        };
        let (hashes, names) = (hashes(&experiment), runs(&experiment));
        let (replica_sets, pods) = if hashes.is_empty() {
            (Vec::new(), Vec::new())
        } else {
            let params = ListParams::default().labels_from(&own::of_revisions(&hashes));
            let (replica_sets, pods) = (cluster.objects::<ReplicaSet>(), cluster.objects::<Pod>());
            let found = try_join!(replica_sets.list(&params), pods.list(&params));
            let (replica_sets, pods) = found.context("list ReplicaSets and pods")?;
            (replica_sets.items, pods.items)
        };
        let api = cluster.objects::<AnalysisRun>();
        let runs = try_join_all(names.iter().map(|name| api.get_opt(name))).await.context("read AnalysisRuns")?;
        Ok(Self { experiment, replica_sets, pods, runs: runs.into_iter().flatten().collect() })
    }
}

/// The hashes of its templates.
pub(crate) fn hashes(experiment: &Experiment) -> BTreeSet<String> {
    let templates = experiment.status.iter().flat_map(|status| &status.template_statuses);
    templates.filter_map(|template| template.pod_template_hash.clone()).filter(|hash| !hash.is_empty()).collect()
}

fn runs(experiment: &Experiment) -> Vec<String> {
    let runs = experiment.status.iter().flat_map(|status| &status.analysis_runs);
    runs.map(|run| run.analysis_run.clone()).filter(|name| !name.is_empty()).collect()
}
