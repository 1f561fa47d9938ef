//! Verdicts that were lost, old, or told to nobody.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, ensure};
use k8s_openapi::api::events::v1::Event;
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_crds::{AnalysisRun, RolloutStatus};
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, sleep};

use crate::release::{canary, installed, patch_status, rollout, status, until, until_phase};

/// An analysis that asks the real Prometheus for a number, and what is said of that number.
fn template(prometheus: &str, number: &str, conditions: &Value) -> Value {
    let mut metric = json!({
        "name": "number", "interval": "1s", "count": 2,
        "provider": {"prometheus": {"address": prometheus, "query": format!("vector({number})")}},
    });
    json_patch::merge(&mut metric, conditions);
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "metadata": {"name": "number"},
        "spec": {"metrics": [metric]},
    })
}

fn below_5() -> Value {
    json!({"successCondition": "result[0] < 5", "failureCondition": "result[0] >= 5"})
}

/// Version v2 goes out, judged in its second step by that number.
async fn judged(scene: &Scene, number: &str, conditions: &Value) -> Result<String> {
    let strategy = canary(&json!([{"setWeight": 25}, {"analysis": {"templates": [{"templateName": "number"}]}}]));
    let prometheus = scene.world.prometheus.lock().await.url();
    scene.apply(&template(&prometheus, number, conditions)).await?;
    installed(scene, &strategy).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    Ok(prometheus)
}

async fn runs(scene: &Scene) -> Result<Vec<String>> {
    let runs = scene.api::<AnalysisRun>().list(&ListParams::default()).await?;
    Ok(runs.iter().map(ResourceExt::name_any).collect())
}

/// The number is good by the time of the retry: a run of its own finds that out, and the release goes on.
pub(super) async fn retried(scene: Scene) -> Result<()> {
    let prometheus = judged(&scene, "7", &below_5()).await?;
    until_phase(&scene, Degraded).await?;
    let before = runs(&scene).await?;
    scene.apply(&template(&prometheus, "3", &below_5())).await?;
    patch_status(&scene, json!({"abort": false})).await?;
    until_phase(&scene, Healthy).await?;
    let after = runs(&scene).await?;
    ensure!(before.len() == 1 && after.len() == 2, "{before:?}, then {after:?}");
    Ok(())
}

pub(super) async fn one_run(scene: Scene) -> Result<()> {
    judged(&scene, "7", &below_5()).await?;
    until_phase(&scene, Degraded).await?;
    sleep(Duration::from_secs(3)).await;
    ensure!(runs(&scene).await?.len() == 1, "{:?}", runs(&scene).await?);
    for tries in 2..4 {
        patch_status(&scene, json!({"abort": false})).await?;
        let more = || async { (runs(&scene).await.ok()?.len() == tries).then_some(()) };
        sluice_e2e::wait::until("the retry measures", more).await?;
        until(&scene, "it is taken back again", |status| status.abort && status.phase == Degraded).await?;
        sleep(Duration::from_secs(1)).await;
        ensure!(runs(&scene).await?.len() == tries, "{:?}", runs(&scene).await?);
    }
    Ok(())
}

/// The metric, its value and the condition stand in the status, in the condition Progressing, and in an event.
pub(super) async fn told(scene: Scene) -> Result<()> {
    judged(&scene, "7", &below_5()).await?;
    let status = until_phase(&scene, Degraded).await?;
    let tells = |text: &str| text.contains("number") && text.contains('7');
    ensure!(status.message.as_deref().is_some_and(tells), "{:?}", status.message);
    let progressing = status.conditions.iter().find(|condition| condition.r#type == "Progressing");
    ensure!(progressing.is_some_and(|condition| tells(&condition.message)), "{progressing:?}");
    let told = || async {
        let events = scene.api::<Event>().list(&ListParams::default()).await.ok()?;
        let aborted = events.items.iter().filter(|event| event.reason.as_deref() == Some("RolloutAborted"));
        aborted.into_iter().any(|event| event.note.as_deref().is_some_and(tells)).then_some(())
    };
    sluice_e2e::wait::until("an event tells why", told).await
}

/// Neither good nor bad: a person is asked, and what they say is done.
pub(super) async fn inconclusive(scene: Scene) -> Result<()> {
    let neither = json!({"successCondition": "result[0] < 5", "failureCondition": "result[0] > 10"});
    judged(&scene, "7", &neither).await?;
    let asked = |status: &RolloutStatus| {
        status.phase == Paused && status.pause_conditions.iter().any(|pause| pause.reason == "InconclusiveAnalysisRun")
    };
    let paused = until(&scene, "a person is asked", asked).await?;
    let message = paused.message.unwrap_or_default();
    ensure!(message.contains("promote or abort"), "{message}");
    sleep(Duration::from_secs(2)).await;
    ensure!(asked(&status(&scene).await?), "it did not wait for the person");
    patch_status(&scene, json!({"abort": true})).await?;
    until_phase(&scene, Degraded).await.map(drop)
}
