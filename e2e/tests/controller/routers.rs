//! Routers that are told by objects alone: what a canary writes into these, from its start through an abort to its promotion.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use futures::FutureExt;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Service;
use kube::api::{Api, DynamicObject, ListParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_e2e::harness::Scene;
use sluice_e2e::{fixtures, manifests};

use crate::release::{controller, patch_status, rollout, status, until, until_phase};

pub(crate) const ISTIO: &str = "networking.istio.io/v1alpha3";

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
    /// Where a route by header is, if this router makes one.
    testers: Option<Testers>,
}

/// Whether a route by header is there, and goes to the canary.
type Testers = fn(&Scene) -> BoxFuture<'_, Result<bool>>;

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
        routing: json!({"istio": {"virtualService": {"name": "web", "routes": ["primary"]}}, "managedRoutes": managed()}),
        services: true,
        objects: vec![object(ISTIO, "VirtualService", &spec)],
        weights: Weights {
            api_version: ISTIO,
            kind: "VirtualService",
            name: "web",
            // The user's own route is the last.
            canary: |live| {
                let own = live.pointer("/spec/http")?.as_array()?.last()?;
                Some(own.pointer("/route/1/weight")?.to_string())
            },
        },
        testers: Some(|scene| testers_of_istio(scene).boxed()),
    };
    through(&scene, &router).await
}

/// The first HTTP route is for testers, and the second copies requests.
async fn testers_of_istio(scene: &Scene) -> Result<bool> {
    let service = live(scene, ISTIO, "VirtualService", "web").await?;
    let found = ["/0/name", "/0/route/0/destination/host", "/1/name", "/1/mirror/host", "/1/mirrorPercentage/value"]
        .map(|at| service.pointer(&format!("/spec/http{at}")).cloned().unwrap_or_default());
    let wanted = [json!("testers"), json!("canary"), json!("copies"), json!("canary"), json!(10)];
    Ok(found == wanted)
}

async fn testers_of_alb(scene: &Scene) -> Result<bool> {
    let ingress = live(scene, "networking.k8s.io/v1", "Ingress", "web").await?;
    let first = ingress.pointer("/spec/rules/0/http/paths/0/backend/service/name").and_then(Value::as_str);
    let condition = annotation(&ingress, "alb.ingress.kubernetes.io/conditions.testers");
    Ok(first == Some("testers") && condition.is_some_and(|text| text.contains("X-Tester")))
}

async fn testers_of_apisix(scene: &Scene) -> Result<bool> {
    let Ok(route) = live(scene, "apisix.apache.org/v2", "ApisixRoute", "testers").await else { return Ok(false) };
    is_of_the_rollout(&route)?;
    let to = route.pointer("/spec/http/0/backends").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(to.len() == 1 && to[0]["serviceName"] == "canary")
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
        objects: vec![object(ISTIO, "VirtualService", &spec), object(ISTIO, "DestinationRule", &rule)],
        weights: Weights {
            api_version: ISTIO,
            kind: "VirtualService",
            name: "web",
            canary: |live| Some(live.pointer("/spec/http/0/route/1/weight")?.to_string()),
        },
        testers: None,
    };
    through(&scene, &router).await?;
    let rule = live(&scene, ISTIO, "DestinationRule", "web").await?;
    let stable = status(&scene).await?.stable_rs.context("a stable revision")?;
    let selected: Vec<&Value> =
        [0, 1].iter().filter_map(|at| rule.pointer(&format!("/spec/subsets/{at}/labels"))).collect();
    let wanted = json!({"app": "web", "rollouts-pod-template-hash": stable});
    ensure!(selected == [&wanted, &wanted], "both subsets select the stable revision: {selected:?}");
    let alone = || async { status(&scene).await.ok().filter(|status| status.replicas == 2) };
    sluice_e2e::wait::until("the old pods go", alone).await.map(drop)
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
        testers: None,
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
        routing: json!({"alb": {"ingress": "web", "servicePort": 80, "rootService": "root"}, "managedRoutes": managed()}),
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
        testers: Some(|scene| testers_of_alb(scene).boxed()),
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
        testers: None,
    };
    through(&scene, &router).await?;
    is_of_the_rollout(&live(&scene, "split.smi-spec.io/v1alpha1", "TrafficSplit", "web").await?)
}

