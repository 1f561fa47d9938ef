//! Somebody else writes: to the same objects, before us, or beside us.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, ensure};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::Healthy;
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, sleep};

use super::edit;
use crate::history::History;
use crate::release::{answers, canary, installed, rollout, route, uids, until_phase};
use crate::{takeover, twins};

fn steps() -> Value {
    canary(&json!([
        {"setWeight": 25}, {"pause": {"duration": "2s"}}, {"setWeight": 50}, {"pause": {"duration": "2s"}}, {"setWeight": 75},
    ]))
}

pub(super) async fn conflicts(scene: Scene) -> Result<()> {
    among_writers(&scene, rollout("v2", &steps())).await
}

/// With a deadline that would take the release back if conflicts held it up.
pub(super) async fn conflicts_with_a_deadline(scene: Scene) -> Result<()> {
    let mut rollout = rollout("v2", &steps());
    rollout["spec"]["progressDeadlineSeconds"] = json!(20);
    rollout["spec"]["progressDeadlineAbort"] = json!(true);
    among_writers(&scene, rollout).await
}

/// A release while the Rollout and its ReplicaSets get a new annotation twenty times a second.
async fn among_writers(scene: &Scene, rollout: Value) -> Result<()> {
    installed(scene, &steps()).await?;
    let load = scene.load(50).await?;
    scene.apply(&rollout).await?;
    tokio::select! {
        never = annotate_for_ever(scene) => never?,
        healthy = until_phase(scene, Healthy) => drop(healthy?),
    }
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests > 0, "{sent:?}");
    Ok(())
}

async fn annotate_for_ever(scene: &Scene) -> Result<()> {
    for round in 0_u64.. {
        let note = json!({"metadata": {"annotations": {"somebody.example/round": round.to_string()}}});
        edit(scene, note.clone()).await?;
        let sets = scene.api::<ReplicaSet>();
        for set in sets.list(&ListParams::default()).await? {
            let patch = Patch::Merge(&note);
            // It may be gone by now.
            let _ = sets.patch(&set.name_any(), &PatchParams::default(), &patch).await;
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Hashes of the established controller, and a controller that is started anew: nothing is rolled out for either.
pub(super) async fn other_hashes(scene: Scene) -> Result<()> {
    takeover::left_at_25(&scene).await?;
    let before = takeover::pods(&scene).await?;
    takeover::take_over(&scene).await?;
    sleep(Duration::from_secs(5)).await;
    ensure!(takeover::pods(&scene).await? == before, "pods were exchanged");
    let sets = scene.api::<ReplicaSet>().list(&ListParams::default()).await?;
    ensure!(sets.items.len() == 2, "a ReplicaSet of another hash was made");
    Ok(())
}

/// The one that leads is stopped in the middle of a release as if its machine stood still; the other one goes on, and the
/// first, when it wakes up, has no say any more.
pub(super) async fn two_controllers(scene: Scene) -> Result<()> {
    let mut twins = twins::start(&scene, TWINS, [1, 2]).await?;
    route(&scene).await?;
    scene.apply(&of_the_twins("v1")).await?;
    until_phase(&scene, Healthy).await?;
    answers(&scene).await?;
    let weights = History::of_weights(&scene).await?;
    let load = scene.load(100).await?;
    scene.apply(&of_the_twins("v2")).await?;
    sleep(Duration::from_millis(1500)).await;
    let first = twins::leader(&twins).await?;
    let [one, other] = &mut twins;
    let frozen = if first == 0 { one } else { other };
    let asleep = frozen.freeze(Duration::from_secs(14));
    let (slept, healthy) = tokio::join!(asleep, until_phase(&scene, Healthy));
    slept?;
    healthy?;
    sleep(Duration::from_secs(2)).await;
    ensure!(frozen.still_runs().is_err(), "a controller that lost the Lease ends");
    let new = uids(&scene, "v2").await?;
    sleep(Duration::from_secs(3)).await;
    ensure!(uids(&scene, "v2").await? == new, "pods are still exchanged");
    let said = weights.so_far();
    ensure!(said == ["0", "25", "50", "75", "100", "0"], "{said:?}");
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests > 0, "{sent:?}");
    Ok(())
}

const TWINS: &str = "twins";

fn of_the_twins(version: &str) -> Value {
    twins::minded_by(TWINS, rollout(version, &steps()))
}
