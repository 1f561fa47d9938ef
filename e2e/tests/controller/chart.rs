//! What an operator installs: the chart at a real API server, and its dashboards and alerts at a real Prometheus.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::rbac::v1::ClusterRole;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;
use sluice_crds::RolloutPhase::Healthy;
use sluice_e2e::harness::Scene;
use sluice_e2e::helm::{Helm, chart};
use sluice_e2e::tools::Tools;
use sluice_e2e::{boards, wait};
use tokio::task::spawn_blocking;

use crate::release::{canary, installed, rollout, until_phase};

/// Installed, upgraded and taken away. The namespace admits restricted pods only.
pub(crate) async fn installed_and_upgraded(scene: Scene) -> Result<()> {
    let strict = json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}});
    let namespaces: Api<k8s_openapi::api::core::v1::Namespace> = Api::all(scene.client.clone());
    namespaces.patch(&scene.namespace, &PatchParams::default(), &Patch::Merge(strict)).await?;
    helm(&scene, "install", &["replicas=2", "rbac.secretNamespaces={default}"]).await?;
    until_pods(&scene, 2).await?;
    let roles: Api<ClusterRole> = Api::all(scene.client.clone());
    ensure!(roles.get_opt("charted").await?.is_some(), "there is no role");
    helm(&scene, "upgrade", &["replicas=3", "config.loglevel=debug"]).await?;
    until_pods(&scene, 3).await?;
    helm(&scene, "uninstall", &[]).await?;
    let deployments = scene.api::<Deployment>();
    let gone = || async { deployments.get_opt("charted").await.ok()?.is_none().then_some(()) };
    wait::until("the Deployment goes", gone).await?;
    ensure!(roles.get_opt("charted").await?.is_none(), "the role stays");
    Ok(())
}

/// Until the API server has taken so many pods of the newest template: nobody is there who could run their image.
async fn until_pods(scene: &Scene, replicas: i32) -> Result<()> {
    let deployments = scene.api::<Deployment>();
    let updated = || async {
        let status = deployments.get("charted").await.ok()?.status?;
        (status.updated_replicas >= Some(1) && status.replicas >= Some(replicas)).then_some(())
    };
    wait::until(&format!("{replicas} pods are taken"), updated).await
}

async fn helm(scene: &Scene, verb: &'static str, values: &[&'static str]) -> Result<()> {
    let kubeconfig = scene.world.cluster.lock().await.kubeconfig();
    let (namespace, values) = (scene.namespace.clone(), values.to_vec());
    let run = move || {
        let helm = Helm::new(&Tools::ensure()?).at(kubeconfig);
        let chart = chart();
        let mut words = vec![verb, "charted"];
        if verb != "uninstall" {
            words.push(chart.to_str().context("the chart's path is no text")?);
        }
        if verb == "install" {
            // The cluster has the definitions already, by another hand, as where the established controller was.
            words.push("--take-ownership");
        }
        words.extend(["--namespace", &namespace]);
        words.extend(values.iter().flat_map(|value| ["--set", *value]));
        helm.run(&words).map(drop)
    };
    spawn_blocking(run).await?
}

/// After a release each query of each dashboard has something to show, and Prometheus can evaluate each alert.
pub(crate) async fn queries(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 50}, {"pause": {"duration": "2s"}}]));
    installed(&scene, &strategy).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_phase(&scene, Healthy).await?;
    let [of_releases, _] = boards::BOARDS;
    for (panel, query) in boards::queries(of_releases, &scene.namespace, "web")? {
        let shown = || async { (scene.world.prometheus.lock().await.series(&query).await.ok()? > 0).then_some(()) };
        wait::until(&format!("the panel {panel:?} shows something: {query}"), shown).await?;
    }
    // No Application is kept in this world: the tests of `gitops` ask about those.
    let prometheus = scene.world.prometheus.lock().await;
    for alert in boards::alerts()? {
        prometheus.series(&alert.expr).await.with_context(|| alert.name.clone())?;
    }
    ensure!(prometheus.series("leader_election_master_status == 1").await? > 0, "nobody leads");
    Ok(())
}
