//! Services of a Rollout that is gone: they select by their own labels again, for whatever comes after it.

use k8s_openapi::api::core::v1::Service;
use kube::api::Patch;
use serde_json::json;
use sluice_crds::Rollout;
use sluice_crds::names::{annotation, label};
use sluice_read::Objects;

use crate::apply::hand;
use crate::context::Context;
use crate::key::Key;

/// Takes the hash of a revision, and the note whose it is, off every Service of that Rollout.
///
/// A fresh read comes first: the watch may be late, and the Rollout there again.
pub(super) async fn services(ctx: &Context, rollout: &Key) -> kube::Result<()> {
    let managed: Vec<Key> = ctx.caches.index().managed.naming(rollout).cloned().collect();
    if managed.is_empty() {
        return Ok(());
    }
    let rollouts: Objects<Rollout> = Objects::namespaced(ctx.client.clone(), &rollout.namespace);
    if rollouts.get_metadata_opt(&rollout.name).await?.is_some() {
        return Ok(());
    }
    let services: Objects<Service> = Objects::namespaced(ctx.client.clone(), &rollout.namespace);
    for service in managed.iter().filter_map(|key| ctx.caches.service(key)) {
        let patch = json!({
            "metadata": {"resourceVersion": service.metadata.resource_version, "annotations": {annotation::MANAGED_BY: null}},
            "spec": {"selector": {label::POD_TEMPLATE_HASH: null}},
        });
        let name = service.metadata.name.as_deref().unwrap_or_default();
        match services.patch(name, &hand::params(), &Patch::Merge(&patch)).await {
            Err(kube::Error::Api(status)) if status.is_not_found() => {}
            patched => drop(patched?),
        }
    }
    Ok(())
}
