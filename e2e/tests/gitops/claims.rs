//! Two Applications that name one object.

use anyhow::{Result, ensure};
use serde_json::json;
use sluice_e2e::harness::Scene;

use crate::stage::{Stage, complains, map};

/// The second one says whose it is. When either leaves it out, the other one's stays.
pub(crate) async fn shared(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    for name in ["first", "second"] {
        stage.repository.write(&format!("{name}/shared.yaml"), map("shared", "both"))?;
        stage.repository.write(&format!("{name}/own.yaml"), map(name, "own"))?;
    }
    let commit = stage.repository.commit("first")?;
    stage.application("first", &json!({"source": {"path": "first"}})).await?;
    stage.settled("first", &commit).await?;
    stage.application("second", &json!({"source": {"path": "second"}})).await?;
    let told = |application: &serde_json::Value| complains(application, "SharedResourceWarning", "shared");
    stage.until("second", "told that an object is shared", told).await?;
    stage.until_says("second", Some("own")).await?;
    stage.repository.remove("second/shared.yaml")?;
    let commit = stage.repository.commit("second leaves it out")?;
    stage.settled("second", &commit).await?;
    stage.settled("first", &commit).await?;
    ensure!(stage.says("shared").await?.as_deref() == Some("both"), "what two claimed is gone");
    Ok(())
}
