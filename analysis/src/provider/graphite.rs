//! Asks Graphite's render API.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use reqwest::Url;
use serde::{Deserialize, Deserializer};
use sluice_crds::{GraphiteMetric, Violation};

use super::{Answer, Clients, MeasureError, checks, fetch, fetch::Server};

/// A query that can be sent as it is.
#[derive(Debug, Clone)]
pub struct GraphiteQuery {
    /// The render API, with what is asked of it.
    url: Url,
}

/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What messages say of it.
static KIND: fetch::Kind =
    fetch::Kind { name: "Graphite", slow: "", large: "aggregate in the query", refusal: |_| None };

impl GraphiteQuery {
    /// Checks a query. Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(metric: &GraphiteMetric, violations: &mut Vec<Violation>) -> Option<Self> {
        let mut found = Vec::new();
        checks::unknown("", &metric.unknown, &mut found);
        let address = checks::text("address", metric.address.as_deref(), &mut found);
        let address = address.and_then(|address| {
            checks::address(address.trim_end_matches('/'))
                .map_err(|message| found.push(Violation::new("address", message)))
                .ok()
        });
        let query = checks::text("query", metric.query.as_deref(), &mut found);
        let sound = found.is_empty();
        violations.extend(found.into_iter().map(|violation| violation.within("provider.graphite")));
        let url = render(address?, &query?);
        sound.then_some(Self { url })
    }
}

/// The address of the render API with a query such as `target=summarize(…)&from=-5min`. White space, which makes long
/// queries readable, is no part of it.
fn render(mut address: Url, query: &str) -> Url {
    let query: String = query.split_whitespace().collect();
    let path = format!("{}/render", address.path().trim_end_matches('/'));
    address.set_path(&path);
    address.set_query(Some(query.trim_start_matches('?')));
    let asked: Vec<_> = address.query_pairs().filter(|(name, _)| name != "format").map(owned).collect();
    address.query_pairs_mut().clear().extend_pairs(asked).append_pair("format", "json");
    address
}

fn owned((name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)) -> (String, String) {
    (name.into_owned(), value.into_owned())
}

/// Takes one measurement, within [`TIMEOUT`] and the limit of `clients`.
pub async fn measure(clients: &Clients, query: &GraphiteQuery) -> Result<Answer, MeasureError> {
    let server = Server::new(&KIND, &query.url);
    fetch::within(TIMEOUT, &server, ask(clients, query, &server)).await
}

async fn ask(clients: &Clients, query: &GraphiteQuery, server: &Server) -> Result<Answer, MeasureError> {
    let request = Request::get(query.url.as_str()).body(Bytes::new());
    let body = fetch::answer(&clients.strict, request, server, clients.answer_limit).await?;
    read(&body).map_err(|why| server.unreadable(why))
}

#[derive(Deserialize)]
struct Series {
    datapoints: Vec<Point>,
}

/// A value, which may be missing, and its time.
#[derive(Deserialize)]
struct Point(#[serde(deserialize_with = "number")] Option<f64>, serde::de::IgnoredAny);

/// Some servers write numbers as texts.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Text(String),
    }
    Ok(match Option::<Written>::deserialize(deserializer)? {
        None => None,
        Some(Written::Number(number)) => Some(number),
        Some(Written::Text(text)) => {
            Some(text.parse().map_err(|_| serde::de::Error::custom(format!("{text:?} is no number")))?)
        }
    })
}

/// The values of the first series, without those that are missing.
fn read(body: &[u8]) -> Result<Answer, String> {
    let series: Vec<Series> =
        serde_json::from_slice(body).map_err(|error| format!("not what the render API answers: {error}"))?;
    let points = series.into_iter().next().map(|series| series.datapoints).unwrap_or_default();
    Ok(Answer::of_list(points.into_iter().filter_map(|Point(value, _)| value).collect()))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use super::*;
    use crate::provider::fake::{Fake, clients, measured};

    fn parse(metric: &Value) -> Result<GraphiteQuery, String> {
        let mut violations = Vec::new();
        let query = GraphiteQuery::parse(&serde_json::from_value(metric.clone()).unwrap(), &mut violations);
        query.ok_or_else(|| sluice_crds::violation::in_lines(&violations))
    }

    async fn check(status: u16, body: Value, expected: Expect) {
        let server = Fake::answering(status, body).await;
        let query = parse(&json!({"address": server.address, "query": "target=a"})).unwrap();
        expected.assert_eq(&measured(&server, measure(&clients(), &query).await));
    }

    #[tokio::test]
    async fn the_values_of_the_first_series_are_the_result() {
        let series = json!([{"target": "a", "datapoints": [[1.5, 1], [null, 2], ["2", 3]]}, {"target": "b", "datapoints": [[9, 1]]}]);
        check(200, series, expect!["array [1.5,2]"]).await;
    }

    #[tokio::test]
    async fn no_series_and_no_value_are_no_data() {
        check(200, json!([]), expect!["array []"]).await;
        check(200, json!([{"target": "a", "datapoints": [[null, 1]]}]), expect!["array []"]).await;
    }

    #[tokio::test]
    async fn what_is_no_answer_is_an_error() {
        check(400, json!("no target"), expect![[r#"Graphite at SERVER/render answered 400: "no target""#]]).await;
        check(
            200,
            json!([{"target": "a", "datapoints": [["many", 1]]}]),
            expect![[r#"answer of Graphite at SERVER/render is of no use: not what the render API answers: "many" is no number at line 1 column 24"#]],
        )
        .await;
        check(200, json!({}), expect!["answer of Graphite at SERVER/render is of no use: not what the render API answers: invalid type: map, expected a sequence at line 1 column 0"]).await;
    }

    #[tokio::test]
    async fn a_query_over_several_lines_is_asked_as_json() {
        let server = Fake::answering(200, json!([])).await;
        let query = "target=summarize(\n  asPercent(sum(a.5xx), sum(a.all)),\n  '5min')\n&from=-5min&format=png";
        let query = parse(&json!({"address": format!("{}/graphite/", server.address), "query": query})).unwrap();
        measure(&clients(), &query).await.unwrap();
        expect!["GET /graphite/render?target=summarize%28asPercent%28sum%28a.5xx%29%2Csum%28a.all%29%29%2C%275min%27%29&from=-5min&format=json HTTP/1.1\n"]
            .assert_eq(&server.asked());
    }

    #[test]
    fn every_mistake_is_named_with_its_field() {
        expect![[r#"
            provider.graphite.adress: there is no such field
            provider.graphite.address: is missing
            provider.graphite.query: is missing
        "#]]
        .assert_eq(&parse(&json!({"adress": "http://g", "query": " "})).unwrap_err());
    }
}
