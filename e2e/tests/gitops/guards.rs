//! What holds a sync back.

use anyhow::{Result, ensure};
use serde_json::json;
use sluice_e2e::harness::Scene;

use crate::stage::{Stage, complains, map};

/// A window that denies holds; when the project has it no more, the sync goes on by itself.
pub(crate) async fn window(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.repository.write("app/a.yaml", map("a", "one"))?;
    let commit = stage.repository.commit("first")?;
    let always = json!([{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}]);
    stage.project(json!({"syncWindows": always})).await?;
    stage.application("web", &json!({})).await?;
    stage.until("web", "compared", |application| application["status"]["sync"]["revision"] == commit.as_str()).await?;
    let application = stage.get("web").await?;
    ensure!(application["status"]["sync"]["status"] == "OutOfSync", "{:#}", application["status"]);
    ensure!(application["status"]["operationState"].is_null(), "it synced: {:#}", application["status"]);
    ensure!(stage.says("a").await?.is_none(), "it was written in spite of the window");
    stage.project(json!({"syncWindows": []})).await?;
    stage.settled("web", &commit).await.map(drop)
}

/// An object that the project does not allow is named, and nothing of the commit is written.
pub(crate) async fn project(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.project(json!({"namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}]})).await?;
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: hidden\nstringData: {token: hunter2-token}\n";
    stage.repository.write("app/a.yaml", map("a", "one"))?.write("app/secret.yaml", secret)?;
    let commit = stage.repository.commit("first")?;
    stage.application("web", &json!({})).await?;
    let failed = |application: &serde_json::Value| {
        let told = application["status"].to_string();
        told.contains("hidden") && told.contains("namespaceResourceBlacklist")
    };
    let application = stage.until("web", "blocked by name", failed).await?;
    ensure!(!application.to_string().contains("hunter2"), "the status shows a secret: {application:#}");
    ensure!(!complains(&application, "ComparisonError", "hunter2"), "a condition shows a secret");
    stage.project(json!({"namespaceResourceBlacklist": []})).await?;
    stage.patch("web", &json!({"operation": {"sync": {}}})).await?;
    stage.settled("web", &commit).await.map(drop)
}
