// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, ensure};
use serde_json::json;
use sluice_crds::RolloutPhase::{Degraded, Healthy};
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, sleep};

use crate::release::{
    answers, canary, compared_template, controller, env, errors_template, installed, patch_status, pods, rollout, uids,
    until, until_phase, until_weight, weight,
};

pub(crate) async fn good(scene: Scene) -> Result<()> {
    let steps =
        json!([{"setWeight": 20}, {"pause": {"duration": "3s"}}, {"setWeight": 60}, {"pause": {"duration": "3s"}}]);
    installed(&scene, &canary(&steps)).await?;
    let load = scene.load(200).await?;
    scene.apply(&rollout("v2", &canary(&steps))).await?;
    until_phase(&scene, Healthy).await?;
    let gone = || async { pods(&scene, "v1").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v1 go", gone).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0, "{sent:?}");
    ensure!(sent.version("v1").requests > 0 && sent.version("v2").requests > 0, "{sent:?}");
    ensure!(weight(&scene, "canary").await? == Some(0), "the weight is back at 0");
    Ok(())
}

pub(crate) async fn bad(scene: Scene) -> Result<()> {
    let mut strategy = canary(&json!([{"setWeight": 20}, {"pause": {}}]));
    strategy["canary"]["analysis"] = json!({"templates": [{"templateName": "errors"}]});
    let prometheus = scene.world.prometheus.lock().await.url();
    scene.apply(&errors_template(&scene, "canary", &prometheus)).await?;
    installed(&scene, &strategy).await?;
    let untouched = uids(&scene, "v1").await?;
    let load = scene.load(200).await?;
    scene.apply(&env(rollout("v2", &strategy), "ERROR_RATE", "0.5")).await?;
    let status = until_phase(&scene, Degraded).await?;
    until_weight(&scene, 0).await?;
    let message = status.message.unwrap_or_default();
    ensure!(message.starts_with("RolloutAborted") && message.contains("errors") && message.contains("0."), "{message}");
    let gone = || async { pods(&scene, "v2").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v2 go", gone).await?;
    let sent = load.stop().await;
    ensure!(sent.version("v1").failed == 0 && sent.unanswered.failed == 0, "{sent:?}");
    ensure!(uids(&scene, "v1").await? == untouched, "a pod of v1 was replaced");
    Ok(())
}

/// A good version passes the comparison of both Services' errors, and one that fails every tenth request does not.
pub(crate) async fn compared(scene: Scene) -> Result<()> {
    let analysis = json!({"analysis": {"templates": [{"templateName": "errors"}]}});
    let strategy = canary(&json!([{"setWeight": 20}, analysis]));
    let prometheus = scene.world.prometheus.lock().await.url();
    scene.apply(&compared_template(&scene, &prometheus)).await?;
    installed(&scene, &strategy).await?;
    let load = scene.load(200).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_phase(&scene, Healthy).await?;
    scene.apply(&env(rollout("v3", &strategy), "ERROR_RATE", "0.1")).await?;
    let status = until_phase(&scene, Degraded).await?;
    until_weight(&scene, 0).await?;
    let message = status.message.unwrap_or_default();
    ensure!(
        message.contains("requests bad, of the stable version 0 of") && message.contains("than chance"),
        "{message}"
    );
    let sent = load.stop().await;
    ensure!(sent.version("v1").failed == 0 && sent.version("v2").failed == 0, "{sent:?}");
    Ok(())
}

pub(crate) async fn superseded(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 50}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let load = scene.load(200).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until(&scene, "v2 is paused at 50", |status| status.current_step_index == Some(1)).await?;
    scene.apply(&rollout("v3", &strategy)).await?;
    let at_50 = |status: &sluice_crds::RolloutStatus| {
        status.current_step_index == Some(1) && status.phase == sluice_crds::RolloutPhase::Paused
    };
    until_phase(&scene, sluice_crds::RolloutPhase::Paused).await?;
    until(&scene, "v3 is paused at 50", at_50).await?;
    sleep(Duration::from_secs(2)).await;
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until_phase(&scene, Healthy).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests > 0 && sent.version("v3").requests > 0, "{sent:?}");
    Ok(())
}

pub(crate) async fn by_pods(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let strategy = json!({"canary": {"maxSurge": 1, "maxUnavailable": 0, "steps": [{"setWeight": 50}, {"pause": {}}]}});
    scene.apply(&rollout("v1", &strategy)).await?;
    until_phase(&scene, Healthy).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_phase(&scene, sluice_crds::RolloutPhase::Paused).await?;
    ensure!(pods(&scene, "v2").await?.len() == 2, "2 of 4 pods are new at weight 50");
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until_phase(&scene, Healthy).await?;
    ensure!(pods(&scene, "v2").await?.len() == 4, "all pods are new");
    Ok(())
}

/// The Rollout has no canaryService and stableService: the TraefikService's entries tell them.
pub(crate) async fn guide(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let prometheus = scene.world.prometheus.lock().await.url();
    for document in sluice_e2e::manifests::parse::<serde_json::Value>(GUIDE)? {
        let text = document.to_string().replace("http://prometheus.monitoring.svc.cluster.local:9090", &prometheus);
        scene.apply(&serde_json::from_str(&text.replace("HOST", &scene.host))?).await?;
    }
    until_named(&scene, Healthy).await?;
    answers(&scene).await?;
    // Events are written beside the passes.
    let told = || async {
        let events = events(&scene).await.ok()?;
        let derived = |text: &&String| text.contains("bookverse-inventory-canary") && text.contains("stable");
        events.iter().find(derived).map(|_| ())
    };
    sluice_e2e::wait::until("an event tells which Services were taken", told).await?;
    Ok(())
}

async fn until_named(scene: &Scene, phase: sluice_crds::RolloutPhase) -> Result<()> {
    let api = scene.api::<sluice_crds::Rollout>();
    let look = || async {
        let status = api.get("bookverse-inventory-canary").await.ok()?.status?;
        (status.phase == phase).then_some(())
    };
    sluice_e2e::wait::until("the guide's Rollout is healthy", look).await
}

async fn events(scene: &Scene) -> Result<Vec<String>> {
    let events = scene.api::<k8s_openapi::api::events::v1::Event>().list(&kube::api::ListParams::default()).await?;
    Ok(events.items.into_iter().filter_map(|event| event.note).collect())
}

const GUIDE: &str = include_str!("guide.yaml");
