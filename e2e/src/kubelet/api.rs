//! What the kubelet writes to the API. Each write is tried until it is done or the pod is gone: the API server may be
//! restarting.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Binding, Node, ObjectReference, Pod, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Context, NODE, NODE_IP, logs};

const RETRY: Duration = Duration::from_millis(200);

/// Creates the node that all pods run on.
pub(super) async fn create_node(client: &Client) -> kube::Result<()> {
    let room = json!({"cpu": "1000", "memory": "1000Gi", "pods": "10000"});
    let node = json!({
        "metadata": {"name": NODE, "labels": {"kubernetes.io/hostname": NODE}},
        "status": {
            "capacity": room, "allocatable": room,
            "addresses": [{"type": "InternalIP", "address": NODE_IP}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": logs::PORT}},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
        },
    });
    let node: Node = serde_json::from_value(node).map_err(kube::Error::SerdeError)?;
    Api::all(client.clone()).create(&PostParams::default(), &node).await.map(drop)
}

/// Binds the pod to the node, unless it is bound.
pub(super) async fn bind(context: &Context, pod: &Pod) {
    if !is_unbound(pod) {
        return;
    }
    let target = ObjectReference { kind: Some("Node".into()), name: Some(NODE.into()), ..ObjectReference::default() };
    let metadata = ObjectMeta { name: pod.metadata.name.clone(), ..ObjectMeta::default() };
    let binding = Binding { metadata, target };
    let name = pod.name_any();
    loop {
        until_done(context, || async {
            let api = pods(context, pod);
            // The answer is a Status, not a Binding.
            let done: kube::Result<Value> =
                api.create_subresource("binding", &name, &PostParams::default(), &binding).await;
            done.map(drop)
        })
        .await;
        // Chaos kills etcd: a binding that was refused then leaves a pod without a node, whom no Service ever takes.
        match pods(context, pod).get_opt(&name).await {
            Ok(Some(now)) if now.uid() == pod.uid() && is_unbound(&now) => sleep(RETRY).await,
            Err(_) => sleep(RETRY).await,
            Ok(_) => return,
        }
    }
}

fn is_unbound(pod: &Pod) -> bool {
    pod.spec.as_ref().is_none_or(|spec| spec.node_name.is_none())
}

/// Reports the pod's status. Conditions of others, such as readiness gates, stay as they are.
pub(super) async fn report(context: &Context, pod: &Pod, status: &PodStatus) {
    let patch = status_patch(pod, status);
    let name = pod.name_any();
    until_done(context, || async {
        let api = pods(context, pod);
        api.patch_status(&name, &PatchParams::default(), &Patch::Strategic(&patch)).await.map(drop)
    })
    .await;
}

/// A strategic merge keeps what the patch does not name, so a reason that went is named as null.
fn status_patch(pod: &Pod, status: &PodStatus) -> Value {
    let mut patch = json!({"metadata": {"uid": pod.metadata.uid}, "status": status});
    let conditions = patch.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten().filter_map(Value::as_object_mut) {
        condition.entry("reason").or_insert(Value::Null);
    }
    patch
}

/// Removes the pod from the API, if it is still this one.
pub(super) async fn remove(context: &Context, pod: &Pod) {
    let preconditions = Preconditions { uid: pod.metadata.uid.clone(), resource_version: None };
    let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default().grace_period(0) };
    let name = pod.name_any();
    until_done(context, || async { pods(context, pod).delete(&name, &params).await.map(drop) }).await;
}

fn pods(context: &Context, pod: &Pod) -> Api<Pod> {
    Api::namespaced(context.client.clone(), &pod.namespace().unwrap_or_default())
}

/// A refusal is final: the pod is gone, or another one has its name. Trouble on the way is not.
async fn until_done<F>(context: &Context, write: impl Fn() -> F)
where
    F: Future<Output = kube::Result<()>>,
{
    loop {
        let done = {
            let _turn = context.writes.acquire().await;
            write().await
        };
        match done {
            Ok(()) => return,
            Err(kube::Error::Api(refusal)) if (400..500).contains(&refusal.code) && refusal.code != 429 => {
                return;
            }
            Err(_) => sleep(RETRY).await,
        }
    }
}
