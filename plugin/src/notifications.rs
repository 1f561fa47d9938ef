//! `notifications`: the templates and triggers that the controller tells people of releases with, tried by hand.
//!
//! Everything is read and written out by the controller's own code. Nothing is sent unless somebody names who gets it.

mod configured;
mod template;
mod trigger;

use anyhow::{Context, Result};
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::{Map, Value, json};
use sluice_crds::AnalysisRun;

use crate::args::{Format, Notifications, TemplateOf, TriggerOf};
use crate::client::Cluster;
use crate::report::Report;
use crate::seen;
pub(crate) use configured::places;

/// Does what is asked for.
pub(crate) async fn run(cluster: &Cluster, wanted: &Notifications) -> (Result<Report>, Option<Format>) {
    match wanted {
        Notifications::Template(TemplateOf::Get(wanted)) => (template::get(cluster, wanted).await, wanted.form.output),
        Notifications::Template(TemplateOf::Notify(wanted)) => {
            (Box::pin(template::notify(cluster, wanted)).await, wanted.form.output)
        }
        Notifications::Trigger(TriggerOf::Get(wanted)) => (trigger::get(cluster, wanted).await, wanted.form.output),
        Notifications::Trigger(TriggerOf::Run(wanted)) => (trigger::run(cluster, wanted).await, wanted.form.output),
    }
}

/// What templates and conditions find: the Rollout as it is, and its AnalysisRuns.
async fn variables(cluster: &Cluster, rollout: &str) -> Result<Map<String, Value>> {
    let rollout = seen::rollout(cluster, rollout).await?;
    let runs = cluster.objects::<AnalysisRun>().list(&ListParams::default()).await.context("list AnalysisRuns")?;
    let uid = rollout.uid().unwrap_or_default();
    let is_own = |run: &&AnalysisRun| run.owner_references().iter().any(|owner| owner.uid == uid);
    let runs: Vec<Value> = runs.iter().filter(is_own).map(|run| json!(run)).collect();
    Ok(Map::from_iter([("rollout".to_owned(), json!(rollout)), ("analysisRuns".to_owned(), Value::Array(runs))]))
}
