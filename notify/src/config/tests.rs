use expect_test::{Expect, expect};
use sluice_crds::violation::in_lines;

use super::*;

pub(crate) fn data(text: &str) -> BTreeMap<String, String> {
    serde_saphyr::from_str(text).unwrap()
}

fn secret() -> BTreeMap<String, Vec<u8>> {
    let texts = [
        ("slack-token", "xoxb-1-secret\n"),
        ("smtp-port", "2525"),
        ("password", "p@ss: word"),
        ("hook", "https://hooks.example.com/T0/s3cr3t"),
    ];
    texts.into_iter().map(|(key, text)| (key.to_owned(), text.as_bytes().to_vec())).collect()
}

/// What is wrong with a ConfigMap.
fn wrong(text: &str, expected: Expect) {
    let (_, found) = Config::read(Subject::Rollout, &data(text), &secret());
    expected.assert_eq(&in_lines(&found));
}

/// What a ConfigMap says beside what is built in, and what is wrong with it.
fn check(text: &str, expected: Expect) {
    let (config, found) = Config::read(Subject::Rollout, &data(text), &secret());
    let services = config.services.iter().map(|(name, service)| format!("{name}: {:?}\n", service.kind));
    let own = config.templates.iter().filter(|(_, template)| !template.built_in);
    let templates = own.map(|(name, template)| format!("{name}: {:?}\n", template.texts));
    expected.assert_eq(&(services.chain(templates).collect::<String>() + &in_lines(&found)));
}

