//! Asks Datadog, by its API v1 or v2.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{Request, header::CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sluice_crds::{DatadogMetric, Violation};

use super::{
    Answer, Clients, MeasureError, checks,
    credentials::{self, Credentials, Keep},
    fetch,
    fetch::Server,
};

mod answer;

/// A query that can be sent once the keys are found.
#[derive(Debug, Clone)]
pub struct DatadogQuery {
    asked: Asked,
    /// How far back to look.
    back: SignedDuration,
    timeout: Duration,
    /// Where the keys may be, in the order to look.
    keeps: Vec<Keep>,
}

/// What is asked, by version of the API.
#[derive(Debug, Clone)]
enum Asked {
    Series(String),
    Scalar { queries: BTreeMap<String, String>, formula: Option<String>, aggregator: String },
}

/// How long an answer is waited for where the metric does not say.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(10);

/// How far back to look where the metric does not say.
const BACK: SignedDuration = SignedDuration::from_mins(5);

/// Where Datadog is, unless the keys say otherwise.
const ADDRESS: &str = "https://api.datadoghq.com";

/// The Secret with the keys, unless the metric names one.
const SECRET: &str = "datadog";

/// What API v2 can make of many points.
const AGGREGATORS: [&str; 9] = ["avg", "min", "max", "sum", "last", "percentile", "mean", "l2norm", "area"];

/// What messages say of it.
static KIND: fetch::Kind = fetch::Kind {
    name: "Datadog",
    slow: "see the provider's requestTimeout",
    large: "aggregate in the query",
    refusal: answer::refusal,
};

impl DatadogQuery {
    /// Checks a query. Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(metric: &DatadogMetric, violations: &mut Vec<Violation>) -> Option<Self> {
        let mut found = Vec::new();
        checks::unknown("", &metric.unknown, &mut found);
        let asked = asked(metric, &mut found);
        let back = checks::span("interval", metric.interval.as_deref(), BACK, &mut found);
        let timeout = checks::span("requestTimeout", metric.request_timeout.as_deref(), TIMEOUT, &mut found);
        let keeps = keeps(metric, &mut found);
        let sound = found.is_empty();
        violations.extend(found.into_iter().map(|violation| violation.within("provider.datadog")));
        let timeout = Duration::try_from(timeout?).ok()?;
        sound.then_some(Self { asked: asked?, back: back?, timeout, keeps })
    }

    fn request(&self, keys: &mut Keys, now: Timestamp) -> Result<http::Result<Request<Bytes>>, MeasureError> {
        let (api, app) = keys.headers()?;
        let mut url = keys.address()?;
        let (to, from) = (now.as_second(), now.as_second() - self.back.as_secs());
        let path = url.path().trim_end_matches('/').to_owned();
        let (builder, body) = match &self.asked {
            Asked::Series(query) => {
                url.set_path(&format!("{path}/api/v1/query"));
                let (from, to) = (from.to_string(), to.to_string());
                url.query_pairs_mut().clear().extend_pairs([("query", query), ("from", &from), ("to", &to)]);
                (Request::get(url.as_str()), Bytes::new())
            }
            Asked::Scalar { .. } => {
                url.set_path(&format!("{path}/api/v2/query/scalar"));
                (Request::post(url.as_str()), self.scalar(from, to).to_string().into())
            }
        };
        let builder = builder.header(CONTENT_TYPE, "application/json");
        Ok(builder.header("DD-API-KEY", api).header("DD-APPLICATION-KEY", app).body(body))
    }

    /// The body of a request to API v2, whose times are in milliseconds.
    fn scalar(&self, from: i64, to: i64) -> Value {
        let Asked::Scalar { queries, formula, aggregator } = &self.asked else { return Value::Null };
        let query =
            |(name, query)| json!({"aggregator": aggregator, "data_source": "metrics", "name": name, "query": query});
        let queries: Vec<Value> = queries.iter().map(query).collect();
        let formulas: Vec<Value> = formula.iter().map(|formula| json!({"formula": formula})).collect();
        let attributes = json!({"from": from * 1000, "to": to * 1000, "queries": queries, "formulas": formulas});
        json!({"data": {"type": "scalar_request", "attributes": attributes}})
    }
}

