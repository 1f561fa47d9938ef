// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_e2e::fixtures;
use sluice_e2e::harness::Scene;

use crate::release::{answers, controller, env, errors_template, patch_status, rollout, until, until_phase};

pub(crate) fn strategy() -> Value {
    json!({"blueGreen": {"activeService": "active", "previewService": "preview", "scaleDownDelaySeconds": 5}})
}

/// Version v1 behind the Service `active`, reached by the test's host.
async fn installed(scene: &Scene, strategy: &Value) -> Result<()> {
    installed_as(scene, &rollout("v1", strategy)).await
}

/// The same with a Rollout of one's own.
pub(crate) async fn installed_as(scene: &Scene, rollout: &Value) -> Result<()> {
    controller(scene).await?;
    for service in ["active", "preview"] {
        scene.apply(&fixtures::service(service, &json!({"app": "web"}))).await?;
    }
    scene.apply(&fixtures::traefik_service("web", &[("active", None)])).await?;
    scene.apply(&fixtures::ingress_route("web", &scene.host, "web")).await?;
    scene.apply(rollout).await?;
    until_phase(scene, Healthy).await?;
    answers(scene).await
}

pub(crate) async fn switch(scene: Scene) -> Result<()> {
    let mut strategy = strategy();
    strategy["blueGreen"]["autoPromotionEnabled"] = json!(false);
    installed(&scene, &strategy).await?;
    let load = scene.load(200).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_phase(&scene, Paused).await?;
    ensure!(load.snapshot().version("v2").requests == 0, "nobody sees v2 before it is promoted");
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until_phase(&scene, Healthy).await?;
    let seen = || async { (load.snapshot().version("v2").requests > 100).then_some(()) };
    sluice_e2e::wait::until("v2 answers", seen).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0, "{sent:?}");
    Ok(())
}

pub(crate) async fn switch_back(scene: Scene) -> Result<()> {
    let mut strategy = strategy();
    strategy["blueGreen"]["postPromotionAnalysis"] = json!({"templates": [{"templateName": "errors"}]});
    let prometheus = scene.world.prometheus.lock().await.url();
    scene.apply(&errors_template(&scene, "active", &prometheus)).await?;
    installed(&scene, &strategy).await?;
    let load = scene.load(200).await?;
    scene.apply(&env(rollout("v2", &strategy), "ERROR_RATE", "0.5")).await?;
    let status = until_phase(&scene, Degraded).await?;
    ensure!(status.message.clone().unwrap_or_default().contains("errors"), "{:?}", status.message);
    let v1 = status.stable_rs.clone();
    until(&scene, "active selects v1", |status| status.blue_green.active_selector == v1).await?;
    let sent = load.stop().await;
    ensure!(sent.version("v1").failed == 0 && sent.unanswered.failed == 0, "{sent:?}");
    Ok(())
}