pub(crate) async fn apisix(scene: Scene) -> Result<()> {
    let backend = |service: &str| json!({"serviceName": service, "servicePort": 80});
    let spec = json!({"http": [{"name": "rule", "match": {"paths": ["/*"]}, "backends": [backend("stable"), backend("canary")]}]});
    let router = Router {
        routing: json!({"apisix": {"route": {"name": "web"}}, "managedRoutes": managed()}),
        services: true,
        objects: vec![object("apisix.apache.org/v2", "ApisixRoute", &spec)],
        weights: Weights {
            api_version: "apisix.apache.org/v2",
            kind: "ApisixRoute",
            name: "web",
            canary: |live| Some(live.pointer("/spec/http/0/backends/1/weight")?.to_string()),
        },
        testers: Some(|scene| testers_of_apisix(scene).boxed()),
    };
    through(&scene, &router).await
}

fn managed() -> Value {
    json!([{"name": "testers"}, {"name": "copies"}])
}

/// Steps before the weights, where the router makes routes of its own.
fn first_steps(router: &Router) -> Vec<Value> {
    let headers = json!([{"headerName": "X-Tester", "headerValue": {"exact": "yes"}}]);
    let testers = json!({"setHeaderRoute": {"name": "testers", "match": headers}});
    let copies =
        json!({"setMirrorRoute": {"name": "copies", "match": [{"method": {"exact": "GET"}}], "percentage": 10}});
    match router.testers {
        None => Vec::new(),
        Some(_) if router.routing.get("istio").is_some() => vec![testers, copies],
        Some(_) => vec![testers],
    }
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
    let first = i32::try_from(first_steps(router).len())?;
    scene.apply(&small("v1", router)).await?;
    until_phase(scene, Healthy).await?;
    is_at(scene, router, "0", false).await?;
    scene.apply(&small("v2", router)).await?;
    until_paused(scene, first + 1).await?;
    is_at(scene, router, "20", true).await?;
    patch_status(scene, json!({"pauseConditions": null})).await?;
    until_paused(scene, first + 3).await?;
    is_at(scene, router, "60", true).await?;
    patch_status(scene, json!({"abort": true})).await?;
    until_phase(scene, Degraded).await?;
    is_at(scene, router, "0", false).await?;
    patch_status(scene, json!({"abort": false})).await?;
    until_paused(scene, first + 1).await?;
    is_at(scene, router, "20", true).await?;
    patch_status(scene, json!({"promoteFull": true})).await?;
    until_phase(scene, Healthy).await?;
    is_at(scene, router, "0", false).await?;
    if router.services { both_select_the_stable_revision(scene).await } else { Ok(()) }
}

/// Waits for a weight, and for the route by header to be there or not.
async fn is_at(scene: &Scene, router: &Router, weight: &str, with_testers: bool) -> Result<()> {
    until_weight(scene, router, weight).await?;
    let Some(testers) = router.testers else { return Ok(()) };
    let look = || async { testers(scene).await.ok().filter(|there| *there == with_testers) };
    let what = if with_testers { "a route by header" } else { "no route by header" };
    sluice_e2e::wait::until(what, look).await.map(drop)
}

