//! Evictions: pods end as far as their PodDisruptionBudgets allow.

use http::Request;
use kube::ResourceExt;
use kube::core::Status;
use serde_json::{Value, json};

use crate::apply::Cause;
use crate::apply::hand::Hand;
use crate::key::{Kind, ObjectId};

/// Evicts a pod, once a fresh read shows that it is still the one that was seen and that the Rollout still asks for it.
pub(super) async fn pod(hand: &mut Hand<'_>, name: &str, uid: &str) -> Result<(), Cause> {
    hand.still_as_seen().await?;
    if stays(hand, name, uid).await? {
        evict(hand, name, uid).await?;
    }
    seen_to_go(hand, name, uid).await
}

async fn stays(hand: &Hand<'_>, name: &str, uid: &str) -> Result<bool, Cause> {
    match hand.fresh(Kind::Pod, name).await {
        Err(Cause::Missing { .. }) => Ok(false),
        live => Ok(live.map(|live| live.uid().as_deref() == Some(uid) && live.metadata.deletion_timestamp.is_none())?),
    }
}

/// Sent by hand: the client's own request writes the preconditions into a field that the API server does not know.
async fn evict(hand: &Hand<'_>, name: &str, uid: &str) -> Result<(), Cause> {
    let namespace = &hand.key.namespace;
    let body = json!({
        "apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": {"name": name, "namespace": namespace},
        "deleteOptions": {"preconditions": {"uid": uid}},
    });
    let request = Request::post(format!("/api/v1/namespaces/{namespace}/pods/{name}/eviction"))
        .header("content-type", "application/json")
        .body(body.to_string().into_bytes())
        .map_err(kube::Error::HttpError)?;
    match hand.ctx.client.request::<Value>(request).await {
        Err(kube::Error::Api(status)) if status.code == 429 => {
            Err(Cause::Budget { pod: name.to_owned(), words: words(&status) })
        }
        // Gone already, or another one has its name.
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(()),
        answer => Ok(answer.map(drop)?),
    }
}

/// Which budget it is, and what it lacks, where the API server says so.
fn words(status: &Status) -> String {
    let causes = status.details.iter().flat_map(|details| &details.causes).map(|cause| cause.message.as_str());
    let causes: Vec<&str> = causes.filter(|words| !words.is_empty()).collect();
    if causes.is_empty() { status.message.clone() } else { causes.join("; ") }
}

/// Has the next pass wait until the cache shows that the pod goes: it would take another one else.
async fn seen_to_go(hand: &mut Hand<'_>, name: &str, uid: &str) -> Result<(), Cause> {
    match hand.fresh(Kind::Pod, name).await {
        Ok(live) if live.uid().as_deref() == Some(uid) => hand.note(Kind::Pod, &live),
        Ok(_) | Err(Cause::Missing { .. }) => {
            let object = ObjectId { kind: Kind::Pod, key: hand.key.beside(name) };
            hand.gone(object, uid);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
