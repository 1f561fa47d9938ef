use expect_test::{Expect, expect};
use sluice_analysis::provider::Http;

use super::super::fake::{Reply, reply};
use super::super::{Clients, Failure};
use super::{Story, outcome};

/// A service of each kind, with a recipient, and a template that says something to it.
const SERVICES: [(&str, &str); 10] = [
    ("{service.slack: 'token: $secret', template.told: 'message: hello'}", "general"),
    ("{service.webhook: 'url: $hook', template.told: 'message: hello'}", ""),
    ("{service.teams: 'recipientUrls: {ops: $hook}', template.told: 'message: hello'}", "ops"),
    ("{service.teams-workflows: 'recipientUrls: {ops: $hook}', template.told: 'message: hello'}", "ops"),
    ("{service.discord: 'webhooks: {ops: $hook}', template.told: 'message: hello'}", "ops"),
    ("{service.googlechat: 'webhooks: {ops: $hook}', template.told: 'message: hello'}", "ops"),
    ("{service.pagerdutyv2: 'serviceKeys: {ops: $secret}', template.told: 'message: hello'}", "ops"),
    ("{service.opsgenie: 'apiKeys: {ops: $secret}', template.told: 'message: hello'}", "ops"),
    (
        "{service.alertmanager: '{targets: [a, b], bearerToken: $secret}', template.told: 'alertmanager: {labels: {a: b}}'}",
        "",
    ),
    ("{service.grafana: '{apiUrl: https://g/api, apiKey: $secret}', template.told: 'message: hello'}", "a"),
];

/// What comes of it if each service answers like that.
async fn check(answer: Reply, expected: Expect) {
    let mut outcomes = Vec::new();
    for (text, recipient) in SERVICES {
        let answer = answer.clone();
        let story = Story::of(text, recipient, move |_| answer.clone()).await;
        outcomes.push(outcome(story.send("notice", None).await));
    }
    outcomes.dedup();
    expected.assert_eq(&outcomes.join("\n"));
}

