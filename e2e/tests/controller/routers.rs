//! Routers that are told by objects alone: what a canary writes into these, from its start through an abort to its promotion.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Service;
use kube::api::{Api, DynamicObject};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_e2e::harness::Scene;
use sluice_e2e::{fixtures, manifests};

use crate::release::{controller, patch_status, rollout, status, until, until_phase};

/// A router under test.
struct Router {
    /// What the Rollout says of it.
    routing: Value,
    /// Whether the arms are Services.
    services: bool,
    /// The user's own objects.
    objects: Vec<Value>,
    /// Where its weights are.
    weights: Weights,
}

/// Where a router's weights are: in that object, as that text of it.
struct Weights {
    api_version: &'static str,
    kind: &'static str,
    name: &'static str,
    canary: fn(&Value) -> Option<String>,
}

pub(crate) async fn istio(scene: Scene) -> Result<()> {
    let entry = |host: &str, weight| json!({"destination": {"host": host}, "weight": weight});
    let spec =
        json!({"hosts": ["web"], "http": [{"name": "primary", "route": [entry("stable", 100), entry("canary", 0)]}]});
    let router = Router {
        routing: json!({"istio": {"virtualService": {"name": "web", "routes": ["primary"]}}}),
        services: true,
        objects: vec![object("networking.istio.io/v1alpha3", "VirtualService", &spec)],
        weights: Weights {
            api_version: "networking.istio.io/v1alpha3",
            kind: "VirtualService",
            name: "web",
            canary: |live| Some(live.pointer("/spec/http/0/route/1/weight")?.to_string()),
        },
    };
    through(&scene, &router).await
}

/// The subsets select revisions; there is one Service, which selects all pods.
pub(crate) async fn subsets(scene: Scene) -> Result<()> {
    let entry = |subset: &str, weight| json!({"destination": {"host": "web", "subset": subset}, "weight": weight});
    let spec = json!({"hosts": ["web"], "http": [{"route": [entry("old", 100), entry("new", 0)]}]});
    let subset = |name: &str| json!({"name": name, "labels": {"app": "web"}});
    let rule = json!({"host": "web", "subsets": [subset("old"), subset("new")]});
    let router = Router {
        routing: json!({"istio": {
            "virtualService": {"name": "web"},
            "destinationRule": {"name": "web", "canarySubsetName": "new", "stableSubsetName": "old"},
        }}),
        services: false,
        objects: vec![
            object("networking.istio.io/v1alpha3", "VirtualService", &spec),
            object("networking.istio.io/v1alpha3", "DestinationRule", &rule),
        ],
        weights: Weights {
            api_version: "networking.istio.io/v1alpha3",
            kind: "VirtualService",
            name: "web",
            canary: |live| Some(live.pointer("/spec/http/0/route/1/weight")?.to_string()),
        },
    };
    through(&scene, &router).await?;
    let rule = live(&scene, "networking.istio.io/v1alpha3", "DestinationRule", "web").await?;
    let stable = status(&scene).await?.stable_rs.context("a stable revision")?;
    let selected: Vec<&Value> =
        [0, 1].iter().filter_map(|at| rule.pointer(&format!("/spec/subsets/{at}/labels"))).collect();
    let wanted = json!({"app": "web", "rollouts-pod-template-hash": stable});
    ensure!(selected == [&wanted, &wanted], "both subsets select the stable revision: {selected:?}");
    Ok(())
}

pub(crate) async fn nginx(scene: Scene) -> Result<()> {
    let router = Router {
        routing: json!({"nginx": {"stableIngress": "web", "additionalIngressAnnotations": {"canary-by-header": "X-Canary"}}}),
        services: true,
        objects: vec![ingress("stable", &json!({"number": 80}))],
        weights: Weights {
            api_version: "networking.k8s.io/v1",
            kind: "Ingress",
            name: "web-web-canary",
            canary: |live| annotation(live, "nginx.ingress.kubernetes.io/canary-weight"),
        },
    };
    through(&scene, &router).await?;
    let canary = live(&scene, "networking.k8s.io/v1", "Ingress", "web-web-canary").await?;
    let backend = canary.pointer("/spec/rules/0/http/paths/0/backend/service/name").cloned();
    ensure!(backend == Some(json!("canary")), "{canary}");
    ensure!(
        annotation(&canary, "nginx.ingress.kubernetes.io/canary-by-header").as_deref() == Some("X-Canary"),
        "{canary}"
    );
    is_of_the_rollout(&canary)
}

pub(crate) async fn alb(scene: Scene) -> Result<()> {
    let router = Router {
        routing: json!({"alb": {"ingress": "web", "servicePort": 80, "rootService": "root"}}),
        services: true,
        objects: vec![ingress("root", &json!({"name": "use-annotation"}))],
        weights: Weights {
            api_version: "networking.k8s.io/v1",
            kind: "Ingress",
            name: "web",
            canary: |live| {
                let action: Value =
                    serde_json::from_str(&annotation(live, "alb.ingress.kubernetes.io/actions.root")?).ok()?;
                Some(action.pointer("/ForwardConfig/TargetGroups/0/Weight")?.to_string())
            },
        },
    };
    through(&scene, &router).await
}

