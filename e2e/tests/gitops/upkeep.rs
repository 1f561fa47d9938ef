//! What else a platform has in git beside its services: quotas, limits, who scrapes what; and its backup.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::{LimitRange, ResourceQuota};
use kube::ResourceExt;
use kube::api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind};
use serde_json::{Value, json};
use sluice_e2e::harness::Scene;
use sluice_e2e::{fixtures, wait};
use tokio::process::Command;

use crate::bookverse::example;
use crate::runbook::has_kubectl;
use crate::stage::{INTERVAL, Stage, map};

const QUOTAS: &str = "quotas/environment-quotas.yaml";
const MONITORS: &str = "monitoring/argocd-monitoring.yaml";

/// The definition of what Prometheus's operator reads; Sluice needs none of its own.
fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "servicemonitors.monitoring.coreos.com"},
        "spec": {
            "group": "monitoring.coreos.com", "scope": "Namespaced",
            "names": {"kind": "ServiceMonitor", "listKind": "ServiceMonitorList", "plural": "servicemonitors", "singular": "servicemonitor"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
            }],
        },
    })
}

/// A file of the example, in the case's own namespace.
fn read(stage: &Stage, file: &str) -> Result<String> {
    let text = fs::read_to_string(example().join("gitops").join(file)).with_context(|| format!("read {file}"))?;
    let own = format!("namespace: {}", stage.scene.namespace);
    let line =
        |line: &str| if line.trim_start().starts_with("namespace: ") { own_line(line, &own) } else { line.to_owned() };
    Ok(text.lines().map(line).collect::<Vec<_>>().join("\n"))
}

fn own_line(line: &str, own: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    format!("{}{own}", " ".repeat(indent))
}

/// The quotas, limits and monitors of the example are as git says, and well.
pub(crate) async fn of_platform(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    fixtures::apply(&stage.scene.client, "", &definition()).await?;
    for file in [QUOTAS, MONITORS] {
        stage.repository.write(&format!("app/{file}"), read(&stage, file)?)?;
    }
    let commit = stage.repository.commit("what the platform has")?;
    stage.application("upkeep", &json!({"source": {"directory": {"recurse": true}}})).await?;
    let application = stage.settled("upkeep", &commit).await?;
    let objects = application["status"]["resources"].as_array().map_or(0, Vec::len);
    ensure!(
        objects == 6,
        "two quotas, a limit and three monitors, not {objects}: {}",
        application["status"]["resources"]
    );
    let quotas = stage.scene.api::<ResourceQuota>();
    let quota = quotas.get("bookverse-prod-quota").await.context("read a quota")?;
    let hard = quota.spec.and_then(|spec| spec.hard).unwrap_or_default();
    ensure!(hard.get("pods").is_some_and(|pods| pods.0 == "200"), "{hard:?}");
    stage.scene.api::<LimitRange>().get("bookverse-prod-limits").await.context("read the limits")?;
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("monitoring.coreos.com", "v1", "ServiceMonitor"));
    let monitors: kube::Api<DynamicObject> =
        kube::Api::namespaced_with(stage.scene.client.clone(), &stage.scene.namespace, &kind);
    monitors.get("argocd-repo-server-metrics").await.context("read a monitor").map(drop)
}

/// Applications that are restored from a backup go on as they were: nothing is written that is there already.
pub(crate) async fn restored(scene: Scene) -> Result<()> {
    if !has_kubectl().await {
        println!("not tried, as there is no kubectl here: the example's backup.sh");
        return Ok(());
    }
    let (stage, _controller) = Stage::with_controller(scene, &[INTERVAL.to_owned()]).await?;
    stage.repository.write("app/a.yaml", map("kept", "one"))?;
    let commit = stage.repository.commit("first")?;
    stage.application("web", &json!({})).await?;
    let before = stage.settled("web", &commit).await?;
    let version = |map: k8s_openapi::api::core::v1::ConfigMap| map.resource_version();
    let maps = stage.scene.api::<k8s_openapi::api::core::v1::ConfigMap>();
    let written = version(maps.get("kept").await.context("read a ConfigMap")?);
    let archive = stage.scene.world.cluster.lock().await.logs().join(format!("{}.tar.gz", stage.scene.namespace));
    script(&stage, "backup", &archive).await?;
    stage
        .applications()
        .delete(&stage.name("web"), &DeleteParams::default())
        .await
        .context("delete the Application")?;
    wait::until("the Application is gone", || async { stage.get("web").await.ok().filter(Value::is_null) }).await?;
    script(&stage, "restore", &archive).await?;
    let after = stage.settled("web", &commit).await?;
    ensure!(after["metadata"]["uid"] != before["metadata"]["uid"], "it was never gone");
    ensure!(after["status"]["history"] == before["status"]["history"], "{:#}", after["status"]["history"]);
    ensure!(after["status"]["operationState"] == before["status"]["operationState"], "it was synced once more");
    ensure!(version(maps.get("kept").await.context("read a ConfigMap")?) == written, "what was there was written anew");
    // And it is kept as before.
    stage.repository.write("app/a.yaml", map("kept", "two"))?.commit("second")?;
    stage.until_says("kept", Some("two")).await
}

async fn script(stage: &Stage, what: &str, archive: &Path) -> Result<()> {
    let kubeconfig = stage.scene.world.cluster.lock().await.kubeconfig();
    let mut script = Command::new(example().join("gitops/scripts/backup.sh"));
    script.arg(what).arg(archive).env("KUBECONFIG", kubeconfig).env("ARGOCD_NAMESPACE", &stage.scene.namespace);
    let ran = script.output().await.context("run backup.sh")?;
    ensure!(ran.status.success(), "backup.sh {what}: {}", String::from_utf8_lossy(&ran.stderr));
    Ok(())
}
