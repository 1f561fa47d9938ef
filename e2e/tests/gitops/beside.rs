//! A release and a sync that heals, about the same Services and the same TraefikService.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Service;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase;
use sluice_e2e::fixtures;
use sluice_e2e::harness::Scene;
use tokio::time::sleep;

use crate::rejection::until_phase;
use crate::stage::Stage;

/// Long enough for several passes.
const PASSES: Duration = Duration::from_secs(5);
const HASH: &str = "rollouts-pod-template-hash";

/// In the middle of a release the Application is as git says, and neither its own healing nor a sync by hand takes back what the
/// release says of pods and traffic; what somebody changes beside that is healed.
pub(crate) async fn healed(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let commit = committed(&stage, "v1")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &commit).await?;
    until_phase(&stage, RolloutPhase::Healthy).await?;
    let commit = committed(&stage, "v2")?;
    until_phase(&stage, RolloutPhase::Paused).await?;
    let synced = |application: &Value| {
        let status = &application["status"];
        status["sync"]["status"] == "Synced"
            && status["sync"]["revision"] == commit.as_str()
            && status["operationState"]["phase"] != "Running"
    };
    stage.until("web", "as git says", synced).await?;
    let before = said(&stage).await?;
    ensure!(before.weights == [70, 30] && before.hashes[0] != before.hashes[1], "the release says {before:?}");
    sleep(PASSES).await;
    stage.until("web", "as git says still", synced).await?;
    stage.patch("web", &json!({"operation": {"sync": {}}})).await?;
    stage
        .until("web", "synced by hand", |application| application["operation"].is_null() && synced(application))
        .await?;
    let after = said(&stage).await?;
    ensure!(after == before, "in the middle of a release it was {before:?}, and is {after:?}");

    let other = Patch::Merge(json!({"spec": {"selector": {"app": "nobody"}}}));
    stage.scene.api::<Service>().patch("canary", &PatchParams::default(), &other).await.context("change it by hand")?;
    let healed = || async { (said(&stage).await.ok()? == before).then_some(()) };
    sluice_e2e::wait::until("the Service is healed", healed).await
}

fn committed(stage: &Stage, version: &str) -> Result<String> {
    let (namespace, host) = (&stage.scene.namespace, &stage.scene.host);
    let selector = json!({"app": "web"});
    let traffic = json!({"traefik": {"weightedTraefikServiceName": "web"}});
    let strategy = json!({"canary": {
        "canaryService": "canary", "stableService": "stable", "trafficRouting": traffic,
        "steps": [{"setWeight": 30}, {"pause": {}}],
    }});
    let rollout = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web", "namespace": namespace},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": selector}, "template": fixtures::pod_template("web", version), "strategy": strategy,
        },
    });
    let route = fixtures::traefik_service("web", &[("stable", None), ("canary", None)]);
    let ways = [fixtures::service("stable", &selector), fixtures::service("canary", &selector), route];
    let objects = ways.into_iter().chain([rollout, fixtures::ingress_route("web", host, "web")]);
    let texts: Vec<String> = objects.map(|object| object.to_string()).collect();
    stage.repository.write("app/all.yaml", texts.join("\n---\n"))?;
    stage.repository.commit(version)
}

/// What the release says.
#[derive(Debug, PartialEq)]
struct Said {
    /// Of the stable and of the canary's Service.
    hashes: [String; 2],
    /// Of the same in the TraefikService.
    weights: Vec<u64>,
    /// Whom both Services select beside that.
    apps: [String; 2],
}

async fn said(stage: &Stage) -> Result<Said> {
    let (mut hashes, mut apps) = ([String::new(), String::new()], [String::new(), String::new()]);
    for (at, name) in ["stable", "canary"].into_iter().enumerate() {
        let service = stage.scene.api::<Service>().get(name).await.context("read a Service")?;
        let mut selector = service.spec.and_then(|spec| spec.selector).unwrap_or_default();
        hashes[at] = selector.remove(HASH).unwrap_or_default();
        apps[at] = selector.remove("app").unwrap_or_default();
    }
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("traefik.io", "v1alpha1", "TraefikService"));
    let routes: Api<DynamicObject> = Api::namespaced_with(stage.scene.client.clone(), &stage.scene.namespace, &kind);
    let route = routes.get("web").await.context("read the TraefikService")?;
    let services = route.data["spec"]["weighted"]["services"].as_array().cloned().unwrap_or_default();
    let weights = services.iter().map(|one| one["weight"].as_u64().unwrap_or_default()).collect();
    Ok(Said { hashes, weights, apps })
}
