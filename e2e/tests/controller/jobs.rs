//! Jobs that judge a version, and what is left once a release is over.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::Result;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::batch::v1::Job;
use kube::api::ListParams;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sluice_crds::AnalysisRun;
use sluice_crds::RolloutPhase::{Degraded, Healthy};
use sluice_e2e::harness::Scene;
use sluice_e2e::wait;

use crate::release::{controller, patch_status, rollout, until_phase};

/// A Job that ends well lets a version out; one that is under way when the release is aborted is deleted. Of what is over, as
/// much is kept as the spec says: nothing.
pub(crate) async fn judged(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    scene.apply(&template("quick", &["true"])).await?;
    scene.apply(&template("slow", &["sleep", "600"])).await?;
    for version in ["v1", "v2"] {
        scene.apply(&judged_by("quick", version)).await?;
        until_phase(&scene, Healthy).await?;
    }
    scene.apply(&judged_by("slow", "v3")).await?;
    let goes_on = |job: &Job| job.status.as_ref().is_some_and(|status| status.active == Some(1));
    let under_way = || async { all::<Job>(&scene).await?.iter().any(goes_on).then_some(()) };
    wait::until("a Job is under way", under_way).await?;
    patch_status(&scene, json!({"abort": true})).await?;
    until_phase(&scene, Degraded).await?;
    let over = || async { all::<Job>(&scene).await?.is_empty().then_some(()) };
    wait::until("the Jobs go", over).await?;
    let kept = || async {
        let (runs, sets) = (all::<AnalysisRun>(&scene).await?, all::<ReplicaSet>(&scene).await?);
        (runs.len() == 1 && sets.len() == 2).then_some(())
    };
    wait::until("the run of v2 goes, and the ReplicaSet of v1", kept).await
}

/// An AnalysisTemplate of that name, whose only metric is a Job that runs that command.
fn template(name: &str, command: &[&str]) -> Value {
    let container = json!({"name": "check", "image": "sluice-demo/check:1", "command": command});
    let pod = json!({"restartPolicy": "Never", "containers": [container]});
    let job = json!({"spec": {"backoffLimit": 0, "template": {"spec": pod}}});
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "metadata": {"name": name},
        "spec": {"metrics": [{"name": "check", "provider": {"job": job}}]},
    })
}

fn judged_by(template: &str, version: &str) -> Value {
    let analysis = json!({"analysis": {"templates": [{"templateName": template}]}});
    let mut rollout = rollout(version, &json!({"canary": {"maxSurge": 1, "steps": [{"setWeight": 50}, analysis]}}));
    rollout["spec"]["revisionHistoryLimit"] = json!(0);
    rollout["spec"]["analysis"] = json!({"successfulRunHistoryLimit": 0});
    rollout
}

async fn all<K>(scene: &Scene) -> Option<Vec<K>>
where
    K: kube::Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    scene.api::<K>().list(&ListParams::default()).await.ok().map(|list| list.items)
}
