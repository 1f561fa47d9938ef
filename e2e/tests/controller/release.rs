//! A Rollout named `web` with its Services and its route, and what tests ask of it.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::sync::OnceLock;

use anyhow::{Context, Result, bail, ensure};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use kube::ResourceExt;
use kube::api::{Api, DynamicObject, ListParams, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};
use sluice_crds::{Rollout, RolloutPhase, RolloutStatus};
use sluice_e2e::controller::Controller;
use sluice_e2e::fixtures;
use sluice_e2e::harness::Scene;
use sluice_e2e::http::{self, Method};
use sluice_e2e::programs::Programs;
use sluice_e2e::wait::PATIENCE;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::{Duration, Instant, sleep};

static CONTROLLER: OnceCell<Mutex<Controller>> = OnceCell::const_new();
static PROGRAMS: OnceLock<Programs> = OnceLock::new();

/// The programs under test, built once.
pub(crate) fn programs() -> Result<&'static Programs> {
    if PROGRAMS.get().is_none() {
        let _ = PROGRAMS.set(Programs::build("dev")?);
    }
    PROGRAMS.get().context("the programs were built")
}

/// The one controller of all tests, started by whoever needs it first.
pub(crate) async fn controller(scene: &Scene) -> Result<&'static Mutex<Controller>> {
    CONTROLLER
        .get_or_try_init(|| async {
            let world = &scene.world;
            let apis = [world.traefik.lock().await.api_url(), world.bare_traefik.lock().await.api_url()];
            let cluster = world.cluster.lock().await;
            Ok(Mutex::new(Controller::start(programs()?.controller.clone(), &cluster, &apis).await?))
        })
        .await
}

/// A Rollout of 4 pods of the built-in application at `version`.
pub(crate) fn rollout(version: &str, strategy: &Value) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"},
        "spec": {
            "replicas": 4,
            "selector": {"matchLabels": {"app": "web"}},
            "template": fixtures::pod_template("web", version),
            "strategy": strategy,
        },
    })
}

/// A canary strategy with the Services `canary` and `stable` and the TraefikService `web`.
pub(crate) fn canary(steps: &Value) -> Value {
    json!({"canary": {
        "canaryService": "canary", "stableService": "stable",
        "scaleDownDelaySeconds": 3, "abortScaleDownDelaySeconds": 3,
        "trafficRouting": {"traefik": {"weightedTraefikServiceName": "web"}},
        "steps": steps,
    }})
}

/// Sets an environment variable of the application.
pub(crate) fn env(mut rollout: Value, name: &str, value: &str) -> Value {
    rollout["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": name, "value": value}]);
    rollout
}

/// Makes the two Services and the route of the test's host.
pub(crate) async fn route(scene: &Scene) -> Result<()> {
    controller(scene).await?;
    for service in ["canary", "stable"] {
        scene.apply(&fixtures::service(service, &json!({"app": "web"}))).await?;
    }
    scene.apply(&fixtures::traefik_service("web", &[("stable", None), ("canary", None)])).await?;
    scene.apply(&fixtures::ingress_route("web", &scene.host, "web")).await?;
    Ok(())
}

/// Makes route and Rollout, and waits until its first version is out and answers.
pub(crate) async fn installed(scene: &Scene, strategy: &Value) -> Result<()> {
    route(scene).await?;
    scene.apply(&rollout("v1", strategy)).await?;
    until_phase(scene, RolloutPhase::Healthy).await?;
    answers(scene).await
}

/// Waits until the test's host is answered.
pub(crate) async fn answers(scene: &Scene) -> Result<()> {
    let url = scene.world.traefik.lock().await.web_url();
    sluice_e2e::wait::until("the route answers", || async {
        let request = http::get_request(&url, Some(&scene.host)).ok()?;
        let answer = http::send(&http::one_shot(), request, Duration::from_secs(5)).await.ok()?;
        (answer.status == 200).then_some(())
    })
    .await
}

/// The Rollout's status now.
pub(crate) async fn status(scene: &Scene) -> Result<RolloutStatus> {
    Ok(scene.api::<Rollout>().get("web").await?.status.unwrap_or_default())
}

