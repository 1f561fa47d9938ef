use expect_test::{Expect, expect};

use super::super::fake::reply;
use super::{Story, outcome};

async fn check(text: &str, recipient: &str, status: u16, body: &str, expected: Expect) {
    let body = body.to_owned();
    let story = Story::of(text, recipient, move |_| reply(status, &body)).await;
    let sent = outcome(story.send("notice", None).await);
    expected.assert_eq(&format!("{}\n→ {sent}", story.asked()));
}

#[tokio::test]
async fn a_webhook_gets_the_request_of_its_template() {
    check(
        r#"
        service.webhook.jenkins: |
          url: https://jenkins.example.com/
          headers: [{name: X-Token, value: Bearer $secret}, {name: Content-Type, value: application/json}]
          basicAuth: {username: me, password: $secret}
        template.told: |
          message: unused
          webhook: {jenkins: {method: POST, path: "/job/{{.name}}", body: '{"job": "{{.name}}"}'}, other: {method: PUT}}
        "#,
        "",
        201,
        "",
        expect![[r#"
            POST https://jenkins.example.com/job/shop
            authorization: Basic bWU6czNjcjN0LXQwa2Vu
            content-type: application/json
            idempotency-key: 662cead3aaf46fbc88be5bf366dfcd8a
            x-token: Bearer s3cr3t-t0ken
            {
              "job": "shop"
            }
            → sent"#]],
    )
    .await;
}

#[tokio::test]
async fn a_webhook_without_a_template_of_its_own_gets_the_message() {
    check(
        "{service.webhook: 'url: $hook', template.told: 'message: hello {{.name}}'}",
        "",
        200,
        "ok",
        expect![[r#"
        GET https://hooks.example.com/T0/s3cr3t-t0ken?key=s3cr3t-k3y
        idempotency-key: 662cead3aaf46fbc88be5bf366dfcd8a
        hello shop
        → sent"#]],
    )
    .await;
}

#[tokio::test]
async fn teams_gets_a_card() {
    check(
        r##"
        service.teams: "recipientUrls: {ops: $hook}"
        template.told: |
          message: hello
          teams: {title: "{{.name}}", themeColor: "#18be52", facts: '[{"name": "a", "value": "b"}]', sections: '[{"text": "s"}]'}
        "##,
        "ops",
        200,
        "1",
        expect![[r#"
            POST https://hooks.example.com/T0/s3cr3t-t0ken?key=s3cr3t-k3y
            content-type: application/json; charset=utf-8
            {
              "@context": "https://schema.org/extensions",
              "@type": "MessageCard",
              "potentialAction": [],
              "sections": [
                {
                  "text": "s"
                },
                {
                  "facts": [
                    {
                      "name": "a",
                      "value": "b"
                    }
                  ]
                }
              ],
              "summary": "shop",
              "text": "hello",
              "themeColor": "18be52",
              "title": "shop"
            }
            → sent"#]],
    )
    .await;
}

#[tokio::test]
async fn a_workflow_of_teams_gets_an_adaptive_card() {
    check(
        r#"
        service.teams-workflows: "recipientUrls: {ops: $hook}"
        template.told: |
          message: hello
          teams-workflows:
            title: "{{.name}}"
            themeColor: Good
            facts: '[{"name": "a", "value": 1}]'
            sections: '[{"facts": [{"name": "c", "value": "d"}]}]'
            potentialAction: '[{"@type": "OpenUri", "name": "See", "targets": [{"os": "default", "uri": "https://x"}]}]'
        "#,
        "ops",
        202,
        "",
        expect![[r#"
            POST https://hooks.example.com/T0/s3cr3t-t0ken?key=s3cr3t-k3y
            content-type: application/json; charset=utf-8
            {
              "attachments": [
                {
                  "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "actions": [
                      {
                        "title": "See",
                        "type": "Action.OpenUrl",
                        "url": "https://x"
                      }
                    ],
                    "body": [
                      {
                        "color": "Good",
                        "size": "Large",
                        "text": "shop",
                        "type": "TextBlock",
                        "weight": "Bolder",
                        "wrap": true
                      },
                      {
                        "text": "hello",
                        "type": "TextBlock",
                        "wrap": true
                      },
                      {
                        "facts": [
                          {
                            "title": "a",
                            "value": "1"
                          }
                        ],
                        "type": "FactSet"
                      },
                      {
                        "facts": [
                          {
                            "title": "c",
                            "value": "d"
                          }
                        ],
                        "type": "FactSet"
                      }
                    ],
                    "type": "AdaptiveCard",
                    "version": "1.4"
                  },
                  "contentType": "application/vnd.microsoft.card.adaptive"
                }
              ],
              "type": "message"
            }
            → sent"#]],
    )
    .await;
}

#[tokio::test]
async fn discord_gets_a_message_that_calls_nobody() {
    check(
        r#"
        service.discord: "{webhooks: {ops: $hook}, username: Sluice}"
        template.told: "{message: '@everyone {{.name}}', discord: {embeds: '[{\"title\": \"{{.name}}\"}]', content: see}}"
        "#,
        "ops",
        200,
        r#"{"id": "112", "channel_id": "77"}"#,
        expect![[r#"
            POST https://hooks.example.com/T0/s3cr3t-t0ken?key=s3cr3t-k3y&wait=true
            content-type: application/json; charset=utf-8
            {
              "allowed_mentions": {
                "parse": []
              },
              "content": "see",
              "embeds": [
                {
                  "title": "shop"
                }
              ],
              "username": "Sluice"
            }
            → sent: 112 in "77""#]],
    )
    .await;
}

#[tokio::test]
async fn google_chat_gets_cards_in_a_thread_and_the_request_once() {
    check(
        r#"
        service.googlechat: "webhooks: {space: $hook}"
        template.told: |
          message: hello
          googlechat:
            threadKey: "shop/{{.name}}"
            cardsV2: |
              - header: {title: "{{.name}}"}
        "#,
        "space",
        200,
        r#"{"name": "spaces/A/messages/B"}"#,
        expect![[r#"
            POST https://hooks.example.com/T0/s3cr3t-t0ken?key=s3cr3t-k3y&requestId=662cead3aaf46fbc88be5bf366dfcd8a&threadKey=shop%2Fshop&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD
            content-type: application/json; charset=utf-8
            {
              "cardsV2": [
                {
                  "card": {
                    "header": {
                      "title": "shop"
                    }
                  },
                  "cardId": "662cead3aaf46fbc88be5bf366dfcd8a-0"
                }
              ]
            }
            → sent: spaces/A/messages/B in """#]],
    )
    .await;
}

#[tokio::test]
async fn pager_duty_gets_one_alert_a_notice() {
    check(
        r#"
        service.pagerdutyv2: "serviceKeys: {shop: $secret}"
        template.told: |
          pagerdutyv2: {summary: "{{.name}} is down", severity: Critical, source: prod, component: "{{.name}}", group: g, url: https://x}
        "#,
        "shop",
        202,
        r#"{"status": "success", "message": "Event processed", "dedup_key": "abc"}"#,
        expect![[r#"
            POST https://events.pagerduty.com/v2/enqueue
            content-type: application/json; charset=utf-8
            {
              "client": "Sluice",
              "client_url": "https://x",
              "dedup_key": "662cead3aaf46fbc88be5bf366dfcd8a",
              "event_action": "trigger",
              "payload": {
                "component": "shop",
                "group": "g",
                "severity": "critical",
                "source": "prod",
                "summary": "shop is down",
                "timestamp": "2026-11-29T03:04:05Z"
              },
              "routing_key": "s3cr3t-t0ken"
            }
            → sent: abc in """#]],
    )
    .await;
}

#[tokio::test]
async fn opsgenie_gets_an_alert_for_the_team() {
    check(
        r#"
        service.opsgenie: "apiKeys: {shop: $secret}"
        template.told: |
          message: "{{.name}} is down"
          opsgenie: {description: all of it, priority: P1, tags: [a], details: {env: "{{.name}}"}, visibleTo: [{Id: i, Type: team}]}
        "#,
        "shop",
        202,
        r#"{"result": "Request will be processed", "took": 0.3, "requestId": "43a29c5c"}"#,
        expect![[r#"
            POST https://api.opsgenie.com/v2/alerts
            authorization: GenieKey s3cr3t-t0ken
            content-type: application/json; charset=utf-8
            {
              "actions": [],
              "alias": "662cead3aaf46fbc88be5bf366dfcd8a",
              "description": "all of it",
              "details": {
                "env": "shop"
              },
              "message": "shop is down",
              "priority": "P1",
              "responders": [
                {
                  "name": "shop",
                  "type": "team"
                }
              ],
              "source": "Sluice",
              "tags": [
                "a"
              ],
              "visibleTo": [
                {
                  "id": "i",
                  "type": "team"
                }
              ]
            }
            → sent: 43a29c5c in "shop""#]],
    )
    .await;
}

#[tokio::test]
async fn each_alertmanager_gets_the_alert() {
    check(
        r#"
        service.alertmanager: "{targets: [a:9093], bearerToken: $secret}"
        template.told: |
          alertmanager: {labels: {severity: warning}, annotations: {summary: "{{.name}}"}, generatorURL: git@host:org/repo}
        "#,
        "",
        200,
        "",
        expect![[r#"
            POST http://a:9093/api/v2/alerts
            authorization: Bearer s3cr3t-t0ken
            content-type: application/json; charset=utf-8
            [
              {
                "annotations": {
                  "summary": "shop"
                },
                "generatorURL": "https://host/org/repo",
                "labels": {
                  "alertname": "told",
                  "severity": "warning"
                },
                "startsAt": "2026-11-29T03:04:05Z"
              }
            ]
            → sent"#]],
    )
    .await;
}

#[tokio::test]
async fn grafana_gets_an_annotation_with_tags() {
    check(
        r#"
        service.grafana: "{apiUrl: https://grafana.example.com/api, apiKey: $secret}"
        template.told: "message: '{{.name}} released'"
        "#,
        "shop| prod",
        200,
        r#"{"message": "Annotation added", "id": 1}"#,
        expect![[r#"
            POST https://grafana.example.com/api/annotations
            authorization: Bearer s3cr3t-t0ken
            content-type: application/json; charset=utf-8
            {
              "isRegion": false,
              "tags": [
                "shop",
                "prod"
              ],
              "text": "shop released",
              "time": 1795921445000
            }
            → sent: 1 in """#]],
    )
    .await;
}
