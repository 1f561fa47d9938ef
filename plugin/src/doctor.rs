//! `doctor`: whether the cluster has what Sluice needs, and what to mend.

mod finding;
mod leader;
mod measures;
mod rights;
mod served;

use anyhow::{Context, Result};
use futures::join;
use sluice_crds::Rollout;

use crate::client::Cluster;
use crate::clock;
use crate::report::Report;
use finding::Finding;

/// Looks at everything, and fails where something is broken.
pub(crate) async fn run(cluster: &Cluster) -> Result<Report> {
    let version = cluster.client.apiserver_version().await.context("ask the API server for its version")?;
    let mut findings = vec![Finding::good("API server", format!("answers, {}", version.git_version))];
    let rollouts = cluster.objects::<Rollout>().list(&kube::api::ListParams::default().limit(500)).await;
    let rollouts = rollouts.map(|found| found.items).unwrap_or_default();
    let (served, rights, leaders, measures) = join!(
        served::findings(cluster, &rollouts),
        rights::findings(cluster),
        leader::findings(cluster, clock::now()),
        measures::findings(cluster),
    );
    findings.extend(served);
    findings.extend(leaders);
    findings.extend(rights);
    findings.extend(measures);
    finding::report(&findings)
}
