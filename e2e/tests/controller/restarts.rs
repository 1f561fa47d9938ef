// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use sluice_crds::Rollout;
use sluice_crds::RolloutPhase::{Healthy, Paused};
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, sleep};

use crate::release::{
    answers, canary, controller, installed, patch_status, pods, rollout, route, uids, until, until_message,
    until_phase, until_weight,
};

fn strategy() -> Value {
    canary(&json!([
        {"setWeight": 25}, {"pause": {"duration": "2s"}}, {"setWeight": 50}, {"pause": {"duration": "2s"}}, {"setWeight": 75},
    ]))
}

/// Killed again and again while a release goes out: it goes on where it was, and no request fails.
pub(crate) async fn controller_killed(scene: Scene) -> Result<()> {
    installed(&scene, &strategy()).await?;
    let load = scene.load(200).await?;
    scene.apply(&rollout("v2", &strategy())).await?;
    for pause in [300, 1_100, 700, 1_900, 500, 2_300] {
        sleep(Duration::from_millis(pause)).await;
        controller(&scene).await?.lock().await.restart().await?;
    }
    until_phase(&scene, Healthy).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests > 0, "{sent:?}");
    Ok(())
}

/// The API server goes away twice: the release goes on, and an abort right after is carried out.
pub(crate) async fn api_server_restarted(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 25}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let load = scene.load(200).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    scene.world.cluster.lock().await.restart_api_server().await?;
    until(&scene, "v2 is paused at 25", |status| status.phase == Paused && status.current_step_index == Some(1))
        .await?;
    scene.world.cluster.lock().await.restart_api_server().await?;
    patch_status(&scene, json!({"abort": true})).await?;
    until_weight(&scene, 0).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests > 0, "{sent:?}");
    Ok(())
}

/// A PodDisruptionBudget that all pods of the application are under.
fn budget(least: u32) -> Value {
    json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"},
        "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": "web"}}},
    })
}

/// The real eviction API and the real disruption controller: nothing goes while the budget has no room, and the status says
/// so; then all pods go one by one, and no request fails.
pub(crate) async fn evicted(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 25}, {"pause": {}}]));
    let mut first = rollout("v1", &strategy);
    // Traefik takes a while to see that a pod goes.
    first["spec"]["template"]["spec"]["containers"][0]["lifecycle"] = json!({"preStop": {"sleep": {"seconds": 6}}});
    route(&scene).await?;
    scene.apply(&first).await?;
    until_phase(&scene, Healthy).await?;
    answers(&scene).await?;
    scene.apply(&budget(4)).await?;
    let old = uids(&scene, "v1").await?;
    let load = scene.load(100).await?;
    let made = pods(&scene, "v1").await?.iter().filter_map(ResourceExt::creation_timestamp).map(|made| made.0).max();
    let after = made.context("there are no pods")? + jiff::SignedDuration::from_secs(1);
    let restart = json!({"spec": {"restartAt": after.to_string()}});
    scene.api::<Rollout>().patch("web", &PatchParams::default(), &Patch::Merge(restart)).await?;
    until_message(&scene, "may not be evicted yet").await?;
    ensure!(uids(&scene, "v1").await? == old, "a pod went although its budget had no room");
    scene.apply(&budget(3)).await?;
    until(&scene, "restarted and Healthy", |status| status.restarted_at.is_some() && status.phase == Healthy).await?;
    let new = uids(&scene, "v1").await?;
    ensure!(new.iter().all(|uid| !old.contains(uid)), "a pod was not restarted: {old:?} {new:?}");
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.total.requests > 0, "{sent:?}");
    Ok(())
}
