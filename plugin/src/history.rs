//! `history`: the releases of a Rollout with how they went, newest first.

mod chronicle;

use anyhow::{Context, Result};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::api::ListParams;
use sluice_orders::own;

use crate::args::Names;
use crate::client::Cluster;
use crate::clock;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::report::Report;
use crate::seen;
use crate::target::Target;

/// Tells the releases of every Rollout named.
pub(crate) async fn run(cluster: &Cluster, names: &Names) -> Result<Report> {
    let mut report = each(cluster, names, &[Kind::Rollout], async |target: &Target| {
        let rollout = seen::rollout(cluster, &target.name).await?;
        let params = ListParams::default().labels_from(&own::pods(&rollout));
        let found = cluster.objects::<ReplicaSet>().list(&params).await.context("list ReplicaSets")?;
        let own: Vec<ReplicaSet> = found.items.into_iter().filter(|one| own::is_owned(one, &rollout)).collect();
        let releases = chronicle::releases(&rollout, &own);
        let mut lines = vec![format!("{}:", target.name)];
        lines.extend(chronicle::lines(&releases, clock::now()));
        lines.push(String::new());
        Ok(Done { lines, document: chronicle::document(&target.name, &releases)? })
    })
    .await?;
    report.lines.pop();
    // One table needs no title.
    if report.document.as_array().is_some_and(|told| told.len() == 1) {
        report.lines.remove(0);
    }
    Ok(report)
}
