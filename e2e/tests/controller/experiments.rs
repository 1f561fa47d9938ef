//! Pods of an experiment that have a share of the users' requests.

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams};
use serde_json::{Value, json};
use sluice_crds::Experiment;
use sluice_crds::RolloutPhase::{Degraded, Healthy};
use sluice_e2e::harness::Scene;
use sluice_e2e::load::Load;
use sluice_e2e::wait;
use tokio::time::{Duration, Instant, sleep};

use crate::release::{canary, installed, patch_status, pods, rollout, traefik_services, until, until_phase, weight};

/// First one that lasts its time, with all that users get of the new version; then one that is aborted under way.
pub(crate) async fn share(scene: Scene) -> Result<()> {
    installed(&scene, &canary(&steps("12s"))).await?;
    let load = Load::start(&scene.world.traefik.lock().await.web_url(), &scene.host, 200)?;
    scene.apply(&rollout("v2", &canary(&steps("12s")))).await?;
    let service = gets_its_share(&scene).await?;
    ensure!(weight(&scene, &service).await? == Some(30), "{service} has no share");
    let from = Instant::now();
    sleep(Duration::from_secs(8)).await;
    let meanwhile = load.between(from, Instant::now());
    ensure!((25.0..35.0).contains(&meanwhile.share("v2")), "v2 was to get 30 %: {meanwhile:?}");
    until_phase(&scene, Healthy).await?;
    settled(&scene).await?;

    scene.apply(&rollout("v3", &canary(&steps("10m")))).await?;
    gets_its_share(&scene).await?;
    sleep(Duration::from_secs(2)).await;
    patch_status(&scene, json!({"abort": true})).await?;
    until_phase(&scene, Degraded).await?;
    settled(&scene).await?;
    wait::until("no pod of v3 is left", || async { pods(&scene, "v3").await.ok().filter(Vec::is_empty) }).await?;
    let all = load.stop().await;
    ensure!(all.total.failed == 0, "{all:?}");
    ensure!(all.version("v3").requests > 0, "v3 was never asked: {all:?}");
    Ok(())
}

/// Somebody deletes one that has traffic: it goes after its traffic does, and another one begins in its place.
pub(crate) async fn deleted(scene: Scene) -> Result<()> {
    installed(&scene, &canary(&steps("10s"))).await?;
    let load = Load::start(&scene.world.traefik.lock().await.web_url(), &scene.host, 200)?;
    scene.apply(&rollout("v2", &canary(&steps("10s")))).await?;
    let service = gets_its_share(&scene).await?;
    sleep(Duration::from_secs(1)).await;
    let experiments = scene.api::<Experiment>();
    let all = experiments.list(&ListParams::default()).await?.items;
    let first = all.first().context("an Experiment")?.name_any();
    experiments.delete(&first, &DeleteParams::default()).await?;
    wait::until("the first Experiment goes", || async {
        let found = experiments.get_opt(&first).await.ok()?;
        found.is_none().then_some(())
    })
    .await?;
    let next = scene.api::<Service>().get_opt(&service).await?;
    ensure!(next.is_none(), "the Service of the deleted Experiment is left");
    until_phase(&scene, Healthy).await?;
    settled(&scene).await?;
    let all = load.stop().await;
    ensure!(all.total.failed == 0, "{all:?}");
    // Its Service goes first, the finalizer in the pass after that.
    wait::until("the Experiment in its place is over and no longer kept", || async {
        let all = experiments.list(&ListParams::default()).await.ok()?.items;
        (!all.is_empty() && all.iter().all(|one| one.finalizers().is_empty())).then_some(())
    })
    .await
}

fn steps(length: &str) -> Value {
    let templates = json!([{"name": "try", "specRef": "canary", "replicas": 2, "weight": 30}]);
    json!([
        {"experiment": {"duration": length, "scaleDownDelaySeconds": 3, "templates": templates}},
        {"setWeight": 50},
        {"pause": {"duration": "2s"}},
    ])
}

/// Waits until the router is seen to send a share to the experiment's Service; its name.
async fn gets_its_share(scene: &Scene) -> Result<String> {
    let status = until(scene, "the experiment has traffic", |status| {
        status.canary.weights.as_ref().is_some_and(|all| !all.additional.is_empty() && all.verified == Some(true))
    });
    let weights = status.await?.canary.weights.context("weights in the status")?;
    let one = weights.additional.first().context("the experiment's")?;
    ensure!((one.weight, weights.canary.weight, weights.stable.weight) == (30, 0, 70), "{weights:?}");
    one.service_name.clone().context("its name")
}

/// Waits until neither the route nor the cluster has anything of an experiment but its record.
async fn settled(scene: &Scene) -> Result<()> {
    let look = || async {
        let route = traefik_services(scene).get("web").await.ok()?;
        let listed = route.data.pointer("/spec/weighted/services")?.as_array()?.len();
        let services = scene.api::<Service>().list(&ListParams::default()).await.ok()?.items.len();
        (listed == 2 && services == 2).then_some(())
    };
    wait::until("the experiment's Service leaves the route, and goes", look).await
}
