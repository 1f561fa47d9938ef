//! Traffic that went where it should not.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, ensure};
use serde_json::json;
use sluice_crds::RolloutPhase::{Degraded, Healthy};
use sluice_e2e::fixtures;
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, Instant, sleep};

use super::paused_at;
use crate::history::History;
use crate::release::{answers, canary, controller, env, installed, pods, rollout, route, until_phase, until_weight};

/// Requests that take a second are answered by pods that are about to go.
pub(super) async fn drained(scene: Scene) -> Result<()> {
    let slow = |version| env(rollout(version, &canary(&json!([{"setWeight": 50}]))), "LATENCY_MS", "1000");
    route(&scene).await?;
    scene.apply(&slow("v1")).await?;
    until_phase(&scene, Healthy).await?;
    answers(&scene).await?;
    let load = scene.load(50).await?;
    scene.apply(&slow("v2")).await?;
    until_phase(&scene, Healthy).await?;
    let gone = || async { pods(&scene, "v1").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v1 go", gone).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v1").requests > 0 && sent.version("v2").requests > 0, "{sent:?}");
    Ok(())
}

pub(super) async fn no_jump_back(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 50}]));
    installed(&scene, &strategy).await?;
    let load = scene.load(200).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_weight(&scene, 100).await?;
    // Twice Traefik's throttle, and what the watches take.
    sleep(Duration::from_secs(5)).await;
    let all_new = Instant::now();
    until_phase(&scene, Healthy).await?;
    sleep(Duration::from_secs(5)).await;
    let since = load.between(all_new, Instant::now());
    ensure!(since.total.failed == 0 && since.version("v1").requests == 0, "{since:?}");
    ensure!(since.version("v2").requests > 0, "{since:?}");
    Ok(())
}

pub(super) async fn no_flap(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 20}, {"setWeight": 40}, {"setWeight": 60}, {"setWeight": 80}]));
    installed(&scene, &strategy).await?;
    let weights = History::of_weights(&scene).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_phase(&scene, Healthy).await?;
    sleep(Duration::from_secs(3)).await;
    let said = weights.so_far();
    ensure!(said == ["0", "20", "40", "60", "80", "100", "0"], "{said:?}");
    Ok(())
}

/// A GitOps tool applies the TraefikService as it stands in git: without weights, which Traefik takes for halves.
pub(super) async fn synced(scene: Scene) -> Result<()> {
    paused_at(&scene, 10).await?;
    let weights = History::of_weights(&scene).await?;
    for _ in 0..3 {
        scene.apply(&fixtures::traefik_service("web", &[("stable", None), ("canary", None)])).await?;
        until_weight(&scene, 10).await?;
    }
    let said = weights.so_far();
    ensure!(said.iter().all(|weight| weight == "10" || weight == "none"), "{said:?}");
    Ok(())
}

/// Neither Service names the first revision before all of its pods are available.
pub(super) async fn first_revision(scene: Scene) -> Result<()> {
    route(&scene).await?;
    let stable = History::of_selector(&scene, "stable").await?;
    let slow = env(rollout("v1", &canary(&json!([{"setWeight": 20}]))), "READY_AFTER_MS", "4000");
    scene.apply(&slow).await?;
    let all_ready = || async {
        let pods = pods(&scene, "v1").await.ok()?;
        (pods.iter().filter(|pod| is_ready(pod)).count() == 4).then(Instant::now)
    };
    let named = || async { (stable.so_far().len() > 1).then(Instant::now) };
    let (ready_at, named_at) = tokio::try_join!(
        sluice_e2e::wait::until("all pods are ready", all_ready),
        sluice_e2e::wait::until("the stable Service names the revision", named),
    )?;
    // Both are looked at every 50 ms.
    ensure!(named_at + Duration::from_millis(200) > ready_at, "named before its pods were ready");
    until_phase(&scene, Healthy).await?;
    answers(&scene).await
}

fn is_ready(pod: &k8s_openapi::api::core::v1::Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

pub(super) async fn misspelt_router(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let strategy = json!({"canary": {
        "canaryService": "canary", "stableService": "stable", "steps": [{"setWeight": 1}],
        "trafficRouting": {"gatewayApi": {"httpRoute": "web"}},
    }});
    scene.apply(&rollout("v1", &strategy)).await?;
    let message = until_phase(&scene, Degraded).await?.message.unwrap_or_default();
    ensure!(message.contains("spec.strategy.canary.trafficRouting.gatewayApi"), "{message}");
    ensure!(pods(&scene, "v1").await?.is_empty(), "nothing runs that was not understood");
    Ok(())
}
