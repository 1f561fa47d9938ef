//! Releases at an HTTPRoute, with real Traefik as the Gateway.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, ensure};
use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Degraded, Healthy};
use sluice_crds::RolloutStatus;
use sluice_e2e::harness::Scene;
use sluice_e2e::load::Load;
use sluice_e2e::tools::Tools;
use sluice_e2e::traefik::{Options, Traefik};
use sluice_e2e::{fixtures, http, manifests};
use tokio::time::{Duration, sleep};

use crate::release::{controller, env, pods, rollout, uids, until, until_message, until_phase};

const GROUP: &str = "gateway.networking.k8s.io";

/// First without the Gateway API's kinds in the cluster, which the Rollout says; then with them.
pub(crate) async fn releases(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    for service in ["canary", "stable"] {
        scene.apply(&fixtures::service(service, &json!({"app": "web"}))).await?;
    }
    scene.apply(&errors(&scene).await).await?;
    scene.apply(&rollout("v1", &strategy())).await?;
    let told = until_message(&scene, "CustomResourceDefinition").await?.message.unwrap_or_default();
    ensure!(
        told.contains("HTTPRoute \"web\"") && told.contains("httproutes of gateway.networking.k8s.io/v1"),
        "{told}"
    );
    let traefik = gateway(&scene).await?;
    until_phase(&scene, Healthy).await?;
    answers(&scene, &traefik.web_url()).await?;
    let load = Load::start(&traefik.web_url(), &scene.host, 200)?;
    scene.apply(&rollout("v2", &strategy())).await?;
    drift(&scene).await?;
    let shares = |status: &RolloutStatus| status.canary.weights.as_ref().is_some_and(|all| !all.additional.is_empty());
    until(&scene, "the experiment has traffic", shares).await?;
    until_phase(&scene, Healthy).await?;
    let gone = || async { pods(&scene, "v1").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v1 go", gone).await?;
    let good = load.stop().await;
    ensure!(good.total.failed == 0, "{good:?}");
    ensure!(good.version("v1").requests > 0 && good.version("v2").requests > 0, "{good:?}");
    ensure!(weight(&scene).await? == Some(0), "the weight is back at 0");
    bad(&scene, &traefik).await
}

/// A version that fails half of its requests.
async fn bad(scene: &Scene, traefik: &Traefik) -> Result<()> {
    let untouched = uids(scene, "v2").await?;
    let load = Load::start(&traefik.web_url(), &scene.host, 200)?;
    scene.apply(&env(rollout("v3", &strategy()), "ERROR_RATE", "0.5")).await?;
    let message = until_phase(scene, Degraded).await?.message.unwrap_or_default();
    ensure!(message.starts_with("RolloutAborted") && message.contains("errors"), "{message}");
    let at_zero = || async { weight(scene).await.ok().flatten().filter(|weight| *weight == 0) };
    sluice_e2e::wait::until("weight 0", at_zero).await?;
    let gone = || async { pods(scene, "v3").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v3 go", gone).await?;
    let sent = load.stop().await;
    ensure!(sent.version("v2").failed == 0 && sent.unanswered.failed == 0, "{sent:?}");
    ensure!(sent.version("v3").failed > 0, "{sent:?}");
    ensure!(uids(scene, "v2").await? == untouched, "a pod of v2 was replaced");
    Ok(())
}

fn strategy() -> Value {
    let attempt = json!({"name": "try", "specRef": "canary", "replicas": 1, "weight": 20});
    json!({"canary": {
        "canaryService": "canary", "stableService": "stable",
        "scaleDownDelaySeconds": 3, "abortScaleDownDelaySeconds": 3,
        "trafficRouting": {"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": "web"}}},
        "analysis": {"templates": [{"templateName": "errors"}], "startingStep": 1},
        "steps": [
            {"setWeight": 20}, {"pause": {"duration": "15s"}},
            {"experiment": {"duration": "6s", "scaleDownDelaySeconds": 3, "templates": [attempt]}},
            {"setWeight": 60}, {"pause": {"duration": "3s"}},
        ],
    }})
}

