//! Asks a Prometheus server.
//!
//! Every answer is read under a limit of bytes and of time, and anything that is not an answer is an error:
//! there is no way from a broken server to a value.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use reqwest::{
    Response, StatusCode, Url,
    header::{HeaderName, HeaderValue},
};

use super::{Answer, Clients};

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
    let server = prometheus_http_query::Client::from(http.clone(), query.address.as_str()).map_err(unreachable)?;
    let mut response = send(&server, query, now, Method::Post).await.map_err(unreachable)?;
    // Some proxies in front of Prometheus let only GET through.
    if matches!(response.status(), StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED) {
        response = send(&server, query, now, Method::Get).await.map_err(unreachable)?;
    }
    let body = fetch::body(response, address, clients.answer_limit).await?;
    answer::read(&body).map_err(|why| MeasureError::unreadable(address, why))
}

/// How the query travels: in the body, which has room for long queries, or in the address.
#[derive(Clone, Copy)]
enum Method {
    Post,
    Get,
}

async fn send(
    server: &prometheus_http_query::Client,
    query: &PrometheusQuery,
    now: Timestamp,
    method: Method,
) -> Result<Response, prometheus_http_query::Error> {
    let timeout = i64::try_from(query.timeout.as_millis()).unwrap_or(i64::MAX);
    // The two kinds of query have builders of the same shape but of different types.
    macro_rules! finish {
        ($builder:expr) => {{
            let builder = query
                .headers
                .iter()
                .fold($builder.timeout(timeout), |builder, (name, value)| builder.header(name.clone(), value.clone()));
            match method {
                Method::Post => builder.post_raw().await,
                Method::Get => builder.get_raw().await,
            }
        }};
    }
    match &query.range {
        None => finish!(server.query(&query.query).query("time", decimal_seconds(now))),
        Some(range) => {
            let (start, end) = (range.start.at(now).as_second(), range.end.at(now).as_second());
            finish!(server.query_range(&query.query, start, end, range.step.as_secs_f64()))
        }
    }
}

/// A timestamp as Prometheus reads it, to the millisecond.
fn decimal_seconds(now: Timestamp) -> String {
    let millis = now.as_millisecond();
    format!("{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000))
}

#[cfg(test)]
mod tests;