fn asked(metric: &DatadogMetric, violations: &mut Vec<Violation>) -> Option<Asked> {
    let before = violations.len();
    let mut must = |holds: bool, field: &str, message: &str| {
        if !holds {
            violations.push(Violation::new(field, message));
        }
    };
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let (query, formula, aggregator) = (said(&metric.query), said(&metric.formula), said(&metric.aggregator));
    let version = said(&metric.api_version).unwrap_or_else(|| "v1".to_owned());
    let (is_v1, many) = (version == "v1", metric.queries.len() > 1);
    must(["v1", "v2"].contains(&version.as_str()), "apiVersion", "must be v1 or v2");
    must(query.is_some() || !metric.queries.is_empty(), "query", "is missing");
    must(query.is_none() || metric.queries.is_empty(), "queries", "do not go with query; keep one of them");
    must(!is_v1 || metric.queries.is_empty(), "queries", "need apiVersion v2");
    must(!is_v1 || aggregator.is_none(), "aggregator", "needs apiVersion v2");
    must(formula.is_none() || !metric.queries.is_empty(), "formula", "needs queries that it names");
    must(formula.is_some() || !many, "formula", "is needed where there are several queries");
    let aggregator = aggregator.unwrap_or_else(|| "last".to_owned());
    let is_known = AGGREGATORS.contains(&aggregator.as_str());
    must(is_known, "aggregator", "must be avg, min, max, sum, last, percentile, mean, l2norm or area");
    if violations.len() > before {
        return None;
    }
    Some(match query {
        Some(query) if is_v1 => Asked::Series(query),
        query => {
            let single = query.map(|query| ("query".to_owned(), query));
            let queries = metric.queries.clone().into_iter().chain(single).collect();
            Asked::Scalar { queries, formula, aggregator }
        }
    })
}

/// A Secret that the metric names is the only place; else the environment goes before the usual Secret.
fn keeps(metric: &DatadogMetric, violations: &mut Vec<Violation>) -> Vec<Keep> {
    let usual = || vec![Keep::Environment, Keep::Controller(SECRET.to_owned())];
    let Some(secret) = &metric.secret_ref else { return usual() };
    checks::unknown("secretRef", &secret.unknown, violations);
    match secret.name.clone().filter(|name| !name.is_empty()) {
        Some(name) if secret.namespaced => vec![Keep::Run(name)],
        Some(name) => vec![Keep::Controller(name)],
        None if secret.namespaced => {
            violations.push(Violation::new("secretRef.name", "is missing"));
            Vec::new()
        }
        None => usual(),
    }
}

/// The keys to Datadog, and the names under which they are kept.
struct Keys {
    found: Credentials,
    names: [&'static str; 3],
}

impl Keys {
    async fn find(clients: &Clients, keeps: &[Keep]) -> Result<Self, MeasureError> {
        for keep in keeps {
            let names = match keep {
                Keep::Environment => ["DD_API_KEY", "DD_APP_KEY", "DD_ADDRESS"],
                Keep::Run(_) | Keep::Controller(_) | Keep::File(_) => ["api-key", "app-key", "address"],
            };
            let found = credentials::find(&clients.vault, keep.clone()).await?;
            let [api, app, _] = names;
            if found.get(api).is_some() && found.get(app).is_some() {
                return Ok(Self { found, names });
            }
        }
        let places = keeps.iter().map(Keep::to_string).collect::<Vec<_>>().join(" or ");
        Err(MeasureError::Credentials(format!("Datadog's api-key and app-key are not in {places}")))
    }

    fn headers(&mut self) -> Result<(http::HeaderValue, http::HeaderValue), MeasureError> {
        let [api, app, _] = self.names;
        Ok((self.found.header(api, "")?, self.found.header(app, "")?))
    }

    fn address(&self) -> Result<reqwest::Url, MeasureError> {
        let [_, _, address] = self.names;
        self.found.address(address, ADDRESS)
    }
}

/// Takes one measurement. `now` is the end of the time that is looked at.
pub async fn measure(clients: &Clients, query: &DatadogQuery, now: Timestamp) -> Result<Answer, MeasureError> {
    let mut keys = Keys::find(clients, &query.keeps).await?;
    let server = Server::new(&KIND, &keys.address()?);
    let request = query.request(&mut keys, now)?;
    let asking = async {
        let body = fetch::answer(&clients.strict, request, &server, clients.answer_limit).await?;
        let read = match query.asked {
            Asked::Series(_) => answer::series(&body),
            Asked::Scalar { .. } => answer::scalar(&body),
        };
        read.map_err(|why| server.unreadable(why))
    };
    let measured = fetch::within(query.timeout, &server, asking).await;
    keys.found.guard(measured)
}

#[cfg(test)]
mod tests;
