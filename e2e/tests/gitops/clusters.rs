//! Applications of another cluster.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use sluice_e2e::harness::Scene;
use tokio::time::{Instant, sleep};

use crate::deletion::FINALIZER;
use crate::far::Far;
use crate::stage::{HOME, Stage, complains, map, says, until_says};

/// Deploys the folder of its name to the cluster of that name; the namespace there is made for it.
async fn by_name(stage: &Stage, name: &str, cluster: &str) -> Result<()> {
    to(stage, name, &json!({"server": null, "name": cluster})).await
}

async fn to(stage: &Stage, name: &str, destination: &Value) -> Result<()> {
    let options = json!({"syncOptions": ["CreateNamespace=true"]});
    stage.application(name, &json!({"source": {"path": name}, "destination": destination, "syncPolicy": options})).await
}

/// By a token and the cluster's name, and by a certificate and its address: deployed, healed, pruned, and deleted at last.
pub(crate) async fn deployed(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let far = Far::of(&stage).await?;
    let _up = far.up().await;
    let maps = far.maps(&stage);
    let (token, cluster) = (far.token(&stage.name("token")).await?, stage.name("far"));
    far.known_by_token(&stage, &cluster, &token).await?;
    let address = far.known_by_certificate(&stage, &stage.name("certified")).await?;
    for name in ["token", "certificate"] {
        stage.repository.write(&format!("{name}/a.yaml"), map(name, "one"))?;
        stage.repository.write(&format!("{name}/b.yaml"), map(&format!("{name}-b"), "one"))?;
    }
    let first = stage.repository.commit("first")?;
    by_name(&stage, "token", &cluster).await?;
    to(&stage, "certificate", &json!({"server": address})).await?;
    for name in ["token", "certificate"] {
        stage.settled(name, &first).await?;
        until_says(&maps, name, Some("one")).await?;
        ensure!(stage.says(name).await?.is_none(), "{name} was deployed to the first cluster");
        heals(&maps, name).await?;
        stage.repository.remove(&format!("{name}/b.yaml"))?;
    }
    let second = stage.repository.commit("second")?;
    for name in ["token", "certificate"] {
        stage.settled(name, &second).await?;
        until_says(&maps, &format!("{name}-b"), None).await?;
        deleted(&stage, name).await?;
        until_says(&maps, name, None).await?;
    }
    Ok(())
}

/// What somebody changes or deletes there is put back.
async fn heals(maps: &Api<ConfigMap>, name: &str) -> Result<()> {
    let by_hand = Patch::Merge(json!({"data": {"says": "somebody"}}));
    let began = Instant::now();
    maps.patch(name, &PatchParams::default(), &by_hand).await.context("change it by hand")?;
    until_says(maps, name, Some("one")).await?;
    eprintln!("a change by hand in another cluster was undone after {:.3} s", began.elapsed().as_secs_f64());
    maps.delete(name, &DeleteParams::default()).await.context("delete it by hand")?;
    until_says(maps, name, Some("one")).await
}

/// Deletes an Application with all that it deployed, and waits until it is gone.
async fn deleted(stage: &Stage, name: &str) -> Result<()> {
    asked_to_go(stage, name).await?;
    stage.until(name, "gone", Value::is_null).await.map(drop)
}

async fn asked_to_go(stage: &Stage, name: &str) -> Result<()> {
    stage.patch(name, &json!({"metadata": {"finalizers": [FINALIZER]}})).await?;
    let deleted = stage.applications().delete(&stage.name(name), &DeleteParams::default()).await;
    deleted.with_context(|| format!("delete Application {name}")).map(drop)
}

