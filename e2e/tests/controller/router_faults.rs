//! The route is missing, wrong, edited, deleted; or the pods behind it are lost.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, ensure};
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_e2e::fixtures;
use sluice_e2e::harness::Scene;
use sluice_e2e::load::Load;
use tokio::time::{Duration, Instant, sleep};

use crate::release::{
    answers, canary, control, controller, installed, patch_status, rollout, route, traefik_services, until,
    until_message, until_phase, until_weight,
};

fn at_20() -> Value {
    canary(&json!([{"setWeight": 20}, {"pause": {}}]))
}

/// Version v2 paused at weight 20, with a deadline of 15 s after which it is taken back.
async fn paused_at_20(scene: &Scene) -> Result<()> {
    installed(scene, &at_20()).await?;
    scene.apply(&with_deadline(rollout("v2", &at_20()))).await?;
    until(scene, "v2 is paused at 20", |status| status.phase == Paused && status.current_step_index == Some(1))
        .await
        .map(drop)
}

fn with_deadline(mut rollout: Value) -> Value {
    rollout["spec"]["progressDeadlineSeconds"] = json!(15);
    rollout["spec"]["progressDeadlineAbort"] = json!(true);
    rollout
}

pub(crate) async fn drift(scene: Scene) -> Result<()> {
    paused_at_20(&scene).await?;
    let edit = json!([{"op": "replace", "path": "/spec/weighted/services/1/weight", "value": 70}]);
    let edit: Patch<()> = Patch::Json(serde_json::from_value(edit)?);
    traefik_services(&scene).patch("web", &PatchParams::default(), &edit).await?;
    let edited = Instant::now();
    until_weight(&scene, 20).await?;
    eprintln!("weights edited by hand were put back after {:?}", edited.elapsed());
    Ok(())
}

pub(crate) async fn missing(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    for service in ["canary", "stable"] {
        scene.apply(&fixtures::service(service, &json!({"app": "web"}))).await?;
    }
    scene.apply(&rollout("v1", &at_20())).await?;
    let message = until_message(&scene, "web").await?.message.unwrap_or_default();
    ensure!(message.contains("TraefikService"), "{message}");
    route(&scene).await?;
    until_phase(&scene, Healthy).await.map(drop)
}

pub(crate) async fn lacking(scene: Scene) -> Result<()> {
    route(&scene).await?;
    scene.apply(&fixtures::traefik_service("web", &[("stable", None)])).await?;
    scene.apply(&rollout("v1", &at_20())).await?;
    let message = until_message(&scene, "canary").await?.message.unwrap_or_default();
    ensure!(message.contains("TraefikService"), "{message}");
    route(&scene).await?;
    until_phase(&scene, Healthy).await.map(drop)
}

pub(crate) async fn deleted(scene: Scene) -> Result<()> {
    paused_at_20(&scene).await?;
    traefik_services(&scene).delete("web", &DeleteParams::default()).await?;
    until_message(&scene, "TraefikService").await?;
    scene.apply(&fixtures::traefik_service("web", &[("stable", None), ("canary", None)])).await?;
    until_weight(&scene, 20).await?;
    until(&scene, "paused again", |status| status.phase == Paused).await?;
    answers(&scene).await?;
    patch_status(&scene, json!({"abort": true})).await?;
    until_weight(&scene, 0).await
}

pub(crate) async fn unready(scene: Scene) -> Result<()> {
    paused_at_20(&scene).await?;
    let load = scene.load(200).await?;
    sleep(Duration::from_secs(2)).await;
    control(&scene, "v2", "ready=false").await?;
    let lost = Instant::now();
    until_message(&scene, "pods of").await?;
    until_weight(&scene, 0).await?;
    sleep(Duration::from_secs(3)).await;
    let healed = Instant::now();
    sleep(Duration::from_secs(2)).await;
    let during = load.between(lost, healed);
    let after = load.between(healed, Instant::now());
    // What fails is the canary's share, while Traefik has no pod for it; the rest is answered throughout.
    ensure!(during.total.error_rate() <= 23.0, "more than the canary's share failed: {during:?}");
    ensure!(during.version("v1").failed == 0 && after.total.failed == 0, "{during:?} {after:?}");
    let status = until_phase(&scene, Degraded).await?;
    let message = status.message.unwrap_or_default();
    ensure!(message.contains("RolloutAborted") && message.contains("no progress"), "{message}");
    Ok(())
}

pub(crate) async fn unready_bare(scene: Scene) -> Result<()> {
    paused_at_20(&scene).await?;
    let url = scene.world.bare_traefik.lock().await.web_url();
    let load = Load::start(&url, &scene.host, 100)?;
    let well = || async { load.snapshot().version("v2").requests.gt(&20).then_some(()) };
    sluice_e2e::wait::until("both versions answer", well).await?;
    control(&scene, "v2", "ready=false").await?;
    let lost = Instant::now();
    until_weight(&scene, 0).await?;
    // Twice its throttle of 2 s, and what the readiness probe and the watches take.
    sleep(Duration::from_secs(6)).await;
    let healed = Instant::now();
    sleep(Duration::from_secs(2)).await;
    let after = load.between(healed, Instant::now());
    ensure!(after.total.failed == 0 && after.total.requests > 0, "the route is not whole again: {after:?}");
    eprintln!(
        "a bare Traefik's route failed {} requests of 100/s after the pods were lost",
        load.between(lost, healed).total.failed
    );
    let status = until_phase(&scene, Degraded).await?;
    ensure!(status.message.unwrap_or_default().contains("no progress"), "aborted at its deadline");
    Ok(())
}
