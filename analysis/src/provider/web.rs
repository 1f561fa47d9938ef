//! Asks any HTTP server, and takes a value out of the JSON it answers.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, header::CONTENT_TYPE};
use jiff::Timestamp;
use reqwest::Url;
use sluice_crds::{Violation, WebMetric};

use super::{Answer, Clients, MeasureError, auth::Auth, checks, fetch, fetch::Server};
use crate::condition::Value;

pub mod jsonpath;

use jsonpath::JsonPath;

/// A request that can be sent as it is.
#[derive(Debug, Clone)]
pub struct WebQuery {
    url: Url,
    method: Method,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    path: JsonPath,
    timeout: Duration,
    insecure: bool,
    auth: Auth,
}

/// How long an answer is waited for where the metric does not say.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What messages say of it.
static KIND: fetch::Kind = fetch::Kind {
    name: "the server",
    slow: "see the provider's timeoutSeconds",
    large: "ask for less",
    refusal: |_| None,
};

impl WebQuery {
    /// Checks a request. Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(metric: &WebMetric, violations: &mut Vec<Violation>) -> Option<Self> {
        let mut found = Vec::new();
        checks::unknown("", &metric.unknown, &mut found);
        let url = checks::address(&metric.url).map_err(|message| found.push(Violation::new("url", message))).ok();
        let method = method(metric.method.as_deref()).map_err(|message| found.push(Violation::new("method", message)));
        let mut headers = checks::headers(&metric.headers, &mut found);
        let body = body(metric, &mut headers, &mut found);
        if !body.is_empty() && method == Ok(Method::GET) {
            found.push(Violation::new("method", "GET carries no body; write POST or PUT, or remove the body"));
        }
        let path = JsonPath::parse(metric.json_path.as_deref().filter(|path| !path.is_empty()).unwrap_or("{$}"))
            .map_err(|message| found.push(Violation::new("jsonPath", message)));
        let seconds = metric.timeout_seconds.filter(|seconds| *seconds != 0);
        let timeout =
            checks::timeout(seconds, TIMEOUT).map_err(|message| found.push(Violation::new("timeoutSeconds", message)));
        let auth = Auth::parse(metric.authentication.as_ref(), None, &mut found);
        if metric.authentication.as_ref().is_some_and(|authentication| authentication.basic_auth.is_some()) {
            let message = "is only for prometheus; write name and password into the url, or use headers";
            found.push(Violation::new("authentication.basicAuth", message));
        }

        let sound = found.is_empty();
        violations.extend(found.into_iter().map(|violation| violation.within("provider.web")));
        let (url, method, path, timeout) = (url?, method.ok()?, path.ok()?, timeout.ok()?);
        sound.then_some(Self { url, method, headers, body, path, timeout, insecure: metric.insecure, auth })
    }

    fn request(&self) -> http::Result<Request<Bytes>> {
        let builder = Request::builder().method(self.method.clone()).uri(self.url.as_str());
        let headers = self.headers.iter();
        let builder = headers.fold(builder, |builder, (name, value)| builder.header(name.clone(), value.clone()));
        builder.body(self.body.clone())
    }
}

fn method(text: Option<&str>) -> Result<Method, String> {
    match text.unwrap_or_default() {
        "" | "GET" => Ok(Method::GET),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        other => Err(format!("is {other:?}; write GET, POST or PUT")),
    }
}

/// What is sent; a JSON body says that it is one.
fn body(metric: &WebMetric, headers: &mut Vec<(HeaderName, HeaderValue)>, violations: &mut Vec<Violation>) -> Bytes {
    match (metric.body.as_deref().filter(|body| !body.is_empty()), &metric.json_body) {
        (Some(_), Some(_)) => {
            violations.push(Violation::new("jsonBody", "does not go with body; keep one of them"));
            Bytes::new()
        }
        (Some(text), None) => text.to_owned().into(),
        (None, Some(json)) => {
            headers.retain(|(name, _)| name != CONTENT_TYPE);
            headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
            json.0.to_string().into()
        }
        (None, None) => Bytes::new(),
    }
}

/// Takes one measurement.
///
/// Never takes longer than the query's timeout, never holds more of an answer than the limit of `clients`.
pub async fn measure(clients: &Clients, query: &WebQuery, now: Timestamp) -> Result<Answer, MeasureError> {
    let server = Server::new(&KIND, &query.url);
    fetch::within(query.timeout, &server, ask(clients, query, &server, now)).await
}

async fn ask(clients: &Clients, query: &WebQuery, server: &Server, now: Timestamp) -> Result<Answer, MeasureError> {
    let http = clients.http(query.insecure);
    let response = query.auth.send(clients, http, query.request(), server, now).await?;
    let body = fetch::body(response, server, clients.answer_limit).await?;
    read(&body, &query.path).map_err(|why| server.unreadable(why))
}

/// The value in an answer. What is no JSON is a text; no value at all is nil.
fn read(body: &[u8], path: &JsonPath) -> Result<Answer, String> {
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(json) => Ok(Answer::of_json(path.first(&json)?.cloned().unwrap_or_default())),
        Err(_) if body.trim_ascii().is_empty() => Ok(Answer::of_json(serde_json::Value::Null)),
        Err(_) => {
            let text = String::from_utf8_lossy(body).into_owned();
            let (value, text) = (Value::from(text.as_str()), fetch::beginning(text, super::SHOWN));
            Ok(Answer { value, text, metadata: BTreeMap::new(), arms: BTreeMap::new() })
        }
    }
}

#[cfg(test)]
mod tests;
