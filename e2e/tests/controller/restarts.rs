use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Healthy, Paused};
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, sleep};

use crate::release::{canary, controller, installed, patch_status, rollout, until, until_phase, until_weight};

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
