//! `kubectl sluice app diff` of a commit that is not deployed, and `app logs`.

use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use sluice_e2e::fixtures;
use sluice_e2e::harness::Scene;
use tokio::process::Command;

use crate::stage::{HOME, Stage, map};

/// A branch beside the one that is followed is rendered here and tried at the API server: what it would change is shown, and nothing
/// is written.
pub(crate) async fn revision(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.repository.write("app/a.yaml", map("a", "one"))?;
    let commit = stage.repository.commit("first")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &commit).await?;
    stage.repository.git(&["checkout", "--quiet", "-b", "next"])?;
    stage.repository.write("app/a.yaml", map("a", "two"))?.write("app/b.yaml", map("b", "new"))?;
    stage.repository.commit("next")?;
    stage.repository.git(&["checkout", "--quiet", "main"])?;
    let same = diff(&stage, "main").await?;
    ensure!(same.status.code() == Some(0), "{same:?}");
    let differs = diff(&stage, "next").await?;
    let said = String::from_utf8_lossy(&differs.stdout);
    ensure!(differs.status.code() == Some(1) && said.contains("two") && said.contains("new"), "{differs:?}");
    let unknown = diff(&stage, "nowhere").await?;
    let said = String::from_utf8_lossy(&unknown.stderr);
    ensure!(unknown.status.code() == Some(2) && said.contains("unable to resolve 'nowhere'"), "{unknown:?}");
    ensure!(stage.says("a").await?.as_deref() == Some("one"), "a comparison wrote something");
    Ok(())
}

async fn diff(stage: &Stage, revision: &str) -> Result<Output> {
    app(stage, &["diff", "--revision", revision]).await
}

/// What the pods of the Application's objects say is printed, and nothing of pods of others.
pub(crate) async fn logs(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let workload = |name: &str, version: &str| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {
                "replicas": 1, "selector": {"matchLabels": {"app": name}},
                "template": fixtures::pod_template(name, version),
            },
        })
    };
    fixtures::apply(&stage.scene.client, &stage.scene.namespace, &workload("other", "v9")).await?;
    stage.repository.write("app/web.yaml", workload("web", "v1").to_string())?;
    let commit = stage.repository.commit("first")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &commit).await?;
    let read = app(&stage, &["logs"]).await?;
    let said = String::from_utf8_lossy(&read.stdout);
    ensure!(read.status.success() && said.contains("app:v1 begins") && !said.contains("v9"), "{read:?}");
    let filtered = app(&stage, &["logs", "--filter", "nobody says this"]).await?;
    ensure!(filtered.status.success() && filtered.stdout.is_empty(), "{filtered:?}");
    Ok(())
}

/// Runs a command about the case's Application.
async fn app(stage: &Stage, words: &[&str]) -> Result<Output> {
    let kubeconfig = stage.scene.world.cluster.lock().await.kubeconfig();
    let name = format!("{HOME}/{}", stage.name("web"));
    let mut plugin = Command::new(&stage.shared.plugin);
    plugin.arg("app").args(words).arg(name).env("KUBECONFIG", kubeconfig);
    plugin.output().await.context("run the plugin")
}
