//! Asks InfluxDB in Flux.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{
    Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::{Value, json};
use sluice_crds::{InfluxdbMetric, Violation};

use super::{
    Answer, Clients, MeasureError, checks,
    credentials::{self, Credentials, Keep},
    fetch,
    fetch::Server,
};

mod table;

/// A query that can be sent once the account is found.
#[derive(Debug, Clone)]
pub struct InfluxdbQuery {
    query: String,
    profile: String,
}

/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What messages say of it.
static KIND: fetch::Kind = fetch::Kind { name: "InfluxDB", slow: "", large: "aggregate in the query", refusal };

impl InfluxdbQuery {
    /// Checks a query. Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(metric: &InfluxdbMetric, violations: &mut Vec<Violation>) -> Option<Self> {
        let mut found = Vec::new();
        checks::unknown("", &metric.unknown, &mut found);
        let query = checks::text("query", metric.query.as_deref(), &mut found);
        let profile = metric.profile.clone().filter(|profile| !profile.is_empty());
        let sound = found.is_empty();
        violations.extend(found.into_iter().map(|violation| violation.within("provider.influxdb")));
        sound.then_some(Self { query: query?, profile: profile.unwrap_or_else(|| "influxdb".to_owned()) })
    }

    fn request(&self, account: &mut Credentials) -> Result<http::Result<Request<Bytes>>, MeasureError> {
        let mut url = account.address("address", "")?;
        let path = format!("{}/api/v2/query", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url.query_pairs_mut().clear().append_pair("org", account.needed("org")?);
        let dialect = json!({"annotations": ["datatype", "group", "default"], "delimiter": ",", "header": true});
        let body = json!({"query": self.query, "type": "flux", "dialect": dialect}).to_string();
        let builder = Request::post(url.as_str()).header(AUTHORIZATION, account.header("authToken", "Token ")?);
        Ok(builder.header(ACCEPT, "application/csv").header(CONTENT_TYPE, "application/json").body(body.into()))
    }
}

/// Takes one measurement.
pub async fn measure(clients: &Clients, query: &InfluxdbQuery) -> Result<Answer, MeasureError> {
    let mut account = credentials::find(&clients.vault, Keep::Controller(query.profile.clone())).await?;
    account.needed("address")?;
    let server = Server::new(&KIND, &account.address("address", "")?);
    let request = query.request(&mut account)?;
    let asking = async {
        let body = fetch::answer(&clients.strict, request, &server, clients.answer_limit).await?;
        read(&body).map_err(|why| server.unreadable(why))
    };
    account.guard(fetch::within(TIMEOUT, &server, asking).await)
}

/// The values of all records of all tables.
fn read(body: &[u8]) -> Result<Answer, String> {
    let text = std::str::from_utf8(body).map_err(|_| "it is no UTF-8 text".to_owned())?;
    let value = crate::condition::Value::list(table::values(text)?);
    let text = fetch::beginning(value.to_string(), super::SHOWN);
    Ok(Answer { value, text, metadata: BTreeMap::new(), arms: BTreeMap::new() })
}

/// InfluxDB's own words in a refusal.
fn refusal(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(body.get("message")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::provider::fake::{Fake, Reply, clients, keeping, measured, serve};

    fn parse(metric: Value) -> Result<InfluxdbQuery, String> {
        let mut violations = Vec::new();
        let query = InfluxdbQuery::parse(&serde_json::from_value(metric).unwrap(), &mut violations);
        query.ok_or_else(|| sluice_crds::violation::in_lines(&violations))
    }

    fn account(server: &Fake) -> Clients {
        let secret = [("authToken", "t0k3n=="), ("org", "my org"), ("address", &*server.address)];
        keeping(Keep::Controller("influxdb".to_owned()), &secret)
    }

    async fn check(reply: Reply, expected: Expect) {
        let server = serve(vec![reply]).await;
        let query = parse(json!({"query": "from(bucket: \"web\")"})).unwrap();
        expected.assert_eq(&measured(&server, measure(&account(&server), &query).await));
    }

    /// An answer as InfluxDB writes it, with a line end of its own.
    fn csv(lines: &[&str]) -> Reply {
        Reply::Json(200, lines.join("\r\n") + "\r\n")
    }

    const HEAD: [&str; 4] = [
        "#datatype,string,long,dateTime:RFC3339,double,string",
        "#group,false,false,false,false,true",
        "#default,_result,,,,",
        ",result,table,_time,_value,service",
    ];

    #[tokio::test]
    async fn the_values_of_all_records_are_the_result() {
        let rows = [",,0,2026-01-01T00:00:00Z,0.5,web", ",,0,2026-01-01T00:01:00Z,2,\"a,\"\"b\""];
        let second = [
            "",
            "#datatype,string,long,long",
            "#group,false,false,false",
            "#default,_result,,",
            ",result,table,_value",
            ",,1,7",
        ];
        check(csv(&[HEAD.as_slice(), &rows, &second].concat()), expect!["array [0.5 2 7]"]).await;
    }

    #[tokio::test]
    async fn no_record_is_no_data() {
        check(csv(&HEAD), expect!["array []"]).await;
        check(csv(&[""]), expect!["array []"]).await;
    }

    #[tokio::test]
    async fn influxdb_in_trouble_never_gives_a_value() {
        check(
            Reply::Json(401, json!({"code": "unauthorized", "message": "bad token t0k3n=="}).to_string()),
            expect!["InfluxDB at SERVER answered 401: bad token *****"],
        )
        .await;
        let late =
            ["#datatype,string,string", "#group,true,true", "#default,,", ",error,reference", ",query terminated,897"];
        check(csv(&late), expect!["answer of InfluxDB at SERVER is of no use: query terminated"]).await;
        check(
            csv(&[HEAD.as_slice(), &[",,0,x,many,web"]].concat()),
            expect![[r#"answer of InfluxDB at SERVER is of no use: "many" is no double"#]],
        )
        .await;
        check(
            csv(&[",result,table,_time", ",,0,x"]),
            expect!["answer of InfluxDB at SERVER is of no use: a table has no column _value"],
        )
        .await;
        check(csv(&[",a,\"_value"]), expect!["answer of InfluxDB at SERVER is of no use: a quote is not closed"]).await;
    }

    #[tokio::test]
    async fn a_request_carries_the_token_and_the_query() {
        let server = Fake::answering(200, "").await;
        measure(&account(&server), &parse(json!({"query": "from(bucket: \"web\")"})).unwrap()).await.unwrap();
        expect![[r#"
            POST /api/v2/query?org=my+org HTTP/1.1
            authorization: Token t0k3n==
            content-type: application/json
            {"dialect":{"annotations":["datatype","group","default"],"delimiter":",","header":true},"query":"from(bucket: \"web\")","type":"flux"}"#]].assert_eq(&server.asked());
    }

    #[tokio::test]
    async fn a_profile_that_is_not_there_is_named() {
        let query = parse(json!({"query": "q", "profile": "other"})).unwrap();
        expect![[r#"address of Secret "other" in the namespace of the controller: is missing"#]]
            .assert_eq(&measure(&clients(), &query).await.unwrap_err().to_string());
    }

    #[test]
    fn every_mistake_is_named_with_its_field() {
        expect![[r#"
            provider.influxdb.flux: there is no such field
            provider.influxdb.query: is missing
        "#]]
        .assert_eq(&parse(json!({"flux": "q"})).unwrap_err());
    }
}
