//! Applications that go.

use anyhow::{Context, Result};
use kube::api::DeleteParams;
use serde_json::json;
use sluice_e2e::harness::Scene;

use crate::stage::{Stage, map};

pub(crate) const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

/// With the finalizer its objects go with it, without it they stay.
pub(crate) async fn both(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.repository.write("taken/a.yaml", map("taken", "x"))?.write("left/a.yaml", map("left", "x"))?;
    let commit = stage.repository.commit("first")?;
    for name in ["taken", "left"] {
        stage.application(name, &json!({"source": {"path": name}})).await?;
        stage.settled(name, &commit).await?;
    }
    stage.patch("taken", &json!({"metadata": {"finalizers": [FINALIZER]}})).await?;
    for name in ["taken", "left"] {
        let deleted = stage.applications().delete(&stage.name(name), &DeleteParams::default()).await;
        deleted.with_context(|| format!("delete Application {name}"))?;
        stage.until(name, "gone", serde_json::Value::is_null).await?;
    }
    stage.until_says("taken", None).await?;
    stage.until_says("left", Some("x")).await
}
