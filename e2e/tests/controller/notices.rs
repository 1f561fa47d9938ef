//! Who is told what of a release: people in a Slack on loopback.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use sluice_crds::Rollout;
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_e2e::harness::Scene;
use sluice_e2e::wait;
use sluice_world::actors::Slack;
use sluice_world::actors::slack::{CHANNEL, Posted};
use tokio::time::{Instant, sleep};

use crate::release::{canary, controller, installed, patch_status, rollout, until_phase};
use crate::slack;

/// A release is one thread, which a controller that is killed goes on with; a bad version is shown in the channel too.
pub(crate) async fn slack(scene: Scene) -> Result<()> {
    let (slack, address) = slack::start().await?;
    let steps = canary(&json!([{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}]));
    installed(&scene, &steps).await?;
    configure(&scene, &address).await?;
    subscribe(&scene).await?;
    // What was before is past: nothing may come.
    sleep(Duration::from_secs(3)).await;
    let before = slack.messages().len();

    scene.apply(&rollout("v2", &steps)).await?;
    until_phase(&scene, Paused).await?;
    until(&slack, "the pause is told", |all| waits(all) > 0).await?;
    controller(&scene).await?.lock().await.restart().await?;
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until_phase(&scene, Healthy).await?;
    let done = "all users have the new version";
    until(&slack, "the end is told", |all| all.iter().skip(before).any(|one| one.text().ends_with(done))).await?;

    scene.apply(&rollout("v3", &steps)).await?;
    until_phase(&scene, Paused).await?;
    patch_status(&scene, json!({"abort": true})).await?;
    until_phase(&scene, Degraded).await?;
    until(&slack, "the abort is told", |all| all.iter().any(|one| one.broadcast)).await?;
    let is_first = |one: &&Posted| one.thread.is_none();
    let says_the_end = |one: &Posted| one.text().contains("is rolled out");
    until(&slack, "the first thread says its end", |all| {
        all.iter().skip(before).find(is_first).is_some_and(says_the_end)
    })
    .await?;
    told_right(&slack.messages(), before)?;
    soon(&scene, &slack, &steps).await?;
    forget(&scene).await
}

/// Between the fact in the status and the notice in Slack.
const BOUND: Duration = Duration::from_secs(1);
/// How often it is measured.
const ROUNDS: usize = 5;
const PATIENCE: Duration = Duration::from_mins(1);

fn waits(messages: &[Posted]) -> usize {
    messages.iter().filter(|one| one.text().ends_with("waits")).count()
}

/// A pause is told within a second of being seen.
async fn soon(scene: &Scene, slack: &Slack, steps: &Value) -> Result<()> {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let (before, deadline) = (waits(&slack.messages()), Instant::now() + PATIENCE);
        scene.apply(&rollout(&format!("soon-{round}"), steps)).await?;
        let (mut seen, mut told) = (None, None);
        while seen.is_none() || told.is_none() {
            if told.is_none() && waits(&slack.messages()) > before {
                told = Some(Instant::now());
            }
            if seen.is_none() && is_paused(&scene.api::<Rollout>().get("web").await?) {
                seen = Some(Instant::now());
            }
            ensure!(Instant::now() < deadline, "round {round}: status seen {seen:?}, notice seen {told:?}");
            sleep(Duration::from_millis(5)).await;
        }
        times.extend(seen.zip(told).map(|(seen, told)| told.saturating_duration_since(seen)));
    }
    times.sort_unstable();
    println!("told after the pause is seen: {times:?}");
    let median = times.get(ROUNDS / 2).context("there are times")?;
    ensure!(*median <= BOUND, "told after {times:?}");
    Ok(())
}

/// Whether the newest version waits.
fn is_paused(rollout: &Rollout) -> bool {
    let generation = rollout.metadata.generation.unwrap_or_default().to_string();
    let status = rollout.status.as_ref();
    status.is_some_and(|status| status.phase == Paused && status.observed_generation.as_ref() == Some(&generation))
}

/// Two threads, all else is replies; nothing twice.
fn told_right(messages: &[Posted], before: usize) -> Result<()> {
    let new = messages.get(before..).unwrap_or_default();
    let texts: Vec<&str> = new.iter().map(Posted::text).collect();
    let tops: Vec<&Posted> = new.iter().filter(|one| one.thread.is_none()).collect();
    ensure!(tops.len() == 2, "one thread for each release: {texts:?}");
    let mut ids: Vec<&str> = new.iter().map(Posted::id).collect();
    ids.sort_unstable();
    ids.dedup();
    ensure!(ids.len() == new.len(), "nothing is told twice: {texts:?}");
    let first = tops.first().context("the first thread")?;
    ensure!(first.edits > 0, "the first message is edited in place: {texts:?}");
    let blocks = first.body.to_string();
    ensure!(blocks.contains("kubectl sluice") || first.text().contains("rolled out"), "{blocks}");
    Ok(())
}

async fn until(slack: &Slack, what: &str, holds: impl Fn(&[Posted]) -> bool) -> Result<()> {
    wait::until(what, || async { holds(&slack.messages()).then_some(()) }).await
}

/// The controller reads what is in its own namespace.
async fn configure(scene: &Scene, address: &str) -> Result<()> {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "stringData": {"slack-token": "xoxb-123456789"}});
    secrets(scene).patch(SECRET, &PatchParams::apply("sluice-e2e"), &Patch::Apply(&secret)).await?;
    service(scene, "slack", &format!("token: $slack-token\napiURL: {address}\n")).await
}

async fn forget(scene: &Scene) -> Result<()> {
    secrets(scene).delete(SECRET, &DeleteParams::default()).await?;
    no_service(scene, "slack").await
}

/// Adds `service.NAME` to what is configured; those of other tests stay.
pub(crate) async fn service(scene: &Scene, name: &str, text: &str) -> Result<()> {
    put(scene, name, json!({"data": {format!("service.{name}"): text}})).await
}

/// Takes that service away.
pub(crate) async fn no_service(scene: &Scene, name: &str) -> Result<()> {
    // Whoever applies an empty `data` owns all of it.
    put(scene, name, json!({})).await
}

async fn put(scene: &Scene, service: &str, mut map: Value) -> Result<()> {
    json_patch::merge(&mut map, &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": MAP}}));
    let maps = Api::<ConfigMap>::namespaced(scene.client.clone(), "sluice");
    maps.patch(MAP, &PatchParams::apply(&format!("sluice-e2e-{service}")), &Patch::Apply(&map)).await?;
    Ok(())
}

const MAP: &str = "argo-rollouts-notification-configmap";
const SECRET: &str = "argo-rollouts-notification-secret";

fn secrets(scene: &Scene) -> Api<Secret> {
    Api::namespaced(scene.client.clone(), "sluice")
}

async fn subscribe(scene: &Scene) -> Result<()> {
    let note = json!({"metadata": {"annotations": {"notifications.argoproj.io/subscribe.slack": CHANNEL}}});
    scene.api::<Rollout>().patch("web", &PatchParams::default(), &Patch::Merge(&note)).await?;
    Ok(())
}
