//! Two Applications that name one object.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::{Value, json};
use sluice_crds::names::application::TRACKING_ID;
use sluice_e2e::harness::Scene;
use tokio::time::sleep;

use crate::stage::{Stage, complains, map};

/// Both say whose it is, and the first one keeps it, though both would put right what differs. When either leaves it out, the other
/// one's stays: the very same object.
pub(crate) async fn shared(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    for name in ["first", "second"] {
        stage.repository.write(&format!("{name}/shared.yaml"), map("shared", name))?;
        stage.repository.write(&format!("{name}/own.yaml"), map(name, "own"))?;
    }
    let commit = stage.repository.commit("first")?;
    stage.application("first", &json!({"source": {"path": "first"}})).await?;
    stage.settled("first", &commit).await?;
    let made = shared_map(&stage).await?;
    stage.application("second", &json!({"source": {"path": "second"}})).await?;
    let told = |application: &Value| complains(application, "SharedResourceWarning", "shared");
    for name in ["first", "second"] {
        stage.until(name, "told that an object is shared", told).await?;
    }
    stage.until_says("second", Some("own")).await?;
    // Long enough for several looks.
    sleep(Duration::from_secs(5)).await;
    let kept = shared_map(&stage).await?;
    ensure!(kept.metadata.resource_version == made.metadata.resource_version, "two write one object in turns");

    stage.repository.remove("first/shared.yaml")?;
    let commit = stage.repository.commit("first leaves it out")?;
    stage.until_says("shared", Some("second")).await?;
    for name in ["first", "second"] {
        stage.settled(name, &commit).await?;
    }
    let taken = shared_map(&stage).await?;
    let mark = taken.metadata.annotations.unwrap_or_default().remove(TRACKING_ID).unwrap_or_default();
    ensure!(
        mark.starts_with(&stage.name("second")) && taken.metadata.uid == made.metadata.uid,
        "what two claimed is made anew: {mark}"
    );
    Ok(())
}

async fn shared_map(stage: &Stage) -> Result<ConfigMap> {
    stage.scene.api::<ConfigMap>().get("shared").await.context("read what is shared")
}
