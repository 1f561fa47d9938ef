use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use super::*;
use crate::provider::fake::{Fake, Reply, clients, serve};

fn query(metric: Json) -> WebQuery {
    let mut violations = Vec::new();
    let query = WebQuery::parse(&serde_json::from_value(metric).unwrap(), &mut violations);
    assert_eq!(violations, []);
    query.unwrap()
}

async fn ask_server(server: &Fake, more: Json) -> String {
    let mut metric = json!({"url": format!("{}/api/value?service=web", server.address)});
    metric.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut query = query(metric);
    if more.get("timeoutSeconds") == Some(&json!(1)) {
        // No use in waiting for a whole second.
        query.timeout = Duration::from_millis(50);
    }
    let text = match measure(&clients().with_answer_limit(1 << 20), &query, Timestamp::UNIX_EPOCH).await {
        Ok(answer) => format!("{:?} {}", answer.value.type_name(), answer.text),
        Err(error) => error.to_string(),
    };
    text.replace(&server.address, "SERVER")
}

async fn check(reply: Reply, more: Json, expected: Expect) {
    let server = serve(vec![reply]).await;
    expected.assert_eq(&ask_server(&server, more).await);
}

fn json_reply(body: Json) -> Reply {
    Reply::Json(200, body.to_string())
}

#[tokio::test]
async fn a_value_is_taken_out_of_the_answer() {
    let body = json!({"data": {"ok": true, "successPercent": 0.95}});
    check(json_reply(body.clone()), json!({}), expect![[r#""map" {"data":{"ok":true,"successPercent":0.95}}"#]]).await;
    check(json_reply(body.clone()), json!({"jsonPath": "{$.data.ok}"}), expect![[r#""bool" true"#]]).await;
    check(json_reply(body), json!({"jsonPath": "{$.data.successPercent}"}), expect![[r#""float" 0.95"#]]).await;
    check(json_reply(json!("12")), json!({}), expect![[r#""string" "12""#]]).await;
}

#[tokio::test]
async fn no_value_is_nil_and_a_field_that_is_not_there_an_error() {
    let filter = json!({"jsonPath": "{.items[?(@.name==\"web\")].value}"});
    check(json_reply(json!({"items": []})), filter, expect![[r#""nil" null"#]]).await;
    check(Reply::Json(200, " \n".to_owned()), json!({}), expect![[r#""nil" null"#]]).await;
    check(
        json_reply(json!({"items": []})),
        json!({"jsonPath": "{.value}"}),
        expect!["answer of the server at SERVER/api/value is of no use: value is not found"],
    )
    .await;
}

#[tokio::test]
async fn what_is_no_json_is_a_text() {
    check(Reply::Json(200, "OK".to_owned()), json!({"jsonPath": "{.a}"}), expect![[r#""string" OK"#]]).await;
}

#[tokio::test]
async fn a_server_in_trouble_never_gives_a_value() {
    let none = || json!({});
    check(
        Reply::Json(503, "no\n capacity".to_owned()),
        none(),
        expect!["the server at SERVER/api/value answered 503: no capacity"],
    )
    .await;
    check(
        Reply::Silence,
        json!({"timeoutSeconds": 1}),
        expect!["no answer from the server at SERVER/api/value within 50ms; see the provider's timeoutSeconds"],
    )
    .await;
    check(
        Reply::Flood(10 << 20),
        none(),
        expect!["answer of the server at SERVER/api/value is larger than 1048576 bytes; ask for less"],
    )
    .await;
    check(
        Reply::Torn,
        none(),
        expect!["reach the server at SERVER/api/value: end of file before message length reached"],
    )
    .await;
}

/// A redirect could carry a token to another host.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Fake::answering(200, "1").await;
    let server = serve(vec![Reply::Moved(elsewhere.address.clone().leak())]).await;
    let headers = json!({"headers": [{"key": "Authorization", "value": "Bearer s3cr3t"}]});
    expect!["the server at SERVER/api/value answered 302: nothing"].assert_eq(&ask_server(&server, headers).await);
    assert_eq!(elsewhere.asked(), "");
}

#[tokio::test]
async fn a_request_goes_out_with_its_headers_and_body() {
    let server = Fake::answering(200, "1").await;
    let json = json!({"method": "POST", "jsonBody": {"key": ["v", 1]},
                      "headers": [{"key": "X-Team", "value": "a"}, {"key": "Content-Type", "value": "text/plain"}]});
    ask_server(&server, json).await;
    ask_server(&server, json!({"method": "PUT", "body": "as it is"})).await;
    expect![[r#"
        POST /api/value?service=web HTTP/1.1
        x-team: a
        content-type: application/json
        {"key":["v",1]}
        PUT /api/value?service=web HTTP/1.1
        as it is"#]]
    .assert_eq(&server.asked());
}

#[test]
fn every_mistake_is_named_with_its_field() {
    let metric = json!({
        "url": "http://me:s3cr3t@", "method": "DELETE", "jsonPath": "{.a", "timeoutSeconds": -1, "bodyy": "",
        "body": "a", "jsonBody": {}, "headers": [{"key": "a", "value": "b", "valueFrom": {}}],
        "authentication": {"sigv4": {}, "basic": {}},
    });
    let mut violations = Vec::new();
    WebQuery::parse(&serde_json::from_value(metric).unwrap(), &mut violations);
    expect![[r#"
        provider.web.bodyy: there is no such field
        provider.web.url: "http://*****@" is no address: empty host
        provider.web.method: is "DELETE"; write GET, POST or PUT
        provider.web.headers[0].valueFrom: there is no such field
        provider.web.jsonBody: does not go with body; keep one of them
        provider.web.jsonPath: a brace is not closed
        provider.web.timeoutSeconds: must be at least 1 second
        provider.web.authentication.basic: there is no such field
        provider.web.authentication.sigv4: is only for prometheus and cloudWatch
    "#]]
    .assert_eq(&sluice_crds::violation::in_lines(&violations));
}

#[test]
fn a_body_needs_a_method_that_carries_it() {
    let mut violations = Vec::new();
    let metric = json!({"url": "http://x", "body": "a"});
    assert!(WebQuery::parse(&serde_json::from_value(metric).unwrap(), &mut violations).is_none());
    expect!["provider.web.method: GET carries no body; write POST or PUT, or remove the body\n"]
        .assert_eq(&sluice_crds::violation::in_lines(&violations));
}

#[tokio::test]
async fn a_client_of_oauth2_sends_its_token() {
    let server = serve(vec![
        Reply::Json(200, json!({"access_token": "t0k3n", "expires_in": 60}).to_string()),
        Reply::Json(200, "1".to_owned()),
    ])
    .await;
    let client = json!({"tokenUrl": format!("{}/token", server.address), "clientId": "me", "clientSecret": "s3cr3t"});
    let text = ask_server(&server, json!({"authentication": {"oauth2": client}})).await;
    assert_eq!(text, "\"float\" 1");
    expect![[r#"
        POST /token HTTP/1.1
        authorization: Basic bWU6czNjcjN0
        grant_type=client_credentials
        GET /api/value?service=web HTTP/1.1
        authorization: Bearer t0k3n
    "#]]
    .assert_eq(&server.asked());
}