/// Starts Traefik as a Gateway, once its kinds are there, and makes the test's Gateway and route.
async fn gateway(scene: &Scene) -> Result<Traefik> {
    let tools = Tools::ensure()?;
    manifests::apply_crds(&scene.client, &manifests::yaml_files(tools.gateway_definitions())?).await?;
    let class = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {"name": "traefik"},
        "spec": {"controllerName": "traefik.io/gateway-controller"},
    });
    apply_class(&scene.client, class).await?;
    let options = Options::as_gateway();
    scene.apply(&fixtures::gateway("gateway", options.web_port)).await?;
    scene.apply(&fixtures::http_route("web", &scene.host, &["stable", "canary"])).await?;
    let cluster = scene.world.cluster.lock().await;
    Traefik::start(&tools, &cluster, options).await
}

async fn apply_class(client: &Client, class: Value) -> Result<()> {
    let resource =
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(GROUP, "v1", "GatewayClass"), "gatewayclasses");
    let object: DynamicObject = serde_json::from_value(class)?;
    let params = PatchParams::apply("sluice-e2e").force();
    let classes: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
    classes.patch("traefik", &params, &Patch::Apply(&object)).await?;
    Ok(())
}

/// Waits until the test's host is answered.
async fn answers(scene: &Scene, url: &str) -> Result<()> {
    sluice_e2e::wait::until("the route answers", || async {
        let request = http::get_request(url, Some(&scene.host)).ok()?;
        let answer = http::send(&http::one_shot(), request, Duration::from_secs(5)).await.ok()?;
        (answer.status == 200).then_some(())
    })
    .await
}

fn routes(scene: &Scene) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(GROUP, "v1", "HTTPRoute"));
    Api::namespaced_with(scene.client.clone(), &scene.namespace, &resource)
}

/// The canary Service's weight in the HTTPRoute.
async fn weight(scene: &Scene) -> Result<Option<i64>> {
    let route = routes(scene).get("web").await?;
    let refs = route.data["spec"]["rules"][0]["backendRefs"].as_array().cloned().unwrap_or_default();
    Ok(refs.iter().find(|one| one["name"] == "canary").and_then(|one| one["weight"].as_i64()))
}

/// Waits for weight 20, edits it by hand, and waits until it is put back.
async fn drift(scene: &Scene) -> Result<()> {
    let at_20 = || async { weight(scene).await.ok().flatten().filter(|weight| *weight == 20) };
    sluice_e2e::wait::until("weight 20", at_20).await?;
    sleep(Duration::from_secs(1)).await;
    let edit = json!([{"op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": 70}]);
    let edit: Patch<()> = Patch::Json(serde_json::from_value(edit)?);
    routes(scene).patch("web", &PatchParams::default(), &edit).await?;
    sluice_e2e::wait::until("weight 20 again", at_20).await.map(drop)
}

/// An AnalysisTemplate `errors` that fails when more than 4 % of what Traefik sent to the canary Service failed.
///
/// Traefik's name for a Service of a Gateway begins with its route, gateway, entrypoint and rule.
async fn errors(scene: &Scene) -> Value {
    let service = format!("(.+-svc-)?{}-canary-.+@kubernetesgateway", scene.namespace);
    let series = format!("traefik_service_requests_total{{service=~\"{service}\"");
    let failed = format!("(sum(increase({series},code=~\"5..\"}}[6s])) or vector(0))");
    let prometheus = scene.world.prometheus.lock().await.url();
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "metadata": {"name": "errors"},
        "spec": {"metrics": [{
            "name": "errors", "interval": "1s", "initialDelay": "6s", "consecutiveErrorLimit": 60,
            "failureCondition": "result[0] > 0.04", "successCondition": "result[0] <= 0.04",
            "provider": {"prometheus": {
                "address": prometheus,
                "query": format!("{failed} / (sum(increase({series}}}[6s])) > 0)"),
            }},
        }]},
    })
}
