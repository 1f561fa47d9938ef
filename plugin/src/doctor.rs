//! `doctor`: whether the cluster has what Sluice needs, and what to mend.

mod finding;
mod leader;
mod measures;
mod need;
mod rights;
mod served;
#[cfg(test)]
mod testing;
mod traefik;

use anyhow::{Context, Result};
use futures::join;
use sluice_crds::Rollout;

use crate::client::Cluster;
use crate::clock;
use crate::report::Report;
use finding::Finding;
use need::Need;

/// Looks at everything, and fails where something is broken.
pub(crate) async fn run(cluster: &Cluster) -> Result<Report> {
    let version = cluster.client.apiserver_version().await.context("ask the API server for its version")?;
    let mut findings = vec![Finding::good("API server", format!("answers, {}", version.git_version))];
    let rollouts = cluster.objects::<Rollout>().list(&kube::api::ListParams::default().limit(500)).await;
    let need = Need::of(&rollouts.map(|found| found.items));
    let (served, traefik, rights, leaders, measures) = join!(
        served::findings(cluster, need),
        traefik::findings(cluster, need),
        rights::findings(cluster),
        leader::findings(cluster, clock::now()),
        measures::findings(cluster),
    );
    findings.extend(served);
    findings.extend(traefik);
    findings.extend(leaders);
    findings.extend(rights);
    findings.extend(measures);
    finding::report(&findings)
}
