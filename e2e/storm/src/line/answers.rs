//! Answers that a working API server would not give.

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use sluice_world::rng::Rng;
use tower::BoxError;

use crate::line::Answer;

/// A refusal, in the API server's own form.
pub(super) fn refusal(code: u16) -> Result<Answer, BoxError> {
    let (reason, message) = match code {
        401 => ("Unauthorized", "Unauthorized"),
        403 => ("Forbidden", "admission webhook \"guard.test\" denied the request"),
        409 => {
            ("Conflict", "the object has been modified; please apply your changes to the latest version and try again")
        }
        429 => ("TooManyRequests", "the server has received too many requests and has asked us to try again later"),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
        504 => ("Timeout", "the server was unable to return a response in the time allotted"),
        _ => ("InternalError", "etcdserver: leader changed"),
    };
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    let answer = Response::builder().status(code).header("content-type", "application/json").header("retry-after", "1");
    Ok(answer.body(full(status.to_string()))?)
}

/// The same list, without some of its items.
pub(super) async fn with_holes(answer: Answer, seed: u64) -> Result<Answer, BoxError> {
    let (parts, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut list: Value = serde_json::from_slice(&body)?;
    let mut rng = Rng(seed);
    if let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) {
        items.retain(|_| rng.below(3) > 0);
    }
    Ok(Response::from_parts(parts, full(serde_json::to_vec(&list)?)))
}

/// The first half of an answer.
pub(super) async fn cut(answer: Answer) -> Result<Answer, BoxError> {
    let (parts, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    let half = body.slice(..body.len() / 2);
    Ok(Response::from_parts(parts, full(half)))
}

fn full(bytes: impl Into<Bytes>) -> http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError> {
    Full::new(bytes.into()).map_err(Into::into).boxed_unsync()
}
