//! What a release costs the API server.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::Healthy;
use sluice_e2e::audit::Request;
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, sleep};

use crate::release::{canary, installed, rollout, until_phase};

/// One update through eight weights: at most two writes to the Rollout a step, the promotion being one, and no lists.
///
/// What is read all the same is read afresh before users are sent to pods, by a weight or by a Service, before a ReplicaSet is made
/// and before one gets fewer pods: the Rollout, lest an abort be overlooked that no watch has shown yet, the pods and the route.
pub(crate) async fn of_a_step(scene: Scene) -> Result<()> {
    const STEPS: usize = 8;
    let steps: Value = (1..=STEPS).map(|step| json!({"setWeight": 12 * step})).collect();
    installed(&scene, &canary(&steps)).await?;
    sleep(Duration::from_secs(2)).await;
    let before = requests(&scene).await?.len();
    scene.apply(&rollout("v2", &canary(&steps))).await?;
    until_phase(&scene, Healthy).await?;
    sleep(Duration::from_secs(8)).await;
    let requests = requests(&scene).await?.split_off(before);
    let told = tally(&requests);
    eprintln!("one update through {STEPS} weights: {told:?}");
    let writes = requests.iter().filter(|one| one.is_write() && one.resource.starts_with("rollouts")).count();
    ensure!(writes <= 2 * (STEPS + 1), "{writes} writes to the Rollout: {told:?}");
    let lists = requests.iter().filter(|one| one.verb == "list").count();
    let reads = requests.iter().filter(|one| one.verb == "get").count();
    let moves = ["traefikservices", "services"];
    let moves = requests.iter().filter(|one| one.is_write() && moves.contains(&one.resource.as_str())).count();
    ensure!(lists == 0 && reads <= 3 * moves + 6, "{lists} lists and {reads} reads: {told:?}");
    Ok(())
}

/// What the controller asked in the test's namespace so far.
async fn requests(scene: &Scene) -> Result<Vec<Request>> {
    let all = scene.world.cluster.lock().await.audit().requests()?;
    Ok(all.into_iter().filter(|request| request.namespace == scene.namespace).collect())
}

fn tally(requests: &[Request]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for Request { verb, resource, .. } in requests {
        *tally.entry(format!("{verb} {resource}")).or_default() += 1;
    }
    tally
}
