//! A release that analysis takes back, deployed by an Application that heals.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::DeleteParams;
use serde_json::{Value, json};
use sluice_crds::{Rollout, RolloutPhase};
use sluice_e2e::harness::Scene;
use sluice_e2e::{fixtures, wait};
use tokio::time::sleep;

use crate::stage::{Stage, complains, map};

/// A Rollout whose versions are judged by a Job that runs that command.
pub(crate) fn judged(version: &str, command: &str) -> String {
    let steps = json!([{"setWeight": 50}, {"analysis": {"templates": [{"templateName": "judge"}]}}]);
    let rollout = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": fixtures::pod_template("web", version),
            "strategy": {"canary": {"maxSurge": 1, "steps": steps}},
        },
    });
    let pod =
        json!({"restartPolicy": "Never", "containers": [{"name": "it", "image": "busybox", "command": [command]}]});
    let job = json!({"spec": {"backoffLimit": 0, "template": {"spec": pod}}});
    let template = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "metadata": {"name": "judge"},
        "spec": {"metrics": [{"name": "it", "provider": {"job": job}}]},
    });
    // Every JSON text is YAML.
    format!("{rollout}\n---\n{template}\n")
}

/// It stays back although selfHeal is on, and the next commit goes on.
pub(crate) async fn rejected(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let commit = |version: &str, command: &str| -> Result<String> {
        stage.repository.write("app/web.yaml", judged(version, command))?;
        stage.repository.commit(version)
    };
    stage.repository.write("app/beside.yaml", map("beside", "the release"))?;
    let good = commit("v1", "true")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &good).await?;
    let bad = commit("v2", "false")?;
    let told = |application: &Value| complains_of(application, &bad);
    stage.until("web", "rejected", told).await?;
    until_phase(&stage, RolloutPhase::Degraded).await?;
    // What was not taken back is healed as ever.
    stage.scene.api::<ConfigMap>().delete("beside", &DeleteParams::default()).await.context("delete a ConfigMap")?;
    stage.until_says("beside", Some("the release")).await?;
    // Long enough for several looks: nobody brings it back.
    sleep(Duration::from_secs(8)).await;
    stage.until("web", "told of as long as it is so", told).await?;
    ensure!(phase(&stage).await? == RolloutPhase::Degraded, "the version that was taken back is on its way again");
    let better = commit("v3", "true")?;
    stage.settled("web", &better).await?;
    until_phase(&stage, RolloutPhase::Healthy).await
}

fn complains_of(application: &Value, commit: &str) -> bool {
    let rejected = application["status"]["rejected"].to_string().contains(commit);
    rejected && complains(application, "SyncError", commit.get(..7).unwrap_or(commit))
}

async fn phase(stage: &Stage) -> Result<RolloutPhase> {
    let rollout = stage.scene.api::<Rollout>().get("web").await.context("read the Rollout")?;
    Ok(rollout.status.map(|status| status.phase).unwrap_or_default())
}

pub(crate) async fn until_phase(stage: &Stage, wanted: RolloutPhase) -> Result<()> {
    let look = || async { (phase(stage).await.ok()? == wanted).then_some(()) };
    wait::until(&format!("the Rollout is {wanted:?}"), look).await
}
