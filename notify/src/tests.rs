//! From a ConfigMap and an object to who is told what.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use serde_json::{Map, Value, json};
use sluice_crds::violation::in_lines;

use crate::config::{Config, Subject};
use crate::note::{MOST_TOLD, Note};
use crate::plan::{Plan, Seen, plan};
use crate::render::{Engine, RenderError, instead, render};
use crate::story::Occurrence;
use crate::subscribe::{Subscription, subscriptions};
use crate::trigger::of_reason;

fn texts(text: &str) -> BTreeMap<String, String> {
    serde_saphyr::from_str(text).unwrap()
}

fn config(text: &str) -> Config {
    let secret = BTreeMap::from([("token".to_owned(), b"s3cr3t-t0ken".to_vec())]);
    let (config, found) = Config::read(Subject::Rollout, &texts(text), &secret);
    assert_eq!(found, []);
    config
}

const SERVICES: &str = r#"
service.slack: "token: $token"
service.email.mail: "{host: h, from: a@b.c}"
service.webhook.hook: "url: https://x"
"#;

/// Who is told about an object with these annotations and labels.
fn told(more: &str, annotations: &str, labels: &str, expected: Expect) {
    let config = config(&format!("{SERVICES}{more}"));
    let (subscribers, found) = subscriptions(&config, &texts(annotations), &texts(labels));
    let line = |one: &Subscription| format!("{} → {} {:?}\n", one.trigger, one.service, one.recipient);
    expected.assert_eq(&(subscribers.iter().map(line).collect::<Vec<_>>().concat() + &in_lines(&found)));
}

