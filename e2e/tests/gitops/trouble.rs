//! Repositories that are not as they were.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sluice_e2e::git::Manners;
use sluice_e2e::harness::Scene;
use tokio::time::sleep;

use crate::stage::{Stage, complains, map};

/// A branch that is put elsewhere is deployed from there.
pub(crate) async fn rewritten(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let first = stage.repository.write("app/a.yaml", map("a", "first"))?.commit("first")?;
    let second = stage.repository.write("app/a.yaml", map("a", "second"))?.commit("second")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &second).await?;
    stage.repository.git(&["reset", "--quiet", "--hard", &first])?;
    let other = stage.repository.write("app/a.yaml", map("a", "other"))?.commit("another history")?;
    stage.settled("web", &other).await?;
    stage.until_says("a", Some("other")).await
}

/// While the repository cannot be had, nothing is deleted and the Application says why. It goes on when it is back.
pub(crate) async fn vanishes_and_hangs(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let first = stage.repository.write("app/a.yaml", map("a", "first"))?.commit("first")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &first).await?;
    let server = &stage.shared.server;
    server.behave(Manners::Gone);
    stage
        .until("web", "told that the repository is gone", |application: &Value| {
            complains(application, "ComparisonError", "")
        })
        .await?;
    ensure!(stage.says("a").await?.as_deref() == Some("first"), "a repository that is gone deleted something");
    server.behave(Manners::Silent);
    sleep(Duration::from_secs(5)).await;
    ensure!(stage.says("a").await?.as_deref() == Some("first"), "a repository that hangs deleted something");
    let second = stage.repository.write("app/a.yaml", map("a", "second"))?.commit("second")?;
    server.behave(Manners::Kind);
    stage.settled("web", &second).await.map(drop)
}