pub(crate) async fn smi(scene: Scene) -> Result<()> {
    let router = Router {
        routing: json!({"smi": {"rootService": "root"}}),
        services: true,
        objects: Vec::new(),
        weights: Weights {
            api_version: "split.smi-spec.io/v1alpha1",
            kind: "TrafficSplit",
            name: "web",
            canary: |live| Some(live.pointer("/spec/backends/0/weight")?.as_str()?.to_owned()),
        },
    };
    through(&scene, &router).await?;
    is_of_the_rollout(&live(&scene, "split.smi-spec.io/v1alpha1", "TrafficSplit", "web").await?)
}

pub(crate) async fn apisix(scene: Scene) -> Result<()> {
    let backend = |service: &str| json!({"serviceName": service, "servicePort": 80});
    let spec = json!({"http": [{"name": "rule", "match": {"paths": ["/*"]}, "backends": [backend("stable"), backend("canary")]}]});
    let router = Router {
        routing: json!({"apisix": {"route": {"name": "web"}}}),
        services: true,
        objects: vec![object("apisix.apache.org/v2", "ApisixRoute", &spec)],
        weights: Weights {
            api_version: "apisix.apache.org/v2",
            kind: "ApisixRoute",
            name: "web",
            canary: |live| Some(live.pointer("/spec/http/0/backends/1/weight")?.to_string()),
        },
    };
    through(&scene, &router).await
}

/// One canary: installed, 20, 60, taken back, tried again, promoted.
async fn through(scene: &Scene, router: &Router) -> Result<()> {
    controller(scene).await?;
    manifests::apply_crds(&scene.client, &[manifests::router_crds()]).await?;
    for service in ["canary", "stable", "root"] {
        scene.apply(&fixtures::service(service, &json!({"app": "web"}))).await?;
    }
    for object in &router.objects {
        scene.apply(object).await?;
    }
    scene.apply(&small("v1", router)).await?;
    until_phase(scene, Healthy).await?;
    until_weight(scene, router, "0").await?;
    scene.apply(&small("v2", router)).await?;
    until_paused(scene, 1).await?;
    until_weight(scene, router, "20").await?;
    patch_status(scene, json!({"pauseConditions": null})).await?;
    until_paused(scene, 3).await?;
    until_weight(scene, router, "60").await?;
    patch_status(scene, json!({"abort": true})).await?;
    until_phase(scene, Degraded).await?;
    until_weight(scene, router, "0").await?;
    patch_status(scene, json!({"abort": false})).await?;
    until_paused(scene, 1).await?;
    until_weight(scene, router, "20").await?;
    patch_status(scene, json!({"promoteFull": true})).await?;
    until_phase(scene, Healthy).await?;
    until_weight(scene, router, "0").await?;
    if router.services { both_select_the_stable_revision(scene).await } else { Ok(()) }
}

async fn both_select_the_stable_revision(scene: &Scene) -> Result<()> {
    let stable = status(scene).await?.stable_rs;
    for name in ["canary", "stable"] {
        let service = scene.api::<Service>().get(name).await?;
        let selected = service.spec.and_then(|spec| spec.selector?.get("rollouts-pod-template-hash").cloned());
        ensure!(selected == stable, "{name} selects {selected:?}, not {stable:?}");
    }
    Ok(())
}

async fn until_paused(scene: &Scene, step: i32) -> Result<()> {
    let is_there =
        |status: &sluice_crds::RolloutStatus| status.phase == Paused && status.current_step_index == Some(step);
    until(scene, &format!("paused at step {step}"), is_there).await.map(drop)
}

async fn until_weight(scene: &Scene, router: &Router, wanted: &str) -> Result<()> {
    let Weights { api_version, kind, name, canary } = router.weights;
    let look = || async {
        let object = live(scene, api_version, kind, name).await.ok()?;
        canary(&object).filter(|weight| weight == wanted)
    };
    sluice_e2e::wait::until(&format!("weight {wanted} in {kind} {name}"), look).await.map(drop)
}

async fn live(scene: &Scene, api_version: &str, kind: &str, name: &str) -> Result<Value> {
    let (group, version) = api_version.split_once('/').context("a group and a version")?;
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    let api: Api<DynamicObject> = Api::namespaced_with(scene.client.clone(), &scene.namespace, &resource);
    Ok(serde_json::to_value(api.get(name).await?)?)
}

/// A Rollout of 2 pods.
fn small(version: &str, router: &Router) -> Value {
    let mut canary = json!({
        "scaleDownDelaySeconds": 1, "abortScaleDownDelaySeconds": 1, "trafficRouting": router.routing,
        "steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {}}],
    });
    if router.services {
        canary["canaryService"] = json!("canary");
        canary["stableService"] = json!("stable");
    }
    let mut rollout = rollout(version, &json!({"canary": canary}));
    rollout["spec"]["replicas"] = json!(2);
    rollout
}

fn object(api_version: &str, kind: &str, spec: &Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": spec})
}

fn ingress(service: &str, port: &Value) -> Value {
    let path = json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": service, "port": port}}});
    object("networking.k8s.io/v1", "Ingress", &json!({"rules": [{"host": "web.test", "http": {"paths": [path]}}]}))
}

fn annotation(live: &Value, name: &str) -> Option<String> {
    Some(live["metadata"]["annotations"].get(name)?.as_str()?.to_owned())
}

fn is_of_the_rollout(live: &Value) -> Result<()> {
    let owner = &live["metadata"]["ownerReferences"][0];
    ensure!(owner["kind"] == "Rollout" && owner["name"] == "web" && owner["controller"] == true, "{live}");
    Ok(())
}
