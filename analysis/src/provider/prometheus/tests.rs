use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::provider::fake::{Fake, Reply, clients, serve};

fn query(metric: Value) -> PrometheusQuery {
    let mut violations = Vec::new();
    let metric = serde_json::from_value(metric).unwrap();
    let query = PrometheusQuery::parse(&metric, &Defaults::default(), &mut violations);
    assert_eq!(violations, []);
    query.unwrap()
}

async fn ask_server(server: &Fake, more: Value, clients: Clients) -> String {
    let mut metric = json!({"address": server.address, "query": "up{a=\"b\"}"});
    metric.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut query = query(metric);
    if more.get("timeout") == Some(&json!(1)) {
        // No use in waiting for a whole second.
        query.timeout = Duration::from_millis(50);
    }
    let now = Timestamp::from_millisecond(1_800_000_000_123).unwrap();
    let text = match measure(&clients, &query, now).await {
        Ok(answer) => answer.text,
        Err(error) => error.to_string(),
    };
    text.replace(&server.address, "SERVER")
}

async fn check(reply: Reply, expected: Expect) {
    let server = serve(vec![reply]).await;
    let timeout = json!({"timeout": 30});
    expected.assert_eq(&ask_server(&server, timeout, clients().with_answer_limit(1 << 20)).await);
}

fn vector(numbers: &[&str]) -> String {
    let series: Vec<_> = numbers.iter().map(|number| json!({"metric": {}, "value": [1, number]})).collect();
    json!({"status": "success", "data": {"resultType": "vector", "result": series}}).to_string()
}

#[tokio::test]
async fn an_answer_is_read() {
    check(Reply::Json(200, vector(&["0.083", "1"])), expect!["[0.083,1]"]).await;
}

#[tokio::test]
async fn nan_and_no_series_are_answers_for_the_conditions_to_judge() {
    check(Reply::Json(200, vector(&["NaN"])), expect!["[NaN]"]).await;
    check(Reply::Json(200, vector(&[])), expect!["[]"]).await;
}

