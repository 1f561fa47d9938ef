//! Posts one batch, and says what the answer means.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use sluice_analysis::provider::Http;
use tokio::time::timeout;
use tower::ServiceExt;

use crate::collector::Collector;

/// How long a collector has for its answer: ten seconds, as the protocol's exporters give it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read.
const MOST_BYTES: usize = 64 << 10;
/// How much of a refusal is shown.
const EXCERPT: usize = 300;
/// The longest that a collector may ask to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A batch was not taken, or not all of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It may be later; then not before this time passed, where the collector says so.
    Later(String, Option<Duration>),
    /// It never will be.
    Never(String),
    /// So many spans of it were not.
    Partly(String, u64),
}

/// Posts a body of JSON.
pub(crate) async fn post(http: &Http, to: &Collector, body: Bytes) -> Result<(), Refusal> {
    let mut request =
        Request::builder().method(Method::POST).uri(&to.url).header(header::CONTENT_TYPE, "application/json");
    for (name, value) in &to.headers {
        request = request.header(name, value);
    }
    let request = request.body(body).map_err(|_| Refusal::Never("the request cannot be made".to_owned()))?;
    let late = |_| Refusal::Later(format!("no answer in {} s", PATIENCE.as_secs()), None);
    timeout(PATIENCE, answer(http, request)).await.map_err(late)?
}

async fn answer(http: &Http, request: Request<Bytes>) -> Result<(), Refusal> {
    let broken = |error: &(dyn std::error::Error + 'static)| Refusal::Later(innermost(error), None);
    let mut response = http.clone().oneshot(request).await.map_err(|error| broken(&*error))?;
    let (status, wait) = (response.status(), wait(response.headers()));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error.without_url()))? {
        let room = MOST_BYTES - body.len();
        body.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
        if chunk.len() > room {
            break;
        }
    }
    match status {
        _ if status.is_success() => partly(&body),
        // The four that the protocol calls worth another attempt.
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Err(Refusal::Later(said(status, &body), wait)),
        _ => Err(Refusal::Never(said(status, &body))),
    }
}

/// What a good answer says of spans that were not taken all the same.
fn partly(body: &[u8]) -> Result<(), Refusal> {
    let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let partial = answer.get("partialSuccess");
    let rejected = partial.and_then(|partial| partial.get("rejectedSpans"));
    // A 64-bit number is a text in this form, and is a number with some all the same.
    let rejected =
        rejected.and_then(|count| count.as_u64().or_else(|| count.as_str()?.parse().ok())).unwrap_or_default();
    let why = partial.and_then(|partial| partial.get("errorMessage")?.as_str()).unwrap_or_default();
    if rejected > 0 { Err(Refusal::Partly(excerpt(why).to_owned(), rejected)) } else { Ok(()) }
}

fn said(status: StatusCode, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body).split_whitespace().collect::<Vec<_>>().join(" ");
    let colon = if text.is_empty() { "" } else { ": " };
    format!("it answered {}{colon}{}", status.as_u16(), excerpt(&text))
}

fn excerpt(text: &str) -> &str {
    text.get(..text.floor_char_boundary(EXCERPT)).unwrap_or_default()
}

fn wait(headers: &header::HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// The innermost cause is the one that helps ("connection refused"); the layers above may repeat the address.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
