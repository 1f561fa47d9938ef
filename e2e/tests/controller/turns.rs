//! Two Services that take turns in being the stable one.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt;
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_crds::RolloutStatus;
use sluice_e2e::harness::Scene;
use sluice_e2e::{fixtures, manifests};

use crate::release::{
    answers, controller, patch_status, pods, rollout, route, traefik_services, until, until_phase, weight,
};
use crate::routers::{ISTIO, annotation, both_select_the_stable_revision, ingress, live, object};

/// The Service `stable` is called ping, and `canary` pong.
fn turns(routing: &Value, steps: &Value) -> Value {
    json!({"canary": {
        "pingPong": {"pingService": "stable", "pongService": "canary"},
        "scaleDownDelaySeconds": 3, "abortScaleDownDelaySeconds": 3, "trafficRouting": routing, "steps": steps,
    }})
}

/// Two releases at Traefik under load. At the end of each, neither the Service that has all traffic nor the route is written.
pub(crate) async fn under_load(scene: Scene) -> Result<()> {
    let traefik = json!({"traefik": {"weightedTraefikServiceName": "web"}});
    let steps = json!([{"setWeight": 20}, {"pause": {"duration": "2s"}}, {"setWeight": 100}, {"pause": {}}]);
    let strategy = turns(&traefik, &steps);
    route(&scene).await?;
    scene.apply(&rollout("v1", &strategy)).await?;
    until_phase(&scene, Healthy).await?;
    answers(&scene).await?;
    let load = scene.load(200).await?;
    for (version, turn, service) in [("v2", "pong", "canary"), ("v3", "ping", "stable")] {
        scene.apply(&rollout(version, &strategy)).await?;
        let is_there = |status: &RolloutStatus| status.phase == Paused && status.current_step_index == Some(3);
        until(&scene, &format!("{version} has all traffic"), is_there).await?;
        let before = versions(&scene, service).await?;
        patch_status(&scene, json!({"pauseConditions": null})).await?;
        let is_over = |status: &RolloutStatus| status.phase == Healthy && is_turn(status, turn);
        until(&scene, &format!("{turn} is the stable Service"), is_over).await?;
        ensure!(versions(&scene, service).await? == before, "{service} or the route was written at the swap");
        ensure!(weight(&scene, service).await? == Some(100), "{service} has all traffic");
    }
    let gone = || async { pods(&scene, "v2").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v2 go", gone).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests > 0 && sent.version("v3").requests > 0, "{sent:?}");
    both_select_the_stable_revision(&scene).await
}

fn is_turn(status: &RolloutStatus, turn: &str) -> bool {
    status.canary.stable_ping_pong.as_deref() == Some(turn)
}

/// The versions of a Service and of the route.
async fn versions(scene: &Scene, service: &str) -> Result<[Option<String>; 2]> {
    let service = scene.api::<Service>().get(service).await?;
    Ok([service.resource_version(), traefik_services(scene).get("web").await?.resource_version()])
}

/// One release promoted and one taken back, by the objects of Istio and of a load balancer of AWS.
pub(crate) async fn by_objects(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    manifests::apply_crds(&scene.client, &[manifests::router_crds()]).await?;
    for service in ["canary", "stable", "root"] {
        scene.apply(&fixtures::service(service, &json!({"app": "web"}))).await?;
    }
    let entry = |host: &str, weight| json!({"destination": {"host": host}, "weight": weight});
    let spec = json!({"hosts": ["web"], "http": [{"route": [entry("stable", 100), entry("canary", 0)]}]});
    scene.apply(&object(ISTIO, "VirtualService", &spec)).await?;
    scene.apply(&ingress("root", &json!({"name": "use-annotation"}))).await?;
    scene.apply(&small("v1")).await?;
    until_phase(&scene, Healthy).await?;
    until_shares(&scene, [100, 0]).await?;
    scene.apply(&small("v2")).await?;
    until_phase(&scene, Paused).await?;
    until_shares(&scene, [80, 20]).await?;
    patch_status(&scene, json!({"promoteFull": true})).await?;
    until(&scene, "pong is the stable Service", |status| status.phase == Healthy && is_turn(status, "pong")).await?;
    until_shares(&scene, [0, 100]).await?;
    scene.apply(&small("v3")).await?;
    until_phase(&scene, Paused).await?;
    until_shares(&scene, [20, 80]).await?;
    patch_status(&scene, json!({"abort": true})).await?;
    until_phase(&scene, Degraded).await?;
    until_shares(&scene, [0, 100]).await
}

fn small(version: &str) -> Value {
    let routing = json!({
        "istio": {"virtualService": {"name": "web"}},
        "alb": {"ingress": "web", "servicePort": 80, "rootService": "root"},
    });
    let mut rollout = rollout(version, &turns(&routing, &json!([{"setWeight": 20}, {"pause": {}}])));
    rollout["spec"]["replicas"] = json!(2);
    rollout
}

/// Waits until both routers' objects give the Services `stable` and `canary` these shares.
async fn until_shares(scene: &Scene, wanted: [i64; 2]) -> Result<()> {
    let look = || async { shares(scene).await.ok().filter(|both| *both == [wanted, wanted]) };
    sluice_e2e::wait::until(&format!("shares {wanted:?}"), look).await.map(drop)
}

async fn shares(scene: &Scene) -> Result<[[i64; 2]; 2]> {
    let service = live(scene, ISTIO, "VirtualService", "web").await?;
    let ingress = live(scene, "networking.k8s.io/v1", "Ingress", "web").await?;
    let action = annotation(&ingress, "alb.ingress.kubernetes.io/actions.root").context("an action")?;
    let action: Value = serde_json::from_str(&action)?;
    let groups = action.pointer("/ForwardConfig/TargetGroups").context("target groups")?;
    let routes = service.pointer("/spec/http/0/route").context("a route")?;
    Ok([of_both(routes, "/destination/host", "/weight"), of_both(groups, "/ServiceName", "/Weight")])
}

fn of_both(list: &Value, name: &str, weight: &str) -> [i64; 2] {
    let of = |service: &str| {
        let entry = list.as_array()?.iter().find(|entry| entry.pointer(name).is_some_and(|is| is == service))?;
        entry.pointer(weight)?.as_i64()
    };
    ["stable", "canary"].map(|service| of(service).unwrap_or(-1))
}
