// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, ensure};
use serde_json::json;
use sluice_crds::RolloutPhase::{Degraded, Healthy};
use sluice_e2e::fixtures;
use sluice_e2e::harness::Scene;

use crate::release::{controller, rollout, until_message, until_phase};

/// Such as the API server cannot tell.
pub(crate) async fn five_mistakes(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let strategy = json!({"canary": {
        "minPodsPerReplicaSet": 2,
        "analysis": {"templates": [], "startingStep": 9},
        "steps": [{"setWeight": 12, "setWait": 5}, {"pause": {"duration": "9999999999999999999"}}],
    }});
    scene.apply(&rollout("v1", &strategy)).await?;
    let status = until_phase(&scene, Degraded).await?;
    let message = status.message.unwrap_or_default();
    ensure!(message.starts_with("InvalidSpec: "), "{message}");
    let wrong = [
        "minPodsPerReplicaSet",
        "analysis.templates",
        "analysis.startingStep",
        "steps[0].setWait",
        "steps[1].pause.duration",
    ];
    for field in wrong {
        ensure!(message.contains(&format!("spec.strategy.canary.{field}: ")), "{field} is not in {message}");
    }
    ensure!(status.conditions.len() == 1, "{:?}", status.conditions);
    scene.apply(&rollout("v1", &good())).await?;
    until_phase(&scene, Healthy).await.map(drop)
}

fn good() -> serde_json::Value {
    json!({"canary": {"steps": [{"setWeight": 50}]}})
}

/// The API server takes any number where a number or a text may stand, also one that no 32 bits hold.
pub(crate) async fn half_typed(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let mut broken = rollout("v1", &json!({"canary": {"maxSurge": 5_000_000_000_i64}}));
    broken["metadata"]["name"] = json!("broken");
    scene.apply(&broken).await?;
    scene.apply(&rollout("v1", &good())).await?;
    until_phase(&scene, Healthy).await?;
    let api = crate::release::untyped(&scene);
    let look = || async {
        let status = api.get("broken").await.ok()?.data.get("status")?.clone();
        status.get("message")?.as_str()?.contains("maxSurge").then_some(())
    };
    sluice_e2e::wait::until("the half-typed Rollout says which field is wrong", look).await
}

pub(crate) async fn missing_references(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let strategy = json!({"canary": {
        "canaryService": "canary", "stableService": "stable",
        "analysis": {"templates": [{"templateName": "errors"}]},
    }});
    scene.apply(&rollout("v1", &strategy)).await?;
    let message = until_message(&scene, "InvalidSpec").await?.message.unwrap_or_default();
    for missing in ["\"canary\"", "\"stable\"", "errors"] {
        ensure!(message.contains(missing), "{missing} is not in {message}");
    }
    for service in ["canary", "stable"] {
        scene.apply(&fixtures::service(service, &json!({"app": "web"}))).await?;
    }
    scene.apply(&crate::release::errors_template(&scene, "canary", "http://127.0.0.1:1")).await?;
    until_phase(&scene, Healthy).await.map(drop)
}
