//! The dashboard of a controller that keeps Applications.

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use sluice_e2e::cluster::ADMIN_TOKEN;
use sluice_e2e::harness::Scene;
use sluice_e2e::visitor::Visitor;

use crate::stage::{DASHBOARD, HOME, Stage, map};

/// What somebody changed by hand is shown field by field, with what git says, until it is as git says again.
pub(crate) async fn differing(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.repository.write("app/a.yaml", map("a", "one"))?;
    let commit = stage.repository.commit("first")?;
    stage.application("web", &json!({"syncPolicy": {"automated": {"selfHeal": false}}})).await?;
    stage.settled("web", &commit).await?;
    let by_hand = Patch::Merge(json!({"data": {"says": "by hand"}}));
    let patched = stage.scene.api::<ConfigMap>().patch("a", &PatchParams::default(), &by_hand).await;
    patched.context("change what git has")?;
    stage.until("web", "not as git says", |application| application["status"]["sync"]["status"] == "OutOfSync").await?;
    let mut visitor = Visitor::signed_in(DASHBOARD, ADMIN_TOKEN).await?;
    let page = format!("/applications/{HOME}/{}", stage.name("web"));
    let shown = visitor.get(&page).await?.body;
    for text in ["1 field", "/data/says", "by hand", "one"] {
        ensure!(shown.contains(text), "{text} is not shown: {shown}");
    }
    stage.patch("web", &json!({"operation": {"sync": {}}})).await?;
    stage.settled("web", &commit).await?;
    let shown = visitor.get(&page).await?.body;
    ensure!(!shown.contains("/data/says"), "it is shown still: {shown}");
    Ok(())
}
