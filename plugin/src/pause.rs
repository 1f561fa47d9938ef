//! `pause`: the owner's own hold, in the spec.

use anyhow::{Context, Result};
use kube::api::{Patch, PatchParams};
use serde_json::json;
use sluice_crds::Rollout;

use crate::act::MANAGER;
use crate::args::Names;
use crate::client::Cluster;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::report::Report;
use crate::seen;
use crate::target::Target;

/// Pauses every Rollout named.
pub(crate) async fn run(cluster: &Cluster, names: &Names) -> Result<Report> {
    each(cluster, names, &[Kind::Rollout], async |target: &Target| {
        let name = &target.name;
        if seen::rollout(cluster, name).await?.spec.paused {
            return Ok(Done::said(cluster, target, "is paused already"));
        }
        let patch = Patch::Merge(json!({"spec": {"paused": true}}));
        let api = cluster.api::<Rollout>();
        api.patch(name, &PatchParams::apply(MANAGER), &patch)
            .await
            .with_context(|| format!("pause rollout '{name}'"))?;
        Ok(Done::said(cluster, target, "paused"))
    })
    .await
}
