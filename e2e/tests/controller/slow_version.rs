//! The rollback policy and a version that answers well, and too slowly: by what Traefik counts and Prometheus keeps.

use anyhow::{Context, Result, ensure};
use kube::api::ListParams;
use serde_json::json;
use sluice_crds::AnalysisRun;
use sluice_crds::RolloutPhase::Degraded;
use sluice_e2e::harness::Scene;
use sluice_e2e::wait;
use sluice_world::actors::slack::CHANNEL;

use crate::release::{canary, controller, env, installed, rollout, until_phase, until_weight};
use crate::rollback_policy::config_map;
use crate::{notices, slack};

const SERVICE: &str = "slack.slow";

/// Taken back at a pause for its response time alone; the run and the notice have the query, both versions' numbers and the bound.
pub(crate) async fn taken_back(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let (slack, address) = slack::start().await?;
    notices::service(&scene, SERVICE, &format!("token: xoxb-123456789\napiURL: {address}\n")).await?;
    scene.apply(&config_map(&policy(&scene).await)).await?;
    let strategy = canary(&json!([{"setWeight": 40}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let load = scene.load(100).await?;
    scene.apply(&env(rollout("v2", &strategy), "LATENCY_MS", "200")).await?;
    let message = until_phase(&scene, Degraded).await?.message.unwrap_or_default();
    until_weight(&scene, 0).await?;
    ensure!(message.contains("response_time_degradation") && message.contains("the stable version has"), "{message}");
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests >= 200, "{sent:?}");
    eprintln!("taken back: {message}");
    in_the_run(&scene).await?;
    let told = || async { slack.messages().into_iter().find(|one| one.broadcast) };
    let told = wait::until("the channel of the policy is told", told).await?.body.to_string();
    notices::no_service(&scene, SERVICE).await?;
    for part in ["response_time_degradation", "histogram_quantile(0.95", "on it is too much", "the stable version has"]
    {
        ensure!(told.contains(part), "{part} is missing in {told}");
    }
    Ok(())
}

/// It looks each second at ten of them, and tells the channel.
async fn policy(scene: &Scene) -> String {
    let prometheus = scene.world.prometheus.lock().await.url();
    let trigger = "{type: response_time_degradation, threshold: 2x, duration: 10s}";
    let targets = format!("{{{}: {{notification_channels: [{{slow: {CHANNEL}}}]}}}}", scene.namespace);
    format!("interval: 1s\nprometheus: {{address: {prometheus}}}\ntriggers: [{trigger}]\nrollback_targets: {targets}\n")
}

/// Query, numbers, multiple and verdict are kept.
async fn in_the_run(scene: &Scene) -> Result<()> {
    let runs = scene.api::<AnalysisRun>().list(&ListParams::default().labels("rollout-type=RollbackPolicy")).await?;
    let run = serde_json::to_string(runs.items.first().context("there is no run of the policy")?)?;
    for part in ["traefik_service_request_duration_seconds_bucket", "\"times\":2", "\"Failed\"", "on it is too much"] {
        ensure!(run.contains(part), "{part} is missing in {run}");
    }
    Ok(())
}
