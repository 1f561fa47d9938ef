use anyhow::{Context, Result, ensure};
use serde_json::json;
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_e2e::harness::Scene;
use tokio::process::Command;

use crate::release::{canary, installed, programs, rollout, until, until_phase};

/// Runs the plugin as a person does; what it printed.
async fn plugin(scene: &Scene, words: &[&str]) -> Result<(bool, String)> {
    let kubeconfig = scene.world.cluster.lock().await.kubeconfig();
    let output = Command::new(&programs()?.plugin)
        .args(words)
        .args(["--namespace", &scene.namespace])
        .env("KUBECONFIG", kubeconfig)
        .output()
        .await
        .context("start the plugin")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Ok((output.status.success(), text))
}

async fn says(scene: &Scene, words: &[&str], text: &str) -> Result<()> {
    let (_, said) = plugin(scene, words).await?;
    ensure!(said.contains(text), "{words:?} lacks {text:?}:\n{said}");
    Ok(())
}

pub(crate) async fn drive(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_phase(&scene, Paused).await?;
    says(&scene, &["get", "rollout", "web"], "Paused").await?;
    says(&scene, &["get", "rollout", "web"], "revision:2").await?;

    says(&scene, &["abort", "web"], "rollout 'web' aborted").await?;
    until_phase(&scene, Degraded).await?;
    let (success, said) = plugin(&scene, &["status", "web"]).await?;
    ensure!(!success && said.contains("Degraded"), "status of an aborted Rollout: {said}");

    says(&scene, &["retry", "rollout", "web"], "retried").await?;
    until(&scene, "paused again", |status| status.phase == Paused && status.current_step_index == Some(1)).await?;
    says(&scene, &["promote", "web"], "rollout 'web' promoted").await?;
    until(&scene, "paused at 50", |status| status.phase == Paused && status.current_step_index == Some(3)).await?;
    says(&scene, &["promote", "web", "--full"], "fully promoted").await?;
    until_phase(&scene, Healthy).await?;
    let (success, said) = plugin(&scene, &["status", "web"]).await?;
    ensure!(success && said.contains("Healthy"), "{said}");
    Ok(())
}