#[tokio::test]
async fn a_service_with_too_much_to_do_is_asked_again_when_it_says() {
    let headers = vec![("retry-after", "30".to_owned())];
    check(
        Reply { headers, ..reply(429, "slow down") },
        expect![[r#"
        Temporary { retry_after: Some(30s) }: Slack answered 429: slow down
        Temporary { retry_after: Some(30s) }: the webhook webhook answered 429: slow down
        Temporary { retry_after: Some(30s) }: Teams answered 429: slow down
        Temporary { retry_after: Some(30s) }: Discord answered 429: slow down
        Temporary { retry_after: Some(30s) }: Google Chat answered 429: slow down
        Temporary { retry_after: Some(30s) }: PagerDuty answered 429: slow down
        Temporary { retry_after: Some(30s) }: Opsgenie answered 429: slow down
        Temporary { retry_after: Some(30s) }: the Alertmanager a answered 429: slow down
        Temporary { retry_after: Some(30s) }: Grafana answered 429: slow down"#]],
    )
    .await;
}

#[tokio::test]
async fn the_time_to_wait_may_be_a_date_and_is_bounded() {
    let dated = |until: &str| {
        let date = "Sun, 29 Nov 2026 10:00:00 GMT".to_owned();
        Reply { headers: vec![("date", date), ("retry-after", until.to_owned())], ..reply(503, "") }
    };
    for (until, wait) in [
        ("Sun, 29 Nov 2026 10:01:30 GMT", Some(90)),
        ("Sun, 29 Nov 2026 09:00:00 GMT", Some(0)),
        ("1.5", Some(1)),
        ("999999999", Some(3600)),
        ("-1", None),
        ("soon", None),
    ] {
        let answer = dated(until);
        let story = Story::of(SERVICES[1].0, "", move |_| answer.clone()).await;
        let Failure::Temporary { retry_after } = story.send("notice", None).await.unwrap_err().kind else { panic!() };
        assert_eq!(retry_after.map(|wait| wait.as_secs()), wait, "{until}");
    }
}

#[tokio::test]
async fn a_service_in_trouble_is_asked_again() {
    check(
        reply(502, "<h1>Bad\n gateway</h1>"),
        expect![[r#"
        Temporary { retry_after: None }: Slack answered 502: <h1>Bad gateway</h1>
        Temporary { retry_after: None }: the webhook webhook answered 502: <h1>Bad gateway</h1>
        Temporary { retry_after: None }: Teams answered 502: <h1>Bad gateway</h1>
        Temporary { retry_after: None }: Discord answered 502: <h1>Bad gateway</h1>
        Temporary { retry_after: None }: Google Chat answered 502: <h1>Bad gateway</h1>
        Temporary { retry_after: None }: PagerDuty answered 502: <h1>Bad gateway</h1>
        Temporary { retry_after: None }: Opsgenie answered 502: <h1>Bad gateway</h1>
        Temporary { retry_after: None }: the Alertmanager a answered 502: <h1>Bad gateway</h1>
        Temporary { retry_after: None }: Grafana answered 502: <h1>Bad gateway</h1>"#]],
    )
    .await;
}

/// Servers like to repeat what they were asked.
#[tokio::test]
async fn a_service_that_says_no_is_not_asked_again_and_its_words_have_no_secrets() {
    check(
        reply(400, "token s3cr3t-t0ken of https://hooks.example.com/T0/s3cr3t-t0ken?key=s3cr3t-k3y is bad"),
        expect![[r#"
            Permanent: Slack answered 400: token ***** of https://hooks.example.com/T0/*****?key=s3cr3t-k3y is bad
            Permanent: the webhook webhook answered 400: token ***** of ***** is bad
            Permanent: Teams answered 400: token ***** of ***** is bad
            Permanent: Discord answered 400: token ***** of ***** is bad
            Permanent: Google Chat answered 400: token ***** of ***** is bad
            Permanent: PagerDuty answered 400: token ***** of ***** is bad
            Permanent: Opsgenie answered 400: token ***** of ***** is bad
            Permanent: the Alertmanager a answered 400: token ***** of ***** is bad
            Permanent: Grafana answered 400: token ***** of ***** is bad"#]],
    )
    .await;
    check(
        reply(404, ""),
        expect![[r#"
            Permanent: Slack answered 404
            Permanent: the webhook webhook answered 404
            Permanent: Teams answered 404
            Permanent: Discord answered 404
            Permanent: Google Chat answered 404
            Permanent: PagerDuty answered 404
            Permanent: Opsgenie answered 404
            Permanent: the Alertmanager a answered 404
            Permanent: Grafana answered 404"#]],
    )
    .await;
}

/// While a token is changed people are still to hear what happened.
#[tokio::test]
async fn credentials_that_are_not_taken_are_told_from_what_is_wrong_with_the_notice() {
    for status in [401, 403, 407] {
        for (text, recipient) in SERVICES {
            let story = Story::of(text, recipient, move |_| reply(status, "no")).await;
            assert_eq!(story.send("notice", None).await.unwrap_err().kind, Failure::Refused, "{status}: {text}");
        }
    }
    let mut told = Vec::new();
    for (service, status, body) in [
        (6, 400, r#"{"status":"invalid event","errors":["Invalid routing key"]}"#),
        (6, 400, r#"{"status":"invalid event","errors":["'payload.summary' is missing"]}"#),
        (7, 422, r#"{"message":"Key format is not valid!"}"#),
        (7, 422, r#"{"message":"Request body is not processable."}"#),
        (5, 400, r#"{"error":{"message":"API key not valid. Please pass a valid API key."}}"#),
    ] {
        let (text, recipient) = SERVICES[service];
        let story = Story::of(text, recipient, move |_| reply(status, body)).await;
        told.push(outcome(story.send("notice", None).await));
    }
    expect![[r#"
        Refused: PagerDuty answered 400: {"status":"invalid event","errors":["Invalid routing key"]}
        Permanent: PagerDuty answered 400: {"status":"invalid event","errors":["'payload.summary' is missing"]}
        Refused: Opsgenie answered 422: {"message":"Key format is not valid!"}
        Permanent: Opsgenie answered 422: {"message":"Request body is not processable."}
        Refused: Google Chat answered 400: {"error":{"message":"API key not valid. Please pass a valid API key."}}"#]]
    .assert_eq(&told.join("\n"));
}

/// <https://github.com/argoproj/argo-cd/tree/master/notifications_catalog/templates>: facts of Teams end so.
#[tokio::test]
async fn lists_with_commas_at_their_ends_are_taken() {
    let facts = r#"'[{"name": "Repository", "value": "https://git.example.com/shop",}, {"name": "Revision", "value": "4f2a"}]'"#;
    let text = format!(
        "{{service.teams: 'recipientUrls: {{ops: $hook}}', template.told: \"teams: {{facts: {}}}\"}}",
        facts.replace('"', "\\\"")
    );
    let story = Story::of(&text, "ops", |_| reply(200, "1")).await;
    assert_eq!(outcome(story.send("notice", None).await), "sent");
    assert!(story.asked().contains("4f2a"), "{}", story.asked());
}

#[tokio::test]
async fn what_may_not_send_asks_no_service() {
    for (text, recipient) in SERVICES {
        let story = Story::of(text, recipient, |_| reply(200, "1")).await;
        let story = Story { clients: story.clients.clone().behind(|| false), ..story };
        let error = story.send("notice", None).await.unwrap_err();
        assert_eq!((error.kind, story.asked().as_str()), (Failure::Withheld, ""), "{text}");
    }
    let mail = "{service.email: '{host: localhost, port: 1, from: a@example.com}', template.told: 'message: hello'}";
    let story = Story::of(mail, "b@example.com", |_| reply(200, "")).await;
    let story = Story { clients: story.clients.clone().behind(|| false), ..story };
    assert_eq!(story.send("notice", None).await.unwrap_err().kind, Failure::Withheld);
}

#[tokio::test]
async fn an_answer_is_read_only_so_far_and_shown_even_less() {
    let (text, recipient) = SERVICES[1];
    let story = Story::of(text, recipient, |_| reply(400, "x".repeat(6 << 20))).await;
    let error = story.send("notice", None).await.unwrap_err();
    assert_eq!((error.kind, error.text.chars().count()), (Failure::Permanent, 400), "{error}");
}

#[tokio::test]
async fn what_follows_the_host_of_a_secret_address_is_secret_too_and_no_beginning_of_it_is_shown() {
    let data = "{service.webhook: 'url: $hook', template.told: 'message: hello'}";
    let mut told = Vec::new();
    for body in [
        "Cannot GET /T0/s3cr3t-t0ken?key=s3cr3t-k3y".to_owned(),
        "no such place: T0/s3cr3t-t0ken".to_owned(),
        "s3cr3t-k3y is no key".to_owned(),
        format!("{}s3cr3t-k3y", "x".repeat(362)),
    ] {
        let story = Story::of(data, "", move |_| reply(404, &body)).await;
        told.push(outcome(story.send("notice", None).await));
    }
    expect![[r#"
        Permanent: the webhook webhook answered 404: Cannot GET /*****?*****
        Permanent: the webhook webhook answered 404: no such place: *****
        Permanent: the webhook webhook answered 404: ***** is no key
        Permanent: the webhook webhook answered 404: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx***…"#]].assert_eq(&told.join("\n"));
}

#[tokio::test]
async fn an_alertmanager_that_is_back_later_is_asked_again_though_another_says_no() {
    let story =
        Story::of(SERVICES[8].0, "", |asked| reply(if asked.line.contains("//a/") { 401 } else { 503 }, "")).await;
    expect!["Temporary { retry_after: None }: the Alertmanager b answered 503"]
        .assert_eq(&outcome(story.send("notice", None).await));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_says_nothing_is_not_waited_for_for_ever() {
    let silent = Clients::over(Http::new(tower::service_fn(|_| std::future::pending())));
    for (text, recipient) in SERVICES {
        let story = Story { clients: silent.clone(), ..Story::of(text, recipient, |_| reply(200, "")).await };
        let begun = tokio::time::Instant::now();
        let error = story.send("notice", None).await.unwrap_err();
        assert!(error.text.contains("did not answer within"), "{error}");
        assert!(error.kind == Failure::Unanswered && begun.elapsed() <= crate::send::LONGEST, "{error}");
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_asked_again_and_its_address_is_not_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = listener.local_addr().unwrap();
    drop(listener);
    let text = format!("{{service.webhook: 'url: http://{nowhere}/s3cr3t-path', template.told: 'message: hello'}}");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let story = Story { clients: Clients::new().unwrap(), ..Story::of(&text, "", |_| reply(200, "")).await };
    let sent = outcome(story.send("notice", None).await);
    expect![
        "Temporary { retry_after: None }: the webhook webhook cannot be reached: Connection refused (os error 111)"
    ]
    .assert_eq(&sent);
}

#[tokio::test]
async fn a_connector_of_teams_says_its_errors_in_good_answers() {
    for (body, expected) in [
        (
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
            expect!["Temporary { retry_after: None }: Teams has too much to do (429)"],
        ),
        ("Summary or Text is required.", expect!["Permanent: Teams did not take it: Summary or Text is required."]),
    ] {
        let story = Story::of(SERVICES[2].0, "ops", move |_| reply(200, body)).await;
        expected.assert_eq(&outcome(story.send("notice", None).await));
    }
}

#[tokio::test]
async fn one_alertmanager_is_enough() {
    let story =
        Story::of(SERVICES[8].0, "", |asked| reply(if asked.line.contains("//a/") { 500 } else { 200 }, "")).await;
    assert_eq!(outcome(story.send("notice", None).await), "sent");
    assert_eq!(story.log.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn recipients_that_are_not_configured_and_templates_that_give_no_json_are_told() {
    let mut told = Vec::new();
    for (text, recipient) in [
        (SERVICES[3].0, "nobody"),
        (SERVICES[6].0, "nobody"),
        ("{service.teams: 'recipientUrls: {ops: $hook}', template.told: \"teams: {facts: '[{]'}\"}", "ops"),
        ("{service.discord: 'webhooks: {ops: $hook}', template.told: \"discord: {embeds: '{}'}\"}", "ops"),
        ("{service.googlechat: 'webhooks: {ops: $hook}', template.told: \"googlechat: {cardsV2: '- [a'}\"}", "ops"),
        ("{service.pagerdutyv2: 'serviceKeys: {ops: $secret}', template.told: 'pagerdutyv2: {severity: bad}'}", "ops"),
        ("{service.alertmanager: 'targets: [a]', template.told: 'message: x'}", ""),
        ("{service.slack: 'token: $secret', template.told: 'email: {body: x}'}", "general"),
    ] {
        let story = Story::of(text, recipient, |_| reply(200, "")).await;
        told.push(outcome(story.send("notice", None).await));
        assert_eq!(story.log.lock().unwrap().len(), 0);
    }
    expect![[r#"
        Permanent: there is no recipient "nobody"; add it to service.teams-workflows, or correct the subscription
        Permanent: there is no recipient "nobody"; add it to service.pagerdutyv2, or correct the subscription
        Template: teams.facts of the template gives no JSON: key must be a string at line 1 column 3; correct it
        Template: discord.embeds of the template must give a list in JSON; correct it
        Template: googlechat.cardsV2 of the template gives no YAML: unclosed bracket '[' at line 1, column 3; correct it
        Template: pagerdutyv2.severity of the template must give one of critical, error, warning, info
        Template: the template gives no alert; give it alertmanager.labels
        Template: the template gives no message for Slack; give it one"#]]
    .assert_eq(&told.join("\n"));
}
