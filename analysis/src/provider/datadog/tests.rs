use expect_test::{Expect, expect};

use super::*;
use crate::provider::fake::{Fake, Reply, clients, keeping, measured, serve};

fn parse(metric: Value) -> Result<DatadogQuery, String> {
    let mut violations = Vec::new();
    let query = DatadogQuery::parse(&serde_json::from_value(metric).unwrap(), &mut violations);
    query.ok_or_else(|| sluice_crds::violation::in_lines(&violations))
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// The keys, kept in the usual Secret.
fn keys(server: &Fake) -> Clients {
    let secret = [("api-key", "ap1-k3y\n"), ("app-key", "app-s3cr3t"), ("address", &server.address)];
    keeping(Keep::Controller("datadog".to_owned()), &secret)
}

async fn check(reply: Reply, metric: Value, expected: Expect) {
    let mut query = parse(metric).unwrap();
    // Only a server that says nothing is given up so soon: any other answers, however busy this machine is.
    if matches!(reply, Reply::Silence) {
        query.timeout = Duration::from_millis(200);
    }
    let server = serve(vec![reply]).await;
    expected.assert_eq(&measured(&server, measure(&keys(&server), &query, now()).await));
}

fn v1() -> Value {
    json!({"query": "sum:errors{service:web}"})
}

fn v2() -> Value {
    json!({"apiVersion": "v2", "queries": {"q": "sum:errors{service:web}"}})
}

fn scalar(columns: Value) -> Reply {
    Reply::Json(200, json!({"data": {"type": "scalar_response", "attributes": {"columns": columns}}}).to_string())
}

#[tokio::test]
async fn the_last_point_of_the_first_series_is_the_result() {
    let series =
        |points: Value| Reply::Json(200, json!({"status": "ok", "series": [{"pointlist": points}]}).to_string());
    check(series(json!([[1e12, 5.5], [2e12, 0.02]])), v1(), expect!["float 0.02"]).await;
    check(series(json!([[1e12, 5.5], [2e12, null]])), v1(), expect!["nil null"]).await;
    check(series(json!([])), v1(), expect!["nil null"]).await;
    check(Reply::Json(200, json!({"status": "ok", "series": []}).to_string()), v1(), expect!["nil null"]).await;
}

#[tokio::test]
async fn the_number_of_a_scalar_query_is_the_result() {
    check(scalar(json!([{"name": "q", "type": "number", "values": [0.02]}])), v2(), expect!["float 0.02"]).await;
    check(scalar(json!([{"name": "q", "type": "number", "values": [null]}])), v2(), expect!["nil null"]).await;
    check(scalar(json!([])), v2(), expect!["nil null"]).await;
    check(
        scalar(json!([{"type": "number", "values": ["many"]}])),
        v2(),
        expect![[r#"answer of Datadog at SERVER is of no use: "many" is no number"#]],
    )
    .await;
}

#[tokio::test]
async fn a_query_by_tag_is_a_list_and_status_names_its_groups() {
    let server = serve(vec![scalar(json!([
        {"type": "group", "values": [["web"], ["api"], ["db"]]},
        {"type": "number", "values": [0.5, null, 2]},
    ]))])
    .await;
    let answer = measure(&keys(&server), &parse(v2()).unwrap(), now()).await.unwrap();
    assert_eq!(answer.text, "[0.5,2]");
    assert_eq!(answer.metadata["groups"], r#"[{"name":"web","value":0.5},{"name":"db","value":2.0}]"#);
}

#[tokio::test]
async fn datadog_in_trouble_never_gives_a_value() {
    check(
        Reply::Json(403, json!({"errors": ["Forbidden: ap1-k3y"]}).to_string()),
        v1(),
        expect!["Datadog at SERVER answered 403: Forbidden: *****"],
    )
    .await;
    check(
        Reply::Json(200, json!({"status": "error", "error": "bad query"}).to_string()),
        v1(),
        expect!["answer of Datadog at SERVER is of no use: bad query"],
    )
    .await;
    check(
        Reply::Json(200, json!({"errors": "bad formula"}).to_string()),
        v2(),
        expect!["answer of Datadog at SERVER is of no use: bad formula"],
    )
    .await;
    check(
        Reply::Silence,
        v2(),
        expect!["no answer from Datadog at SERVER within 200ms; see the provider's requestTimeout"],
    )
    .await;
    check(Reply::Moved("http://elsewhere/"), v2(), expect!["Datadog at SERVER answered 302: nothing"]).await;
    check(
        Reply::Flood(20 << 20),
        v2(),
        expect!["answer of Datadog at SERVER is larger than 10485760 bytes; aggregate in the query"],
    )
    .await;
}

#[tokio::test]
async fn requests_carry_the_keys_and_the_time_looked_at() {
    let server = Fake::answering(200, json!({})).await;
    measure(&keys(&server), &parse(v1()).unwrap(), now()).await.unwrap();
    let formula = json!({"apiVersion": "v2", "queries": {"a": "x", "b": "y"}, "formula": "a / b", "aggregator": "sum", "interval": "1m"});
    measure(&keys(&server), &parse(formula).unwrap(), now()).await.unwrap();
    expect![[r#"
        GET /api/v1/query?query=sum%3Aerrors%7Bservice%3Aweb%7D&from=1799999700&to=1800000000 HTTP/1.1
        content-type: application/json
        dd-api-key: ap1-k3y
        dd-application-key: app-s3cr3t

        POST /api/v2/query/scalar HTTP/1.1
        content-type: application/json
        dd-api-key: ap1-k3y
        dd-application-key: app-s3cr3t
        {"data":{"attributes":{"formulas":[{"formula":"a / b"}],"from":1799999940000,"queries":[{"aggregator":"sum","data_source":"metrics","name":"a","query":"x"},{"aggregator":"sum","data_source":"metrics","name":"b","query":"y"}],"to":1800000000000},"type":"scalar_request"}}"#]].assert_eq(&server.asked());
}

#[tokio::test]
async fn keys_are_found_where_they_were_always_looked_for() {
    let server = Fake::answering(200, json!({})).await;
    let env = [("DD_API_KEY", "a"), ("DD_APP_KEY", "b"), ("DD_ADDRESS", &*server.address)];
    assert!(measure(&keeping(Keep::Environment, &env), &parse(v1()).unwrap(), now()).await.is_ok());
    let own = json!({"query": "q", "secretRef": {"name": "mine", "namespaced": true}});
    let secret = [("api-key", "a"), ("app-key", "b"), ("address", &*server.address)];
    assert!(
        measure(&keeping(Keep::Run("mine".to_owned()), &secret), &parse(own.clone()).unwrap(), now()).await.is_ok()
    );
    let refused = |error: MeasureError| error.to_string();
    expect![[r#"Datadog's api-key and app-key are not in Secret "mine" in the namespace of the run"#]]
        .assert_eq(&measure(&keys(&server), &parse(own).unwrap(), now()).await.map_err(refused).unwrap_err());
    expect![[r#"Datadog's api-key and app-key are not in the controller's environment or Secret "datadog" in the namespace of the controller"#]]
        .assert_eq(&measure(&clients(), &parse(v1()).unwrap(), now()).await.map_err(refused).unwrap_err());
}

#[test]
fn every_mistake_is_named_with_its_field() {
    let metric = json!({"apiVersion": "v3", "query": "a", "queries": {"a": "b", "c": "d"}, "aggregator": "most",
                        "interval": "0s", "requestTimeout": "soon", "secretRef": {"namespaced": true, "key": "x"}, "querry": ""});
    expect![[r#"
        provider.datadog.querry: there is no such field
        provider.datadog.apiVersion: must be v1 or v2
        provider.datadog.queries: do not go with query; keep one of them
        provider.datadog.formula: is needed where there are several queries
        provider.datadog.aggregator: must be avg, min, max, sum, last, percentile, mean, l2norm or area
        provider.datadog.interval: must be above 0
        provider.datadog.requestTimeout: read duration "soon": write numbers with units, like "30s" or "1h30m"
        provider.datadog.secretRef.key: there is no such field
        provider.datadog.secretRef.name: is missing
    "#]]
    .assert_eq(&parse(metric).unwrap_err());
    expect![[r#"
        provider.datadog.queries: need apiVersion v2
    "#]]
    .assert_eq(&parse(json!({"formula": "a", "queries": {"a": "b"}})).unwrap_err());
}
