//! A fleet that has nothing to do: no write, for as long as one looks.
//!
//! One minute by default; `SLUICE_QUIET_MINUTES=10` is what CI plays, as the controller looks at everything anew within five.
//! With 0 it is left out, by whoever plays it elsewhere. `SLUICE_CONTROLLER` names a controller to try in place of the one that
//! is built here.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kube::api::ListParams;
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_crds::{Rollout, RolloutPhase};
use sluice_e2e::audit::Request;
use sluice_e2e::controller::Controller;
use sluice_e2e::fixtures;
use sluice_e2e::harness::{Case, Scene, run};
use sluice_e2e::programs::Programs;
use tokio::time::sleep;

/// How many Rollouts, a fifth of each sort.
const FLEET: usize = 50;

fn main() -> ExitCode {
    if minutes().is_ok_and(|minutes| minutes == 0) {
        eprintln!("left out: SLUICE_QUIET_MINUTES is 0");
        return ExitCode::SUCCESS;
    }
    run(vec![Case::new("an_idle_fleet_of_fifty_costs_no_write", idle)])
}

/// What a Rollout of the fleet is, and where it stays.
#[derive(Clone, Copy)]
enum Sort {
    Routed,
    PausedAtAWeight,
    ByPods,
    BlueGreen,
    Wrong,
}

impl Sort {
    fn of(number: usize) -> Self {
        match number % 5 {
            0 => Self::Routed,
            1 => Self::PausedAtAWeight,
            2 => Self::ByPods,
            3 => Self::BlueGreen,
            _ => Self::Wrong,
        }
    }

    fn phase(self) -> RolloutPhase {
        match self {
            Self::Routed | Self::ByPods | Self::BlueGreen => Healthy,
            Self::PausedAtAWeight => Paused,
            Self::Wrong => Degraded,
        }
    }

    fn strategy(self, name: &str) -> Value {
        let routed = |steps: Value| {
            json!({"canary": {
                "canaryService": format!("{name}-canary"), "stableService": format!("{name}-stable"), "steps": steps,
                "trafficRouting": {"traefik": {"weightedTraefikServiceName": name}},
            }})
        };
        match self {
            Self::Routed => routed(json!([{"setWeight": 50}])),
            Self::PausedAtAWeight => routed(json!([{"setWeight": 50}, {"pause": {}}])),
            Self::ByPods => json!({"canary": {"steps": [{"setWeight": 50}]}}),
            Self::BlueGreen => json!({"blueGreen": {"activeService": format!("{name}-stable")}}),
            Self::Wrong => json!({"canary": {"steps": [{"setWeight": 50, "setWait": 5}]}}),
        }
    }
}

async fn idle(scene: Scene) -> Result<()> {
    let controller = controller(&scene).await?;
    for version in ["v1", "v2"] {
        for number in 0..FLEET {
            member(&scene, number, version).await?;
        }
        settled(&scene, version).await?;
    }
    // Scale-down delays and the writes after them.
    sleep(Duration::from_secs(40)).await;
    let before = writes(&scene).await?.len();
    let minutes = minutes()?;
    sleep(Duration::from_mins(minutes)).await;
    let written = writes(&scene).await?.split_off(before);
    ensure!(written.is_empty(), "{} writes in {minutes} min: {written:?}", written.len());
    eprintln!("{FLEET} idle Rollouts: no write in {minutes} min; {before} writes before");
    drop(controller);
    Ok(())
}

fn minutes() -> Result<u64> {
    std::env::var("SLUICE_QUIET_MINUTES").map_or(Ok(1), |text| text.parse().context("read SLUICE_QUIET_MINUTES"))
}

async fn controller(scene: &Scene) -> Result<Controller> {
    let api = [scene.world.traefik.lock().await.api_url()];
    let cluster = scene.world.cluster.lock().await;
    let program = match std::env::var_os("SLUICE_CONTROLLER") {
        Some(named) => named.into(),
        None => Programs::build("dev")?.controller,
    };
    Controller::start(program, &cluster, &api).await
}

/// Applies a Rollout of two pods, with its Services and its route.
async fn member(scene: &Scene, number: usize, version: &str) -> Result<()> {
    let name = format!("app-{number}");
    if version == "v1" {
        for service in ["canary", "stable"] {
            scene.apply(&fixtures::service(&format!("{name}-{service}"), &json!({"app": name}))).await?;
        }
        let (stable, canary) = (format!("{name}-stable"), format!("{name}-canary"));
        scene.apply(&fixtures::traefik_service(&name, &[(&stable, None), (&canary, None)])).await?;
    }
    let rollout = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": name},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": fixtures::pod_template(&name, version),
            "strategy": Sort::of(number).strategy(&name),
        },
    });
    scene.apply(&rollout).await.map(drop)
}

/// Waits until each member is where it stays at that version.
async fn settled(scene: &Scene, version: &str) -> Result<()> {
    let is_settled = |rollout: &Rollout| {
        let number = rollout.metadata.name.as_deref().and_then(|name| name.rsplit('-').next()?.parse().ok());
        let sort = Sort::of(number.unwrap_or_default());
        // The first version goes straight out.
        let phase = if version == "v1" && sort.phase() == Paused { Healthy } else { sort.phase() };
        let generation = rollout.metadata.generation.unwrap_or_default().to_string();
        rollout
            .status
            .as_ref()
            .is_some_and(|status| status.phase == phase && status.observed_generation.as_ref() == Some(&generation))
    };
    let all = || async {
        let fleet = scene.api::<Rollout>().list(&ListParams::default()).await.ok()?;
        (fleet.items.len() == FLEET && fleet.iter().all(is_settled)).then_some(())
    };
    sluice_e2e::wait::until(&format!("the fleet is at {version}"), all).await
}

/// The controller's writes so far, whatever they are of.
async fn writes(scene: &Scene) -> Result<Vec<Request>> {
    let requests = scene.world.cluster.lock().await.audit().requests()?;
    Ok(requests.into_iter().filter(Request::is_write).collect())
}
