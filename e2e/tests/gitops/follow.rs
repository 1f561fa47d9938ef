//! Git is followed, and changes by hand are undone.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use sluice_e2e::harness::Scene;
use tokio::time::Instant;

use crate::stage::{Stage, map};

/// What a commit adds is made, what it changes is changed, what it leaves out is pruned.
pub(crate) async fn commits(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.repository.write("app/a.yaml", map("a", "one"))?.write("app/b.yaml", map("b", "one"))?;
    let first = stage.repository.commit("first")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &first).await?;
    stage.until_says("a", Some("one")).await?;
    stage
        .repository
        .write("app/a.yaml", map("a", "two"))?
        .write("app/c.yaml", map("c", "two"))?
        .remove("app/b.yaml")?;
    let second = stage.repository.commit("second")?;
    stage.settled("web", &second).await?;
    for (name, says) in [("a", Some("two")), ("b", None), ("c", Some("two"))] {
        stage.until_says(name, says).await?;
    }
    Ok(())
}

/// What somebody changes or deletes is put back; how soon is told.
pub(crate) async fn heals(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.repository.write("app/a.yaml", map("a", "git"))?;
    let commit = stage.repository.commit("first")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &commit).await?;
    let maps = stage.scene.api::<ConfigMap>();
    let by_hand = Patch::Merge(json!({"data": {"says": "somebody"}}));
    let began = Instant::now();
    maps.patch("a", &PatchParams::default(), &by_hand).await.context("change it by hand")?;
    stage.until_says("a", Some("git")).await?;
    eprintln!("a change by hand was undone after {:.3} s", began.elapsed().as_secs_f64());
    let began = Instant::now();
    maps.delete("a", &kube::api::DeleteParams::default()).await.context("delete it by hand")?;
    stage.until_says("a", Some("git")).await?;
    eprintln!("a deletion by hand was undone after {:.3} s", began.elapsed().as_secs_f64());
    Ok(())
}