/// Its Applications say so, those of the other cluster go on, and nothing is pruned. When it is back, all goes on by itself:
/// what was committed meanwhile is deployed, who was deleted meanwhile goes.
pub(crate) async fn dies(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let far = Far::of(&stage).await?;
    let mut cluster = far.alone().await;
    let maps = far.maps(&stage);
    let name = stage.name("far");
    far.known_by_token(&stage, &name, &far.token(&name).await?).await?;
    for folder in ["near", "stays", "goes"] {
        stage.repository.write(&format!("{folder}/a.yaml"), map(folder, "one"))?;
    }
    let first = stage.repository.commit("first")?;
    stage.application("near", &json!({"source": {"path": "near"}})).await?;
    for folder in ["stays", "goes"] {
        by_name(&stage, folder, &name).await?;
        stage.settled(folder, &first).await?;
    }
    stage.settled("near", &first).await?;
    let before = maps.get("stays").await.context("read a ConfigMap")?.uid();
    cluster.kill_api_server().await?;
    let began = Instant::now();
    let unreachable = |application: &Value| {
        complains(application, "ComparisonError", &name)
            && complains(application, "ComparisonError", "cannot be reached")
    };
    for folder in ["stays", "goes"] {
        stage.until(folder, "told that its cluster cannot be reached", unreachable).await?;
    }
    eprintln!("a cluster that is gone was told after {:.1} s", began.elapsed().as_secs_f64());
    asked_to_go(&stage, "goes").await?;
    for folder in ["near", "stays"] {
        stage.repository.write(&format!("{folder}/a.yaml"), map(folder, "two"))?;
    }
    let second = stage.repository.commit("second")?;
    let near = stage.settled("near", &second).await?;
    ensure!(near["status"]["conditions"].is_null(), "the other cluster's Application is told, too: {near:#}");
    let kept = |application: &Value| complains(application, "DeletionError", "cannot be reached");
    stage.until("goes", "told why it cannot go", kept).await?;
    cluster.revive_api_server().await?;
    let began = Instant::now();
    stage.settled("stays", &second).await?;
    stage.until("goes", "gone", Value::is_null).await?;
    eprintln!("a cluster that was back was used again after {:.1} s", began.elapsed().as_secs_f64());
    until_says(&maps, "stays", Some("two")).await?;
    until_says(&maps, "goes", None).await?;
    let after = maps.get("stays").await.context("read a ConfigMap")?.uid();
    ensure!(before == after, "it was deleted, and made anew");
    Ok(())
}

/// A token that counts no more is told, and nothing is deleted; the new one is used as soon as the Secret has it.
pub(crate) async fn rotated(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let far = Far::of(&stage).await?;
    let _up = far.up().await;
    let (maps, name) = (far.maps(&stage), stage.name("far"));
    let [old, new] = ["old", "new"].map(|which| stage.name(which));
    far.known_by_token(&stage, &name, &far.token(&old).await?).await?;
    let first = stage.repository.write("web/a.yaml", map("a", "one"))?.commit("first")?;
    by_name(&stage, "web", &name).await?;
    stage.settled("web", &first).await?;
    far.revoke(&old).await?;
    // For so long the API server remembers whose it was.
    sleep(Duration::from_secs(12)).await;
    let second = stage.repository.write("web/a.yaml", map("a", "two"))?.commit("second")?;
    let refused = |application: &Value| {
        complains(application, "ComparisonError", &name) && complains(application, "ComparisonError", "Unauthorized")
    };
    let application = stage.until("web", "told that the token counts no more", refused).await?;
    ensure!(says(&maps, "a").await?.as_deref() == Some("one"), "something was done by a token that counts no more");
    ensure!(application["status"]["operationState"]["phase"] != "Failed", "it gave up: {application:#}");
    let began = Instant::now();
    far.known_by_token(&stage, &name, &far.token(&new).await?).await?;
    stage.settled("web", &second).await?;
    eprintln!("a new token was used after {:.1} s", began.elapsed().as_secs_f64());
    until_says(&maps, "a", Some("two")).await
}

/// Without its Secret nobody knows the cluster: its Application says so, and its objects stay. With it all goes on. An
/// Application that is deleted without it goes, and leaves them.
pub(crate) async fn forgotten(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let far = Far::of(&stage).await?;
    let _up = far.up().await;
    let (maps, name) = (far.maps(&stage), stage.name("far"));
    let token = far.token(&name).await?;
    far.known_by_token(&stage, &name, &token).await?;
    let first = stage.repository.write("web/a.yaml", map("a", "one"))?.commit("first")?;
    by_name(&stage, "web", &name).await?;
    stage.settled("web", &first).await?;
    let secrets: Api<Secret> = Api::namespaced(stage.scene.client.clone(), HOME);
    let forget = || async { secrets.delete(&name, &DeleteParams::default()).await.context("delete the Secret") };
    forget().await?;
    let unknown = |application: &Value| complains(application, "InvalidSpecError", "add a Secret of type cluster");
    stage.until("web", "told that nobody knows its cluster", unknown).await?;
    let second = stage.repository.write("web/a.yaml", map("a", "two"))?.commit("second")?;
    // Several intervals.
    sleep(Duration::from_secs(10)).await;
    ensure!(says(&maps, "a").await?.as_deref() == Some("one"), "something was done in a cluster that nobody knows");
    far.known_by_token(&stage, &name, &token).await?;
    stage.settled("web", &second).await?;
    until_says(&maps, "a", Some("two")).await?;
    forget().await?;
    stage.until("web", "told that nobody knows its cluster", unknown).await?;
    deleted(&stage, "web").await?;
    ensure!(says(&maps, "a").await?.as_deref() == Some("two"), "it was deleted in a cluster that nobody knows");
    Ok(())
}