#[test]
fn nothing_but_a_token_is_needed() {
    check(
        "service.slack: 'token: $slack-token'",
        expect![[r#"
            slack: Slack(Slack { token: *****, username: "", icon: "", api_url: "https://slack.com/api/", disable_unfurl: false, insecure: false })
        "#]],
    );
    let (config, _) = Config::read(Subject::Rollout, &data("service.slack: 'token: $slack-token'"), &secret());
    let triggers: Vec<_> = config
        .triggers
        .iter()
        .map(|(name, trigger)| format!("{name}: {:?}", trigger.templates().collect::<Vec<_>>()))
        .collect();
    expect![[r#"
        on-analysis-run-error: ["analysis-run-error"]
        on-analysis-run-failed: ["analysis-run-failed"]
        on-analysis-run-running: ["analysis-run-running"]
        on-not-by-this-version: ["not-by-this-version"]
        on-not-rolled-back: ["not-rolled-back"]
        on-notify-only: ["notify-only"]
        on-rollback: ["rollback"]
        on-rollback-checks-failed: ["rollback-checks-failed"]
        on-rollback-policy-unmeasurable: ["rollback-policy-unmeasurable"]
        on-rollout-aborted: ["rollout-aborted"]
        on-rollout-completed: ["rollout-completed"]
        on-rollout-paused: ["rollout-paused"]
        on-rollout-step-completed: ["rollout-step-completed"]
        on-rollout-updated: ["rollout-updated"]
        on-scaling-replica-set: ["scaling-replicaset"]
        on-would-roll-back: ["would-roll-back"]"#]]
    .assert_eq(&triggers.join("\n"));
    let Kind::Slack(slack) = &config.services["slack"].kind else { panic!("no Slack") };
    assert_eq!(slack.token.reveal(), "xoxb-1-secret");
}

#[test]
fn all_services_are_read_as_the_established_controllers_read_them() {
    check(
        r#"
        service.email.gmail: |
          host: smtp.gmail.com
          port: $smtp-port
          username: ops
          password: $password
          from: Ops <ops@example.com>
          html: "true"
        service.webhook.jenkins: |
          url: https://jenkins.example.com/
          headers: [{name: Authorization, value: token $password}, {Name: Content-Type, Value: application/json}]
          basicAuth: {username: me, password: 12345678}
          retryMax: 3
        service.teams: "recipientUrls: {ops: $hook}"
        service.teams-workflows: "recipientUrls: {ops: $hook}"
        service.discord: "webhooks: {ops: $hook}"
        service.googlechat: "webhooks: {space: $hook}"
        service.pagerdutyv2: "serviceKeys: {shop: $password}"
        service.opsgenie: "{apiUrl: api.eu.opsgenie.com, apiKeys: {shop: $password}}"
        service.alertmanager: "{targets: [a:9093, b:9093], bearerToken: $password, timeout: 5}"
        service.grafana: "{apiURL: https://grafana.example.com/api/, apiKey: $password}"
        "#,
        expect![[r#"
            alertmanager: Alertmanager(Alertmanager { targets: ["a:9093", "b:9093"], scheme: "http", api_path: "/api/v2/alerts", credentials: Bearer(*****), insecure: false, timeout: 5 })
            discord: Discord(Discord { webhooks: {"ops": *****}, username: "" })
            gmail: Email(Email { host: "smtp.gmail.com", port: 2525, from: "Ops <ops@example.com>", login: Some(("ops", *****)), html: true, tls: Auto, insecure: false })
            googlechat: GoogleChat(GoogleChat { webhooks: {"space": *****} })
            grafana: Grafana(Grafana { api_url: "https://grafana.example.com/api", api_key: *****, insecure: false })
            jenkins: Webhook(Webhook { url: *****, headers: [("Authorization", *****), ("Content-Type", *****)], basic_auth: Some(BasicAuth { username: "me", password: ***** }), insecure: false })
            opsgenie: Opsgenie(Opsgenie { api_url: "https://api.eu.opsgenie.com", api_keys: {"shop": *****} })
            pagerdutyv2: PagerDuty(PagerDuty { service_keys: {"shop": *****}, api_url: "https://events.pagerduty.com" })
            slack: Slack(Slack { token: *****, username: "", icon: "", api_url: "https://slack.com/api/", disable_unfurl: false, insecure: false })
            teams: Teams(Teams { recipients: {"ops": *****} })
            teams-workflows: TeamsWorkflows(TeamsWorkflows { recipients: {"ops": *****}, insecure: false })
            service.webhook.jenkins.retryMax: has no effect: Sluice tries again by itself, for all services; remove it
        "#]],
    );
}

#[test]
fn one_bad_key_harms_no_other_and_each_mistake_is_told() {
    wrong(
        r#"
        service.slack: "{token: $slak-token, icon: rocket, usrname: x}"
        service.email: "{port: 99999, username: me, tls: sometimes}"
        service.github: "{appID: 1}"
        service.pagerduty: "{token: x}"
        service.teems: "{}"
        service.webhook.a.b: "{url: https://x}"
        service.webhook: "{url: nowhere, headers: [{name: 'a b', value: x}]}"
        service.discord: "{}"
        service.alertmanager: "{scheme: ftp}"
        service.grafana: "[1]"
        template.a: "message: 'x"
        template.b: "{mesage: x, slack: {deliveryPolicy: Never, blocks: [1]}, webhook: {j: {method: 'P OST'}}, alertmanager: {}}"
        trigger.a: "- when: rollout.x ==\n  send: [nothing]"
        trigger.b: "- when: rollouts.x == 1\n  sent: [nothing]"
        trigger.c: "- send: [nothing, rollout-paused]"
        trigger.d: "[]"
        defaultTriggers: on-paused
        subscriptions: "[{recipients: [slack:a], selector: 'a ! b'}, {triggers: [x]}]"
        context: "{a: [1]}"
        config.yaml: "{}"
        "#,
        expect![[r#"
            config.yaml: is no key that is known here; there are service.TYPE, template.NAME, trigger.NAME, defaultTriggers, subscriptions and context
            context.a: is a list; must be a text
            defaultTriggers: is a text; must be a list
            service.alertmanager.targets: needs 1 to 16 addresses, such as alertmanager.monitoring:9093
            service.alertmanager.scheme: must be http or https
            service.discord.webhooks: is missing; give each recipient an address, such as RECIPIENT: $KEY-OF-THE-SECRET
            service.email.username: needs a password, and a password a username; give both or neither
            service.email.tls: must be one of auto, starttls, always, never
            service.email.from: is missing; give it a value, such as sluice@example.com
            service.email.host: is missing; give it a value, such as smtp.example.com
            service.email.port: must be a whole number from 1 to 65535
            service.github: Sluice has no such service; send to its API by webhook
            service.grafana: is a list; must be fields with values
            service.grafana.apiUrl: is missing; give it a value, such as https://grafana.example.com/api
            service.grafana.apiKey: is missing; give it a value, such as $grafana-api-key
            service.pagerduty: Sluice has pagerdutyv2, which needs no user; use that
            service.slack: refers to $slak-token, which the Secret does not have; add it there
            service.slack.icon: must be an emoji such as :rocket:, or an address that begins with https://
            service.slack.usrname: is no field that is known here; correct its name or remove it
            service.teems: is no service that is known here; there are slack, email, webhook, teams, teams-workflows, discord, googlechat, pagerdutyv2, opsgenie, alertmanager, grafana
            service.webhook.url: must be an address, such as https://example.com/hook
            service.webhook.headers[0].name: is no header that can be sent; correct the name, or take line ends out of the value
            service.webhook.a.b: must be service.TYPE or service.TYPE.NAME, without further points
            subscriptions[0].selector: "a ! b" is no requirement; write a=b, a!=b, a in (b, c), a notin (b, c), a or !a
            subscriptions[1].recipients: is missing; write [SERVICE:RECIPIENT]
            template.a: is no YAML: unclosed quote at line 1, column 10
            template.b.slack.blocks: is a list; must be a text
            template.b.slack.deliveryPolicy: must be one of Post, PostAndUpdate, Update
            template.b.webhook.j.method: must be a method of HTTP, such as POST
            template.b.alertmanager.labels: is missing; an alert needs a label, such as {severity: warning}
            template.b.mesage: is no field that is known here; correct its name or remove it
            trigger.a[0].when: parse condition at character 13: did not expect the end here
            trigger.b[0].when: parse condition at character 1: unknown name rollouts; there is rollout, analysisRuns, context
            trigger.b[0].send: is missing; name the templates to send
            trigger.b[0].sent: is no field that is known here; correct its name or remove it
            trigger.d: is empty; give it conditions, such as [{when: …, send: [TEMPLATE]}]
            trigger.c: sends nothing, which is no template; add template.nothing
        "#]],
    );
}

#[test]
fn no_message_and_no_debug_form_repeats_a_secret() {
    let text = r#"
        service.email: "{host: h, port: $password, from: $password, html: $password, tls: $password}"
        service.slack: "{token: $password, icon: $password}"
        service.discord: "{webhooks: {a: $password}}"
        service.webhook: "{url: $hook, headers: [{name: $password}]}"
        "#;
    let (config, found) = Config::read(Subject::Rollout, &data(text), &secret());
    let services: Vec<_> = config.services.values().map(|service| &service.kind).collect();
    let shown = format!("{}{services:?}", in_lines(&found));
    assert!(found.len() >= 6, "{shown}");
    assert!(!shown.contains("p@ss") && !shown.contains("s3cr3t"), "{shown}");
}

#[test]
fn fields_that_do_nothing_are_told_and_spoil_nothing() {
    check(
        r#"
        service.slack: "{token: x, signingSecret: y, channels: [a]}"
        template.a: "{message: x, github: {status: {}}}"
        "#,
        expect![[r#"
            slack: Slack(Slack { token: *****, username: "", icon: "", api_url: "https://slack.com/api/", disable_unfurl: false, insecure: false })
            a: Notice { message: "x", slack: None, email: None, webhook: {}, teams: None, teams_workflows: None, discord: None, google_chat: None, pager_duty: None, opsgenie: None, alertmanager: None, grafana: None }
            service.slack.signingSecret: has no effect: Sluice sends, and has no bot that answers; remove it
            service.slack.channels: has no effect: Sluice sends, and has no bot that answers; remove it
            template.a.github: has no effect: Sluice has no such service; send to its API by webhook; remove it
        "#]],
    );
}

#[test]
fn templates_are_read_with_all_their_fields() {
    check(
        r##"
        template.all: |
          message: "{{.rollout.metadata.name}}"
          email: {subject: s, body: b}
          slack: {attachments: "[]", blocks: "[]", groupingKey: k, notifyBroadcast: true, deliveryPolicy: PostAndUpdate, username: u, icon: ":x:"}
          webhook: {jenkins: {method: POST, path: /p, body: b}}
          teams: {template: t, title: t, summary: s, text: t, themeColor: "#fff", facts: f, sections: s, potentialAction: p}
          teams-workflows: {adaptiveCard: c}
          googlechat: {cards: c, cardsV2: d, threadKey: k}
          pagerdutyv2: {summary: s, severity: error, source: s, component: c, group: g, class: k, url: u}
          opsgenie: {description: d, priority: P1, alias: a, note: n, actions: [a], tags: [t], details: {a: b}, entity: e, user: u, visibleTo: [{Id: i, Type: team}]}
          alertmanager: {labels: {a: b}, annotations: {c: d}, generatorURL: u}
          grafana: {text: t}
          discord: {content: c, embeds: "[]"}
        "##,
        expect![[r##"
            slack: Slack(Slack { token: *****, username: "", icon: "", api_url: "https://slack.com/api/", disable_unfurl: false, insecure: false })
            all: Notice { message: "{{.rollout.metadata.name}}", slack: Some(SlackText { texts: SlackTexts { username: "u", icon: ":x:", attachments: "[]", blocks: "[]", grouping_key: "k" }, notify_broadcast: true, delivery_policy: PostAndUpdate }), email: Some(EmailText { subject: "s", body: "b" }), webhook: {"jenkins": WebhookText { method: "POST", path: "/p", body: "b" }}, teams: Some(TeamsText { template: "t", title: "t", summary: "s", text: "t", theme_color: "#fff", facts: "f", sections: "s", potential_action: "p" }), teams_workflows: Some(TeamsWorkflowsText { texts: TeamsText { template: "", title: "", summary: "", text: "", theme_color: "", facts: "", sections: "", potential_action: "" }, adaptive_card: "c" }), discord: Some(DiscordText { content: "c", embeds: "[]" }), google_chat: Some(GoogleChatText { cards: "c", cards_v2: "d", thread_key: "k" }), pager_duty: Some(PagerDutyText { summary: "s", severity: "error", source: "s", component: "c", group: "g", class: "k", url: "u" }), opsgenie: Some(OpsgenieText { texts: OpsgenieTexts { description: "d", priority: "P1", alias: "a", note: "false", entity: "e", user: "u" }, actions: ["a"], tags: ["t"], details: {"a": "b"}, visible_to: [Responder { kind: "team", id: "i", name: "", username: "" }] }), alertmanager: Some(AlertmanagerText { labels: {"a": "b"}, annotations: {"c": "d"}, generator_url: "u" }), grafana: Some(GrafanaText { text: "t" }) }
        "##]],
    );
}

#[test]
fn a_text_that_is_no_template_is_told_when_it_is_read_and_what_is_built_in_stays() {
    let text = r#"
        template.rollout-aborted: "message: '{{.rollout.metadata.name'"
        template.own: "{message: '{{uuidv4}} {{shout .x}}', webhook: {hook: {body: '{{if}}'}}, opsgenie: {details: {a: '{{shout .x}}'}}}"
        template.good: "message: '{{.rollout.metadata.name | upper}} {{call .time.Now}}'"
        trigger.on-own: "[{when: 'true', send: [own]}]"
    "#;
    wrong(
        text,
        expect![[r#"
        template.own.message: parse template at line 1, character 3: the function uuidv4 is refused: a template must give the same text each time it is rendered; put the value into the data
        template.own.webhook.hook.body: parse template at line 1, character 5: a value is missing for if or with
        template.own.opsgenie.details.a: parse template at line 1, character 3: there is no function shout
        template.rollout-aborted.message: parse template at line 1, character 25: the action is not closed; end it by }}
        trigger.on-own: sends own, which is no template; add template.own
    "#]],
    );
    let (config, _) = Config::read(Subject::Rollout, &data(text), &secret());
    assert!(config.templates["rollout-aborted"].built_in && config.templates.contains_key("good"));
}
