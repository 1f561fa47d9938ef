//! Asks New Relic's NerdGraph.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Value, json};
use sluice_crds::{NewRelicMetric, Violation};

use super::{
    Answer, Clients, MeasureError, checks,
    credentials::{self, Credentials, Keep},
    fetch,
    fetch::Server,
};

/// A query that can be sent once the account is found.
#[derive(Debug, Clone)]
pub struct NewRelicQuery {
    query: String,
    /// How long New Relic itself may take, where the metric says so.
    timeout: Option<Duration>,
    profile: String,
}

/// How long a query may take at New Relic where the metric does not say.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How much longer its answer may be under way.
const WAY: Duration = Duration::from_secs(5);

/// What is asked; the names are those of NerdGraph.
const GRAPHQL: &str = "query($account: Int!, $query: Nrql!, $timeout: Seconds) \
                       { actor { account(id: $account) { nrql(query: $query, timeout: $timeout) { results } } } }";

/// What messages say of it.
static KIND: fetch::Kind =
    fetch::Kind { name: "New Relic", slow: "see the provider's timeout", large: "aggregate in the query", refusal };

impl NewRelicQuery {
    /// Checks a query. Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(metric: &NewRelicMetric, violations: &mut Vec<Violation>) -> Option<Self> {
        let mut found = Vec::new();
        checks::unknown("", &metric.unknown, &mut found);
        let query = checks::text("query", Some(&metric.query), &mut found);
        let timeout = metric.timeout.map(|seconds| checks::timeout(Some(seconds), TIMEOUT)).transpose();
        let timeout = timeout.map_err(|message| found.push(Violation::new("timeout", message))).ok();
        let profile = metric.profile.clone().filter(|profile| !profile.is_empty());
        let sound = found.is_empty();
        violations.extend(found.into_iter().map(|violation| violation.within("provider.newRelic")));
        let profile = profile.unwrap_or_else(|| "newrelic".to_owned());
        sound.then_some(Self { query: query?, timeout: timeout?, profile })
    }

    fn request(&self, account: &mut Credentials, address: &str) -> Result<http::Result<Request<Bytes>>, MeasureError> {
        let number: u64 =
            account.needed("account-id")?.parse().map_err(|_| account.lack("account-id", "is no number"))?;
        let variables =
            json!({"account": number, "query": self.query, "timeout": self.timeout.map(|timeout| timeout.as_secs())});
        let body = json!({"query": GRAPHQL, "variables": variables}).to_string();
        let key = account.header("personal-api-key", "")?;
        Ok(Request::post(address).header(CONTENT_TYPE, "application/json").header("Api-Key", key).body(body.into()))
    }
}

/// Where NerdGraph is for an account.
fn address(account: &Credentials) -> Result<reqwest::Url, MeasureError> {
    let region = account.get("region").unwrap_or("us").to_ascii_lowercase();
    let usual = match region.as_str() {
        "us" => "https://api.newrelic.com/graphql",
        "eu" => "https://api.eu.newrelic.com/graphql",
        "staging" => "https://staging-api.newrelic.com/graphql",
        _ => return Err(account.lack("region", "must be us, eu or staging")),
    };
    account.address("base-url-nerdgraph", usual)
}

/// Takes one measurement.
pub async fn measure(clients: &Clients, query: &NewRelicQuery) -> Result<Answer, MeasureError> {
    let mut account = credentials::find(&clients.vault, Keep::Controller(query.profile.clone())).await?;
    let address = address(&account)?;
    let server = Server::new(&KIND, &address);
    let request = query.request(&mut account, address.as_str())?;
    let asking = async {
        let body = fetch::answer(&clients.strict, request, &server, clients.answer_limit).await?;
        read(&body).map_err(|why| server.unreadable(why))
    };
    account.guard(fetch::within(query.timeout.unwrap_or(TIMEOUT) + WAY, &server, asking).await)
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    errors: Vec<Mistake>,
    data: Option<Value>,
}

#[derive(Deserialize)]
struct Mistake {
    message: String,
}

/// The row of a query as a map, or its rows as a list of maps; nil where there is none.
fn read(body: &[u8]) -> Result<Answer, String> {
    let body: Body = serde_json::from_slice(body).map_err(|error| format!("not what NerdGraph answers: {error}"))?;
    if !body.errors.is_empty() {
        return Err(words(&body.errors));
    }
    let results = body.data.as_ref().and_then(|data| data.pointer("/actor/account/nrql/results"));
    let rows = results.and_then(Value::as_array).ok_or("it holds no results; see that the key may read the account")?;
    Ok(Answer::of_json(match rows.as_slice() {
        [] => Value::Null,
        [Value::Object(row)] if row.is_empty() => Value::Null,
        [row] => row.clone(),
        rows => rows.to_vec().into(),
    }))
}