#[tokio::test]
async fn a_server_that_is_down_is_named() {
    let server = Fake { address: "http://127.0.0.1:1".to_owned(), requests: std::sync::Arc::default() };
    let text = ask_server(&server, json!({}), clients()).await;
    expect!["reach Prometheus at SERVER: Connection refused (os error 111)"].assert_eq(&text);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_on() {
    let server = serve(vec![Reply::Silence]).await;
    let text = ask_server(&server, json!({"timeout": 1}), clients()).await;
    expect!["no answer from Prometheus at SERVER within 50ms; see the provider's timeout"].assert_eq(&text);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    check(Reply::Torn, expect!["reach Prometheus at SERVER: end of file before message length reached"]).await;
}

#[tokio::test]
async fn a_hundred_megabytes_are_not_read() {
    check(
        Reply::Flood(100 << 20),
        expect!["answer of Prometheus at SERVER is larger than 1048576 bytes; aggregate in the query"],
    )
    .await;
}

#[tokio::test]
async fn an_answer_of_just_the_limit_is_read_and_one_byte_more_is_not() {
    let body = vector(&["1"]);
    for (limit, expected) in [(body.len(), "[1]"), (body.len() - 1, "larger than")] {
        let server = serve(vec![Reply::Json(200, body.clone())]).await;
        let text = ask_server(&server, json!({}), clients().with_answer_limit(limit)).await;
        assert!(text.contains(expected), "{text}");
    }
}

#[tokio::test]
async fn a_refusal_says_what_prometheus_said() {
    let body = json!({"status": "error", "errorType": "bad_data", "error": "1:5: parse error: unexpected end"});
    check(
        Reply::Json(400, body.to_string()),
        expect!["Prometheus at SERVER answered 400: bad_data: 1:5: parse error: unexpected end"],
    )
    .await;
    // Some servers say no with a status of 200.
    check(
        Reply::Json(200, body.to_string()),
        expect!["answer of Prometheus at SERVER is of no use: bad_data: 1:5: parse error: unexpected end"],
    )
    .await;
}

#[tokio::test]
async fn a_refusal_in_other_words_is_shown_in_part() {
    check(
        Reply::Json(500, "internal\n  error".to_owned()),
        expect!["Prometheus at SERVER answered 500: internal error"],
    )
    .await;
    check(Reply::Json(503, String::new()), expect!["Prometheus at SERVER answered 503: nothing"]).await;
    check(Reply::Json(502, "µ".repeat(300)), expect!["Prometheus at SERVER answered 502: µµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµ…"]).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    check(Reply::Moved("http://elsewhere/"), expect!["Prometheus at SERVER answered 302: nothing"]).await;
}

#[tokio::test]
async fn what_is_not_an_answer_is_an_error() {
    check(Reply::Json(200, "<html>".to_owned()), expect!["answer of Prometheus at SERVER is of no use: not what the query API answers: expected value at line 1 column 1"]).await;
    check(Reply::Json(200, "{}".to_owned()), expect!["answer of Prometheus at SERVER is of no use: not what the query API answers: missing field `status` at line 1 column 2"]).await;
    check(Reply::Json(200, "[".repeat(100_000)), expect!["answer of Prometheus at SERVER is of no use: not what the query API answers: invalid type: sequence, expected variant identifier at line 1 column 1"]).await;
}

#[tokio::test]
async fn a_query_goes_out_with_its_time_headers_and_credentials() {
    let server = serve(vec![Reply::Json(200, vector(&["1"]))]).await;
    let more = json!({"headers": [{"key": "X-Scope-OrgID", "value": "team"}],
                      "authentication": {"basicAuth": {"username": "me", "password": "p@ss:word"}}});
    assert_eq!(ask_server(&server, more, clients()).await, "[1]");
    expect![[r#"
        POST /api/v1/query HTTP/1.1
        authorization: Basic bWU6cEBzczp3b3Jk
        x-scope-orgid: team
        query=up%7Ba%3D%22b%22%7D&time=1800000000.123&timeout=30000ms"#]]
    .assert_eq(&server.requests.lock().unwrap().join("\n"));
}

#[tokio::test]
async fn a_range_query_looks_back_from_the_measurement() {
    let matrix = json!({"status": "success", "data": {"resultType": "matrix", "result": []}}).to_string();
    let server = serve(vec![Reply::Json(200, matrix)]).await;
    let range = json!({"start": "now() - duration(\"5m\")", "end": "now()", "step": "1m30s"});
    assert_eq!(ask_server(&server, json!({"rangeQuery": range}), clients()).await, "[]");
    expect![[r#"
        POST /api/v1/query_range HTTP/1.1
        query=up%7Ba%3D%22b%22%7D&start=1799999700&end=1800000000&step=90&timeout=30000ms"#]]
    .assert_eq(&server.requests.lock().unwrap().join("\n"));
}

#[tokio::test]
async fn a_proxy_that_lets_only_get_through_is_asked_so() {
    let server = serve(vec![Reply::Json(405, String::new()), Reply::Json(200, vector(&["1"]))]).await;
    assert_eq!(ask_server(&server, json!({}), clients()).await, "[1]");
    expect![[r#"
        POST /api/v1/query HTTP/1.1
        query=up%7Ba%3D%22b%22%7D&time=1800000000.123&timeout=30000ms
        GET /api/v1/query?query=up%7Ba%3D%22b%22%7D&time=1800000000.123&timeout=30000ms HTTP/1.1
    "#]]
    .assert_eq(&server.requests.lock().unwrap().join("\n"));
}

#[tokio::test]
async fn credentials_in_an_address_are_not_shown() {
    let query = query(json!({"address": "http://me:secret@127.0.0.1:1/prometheus/", "query": "up"}));
    let error = measure(&clients(), &query, Timestamp::UNIX_EPOCH).await.unwrap_err().to_string();
    assert!(error.contains("http://127.0.0.1:1/prometheus") && !error.contains("secret"), "{error}");
}

#[tokio::test]
async fn a_managed_prometheus_of_aws_gets_signed_queries() {
    let server = serve(vec![Reply::Json(200, vector(&["1"]))]).await;
    let environment = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t")];
    let clients = crate::provider::fake::keeping(crate::provider::Keep::Environment, &environment);
    let more = json!({"authentication": {"sigv4": {"region": "eu-west-1"}}});
    assert_eq!(ask_server(&server, more, clients).await, "[1]");
    let asked = server.asked();
    let signed = "authorization: AWS4-HMAC-SHA256 Credential=AKID/20270115/eu-west-1/aps/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=";
    assert!(asked.contains(signed), "{asked}");
}
