//! Asks a Prometheus server.
//!
//! Every answer is read under a limit of bytes and of time, and anything that is not an answer is an error:
//! there is no way from a broken server to a value.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode, header::CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Response, Url};
use tower::{BoxError, ServiceExt};

use super::{Answer, Clients, Http};

mod answer;
mod fetch;
mod moment;
mod parse;

pub use fetch::MeasureError;
pub use moment::Moment;
pub use parse::Defaults;

/// The key under which status keeps the query as it was sent.
pub const RESOLVED_QUERY: &str = "ResolvedPrometheusQuery";

/// A query that can be sent as it is.
#[derive(Debug, Clone)]
pub struct PrometheusQuery {
    address: Url,
    query: String,
    range: Option<Range>,
    timeout: Duration,
    insecure: bool,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// From when to when a range query looks, and in what steps.
#[derive(Debug, Clone, PartialEq)]
struct Range {
    start: Moment,
    end: Moment,
    step: SignedDuration,
}

impl PrometheusQuery {
    /// What status records beside the values: the query after its arguments were put in.
    pub fn metadata(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(RESOLVED_QUERY.to_owned(), self.query.clone())])
    }

    /// The address without credentials, for messages.
    fn shown_address(&self) -> String {
        let mut shown = self.address.clone();
        // Both fail only for addresses that cannot carry credentials.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        shown.as_str().trim_end_matches('/').to_owned()
    }
}

/// Takes one measurement. `now` is the instant the query is evaluated at.
///
/// Never takes longer than the query's timeout, never holds more of an answer than the limit of `clients`.
pub async fn measure(clients: &Clients, query: &PrometheusQuery, now: Timestamp) -> Result<Answer, MeasureError> {
    let address = query.shown_address();
    let limit = query.timeout;
    match tokio::time::timeout(limit, ask(clients, query, &address, now)).await {
        Ok(answer) => answer,
        Err(_) => Err(MeasureError::Slow { address, limit }),
    }
}

async fn ask(
    clients: &Clients,
    query: &PrometheusQuery,
    address: &str,
    now: Timestamp,
) -> Result<Answer, MeasureError> {
    let unreachable = |error| MeasureError::unreachable(address, error);
    let http = if query.insecure { &clients.insecure } else { &clients.strict };
    let mut response = send(http, query.post(now)).await.map_err(unreachable)?;
    // Some proxies in front of Prometheus let only GET through.
    if matches!(response.status(), StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED) {
        response = send(http, query.get(now)).await.map_err(unreachable)?;
    }
    let body = fetch::body(response, address, clients.answer_limit).await?;
    answer::read(&body).map_err(|why| MeasureError::unreadable(address, why))
}

async fn send(http: &Http, request: http::Result<Request<Bytes>>) -> Result<Response, BoxError> {
    http.clone().oneshot(request?).await
}

impl PrometheusQuery {
    /// The query in the body, which has room for long ones.
    fn post(&self, now: Timestamp) -> http::Result<Request<Bytes>> {
        let form = self.asked(now).query().unwrap_or_default().to_owned();
        let builder = Request::post(self.endpoint().as_str()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.with_headers(builder).body(form.into())
    }

    /// The query in the address.
    fn get(&self, now: Timestamp) -> http::Result<Request<Bytes>> {
        self.with_headers(Request::get(self.asked(now).as_str())).body(Bytes::new())
    }

    fn with_headers(&self, builder: http::request::Builder) -> http::request::Builder {
        self.headers.iter().fold(builder, |builder, (name, value)| builder.header(name.clone(), value.clone()))
    }

    /// Where queries of this kind are taken.
    fn endpoint(&self) -> Url {
        let mut url = self.address.clone();
        let kind = if self.range.is_some() { "query_range" } else { "query" };
        let path = format!("{}/api/v1/{kind}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }

    /// The endpoint with everything that is asked.
    fn asked(&self, now: Timestamp) -> Url {
        let mut url = self.endpoint();
        url.set_query(None);
        let mut pairs = url.query_pairs_mut();
        pairs.append_pair("query", &self.query);
        match &self.range {
            None => drop(pairs.append_pair("time", &decimal_seconds(now))),
            Some(Range { start, end, step }) => {
                let second = |moment: &Moment| moment.at(now).as_second().to_string();
                pairs.append_pair("start", &second(start)).append_pair("end", &second(end));
                pairs.append_pair("step", &step.as_secs_f64().to_string());
            }
        }
        pairs.append_pair("timeout", &format!("{}ms", self.timeout.as_millis()));
        drop(pairs);
        url
    }
}

/// A timestamp as Prometheus reads it, to the millisecond.
fn decimal_seconds(now: Timestamp) -> String {
    let millis = now.as_millisecond();
    format!("{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000))
}

#[cfg(test)]
mod tests;
