//! Two controllers of which a Lease says who acts.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, bail};
use serde_json::{Value, json};
use sluice_crds::names::label;
use sluice_e2e::controller::Controller;
use sluice_e2e::harness::Scene;

use crate::release::programs;

/// Starts them. They mind what has that instance id; `numbers` are theirs among all controllers of the run.
pub(crate) async fn start(scene: &Scene, id: &str, numbers: [u16; 2]) -> Result<[Controller; 2]> {
    may_lead(scene, id).await?;
    let api = [scene.world.traefik.lock().await.api_url()];
    let cluster = scene.world.cluster.lock().await;
    let program = &programs()?.controller;
    let start = |number| Controller::start_elected(number, id, &scene.namespace, program.clone(), &cluster, &api);
    let [one, other] = numbers;
    Ok([start(one).await?, start(other).await?])
}

/// The Rollout, minded by the twins of that id alone.
pub(crate) fn minded_by(id: &str, mut rollout: Value) -> Value {
    rollout["metadata"]["labels"] = json!({label::INSTANCE_ID: id});
    rollout
}

/// Which of them leads.
pub(crate) async fn leader(twins: &[Controller; 2]) -> Result<usize> {
    for (index, twin) in twins.iter().enumerate() {
        if twin.leads().await? {
            return Ok(index);
        }
    }
    bail!("nobody leads")
}

/// The right to a Lease of an instance's own, as `deploy/sluice.yaml` gives it to that of the one without an id.
async fn may_lead(scene: &Scene, id: &str) -> Result<()> {
    let rules = json!([
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
        {
            "apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "update"],
            "resourceNames": [format!("argo-rollouts-controller-lock-{id}")],
        },
    ]);
    let api = "rbac.authorization.k8s.io";
    let of = |kind: &str| json!({"apiVersion": format!("{api}/v1"), "kind": kind, "metadata": {"name": id}});
    let (mut role, mut binding) = (of("Role"), of("RoleBinding"));
    role["rules"] = rules;
    binding["roleRef"] = json!({"apiGroup": api, "kind": "Role", "name": id});
    binding["subjects"] = json!([{"kind": "ServiceAccount", "name": "sluice", "namespace": "sluice"}]);
    scene.apply(&role).await?;
    scene.apply(&binding).await.map(drop)
}
