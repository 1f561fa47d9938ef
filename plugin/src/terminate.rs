//! `terminate`: an AnalysisRun or an Experiment ends early.

use anyhow::{Context, Result};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::act::MANAGER;
use crate::args::Names;
use crate::client::Cluster;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::report::Report;
use crate::target::{self, Target};

/// The kinds that can be ended early.
const KINDS: [Kind; 2] = [Kind::AnalysisRun, Kind::Experiment];
/// The phases in which there is nothing left to end.
const ENDED: [&str; 4] = ["Successful", "Failed", "Error", "Inconclusive"];

/// Ends every object named.
pub(crate) async fn run(cluster: &Cluster, names: &Names) -> Result<Report> {
    each(cluster, names, &KINDS, async |target: &Target| {
        let said = one(cluster, target).await?;
        Ok(Done::said(cluster, target, said))
    })
    .await
}

async fn one(cluster: &Cluster, target: &Target) -> Result<&'static str> {
    let (kind, name) = (target.kind, &target.name);
    let api = cluster.of_kind(kind);
    let found = api.get_opt(name).await.with_context(|| format!("read {} '{name}'", kind.singular()))?;
    let Some(object) = found else { return Err(target::missing(cluster, name, &[kind]).await) };
    let phase = object.data.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    if ENDED.contains(&phase) {
        return Ok("has ended already");
    }
    let patch = Patch::Merge(json!({"spec": {"terminate": true}}));
    let done = api.patch(name, &PatchParams::apply(MANAGER), &patch).await;
    done.with_context(|| format!("terminate {} '{name}'", kind.singular()))?;
    Ok("terminated")
}
