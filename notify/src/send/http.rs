//! Asks a service by HTTP: one request, one answer, within a time and a size.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use super::{Failure, SendError, Way};

/// How long a service has for its answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of an answer is read: an answer of Slack repeats the message, and more of a history.
const MOST_BYTES: usize = 4 << 20;
/// How much of a refusal is looked at. What is shown of it is cut when no secret is in it any more ([`super::shown`]): the beginning of
/// one could not be told from other text.
const EXCERPT: usize = 16 << 10;
/// The longest that a service may ask to wait; a notice of yesterday is none.
pub(super) const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Who is asked, as messages call it, and how.
pub(super) struct Ask<'a> {
    /// `Slack`, `the webhook jenkins`.
    pub(super) whom: &'a str,
    /// By which client.
    pub(super) way: Way<'a>,
    /// How long it has.
    pub(super) patience: Duration,
}

impl<'a> Ask<'a> {
    /// Asks a service in the usual way.
    pub(super) fn of(whom: &'a str, way: Way<'a>) -> Self {
        Self { whom, way, patience: PATIENCE }
    }
}

/// What a service answered.
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A request with a body of JSON.
pub(super) fn post(url: &str, headers: &[(header::HeaderName, &str)], body: &Value) -> http::Result<Request<Bytes>> {
    let request = Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, *value));
    request.body(body.to_string().into())
}

impl Ask<'_> {
    /// Sends a request and gives the body of a good answer. What is said of a bad one has no address in it.
    pub(super) async fn answer(&self, request: http::Result<Request<Bytes>>) -> Result<Answer, SendError> {
        let whom = self.whom;
        let request = request.map_err(|_| {
            SendError::permanent(format!("{whom} cannot be asked: its address, or a header, is none; correct it"))
        })?;
        let asked = tokio::time::timeout(self.patience, self.ask(request)).await;
        asked
            .unwrap_or_else(|_| Err(SendError::unanswered(format!("{whom} did not answer within {:?}", self.patience))))
    }

    async fn ask(&self, request: Request<Bytes>) -> Result<Answer, SendError> {
        let whom = self.whom;
        let broken = |why: String| SendError::temporary(format!("{whom} cannot be reached: {why}"));
        let asked = async { self.way.http.clone().oneshot(request).await.map_err(|error| broken(innermost(&*error))) };
        let mut response: reqwest::Response = self.way.gate.pass(asked).await?;
        let (status, wait) = (response.status(), wait(response.headers()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(innermost(&error.without_url())))? {
            let room = MOST_BYTES - body.len();
            body.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
            if chunk.len() > room {
                break;
            }
        }
        if status.is_success() { Ok(Answer { body }) } else { Err(self.refusal(status, wait, &body)) }
    }

    /// What a refusal means: a service in trouble is asked again, and one that does not like the credentials; one that does not like
    /// the request is not.
    pub(super) fn refusal(&self, status: StatusCode, wait: Option<Duration>, body: &[u8]) -> SendError {
        let text = String::from_utf8_lossy(body).split_whitespace().collect::<Vec<_>>().join(" ");
        let excerpt = text.get(..text.floor_char_boundary(EXCERPT)).unwrap_or_default();
        let colon = if excerpt.is_empty() { "" } else { ": " };
        let again = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
        let credentials = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::PROXY_AUTHENTICATION_REQUIRED];
        let kind = match status {
            // Who asks too much is told so by some.
            StatusCode::FORBIDDEN if wait.is_some() => Failure::Temporary { retry_after: wait },
            _ if credentials.contains(&status) => Failure::Refused,
            _ if status.is_server_error() || again.contains(&status) => Failure::Temporary { retry_after: wait },
            _ => Failure::Permanent,
        };
        SendError { kind, text: format!("{} answered {}{colon}{excerpt}", self.whom, status.as_u16()) }
    }
}

impl SendError {
    /// The same, if it says that: then what the service does not like is its key, whatever its status is.
    pub(super) fn of_key_if_it_says(self, words: &str) -> Self {
        let is_of_key = self.kind == Failure::Permanent && self.text.to_ascii_lowercase().contains(words);
        if is_of_key { Self { kind: Failure::Refused, ..self } } else { self }
    }
}

/// `Retry-After`: seconds, or a date by the clock of the service, which its own `Date` tells.
fn wait(headers: &header::HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let date = |text| jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp());
    let until = text(header::RETRY_AFTER)?;
    let wait = match until.trim().parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => Duration::try_from(date(until)?.duration_since(date(text(header::DATE)?)?)).unwrap_or_default(),
    };
    Some(wait.min(LONGEST_WAIT))
}

/// The innermost cause is the one that helps ("connection refused"); the layers above may repeat the address.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Text of a template that has to be JSON. What YAML reads alike is taken too: templates of the established catalogue leave commas at the
/// end of their maps.
pub(super) fn json_text(field: &str, text: &str) -> Result<Value, SendError> {
    let is_tree = text.trim_start().starts_with(['{', '[']);
    let lenient = || serde_saphyr::from_str(text).ok().filter(|_| is_tree);
    let strict = serde_json::from_str(text);
    strict
        .or_else(|error| lenient().ok_or(error))
        .map_err(|error| SendError::template(format!("{field} of the template gives no JSON: {error}; correct it")))
}

/// Text of a template that has to be a list in JSON; none where it is empty.
pub(super) fn json_list(field: &str, text: &str) -> Result<Vec<Value>, SendError> {
    match json_text(field, if text.trim().is_empty() { "[]" } else { text })? {
        Value::Array(items) => Ok(items),
        _ => Err(SendError::template(format!("{field} of the template must give a list in JSON; correct it"))),
    }
}

/// What is at a place in an answer (`/a/b`); null where nothing is.
pub(super) fn at<'v>(value: &'v Value, place: &str) -> &'v Value {
    value.pointer(place).unwrap_or(&Value::Null)
}

/// The text at a place in an answer.
pub(super) fn text_at(value: &Value, place: &str) -> Option<String> {
    at(value, place).as_str().map(str::to_owned)
}

/// The same with a field, unless that is null or a blank text.
pub(super) fn with(value: Value, name: &str, field: impl Into<Value>) -> Value {
    let field = field.into();
    let left_out = field.is_null() || field.as_str().is_some_and(|text| text.trim().is_empty());
    match value {
        Value::Object(mut fields) if !left_out => {
            fields.insert(name.to_owned(), field);
            Value::Object(fields)
        }
        other => other,
    }
}