/// Waits until the status is as wanted; says the last one seen when it never is.
pub(crate) async fn until(scene: &Scene, what: &str, wanted: impl Fn(&RolloutStatus) -> bool) -> Result<RolloutStatus> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let last = status(scene).await;
        match last {
            Ok(status) if wanted(&status) => return Ok(status),
            Ok(status) if Instant::now() > deadline => {
                bail!(
                    "{what}: not so after {PATIENCE:?}; {:?} {:?} at step {:?}; listed there: {}",
                    status.phase,
                    status.message,
                    status.current_step_index,
                    listed(scene).await?
                )
            }
            Err(error) if Instant::now() > deadline => return Err(error.context(what.to_owned())),
            _ => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// How many ready addresses each EndpointSlice has, as the API server knows it: whether what a Rollout waits for is so.
async fn listed(scene: &Scene) -> Result<String> {
    let slices = scene.api::<EndpointSlice>().list(&ListParams::default()).await?;
    let one = |slice: EndpointSlice| {
        let ready = |endpoint: &&Endpoint| endpoint.conditions.as_ref().is_some_and(|it| it.ready == Some(true));
        format!("{} {}", slice.metadata.name.unwrap_or_default(), slice.endpoints.iter().filter(ready).count())
    };
    Ok(slices.items.into_iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Waits for a phase of the spec as it is now.
pub(crate) async fn until_phase(scene: &Scene, phase: RolloutPhase) -> Result<RolloutStatus> {
    let generation = scene.api::<Rollout>().get("web").await?.metadata.generation.unwrap_or_default().to_string();
    let what = format!("the Rollout is {phase:?}");
    until(scene, &what, |status| status.phase == phase && status.observed_generation.as_ref() == Some(&generation))
        .await
}

/// Waits until the message contains a text.
pub(crate) async fn until_message(scene: &Scene, text: &str) -> Result<RolloutStatus> {
    until(scene, text, |status| status.message.as_ref().is_some_and(|message| message.contains(text))).await
}

/// Merges into the Rollout's status, as the plugin does.
pub(crate) async fn patch_status(scene: &Scene, status: Value) -> Result<()> {
    let patch = Patch::Merge(json!({"status": status}));
    scene.api::<Rollout>().patch_status("web", &PatchParams::default(), &patch).await?;
    Ok(())
}

/// The TraefikService `web`, as an API.
pub(crate) fn traefik_services(scene: &Scene) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("traefik.io", "v1alpha1", "TraefikService"));
    Api::namespaced_with(scene.client.clone(), &scene.namespace, &resource)
}

/// The weight of a Service in the TraefikService `web`.
pub(crate) async fn weight(scene: &Scene, service: &str) -> Result<Option<i64>> {
    Ok(weight_in(&traefik_services(scene).get("web").await?, service))
}

/// The weight of a Service in a TraefikService.
pub(crate) fn weight_in(route: &DynamicObject, service: &str) -> Option<i64> {
    let entries = route.data["spec"]["weighted"]["services"].as_array()?;
    entries.iter().find(|entry| entry["name"] == service)?["weight"].as_i64()
}

/// Waits until the canary Service has that weight.
pub(crate) async fn until_weight(scene: &Scene, wanted: i64) -> Result<()> {
    let look = || async { weight(scene, "canary").await.ok().flatten().filter(|weight| *weight == wanted) };
    sluice_e2e::wait::until(&format!("weight {wanted}"), look).await.map(drop)
}

/// The pods of one version.
pub(crate) async fn pods(scene: &Scene, version: &str) -> Result<Vec<Pod>> {
    let pods = scene.api::<Pod>().list(&ListParams::default().labels("app=web")).await?.items;
    let image = format!("{}:{version}", sluice_e2e::kubelet::APP_IMAGE);
    let of_version = |pod: &Pod| {
        pod.spec.iter().flat_map(|spec| &spec.containers).any(|container| container.image.as_ref() == Some(&image))
    };
    Ok(pods.into_iter().filter(of_version).collect())
}

/// The uids of a version's pods that stay, sorted: the same twice means that no pod was replaced.
pub(crate) async fn uids(scene: &Scene, version: &str) -> Result<Vec<String>> {
    let all = pods(scene, version).await?;
    let staying = all.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none());
    let mut uids: Vec<_> = staying.filter_map(ResourceExt::uid).collect();
    uids.sort();
    Ok(uids)
}

/// Turns a knob of every pod of a version.
pub(crate) async fn control(scene: &Scene, version: &str, knobs: &str) -> Result<()> {
    for pod in pods(scene, version).await? {
        let ip = pod.status.and_then(|status| status.pod_ip).context("the pod has no address")?;
        let url = format!("http://{ip}:{}/control?{knobs}", fixtures::APP_PORT);
        let answer =
            http::send(&http::one_shot(), http::request(Method::POST, &url, None)?, Duration::from_secs(5)).await?;
        ensure!(answer.status == 200, "control: {}", answer.body);
    }
    Ok(())
}

/// An AnalysisTemplate `errors` that fails when more than 4 % of what Traefik sent to `service` failed.
pub(crate) fn errors_template(scene: &Scene, service: &str, prometheus: &str) -> Value {
    let series = format!("traefik_service_requests_total{{service=\"{}-{service}-80@kubernetescrd\"", scene.namespace);
    let failed = format!("(sum(increase({series},code=~\"5..\"}}[6s])) or vector(0))");
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

/// An AnalysisTemplate `errors` that compares what Traefik counts of both Services.
pub(crate) fn compared_template(scene: &Scene, prometheus: &str) -> Value {
    let arm = |service: &str| {
        let of = format!("service=\"{}-{service}-80@kubernetescrd\"", scene.namespace);
        json!({
            "bad": format!("traefik_service_requests_total{{{of},code=~\"5..\"}}"),
            "requests": format!("traefik_service_requests_total{{{of}}}"),
        })
    };
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "metadata": {"name": "errors"},
        "spec": {"metrics": [{
            "name": "errors", "interval": "1s", "count": 5, "consecutiveErrorLimit": 60,
            "judge": {"sequential": {"canary": arm("canary"), "stable": arm("stable"), "minSamples": 150}},
            "provider": {"prometheus": {"address": prometheus}},
        }]},
    })
}

/// Rollouts as whatever the API server has, also where no type fits.
pub(crate) fn untyped(scene: &Scene) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Rollout"));
    Api::namespaced_with(scene.client.clone(), &scene.namespace, &resource)
}
