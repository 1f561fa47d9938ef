//! `restart`: all pods are replaced, as far as their budgets allow.

use anyhow::{Context, Result};
use jiff::Timestamp;
use sluice_orders::spec;

use crate::act;
use crate::args::{Names, Wait};
use crate::client::Cluster;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::report::Report;
use crate::target::Target;

/// Has the pods of every Rollout named restarted, so long from `now`.
pub(crate) async fn run(cluster: &Cluster, names: &Names, wait: &Wait, now: Timestamp) -> Result<Report> {
    let at = now.checked_add(wait.length).context("--in is too long")?;
    each(cluster, names, &[Kind::Rollout], async |target: &Target| {
        act::one(cluster, &target.name, |_| spec::restart(at)).await?;
        Ok(Done::said(cluster, target, &format!("restarts in {}", wait.text)))
    })
    .await
}
