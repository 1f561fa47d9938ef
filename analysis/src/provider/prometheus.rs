//! Asks a Prometheus server.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode, header::CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;

use super::{Answer, Clients, MeasureError, auth::Auth, fetch, fetch::Server};

mod answer;
mod moment;
mod parse;

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
    auth: Auth,
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
}

/// What messages say of it.
pub(crate) static KIND: fetch::Kind = fetch::Kind {
    name: "Prometheus",
    slow: "see the provider's timeout",
    large: "aggregate in the query",
    refusal: answer::refusal,
};

/// Takes one measurement. `now` is the instant the query is evaluated at.
///
/// Never takes longer than the query's timeout, never holds more of an answer than the limit of `clients`.
pub async fn measure(clients: &Clients, query: &PrometheusQuery, now: Timestamp) -> Result<Answer, MeasureError> {
    let server = Server::new(&KIND, &query.address);
    fetch::within(query.timeout, &server, ask(clients, query, &server, now)).await
}

async fn ask(
    clients: &Clients,
    query: &PrometheusQuery,
    server: &Server,
    now: Timestamp,
) -> Result<Answer, MeasureError> {
    let http = clients.http(query.insecure);
    let mut response = query.auth.send(clients, http, query.post(now), server, now).await?;
    // Some proxies in front of Prometheus let only GET through.
    if matches!(response.status(), StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED) {
        response = query.auth.send(clients, http, query.get(now), server, now).await?;
    }
    let body = fetch::body(response, server, clients.answer_limit).await?;
    answer::read(&body).map_err(|why| server.unreadable(why))
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