fn words(errors: &[Mistake]) -> String {
    errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// New Relic's own words in a refusal.
fn refusal(body: &[u8]) -> Option<String> {
    let body: Body = serde_json::from_slice(body).ok()?;
    Some(words(&body.errors)).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::provider::fake::{Fake, Reply, clients, keeping, measured, serve};

    fn parse(metric: Value) -> Result<NewRelicQuery, String> {
        let mut violations = Vec::new();
        let query = NewRelicQuery::parse(&serde_json::from_value(metric).unwrap(), &mut violations);
        query.ok_or_else(|| sluice_crds::violation::in_lines(&violations))
    }

    fn account(server: &Fake) -> Clients {
        let address = format!("{}/graphql", server.address);
        let secret = [
            ("personal-api-key", "NRAK-s3cr3t"),
            ("account-id", "1234"),
            ("region", "EU"),
            ("base-url-nerdgraph", &*address),
        ];
        keeping(Keep::Controller("newrelic".to_owned()), &secret)
    }

    async fn check(reply: Reply, expected: Expect) {
        let server = serve(vec![reply]).await;
        let query = parse(json!({"query": "SELECT percentage(count(*), WHERE error) FROM Transaction"})).unwrap();
        expected.assert_eq(&measured(&server, measure(&account(&server), &query).await));
    }

    fn results(rows: Value) -> Reply {
        Reply::Json(200, json!({"data": {"actor": {"account": {"nrql": {"results": rows}}}}}).to_string())
    }

    #[tokio::test]
    async fn one_row_is_a_map_and_several_are_a_list() {
        check(results(json!([{"percentage": 0.5}])), expect![[r#"map {"percentage":0.5}"#]]).await;
        check(results(json!([{"count": 1}, {"count": 2}])), expect![[r#"array [{"count":1},{"count":2}]"#]]).await;
    }

    #[tokio::test]
    async fn no_row_is_no_data() {
        check(results(json!([])), expect!["nil null"]).await;
        check(results(json!([{}])), expect!["nil null"]).await;
    }

    #[tokio::test]
    async fn new_relic_in_trouble_never_gives_a_value() {
        let errors =
            json!({"data": {"actor": {"account": {"nrql": null}}}, "errors": [{"message": "NRQL Syntax Error"}]});
        check(
            Reply::Json(200, errors.to_string()),
            expect!["answer of New Relic at SERVER/graphql is of no use: NRQL Syntax Error"],
        )
        .await;
        check(
            Reply::Json(401, json!({"errors": [{"message": "bad key NRAK-s3cr3t"}]}).to_string()),
            expect!["New Relic at SERVER/graphql answered 401: bad key *****"],
        )
        .await;
        check(Reply::Json(200, json!({"data": {"actor": {"account": null}}}).to_string()), expect!["answer of New Relic at SERVER/graphql is of no use: it holds no results; see that the key may read the account"]).await;
    }

    #[tokio::test]
    async fn a_request_carries_the_key_and_the_query() {
        let server = Fake::answering(200, json!({})).await;
        let query = parse(json!({"query": "SELECT 1", "timeout": 20})).unwrap();
        measure(&account(&server), &query).await.unwrap_err();
        expect![[r#"
            POST /graphql HTTP/1.1
            content-type: application/json
            api-key: NRAK-s3cr3t
            {"query":"query($account: Int!, $query: Nrql!, $timeout: Seconds) { actor { account(id: $account) { nrql(query: $query, timeout: $timeout) { results } } } }","variables":{"account":1234,"query":"SELECT 1","timeout":20}}"#]].assert_eq(&server.asked());
    }

    #[tokio::test]
    async fn a_profile_that_is_not_there_is_named() {
        let query = parse(json!({"query": "q", "profile": "other"})).unwrap();
        expect![[r#"account-id of Secret "other" in the namespace of the controller: is missing"#]]
            .assert_eq(&measure(&clients(), &query).await.unwrap_err().to_string());
    }

    #[test]
    fn every_mistake_is_named_with_its_field() {
        expect![[r#"
            provider.newRelic.nrql: there is no such field
            provider.newRelic.query: is missing
            provider.newRelic.timeout: must be at least 1 second
        "#]]
        .assert_eq(&parse(json!({"query": "", "timeout": 0, "nrql": "q"})).unwrap_err());
    }
}