pub(crate) async fn both_select_the_stable_revision(scene: &Scene) -> Result<()> {
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

pub(crate) async fn live(scene: &Scene, api_version: &str, kind: &str, name: &str) -> Result<Value> {
    let (group, version) = api_version.split_once('/').context("a group and a version")?;
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    let api: Api<DynamicObject> = Api::namespaced_with(scene.client.clone(), &scene.namespace, &resource);
    Ok(serde_json::to_value(api.get(name).await?)?)
}

/// An experiment's pods get a share in the objects of Istio, of a load balancer of AWS and of SMI, and it leaves them with the
/// experiment.
pub(crate) async fn experiments(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    manifests::apply_crds(&scene.client, &[manifests::router_crds()]).await?;
    for service in ["canary", "stable", "root"] {
        scene.apply(&fixtures::service(service, &json!({"app": "web"}))).await?;
    }
    let entry = |host: &str, weight| json!({"destination": {"host": host}, "weight": weight});
    let spec = json!({"hosts": ["web"], "http": [{"route": [entry("stable", 100), entry("canary", 0)]}]});
    scene.apply(&object(ISTIO, "VirtualService", &spec)).await?;
    scene.apply(&ingress("root", &json!({"name": "use-annotation"}))).await?;
    scene.apply(&rollout("v1", &tried())).await?;
    until_phase(&scene, Healthy).await?;
    scene.apply(&rollout("v2", &tried())).await?;
    until_shares(&scene, &[("canary", 20), ("stable", 70), ("web-", 10)]).await?;
    until_phase(&scene, Paused).await?;
    until_shares(&scene, &[("canary", 20), ("stable", 80)]).await?;
    let gone =
        || async { scene.api::<Service>().list(&ListParams::default()).await.ok().filter(|all| all.items.len() == 3) };
    sluice_e2e::wait::until("the experiment's Service goes", gone).await.map(drop)
}

fn tried() -> Value {
    let templates = json!([{"name": "try", "specRef": "canary", "replicas": 1, "weight": 10}]);
    let experiment = json!({"duration": "6s", "scaleDownDelaySeconds": 3, "templates": templates});
    json!({"canary": {
        "canaryService": "canary", "stableService": "stable",
        "trafficRouting": {
            "istio": {"virtualService": {"name": "web"}},
            "alb": {"ingress": "web", "servicePort": 80, "rootService": "root"},
            "smi": {"rootService": "root"},
        },
        "steps": [{"setWeight": 20}, {"experiment": experiment}, {"pause": {}}],
    }})
}

/// Waits until the objects of all three routers share traffic out like that, by the beginnings of names.
async fn until_shares(scene: &Scene, wanted: &[(&str, i64)]) -> Result<()> {
    let is_so = |shares: &Vec<(String, i64)>| {
        let fits = |(name, weight): &(&str, i64)| shares.iter().any(|(is, has)| is.starts_with(name) && has == weight);
        shares.len() == wanted.len() && wanted.iter().all(fits)
    };
    let look = || async { all_shares(scene).await.ok().filter(|all| all.iter().all(is_so)) };
    sluice_e2e::wait::until(&format!("shares {wanted:?}"), look).await.map(drop)
}

async fn all_shares(scene: &Scene) -> Result<[Vec<(String, i64)>; 3]> {
    let service = live(scene, ISTIO, "VirtualService", "web").await?;
    let split = live(scene, "split.smi-spec.io/v1alpha1", "TrafficSplit", "web").await?;
    let ingress = live(scene, "networking.k8s.io/v1", "Ingress", "web").await?;
    let action = annotation(&ingress, "alb.ingress.kubernetes.io/actions.root").context("an action")?;
    let action: Value = serde_json::from_str(&action)?;
    Ok([
        shares(service.pointer("/spec/http/0/route"), "/destination/host", "/weight"),
        shares(split.pointer("/spec/backends"), "/service", "/weight"),
        shares(action.pointer("/ForwardConfig/TargetGroups"), "/ServiceName", "/Weight"),
    ])
}

fn shares(list: Option<&Value>, name: &str, weight: &str) -> Vec<(String, i64)> {
    let entries = list.and_then(Value::as_array).into_iter().flatten();
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    entries.filter_map(|one| Some((one.pointer(name)?.as_str()?.to_owned(), number(one.pointer(weight)?)?))).collect()
}

/// A Rollout of 2 pods.
fn small(version: &str, router: &Router) -> Value {
    let weights = vec![json!({"setWeight": 20}), json!({"pause": {}}), json!({"setWeight": 60}), json!({"pause": {}})];
    let steps = [first_steps(router), weights].concat();
    let mut canary = json!({
        "scaleDownDelaySeconds": 1, "abortScaleDownDelaySeconds": 1, "trafficRouting": router.routing,
        "steps": steps,
    });
    if router.services {
        canary["canaryService"] = json!("canary");
        canary["stableService"] = json!("stable");
    }
    let mut rollout = rollout(version, &json!({"canary": canary}));
    rollout["spec"]["replicas"] = json!(2);
    rollout
}

pub(crate) fn object(api_version: &str, kind: &str, spec: &Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": spec})
}

pub(crate) fn ingress(service: &str, port: &Value) -> Value {
    let path = json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": service, "port": port}}});
    object("networking.k8s.io/v1", "Ingress", &json!({"rules": [{"host": "web.test", "http": {"paths": [path]}}]}))
}

pub(crate) fn annotation(live: &Value, name: &str) -> Option<String> {
    Some(live["metadata"]["annotations"].get(name)?.as_str()?.to_owned())
}

fn is_of_the_rollout(live: &Value) -> Result<()> {
    let owner = &live["metadata"]["ownerReferences"][0];
    ensure!(owner["kind"] == "Rollout" && owner["name"] == "web" && owner["controller"] == true, "{live}");
    Ok(())
}
