//! `retry`: an aborted Rollout, or an Experiment that has ended, begins again.

use anyhow::{Context, Result};
use kube::api::{Patch, PatchParams};
use serde_json::json;
use sluice_crds::{Experiment, Rollout};
use sluice_orders::release::{Act, decide_for};

use crate::act::{self, MANAGER, who};
use crate::args::Names;
use crate::client::Cluster;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::report::Report;
use crate::target::{self, Target};

/// The kinds that can be tried again.
const KINDS: [Kind; 2] = [Kind::Rollout, Kind::Experiment];

/// Tries every object named again.
pub(crate) async fn run(cluster: &Cluster, names: &Names) -> Result<Report> {
    let who = who::name(cluster).await.unwrap_or_default();
    let order = |rollout: &Rollout| decide_for(&who, None, Act::Retry, rollout);
    each(cluster, names, &KINDS, async |target: &Target| {
        let said = match target.kind {
            Kind::Rollout => act::one(cluster, &target.name, order).await?,
            Kind::Experiment | Kind::AnalysisRun => experiment(cluster, &target.name).await?,
        };
        Ok(Done::said(cluster, target, &said))
    })
    .await
}

/// Clears the status: the controller then takes it for one that has not begun.
async fn experiment(cluster: &Cluster, name: &str) -> Result<String> {
    let api = cluster.objects::<Experiment>();
    let found = api.get_opt(name).await.with_context(|| format!("read experiment '{name}'"))?;
    let Some(experiment) = found else { return Err(target::missing(cluster, name, &[Kind::Experiment]).await) };
    if !experiment.status.is_some_and(|status| status.phase.is_completed()) {
        return Ok("has not ended: there is nothing to retry".to_owned());
    }
    let patch = Patch::Merge(json!({"status": null}));
    api.patch(name, &PatchParams::apply(MANAGER), &patch)
        .await
        .with_context(|| format!("retry experiment '{name}'"))?;
    Ok("retried".to_owned())
}
