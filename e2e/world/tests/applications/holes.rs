//! An API server whose lists lack what is there.

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use kube::client::Body;
use serde_json::Value;
use sluice_world::api::ApiService;
use tower::{BoxError, ServiceExt};

/// Answers as the server does, but for objects of that name in lists.
pub(crate) async fn answer(
    api: ApiService,
    request: Request<Body>,
    lacks: &str,
) -> Result<Response<UnsyncBoxBody<Bytes, BoxError>>, BoxError> {
    let is_read = request.method() == Method::GET && !request.uri().query().unwrap_or_default().contains("watch=");
    let answer = api.oneshot(request).await?;
    if !is_read {
        return Ok(answer.map(|body| body.map_err(Into::into).boxed_unsync()));
    }
    let (parts, body) = answer.into_parts();
    let mut object: Value = serde_json::from_slice(&body.collect().await?.to_bytes())?;
    if let Some(items) = object.get_mut("items").and_then(Value::as_array_mut) {
        items.retain(|item| item["metadata"]["name"] != lacks);
    }
    let body = Full::from(serde_json::to_vec(&object)?).map_err(Into::into).boxed_unsync();
    Ok(Response::from_parts(parts, body))
}
