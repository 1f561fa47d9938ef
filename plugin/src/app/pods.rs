//! The pods that belong to an Application's objects, by the chain of their owners.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::api::ListParams;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind, Selector};
use kube::{Api, Client, Resource, ResourceExt};
use sluice_crds::{ResourceStatus, decode, names};
use sluice_read::Objects;

/// Group, version and kind.
type Gvk = (&'static str, &'static str, &'static str);

/// Kinds that have pods: group, version and kind, and the kind of what stands between, if something does.
const KINDS: [(&str, &str, &str, Option<Gvk>); 8] = [
    ("", "v1", "Pod", None),
    ("apps", "v1", "Deployment", Some(REPLICA_SET)),
    (names::GROUP, "v1alpha1", "Rollout", Some(REPLICA_SET)),
    ("apps", "v1", "ReplicaSet", None),
    ("apps", "v1", "StatefulSet", None),
    ("apps", "v1", "DaemonSet", None),
    ("batch", "v1", "Job", None),
    ("batch", "v1", "CronJob", Some(("batch", "v1", "Job"))),
];
const REPLICA_SET: Gvk = ("apps", "v1", "ReplicaSet");

/// The pods, by namespace and name. Objects that are not there, and kinds that have no pods, have none.
pub(crate) async fn of(client: &Client, objects: &[&ResourceStatus]) -> Result<Vec<Pod>> {
    let mut found = BTreeMap::new();
    for one in objects {
        let known = KINDS.iter().find(|(group, _, kind, _)| one.group == *group && one.kind == *kind);
        let Some((group, version, kind, between)) = known else { continue };
        let pods: Objects<Pod> = Objects::namespaced(client.clone(), &one.namespace);
        if *kind == "Pod" {
            let pod = pods.get_opt(&one.name).await.with_context(|| format!("read pod '{}'", one.name))?;
            found.extend(pod.map(|pod| (key(&pod), pod)));
            continue;
        }
        let own = resource((group, version, kind));
        let owner: Api<DynamicObject> = Api::namespaced_with(client.clone(), &one.namespace, &own);
        let owner = owner.get_opt(&one.name).await.with_context(|| format!("read {kind} '{}'", one.name))?;
        let Some(owner) = owner else { continue };
        let params = params(&owner);
        let mut owners: BTreeSet<String> = owner.uid().into_iter().collect();
        if let Some(between) = between {
            let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), &one.namespace, &resource(*between));
            let listed = api.list(&params).await.with_context(|| format!("list the {}s of {}", between.2, one.name))?;
            let own: Vec<String> =
                listed.iter().filter(|one| is_owned(*one, &owners)).filter_map(ResourceExt::uid).collect();
            owners.extend(own);
        }
        let listed = pods.list(&params).await.with_context(|| format!("list the pods of {}", one.name))?;
        found.extend(listed.items.into_iter().filter(|pod| is_owned(pod, &owners)).map(|pod| (key(&pod), pod)));
    }
    Ok(found.into_values().collect())
}

fn resource((group, version, kind): (&str, &str, &str)) -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

/// Finds what an object selects. One that selects nothing by labels, as a CronJob, is looked for by its owners alone.
fn params(owner: &DynamicObject) -> ListParams {
    let selector = owner.data.pointer("/spec/selector").cloned();
    let selector = selector.and_then(|selector| decode::<LabelSelector>(selector).ok());
    match selector.and_then(|selector| Selector::try_from(selector).ok()) {
        Some(selector) => ListParams::default().labels_from(&selector),
        None => ListParams::default(),
    }
}

fn key(pod: &Pod) -> (String, String) {
    (pod.namespace().unwrap_or_default(), pod.name_any())
}

fn is_owned<K: Resource>(object: &K, owners: &BTreeSet<String>) -> bool {
    object.owner_references().iter().any(|owner| owners.contains(&owner.uid))
}
