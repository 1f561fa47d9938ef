//! The example of `examples/bookverse`, in dev.

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::networking::v1::Ingress;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::json;
use sluice_e2e::harness::Scene;
use sluice_e2e::tools::package_dir;
use sluice_e2e::wait;

use crate::stage::Stage;

/// All five services run, after the Job that goes before and before the one that comes after.
pub(crate) async fn dev(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.repository.copy(&package_dir().join("../examples/bookverse/helm-charts"), "")?;
    let commit = stage.repository.commit("the charts")?;
    let parameters = [
        ("global.environment", "dev"),
        ("global.domain", "dev.bookverse.local"),
        ("global.imageTag", "latest"),
        ("global.database.type", "sqlite"),
        ("global.image", "sluice-demo/app"),
    ];
    let parameters = parameters.map(|(name, value)| json!({"name": name, "value": value}));
    let helm = json!({"valueFiles": ["values.yaml", "values-dev.yaml"], "parameters": parameters});
    stage.application("dev", &json!({"source": {"path": "charts/bookverse-platform", "helm": helm}})).await?;
    give_address(&stage).await?;
    stage.settled("dev", &commit).await?;
    let deployments = stage.scene.api::<Deployment>().list(&ListParams::default()).await.context("list Deployments")?;
    let ready = |deployment: &&Deployment| {
        deployment.status.as_ref().is_some_and(|status| status.available_replicas.unwrap_or_default() == 1)
    };
    ensure!(deployments.iter().filter(ready).count() == 5, "not all run: {:?}", deployments.items);
    let jobs = stage.scene.api::<Job>().list(&ListParams::default()).await.context("list Jobs")?;
    let done = |job: &&Job| job.status.as_ref().is_some_and(|status| status.succeeded == Some(1));
    ensure!(jobs.iter().filter(done).count() == 2, "not all hooks ran: {:?}", jobs.items);
    Ok(())
}

/// Plays the load balancer, which is not here: until an Ingress has an address, it is not well.
async fn give_address(stage: &Stage) -> Result<()> {
    let ingresses = stage.scene.api::<Ingress>();
    let there = || async { ingresses.get("bookverse-web").await.ok() };
    wait::until("the Ingress is there", there).await?;
    let status = Patch::Merge(json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}));
    let patched = ingresses.patch_status("bookverse-web", &PatchParams::default(), &status).await;
    patched.context("give the Ingress an address").map(drop)
}
