//! `restart`: all pods are replaced, as far as their budgets allow.

use anyhow::{Context, Result};
use jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use sluice_crds::Rollout;

use crate::act::MANAGER;
use crate::args::{Names, Wait};
use crate::client::Cluster;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::report::Report;
use crate::seen;
use crate::target::Target;

/// Has the pods of every Rollout named restarted, so long from `now`.
pub(crate) async fn run(cluster: &Cluster, names: &Names, wait: &Wait, now: Timestamp) -> Result<Report> {
    let at = now.checked_add(wait.length).context("--in is too long")?;
    let at = Timestamp::from_second(at.as_second()).context("--in is too long")?;
    each(cluster, names, &[Kind::Rollout], async |target: &Target| {
        let name = &target.name;
        seen::rollout(cluster, name).await?;
        let patch = Patch::Merge(json!({"spec": {"restartAt": at.to_string()}}));
        let api = cluster.api::<Rollout>();
        let done = api.patch(name, &PatchParams::apply(MANAGER), &patch).await;
        done.with_context(|| format!("restart rollout '{name}'"))?;
        Ok(Done::said(cluster, target, &format!("restarts in {}", wait.text)))
    })
    .await
}