#[test]
fn annotations_subscribe_recipients_each_once() {
    told(
        "",
        r#"
        notifications.argoproj.io/subscribe.on-rollout-aborted.slack: "alerts; #ops ;alerts"
        notifications.argoproj.io/subscribe.on-rollout-completed.hook: ""
        notifications.argoproj.io/subscribe.on-rollout-aborted.mail: "a@example.com,b@example.com"
        other/subscribe.on-rollout-aborted.slack: "nobody"
        "#,
        "{}",
        expect![[r#"
            on-rollout-aborted → mail "a@example.com,b@example.com"
            on-rollout-aborted → slack "alerts"
            on-rollout-aborted → slack "ops"
            on-rollout-completed → hook ""
        "#]],
    );
}

#[test]
fn without_a_trigger_the_default_ones_are_meant() {
    told(
        "defaultTriggers: '[on-rollout-aborted]'\ndefaultTriggers.mail: '[on-rollout-completed, on-rollout-paused]'",
        r#"
        notifications.argoproj.io/subscribe.slack: "alerts"
        notifications.argoproj.io/subscribe.mail: "a@example.com"
        "#,
        "{}",
        expect![[r#"
            on-rollout-aborted → slack "alerts"
            on-rollout-completed → mail "a@example.com"
            on-rollout-paused → mail "a@example.com"
        "#]],
    );
}

#[test]
fn a_list_of_subscriptions_may_be_written_as_yaml() {
    told(
        "defaultTriggers: '[on-rollout-aborted]'",
        r#"
        notifications.argoproj.io/subscriptions: |
          - trigger: [on-rollout-paused, on-rollout-aborted]
            destinations:
              - service: slack
                recipients: [a, b]
          - destinations: [{service: hook}]
        "#,
        "{}",
        expect![[r#"
            on-rollout-aborted → hook ""
            on-rollout-aborted → slack "a"
            on-rollout-aborted → slack "b"
            on-rollout-paused → slack "a"
            on-rollout-paused → slack "b"
        "#]],
    );
}

#[test]
fn the_config_map_subscribes_all_objects_with_certain_labels() {
    let standing = r#"
subscriptions: |
  - recipients: [slack:everywhere]
    triggers: [on-rollout-aborted]
  - recipients: ["slack:shop", "mail:a@example.com"]
    triggers: [on-rollout-aborted]
    selector: team=shop,tier in (front, back)
"#;
    told(
        standing,
        "{}",
        "{team: shop, tier: front}",
        expect![[r#"
        on-rollout-aborted → mail "a@example.com"
        on-rollout-aborted → slack "everywhere"
        on-rollout-aborted → slack "shop"
    "#]],
    );
    told(
        standing,
        "{}",
        "{team: shop}",
        expect![[r#"
        on-rollout-aborted → slack "everywhere"
    "#]],
    );
}

#[test]
fn what_cannot_be_subscribed_to_is_told_and_harms_no_other() {
    told(
        "",
        r#"
        notifications.argoproj.io/subscribe.on-rollout-aborted.slack: good
        notifications.argoproj.io/subscribe.on-rollout-abort.slack: a
        notifications.argoproj.io/subscribe.on-rollout-aborted.slak: a
        notifications.argoproj.io/subscribe.slack: a
        notifications.argoproj.io/subscriptions: "[{trigger: [on-rollout-paused]}, {destinations: [{recipients: [a]}]}, {x: 1}]"
        "#,
        "{}",
        expect![[r#"
            on-analysis-run-error → slack "a"
            on-analysis-run-failed → slack "a"
            on-not-by-this-version → slack "a"
            on-not-rolled-back → slack "a"
            on-notify-only → slack "a"
            on-rollback → slack "a"
            on-rollback-checks-failed → slack "a"
            on-rollback-policy-unmeasurable → slack "a"
            on-rollout-aborted → slack "a"
            on-rollout-aborted → slack "good"
            on-rollout-completed → slack "a"
            on-rollout-paused → slack "a"
            on-rollout-step-completed → slack "a"
            on-rollout-updated → slack "a"
            on-would-roll-back → slack "a"
            notifications.argoproj.io/subscribe.on-rollout-abort.slack: the trigger on-rollout-abort is not there; add trigger.on-rollout-abort to the ConfigMap
            notifications.argoproj.io/subscribe.on-rollout-aborted.slak: the service slak is not there, or wrong; see service.slak of the ConfigMap
            notifications.argoproj.io/subscriptions[0].destinations: is missing; write [{service: slack, recipients: [CHANNEL]}]
            notifications.argoproj.io/subscriptions[1].destinations[0].service: is missing; give it a value, such as slack
            notifications.argoproj.io/subscriptions[2].destinations: is missing; write [{service: slack, recipients: [CHANNEL]}]
            notifications.argoproj.io/subscriptions[2].x: is no field that is known here; correct its name or remove it
        "#]],
    );
    told(
        "",
        "notifications.argoproj.io/subscriptions: '[a'",
        "{}",
        expect![[r#"
        notifications.argoproj.io/subscriptions: is no YAML: unclosed bracket '[' at line 1, column 1
    "#]],
    );
}

/// What a trigger sends for a Rollout, and why not.
fn fired(trigger: &str, rollout: Value, expected: Expect) {
    let config = config(&format!("context: 'cluster: prod'\ntrigger.t: |\n  {}", trigger.replace('\n', "\n  ")));
    let variables = Map::from_iter([("rollout".to_owned(), rollout)]);
    let now = "2026-11-29T03:09:05Z".parse().unwrap();
    let (firing, problems) = config.fire("t", &variables, now);
    let lines = firing.iter().map(|it| format!("{} {:?} {}", it.clause, it.once_per, it.templates.join(",")));
    expected.assert_eq(&lines.chain(problems).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_trigger_sends_for_each_condition_that_holds() {
    let trigger = "\
- when: rollout.status.phase in ['Degraded', 'Paused'] and context.cluster == 'prod'
  send: [rollout-aborted]
  oncePer: rollout.status.currentPodHash
- when: rollout.spec.replicas > 3
  send: [rollout-paused, rollout-updated]
  description: a large one
- when: time.Now().Sub(time.Parse(rollout.metadata.creationTimestamp)).Minutes() >= 5
  send: [rollout-updated]
- send: [rollout-completed]";
    let metadata = json!({"creationTimestamp": "2026-11-29T03:04:05Z"});
    let rollout =
        json!({"status": {"phase": "Paused", "currentPodHash": "7f9c"}, "spec": {"replicas": 5}, "metadata": metadata});
    fired(
        trigger,
        rollout,
        expect![[r#"
            0 Some("7f9c") rollout-aborted
            1 None rollout-paused,rollout-updated
            2 None rollout-updated
            3 None rollout-completed"#]],
    );
    fired(
        trigger,
        json!({"status": {"phase": "Healthy"}, "spec": {"replicas": 1}, "metadata": {"creationTimestamp": "2026-11-29T03:09:00Z"}}),
        expect!["3 None rollout-completed"],
    );
}

#[test]
fn a_condition_that_cannot_be_judged_does_not_hold_and_is_told() {
    let trigger = "\
- when: rollout.status.canary.weights.canary.weight > 10
  send: [rollout-aborted]
- when: rollout.spec.replicas
  send: [rollout-aborted]
- when: 'true'
  oncePer: rollout.nothing.there
  send: [rollout-aborted]
- when: analysisRuns == nil
  send: [rollout-paused]";
    fired(
        trigger,
        json!({"spec": {"replicas": 5}}),
        expect![[r#"
            2 None rollout-aborted
            3 None rollout-paused
            [0].when: evaluate condition at character 15: string cannot be looked up in a value of type nil
            [1].when: evaluate condition: expected bool, but got float; compare it with something
            [2].oncePer: evaluate condition at character 16: string cannot be looked up in a value of type nil"#]],
    );
}

#[test]
fn events_set_off_triggers_by_their_reasons() {
    for (reason, trigger) in [
        ("RolloutPaused", "on-rollout-paused"),
        ("ScalingReplicaSet", "on-scaling-replica-set"),
        ("AnalysisRunFailed", "on-analysis-run-failed"),
        ("RolledBack", "on-rollback"),
        ("RollbackCheckFailed", "on-rollback-checks-failed"),
        ("WouldRollBack", "on-would-roll-back"),
        ("NotifyOnly", "on-notify-only"),
        ("NotByThisVersion", "on-not-by-this-version"),
        ("NotRolledBack", "on-not-rolled-back"),
        ("RollbackPolicyUnmeasurable", "on-rollback-policy-unmeasurable"),
    ] {
        assert_eq!(of_reason(reason), trigger);
    }
}

/// What a subscriber is told by templates `a` and `b`, or why not. The engine writes `{{NAME}}`, and repeats what it gets.
fn rendered(templates: &str, service: &str, expected: Expect) {
    let config = config(&format!("{SERVICES}{templates}"));
    let to = Subscription { trigger: "t".to_owned(), service: service.to_owned(), recipient: "ops".to_owned() };
    let engine = |source: &str, variables: &Value| {
        let place = source.split("{{").nth(1).unwrap().split("}}").next().unwrap();
        let value = variables.pointer(&place.replace('.', "/"));
        let value = value.ok_or_else(|| format!("no {place} in {}", variables["secrets"]))?;
        Ok(source.replace(&format!("{{{{{place}}}}}"), value.as_str().unwrap()))
    };
    let variables = Map::from_iter([("name".to_owned(), "shop".into())]);
    let notice = render(&config, &to, &["a".to_owned(), "b".to_owned()], &variables, &engine);
    let shown = match notice {
        Ok(notice) => format!("{:?} {:?} {:?}", notice.message, notice.email, notice.webhook),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&shown);
}

#[test]
fn templates_are_laid_one_over_the_other() {
    let templates = r#"
template.a: "{message: '{{.name}} first', email: {subject: '{{.recipient}}'}}"
template.b: "{message: '{{.serviceType}} second', webhook: {hook: {body: '{{.secrets.token}}'}}}"
"#;
    rendered(templates, "mail", expect![[r#""mail second" Some(EmailText { subject: "ops", body: "" }) {}"#]]);
    rendered(
        templates,
        "hook",
        expect![[r#""hook second" None {"hook": WebhookText { method: "", path: "", body: "s3cr3t-t0ken" }}"#]],
    );
}

#[test]
fn a_mistake_keeps_no_other_service_from_being_told_and_shows_no_secret() {
    let templates = r#"
template.a: "{message: hello, email: {subject: '{{.unknown}}'}}"
template.b: "webhook: {hook: {body: fine}}"
"#;
    rendered(templates, "mail", expect![[r#"write template.a email.subject: no .unknown in {"token":"*****"}"#]]);
    rendered(
        templates,
        "hook",
        expect![[r#""hello" None {"hook": WebhookText { method: "", path: "", body: "fine" }}"#]],
    );
    rendered("template.a: 'message: x'", "mail", expect!["there is no template b; add template.b to the ConfigMap"]);
    rendered(templates, "pager", expect!["there is no service pager; add service.pager to the ConfigMap"]);
}

/// What is told by `mail` where the templates cannot be written.
fn told_instead(trigger: &str, engine: &Engine<'_>) -> String {
    let config = config(SERVICES);
    let to = Subscription { trigger: trigger.to_owned(), service: "mail".to_owned(), recipient: String::new() };
    let error = RenderError::Missing("own".to_owned()).to_string();
    let rollout = json!({"metadata": {"namespace": "shop", "name": "web"}});
    let variables = Map::from_iter([("rollout".to_owned(), rollout)]);
    let notice = instead(&config, Subject::Rollout, &to, &variables, engine, &error).unwrap();
    format!("{} {:?}", notice.message, notice.email.map(|mail| mail.subject))
}

#[test]
fn what_cannot_be_written_is_told_in_words_that_are_built_in_and_at_the_least_in_plain_ones() {
    let good = |source: &str, _: &Value| Ok(source.split("}}").last().unwrap_or_default().to_owned());
    let bad = |_: &str, _: &Value| Err("no".to_owned());
    let told = [
        told_instead("on-rollout-updated", &good),
        told_instead("on-rollout-updated", &bad),
        told_instead("on-own", &good),
    ];
    expect![[r#"
         Some(" gets a new version")
        shop/web: on-rollout-updated (its text is missing: there is no template own; add template.own to the ConfigMap) None
        shop/web: on-own (its text is missing: there is no template own; add template.own to the ConfigMap) None"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn what_is_built_in_is_readable_as_html_too() {
    let config = config(r#"service.email.mail: "{host: h, from: a@b.c, html: true}""#);
    let (trigger, service, recipient) = ("t".to_owned(), "mail".to_owned(), "a@example.com".to_owned());
    let engine = |_: &str, _: &Value| Ok("0.921 < 0.95\nnext line".to_owned());
    let to = Subscription { trigger, service, recipient };
    let notice = render(&config, &to, &["rollout-aborted".to_owned()], &Map::new(), &engine).unwrap();
    assert_eq!(notice.email.unwrap().body, "<pre>0.921 &lt; 0.95\nnext line</pre>");
}

#[test]
fn a_channel_of_slack_is_the_same_with_the_sign_and_without() {
    told(
        "",
        r##"
        notifications.argoproj.io/subscribe.on-rollout-aborted.slack: "#alerts"
        notifications.argoproj.io/subscriptions: "[{trigger: [on-rollout-aborted], destinations: [{service: slack, recipients: [alerts]}]}]"
        notifications.argoproj.io/subscribe.on-rollout-aborted.mail: "#1@example.com"
        "##,
        "{}",
        expect![[r##"
            on-rollout-aborted → mail "#1@example.com"
            on-rollout-aborted → slack "alerts"
        "##]],
    );
}

#[test]
fn who_hears_by_a_service_that_is_wrong_for_now_is_told_of_it_and_subscribed() {
    let data = texts("service.slack.team: 'token: $lacking'\nservice.webhook.hook: '[a'\nservice.github: '{}'");
    let (config, _) = Config::read(Subject::Rollout, &data, &BTreeMap::new());
    let annotations = ["team", "hook", "github", "slack"]
        .map(|service| (format!("notifications.argoproj.io/subscribe.on-rollout-aborted.{service}"), "#a".to_owned()));
    let (subscribers, found) = subscriptions(&config, &annotations.into(), &BTreeMap::new());
    let lines = subscribers.iter().map(|one| format!("{} {}\n", one.service, one.recipient));
    expect![[r#"
        hook #a
        team a
        notifications.argoproj.io/subscribe.on-rollout-aborted.github: the service github is not there, or wrong; see service.github of the ConfigMap
        notifications.argoproj.io/subscribe.on-rollout-aborted.hook: the service hook is not there, or wrong; see service.hook of the ConfigMap
        notifications.argoproj.io/subscribe.on-rollout-aborted.slack: the service slack is not there, or wrong; see service.slack of the ConfigMap
        notifications.argoproj.io/subscribe.on-rollout-aborted.team: the service team is not there, or wrong; see service.team of the ConfigMap
    "#]].assert_eq(&(lines.collect::<String>() + &in_lines(&found)));
    // Slack is there with its token alone, which is not there for now.
    let (none, _) = Config::read(Subject::Rollout, &texts("context: 'a: b'"), &BTreeMap::new());
    assert!(none.is_out("slack") && !config.is_out("slack"));
}

fn planned(note: Option<&Note>, news: &[&str], over: Option<&str>) -> Plan {
    let config = config(SERVICES);
    let to = |trigger: &str| Subscription {
        trigger: trigger.to_owned(),
        service: "hook".to_owned(),
        recipient: String::new(),
    };
    let news = news.iter().map(|id| {
        let (trigger, what) = ("on-rollout-aborted".to_owned(), None);
        Occurrence { id: (*id).to_owned(), trigger, what }
    });
    let seen = Seen {
        config: &config,
        subscriptions: &[to("on-rollout-aborted")],
        release: "v2@0",
        step: 0,
        over: over.map(|over| over.parse().unwrap()),
        news: &news.collect::<Vec<_>>(),
        note,
        is_young: false,
        variables: &Map::new(),
        now: "2026-11-29T03:00:00Z".parse().unwrap(),
        before: &BTreeMap::new(),
        after: &BTreeMap::new(),
    };
    plan(&seen)
}

#[test]
fn what_there_is_no_room_to_note_is_not_told_by_each_pass_and_an_end_always_is() {
    let mut note = Note::default().of("v2@0");
    (0..MOST_TOLD).for_each(|at| assert!(note.tell(&format!("late@{at}"))));
    let full = planned(Some(&note), &["late@9999", "aborted@1"], None);
    let owed: Vec<&str> = full.note.owed.iter().map(|owed| owed.of.id.as_str()).collect();
    assert_eq!(owed, ["aborted@1"]);
    expect!["500 things of this release were told: of others only its end is"].assert_eq(&full.problems.join("\n"));
}

#[test]
fn a_release_that_was_over_a_day_before_anything_was_told_of_it_is_past() {
    let (mut of_it, of_another) = (Note::default().of("v2@0"), Note::default().of("v1@0"));
    of_it.tell("completed");
    let (yesterday, long_ago) = (Some("2026-11-28T04:00:00Z"), Some("2026-11-20T00:00:00Z"));
    for (note, over, owed) in
        [(&of_it, long_ago, 1), (&of_another, long_ago, 0), (&of_another, yesterday, 1), (&of_another, None, 1)]
    {
        assert_eq!(planned(Some(note), &["aborted@1"], over).note.owed.len(), owed, "{over:?}");
    }
}
