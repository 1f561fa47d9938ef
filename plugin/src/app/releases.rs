//! The releases inside an Application: its Rollouts, as they stand.

use std::collections::BTreeMap;

use futures::future::join_all;
use sluice_crds::{Application, Rollout, RolloutPhase, names};
use sluice_orders::standing::standing;
use sluice_read::Objects;

use super::project;
use crate::client::Cluster;

use crate::tree::set_weight;

/// The most Rollouts that are read for one Application.
const MOST: usize = 50;

/// A release, as it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Release {
    /// Its phase.
    pub(crate) phase: RolloutPhase,
    /// How far it is: step and weight, if it is a canary with steps.
    pub(crate) far: Vec<String>,
    /// What it waits for, or why it is so.
    pub(crate) message: String,
}

/// Releases by namespace and name.
pub(crate) type Releases = BTreeMap<(String, String), Release>;

/// Reads the Rollouts that an Application's status names. In another cluster, and where they may not be read, what the status
/// says of them is all there is.
pub(crate) async fn of(cluster: &Cluster, app: &Application) -> Releases {
    if !project::is_here(app) {
        return Releases::new();
    }
    let objects = app.status.iter().flat_map(|status| &status.resources);
    let rollouts = objects.filter(|one| one.group == names::GROUP && one.kind == "Rollout").take(MOST);
    let reads = rollouts.map(async |one| {
        let api: Objects<Rollout> = Objects::namespaced(cluster.client.clone(), &one.namespace);
        let rollout = api.get_opt(&one.name).await.ok()??;
        Some(((one.namespace.clone(), one.name.clone()), release(&rollout)))
    });
    join_all(reads).await.into_iter().flatten().collect()
}

fn release(rollout: &Rollout) -> Release {
    let now = standing(rollout);
    let mut far = Vec::new();
    if let (Some(canary), Some(status)) = (&rollout.spec.strategy.canary, &rollout.status) {
        if let Some(step) = status.current_step_index.filter(|_| !canary.steps.is_empty()) {
            far.push(format!("step {step}/{}", canary.steps.len()));
        }
        far.push(format!("weight {}", set_weight(rollout, canary, status)));
    }
    Release { phase: now.phase, far, message: now.message }
}
