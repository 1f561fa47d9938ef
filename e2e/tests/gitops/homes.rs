//! Applications in namespaces of teams, beside the controller's own.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use sluice_crds::names::application::{RESOURCES_FINALIZER, TRACKING_ID};
use sluice_crds::{AppProject, Application};
use sluice_e2e::harness::Scene;
use sluice_e2e::wait;

use crate::stage::{HOME, Stage, complains, map};

/// What a team's Application may do is the project's to say: one that lets it in has it synced and healed, one that does not is
/// named, and nothing is touched meanwhile. It goes with its objects, and the project with it.
pub(crate) async fn of_teams(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?.of_a_team().await?;
    stage.repository.write("app/a.yaml", map("a", "one"))?;
    let commit = stage.repository.commit("first")?;
    stage.application("web", &json!({})).await?;
    let field = format!("spec.sourceNamespaces of project {}", stage.scene.namespace);
    let refused = |application: &Value| complains(application, "InvalidSpecError", &field);
    stage.until("web", "kept out by its project", refused).await?;
    ensure!(stage.says("a").await?.is_none(), "it was deployed all the same");

    stage.project(json!({"sourceNamespaces": [stage.place()]})).await?;
    stage.settled("web", &commit).await?;
    let written = stage.scene.api::<ConfigMap>().get("a").await.context("read what was deployed")?;
    let mark = written.metadata.annotations.unwrap_or_default().remove(TRACKING_ID).unwrap_or_default();
    let own = format!("{}_{}:", stage.place(), stage.name("web"));
    ensure!(mark.starts_with(&own), "the mark names no namespace: {mark}");
    by_hand(&stage).await?;
    stage.until_says("a", Some("one")).await?;

    stage.project(json!({"sourceNamespaces": []})).await?;
    stage.until("web", "kept out again", refused).await?;
    by_hand(&stage).await?;
    stage.project(json!({"sourceNamespaces": [stage.place()]})).await?;
    stage.until_says("a", Some("one")).await?;
    leaves(&stage).await
}

async fn by_hand(stage: &Stage) -> Result<()> {
    let change = Patch::Merge(json!({"data": {"says": "by hand"}}));
    let changed = stage.scene.api::<ConfigMap>().patch("a", &PatchParams::default(), &change).await;
    changed.context("change it by hand").map(drop)
}

/// The team's Application keeps its project, one in a namespace whose Applications are not kept does not: nobody would act for it.
async fn leaves(stage: &Stage) -> Result<()> {
    let (nowhere, name) = (stage.scene.namespace.as_str(), stage.name("web"));
    stage.application_in(nowhere, "web", &json!({})).await?;
    let kept = Patch::Merge(json!({"metadata": {"finalizers": [RESOURCES_FINALIZER]}}));
    stage.applications().patch(&name, &PatchParams::default(), &kept).await.context("put the finalizer on")?;
    let projects: Api<AppProject> = Api::namespaced(stage.scene.client.clone(), HOME);
    projects.patch(nowhere, &PatchParams::default(), &kept).await.context("put the project's finalizer on")?;
    projects.delete(nowhere, &DeleteParams::default()).await.context("delete the project")?;
    stage.applications().delete(&name, &DeleteParams::default()).await.context("delete the Application")?;
    stage.until_says("a", None).await?;
    let gone = || async { projects.get_opt(nowhere).await.ok()?.is_none().then_some(()) };
    wait::until("the project is gone", gone).await?;
    let left = Api::<Application>::namespaced(stage.scene.client.clone(), nowhere).get(&name).await;
    let left = left.context("read the Application that is not kept")?;
    ensure!(left.status.is_none(), "somebody acted for an Application that is not kept: {:?}", left.status);
    Ok(())
}
