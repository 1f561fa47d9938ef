//! The Deployment controller: one ReplicaSet for each template, the newest with the pods.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};
use sluice_crds::names::label;

use super::Key;
use super::view::{Deployment, ReplicaSet, View};
use super::writes::Write;
use crate::api::{Sub, catalog};

const BY: &str = "kube-controller-manager";

/// One pass over one Deployment. Pods of an older template go as those of the newest become available.
pub(super) fn step(view: &View, key: &Key) -> Vec<Write> {
    let Some(deployment) = view.deployments.get(key).filter(|deployment| !deployment.terminating) else {
        return Vec::new();
    };
    let hash = hash(deployment);
    let newest = key.beside(&format!("{}-{hash}", key.name));
    let own: Vec<(&Key, &ReplicaSet)> = view.replica_sets_of(&deployment.uid).collect();
    let there = own.iter().find(|(set, _)| **set == newest);
    let available = there.map_or(0, |(_, set)| set.counts.available);
    let older = own.iter().filter(|(set, _)| **set != newest);
    let left = deployment.desired.saturating_sub(available);
    let mut writes: Vec<Write> = older.filter(|(_, set)| set.desired > left).map(|(set, _)| scale(set, left)).collect();
    match there {
        None => writes.push(Write::Create {
            of: &catalog::REPLICA_SET,
            object: replica_set(&newest, key, deployment, &hash),
            by: BY,
        }),
        Some((set, there)) if there.desired != deployment.desired => writes.push(scale(set, deployment.desired)),
        Some(_) => {}
    }
    writes.extend(report(key, deployment, &own));
    writes
}

fn scale(set: &Key, pods: usize) -> Write {
    let patch = json!({"spec": {"replicas": pods}});
    Write::Merge { of: &catalog::REPLICA_SET, key: set.clone(), sub: Sub::Object, patch, by: BY }
}

fn replica_set(key: &Key, owner: &Key, deployment: &Deployment, hash: &str) -> Value {
    let part = |pointer: &str| deployment.object.pointer(pointer).cloned().unwrap_or_default();
    let mark = json!({label::DEPLOYMENT_HASH: hash});
    let mut set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": key.name, "namespace": key.namespace, "labels": part("/spec/template/metadata/labels"),
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "Deployment", "name": owner.name, "uid": deployment.uid,
                "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "spec": {
            "replicas": deployment.desired, "selector": part("/spec/selector"), "template": part("/spec/template"),
        },
    });
    let template = json!({"metadata": {"labels": mark}});
    let marks = json!({
        "metadata": {"labels": mark}, "spec": {"selector": {"matchLabels": mark}, "template": template},
    });
    json_patch::merge(&mut set, &marks);
    set
}

/// Unlike the real one's, its hashes are of any length.
fn hash(deployment: &Deployment) -> String {
    let mut hash = DefaultHasher::new();
    deployment.object.pointer("/spec/template").map(ToString::to_string).hash(&mut hash);
    format!("{:x}", hash.finish())
}

fn report(key: &Key, deployment: &Deployment, own: &[(&Key, &ReplicaSet)]) -> Option<Write> {
    let sum = |count: fn(&ReplicaSet) -> usize| own.iter().map(|(_, set)| count(set)).sum::<usize>();
    let shown = |count: usize| if count == 0 { Value::Null } else { json!(count) };
    let status = json!({
        "replicas": shown(sum(|set| set.counts.replicas)),
        "readyReplicas": shown(sum(|set| set.counts.ready)),
        "availableReplicas": shown(sum(|set| set.counts.available)),
        "observedGeneration": deployment.generation,
    });
    let has = |(field, value): (&String, &Value)| {
        deployment.object.pointer("/status").and_then(|status| status.get(field)).unwrap_or(&Value::Null) == value
    };
    let is_told = status.as_object().is_some_and(|status| status.iter().all(has));
    let patch = json!({"status": status});
    (!is_told).then(|| Write::Merge { of: &catalog::DEPLOYMENT, key: key.clone(), sub: Sub::Status, patch, by: BY })
}
