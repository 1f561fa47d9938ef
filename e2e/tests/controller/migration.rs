//! A running Deployment becomes a Rollout.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use sluice_crds::Rollout;
use sluice_crds::RolloutPhase::{Healthy, Paused};
use sluice_crds::names::{annotation, label};
use sluice_e2e::fixtures;
use sluice_e2e::harness::Scene;
use sluice_e2e::wait;

use crate::release::{answers, canary, patch_status, pods, rollout, route, status, until, until_phase};

/// Four pods that answer until Traefik has seen that they go, which took it 17 s on a machine with ten times too much to do.
fn deployment() -> Value {
    let mut template = fixtures::pod_template("web", "v1");
    template["spec"]["containers"][0]["lifecycle"] = json!({"preStop": {"sleep": {"seconds": 20}}});
    template["spec"]["terminationGracePeriodSeconds"] = json!(40);
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app"},
        "spec": {"replicas": 4, "selector": {"matchLabels": {"app": "web"}}, "template": template},
    })
}

/// The Rollout of that Deployment, as the page for users writes it: no template, no selector.
fn borrowing() -> Value {
    let mut rollout = rollout("v1", &canary(&json!([{"setWeight": 25}, {"pause": {}}])));
    let reference = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "app", "scaleDown": "progressively"});
    json_patch::merge(&mut rollout, &json!({"spec": {"template": null, "selector": null, "workloadRef": reference}}));
    rollout
}

async fn lender(scene: &Scene) -> Result<Deployment> {
    Ok(scene.api::<Deployment>().get("app").await?)
}

fn desired(deployment: &Deployment) -> Option<i32> {
    deployment.spec.as_ref()?.replicas
}

/// Its pods go one by one as those of the Rollout come; then its next image goes out step by step. No request fails.
pub(crate) async fn pod_by_pod(scene: Scene) -> Result<()> {
    route(&scene).await?;
    scene.apply(&deployment()).await?;
    let all_there = || async { (lender(&scene).await.ok()?.status?.available_replicas == Some(4)).then_some(()) };
    wait::until("the Deployment runs", all_there).await?;
    answers(&scene).await?;
    let load = scene.load(100).await?;

    scene.apply(&borrowing()).await?;
    until_phase(&scene, Healthy).await?;
    let ours = |pod: &&k8s_openapi::api::core::v1::Pod| pod.labels().contains_key(label::POD_TEMPLATE_HASH);
    let taken_over = || async {
        let pods = pods(&scene, "v1").await.ok()?;
        (desired(&lender(&scene).await.ok()?) == Some(0) && pods.len() == 4 && pods.iter().all(|pod| ours(&pod)))
            .then_some(())
    };
    wait::until("only the Rollout has pods", taken_over).await?;

    let image = format!("{}:v2", sluice_e2e::kubelet::APP_IMAGE);
    let patch = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}});
    scene.api::<Deployment>().patch("app", &PatchParams::default(), &Patch::Strategic(patch)).await?;
    until(&scene, "v2 is paused at 25", |status| status.phase == Paused && status.current_step_index == Some(1))
        .await?;
    ensure!(pods(&scene, "v2").await?.len() == 1, "one of 4 pods is new at weight 25");
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until_phase(&scene, Healthy).await?;

    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests > 0, "{sent:?}");
    let lender = lender(&scene).await?;
    let generation = lender.metadata.generation.map(|generation| generation.to_string());
    ensure!(desired(&lender) == Some(0), "the Deployment stays without pods: {:?}", desired(&lender));
    ensure!(status(&scene).await?.workload_observed_generation == generation, "{generation:?} is observed");
    let rollout = scene.api::<Rollout>().get("web").await?;
    ensure!(
        rollout.annotations().get(annotation::WORKLOAD_GENERATION) == generation.as_ref(),
        "{generation:?} is noted"
    );
    ensure!(rollout.spec.template.is_none() && rollout.spec.selector.is_none(), "what is lent is not written down");
    Ok(())
}
