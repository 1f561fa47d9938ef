use std::collections::BTreeMap;
use std::fmt::Write as _;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::config::Subject;
use crate::subscribe::subscriptions;

const CONFIG: &str = r#"
service.slack: "token: xoxb-token"
service.webhook.hook: "url: https://x"
"#;

/// An Application, and what its subscribers were told so far.
struct Story {
    app: Value,
    config: Config,
    note: Option<Note>,
    is_young: bool,
    now: Timestamp,
    told: String,
}

fn texts(text: &str) -> BTreeMap<String, String> {
    serde_saphyr::from_str(text).unwrap()
}

fn story(more: &str, annotations: &str) -> Story {
    let (config, found) = Config::read(Subject::Application, &texts(&format!("{CONFIG}{more}")), &BTreeMap::new());
    assert_eq!(found, []);
    let app = json!({
        "metadata": {"name": "shop", "namespace": "argocd", "annotations": texts(annotations)},
        "spec": {"project": "default", "source": {"repoURL": "https://git.example.com/shop.git"}},
    });
    Story { app, config, note: None, is_young: true, now: "2026-01-01T10:00:00Z".parse().unwrap(), told: String::new() }
}

impl Story {
    /// Its status becomes this, so many seconds after what was before.
    fn then(mut self, seconds: i64, what: &str, status: Value) -> Self {
        self.now += jiff::SignedDuration::from_secs(seconds);
        self.app["status"] = status;
        writeln!(self.told, "— {what}").unwrap();
        self.pass()
    }

    fn pass(mut self) -> Self {
        let annotations = self.app["metadata"]["annotations"].as_object().unwrap();
        let annotations: BTreeMap<String, String> =
            annotations.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect();
        let (subscriptions, found) = subscriptions(&self.config, &annotations, &BTreeMap::new());
        assert_eq!(found.is_empty(), self.config.is_whole, "{found:?}");
        let variables = variables(&self.app);
        let plan = plan(&Seen {
            config: &self.config,
            subscriptions: &subscriptions,
            note: self.note.as_ref(),
            is_young: self.is_young,
            variables: &variables,
            notified: annotations.get(NOTIFIED).map_or("", String::as_str),
            now: self.now,
        });
        let mut note = plan.note;
        for one in note.owed.drain(..) {
            writeln!(self.told, "{} → {} {}", one.templates.join("+"), one.to.service, one.to.recipient).unwrap();
        }
        plan.problems.iter().for_each(|problem| writeln!(self.told, "!! {problem}").unwrap());
        // It is read back by the next process.
        self.note = Note::read(&note.text());
        self
    }
}

fn check(story: Story, expected: Expect) {
    expected.assert_eq(&story.told);
}

fn operation(phase: &str, revision: &str, health: &str) -> Value {
    json!({
        "sync": {"status": "Synced", "revision": revision},
        "health": {"status": health, "lastTransitionTime": "2026-01-01T09:00:00Z"},
        "operationState": {
            "phase": phase, "startedAt": "2026-01-01T10:00:00Z", "finishedAt": "2026-01-01T10:00:30Z",
            "syncResult": {"revision": revision},
        },
    })
}

const ALL: &str = r#"
notifications.argoproj.io/subscribe.on-created.hook: ""
notifications.argoproj.io/subscribe.on-deleted.hook: ""
notifications.argoproj.io/subscribe.on-deployed.slack: "releases"
notifications.argoproj.io/subscribe.on-health-degraded.slack: "alerts"
notifications.argoproj.io/subscribe.on-sync-failed.slack: "alerts;on-call"
notifications.argoproj.io/subscribe.on-sync-running.slack: "releases"
notifications.argoproj.io/subscribe.on-sync-status-unknown.slack: "alerts"
notifications.argoproj.io/subscribe.on-sync-succeeded.slack: "releases"
notifications.argoproj.io/subscribe.on-commit-rejected.slack: "alerts"
"#;

#[test]
fn a_commit_is_told_once_from_its_sync_to_its_deployment() {
    let story = story("", ALL).pass().then(0, "a sync runs", operation("Running", "abc", "Healthy"));
    let story = story.then(30, "it is over", operation("Succeeded", "abc", "Progressing"));
    let story = story.then(10, "pods are there", operation("Succeeded", "abc", "Healthy"));
    let story = story.then(60, "a minute later", operation("Succeeded", "abc", "Healthy"));
    let story = story.then(600, "again, the same commit", operation("Running", "abc", "Healthy"));
    check(
        story.then(600, "the next commit", operation("Failed", "def", "Degraded")),
        expect![[r#"
            app-created → hook 
            — a sync runs
            app-sync-running → slack releases
            — it is over
            app-sync-succeeded → slack releases
            — pods are there
            — a minute later
            app-deployed → slack releases
            — again, the same commit
            — the next commit
            app-health-degraded → slack alerts
            app-sync-failed → slack alerts
            app-sync-failed → slack on-call
        "#]],
    );
}

#[test]
fn a_minute_after_a_sync_it_is_looked_again() {
    let wake = |at: &str| {
        let app = json!({"status": operation("Succeeded", "abc", "Healthy")});
        wake(&variables(&app), at.parse().unwrap()).map(|at| at.to_string())
    };
    assert_eq!(wake("2026-01-01T10:00:40Z"), Some("2026-01-01T10:01:30Z".to_owned()));
    assert_eq!(wake("2026-01-01T10:01:31Z"), None);
}

#[test]
fn a_commit_whose_release_was_taken_back_is_told() {
    let mut status = operation("Succeeded", "abc", "Degraded");
    status["rejected"] = json!([{"revision": "abc", "by": "shop/web", "message": "errors 0.2 > 0.05"}]);
    check(
        story("", ALL).pass().then(0, "it is rejected", status),
        expect![[r#"
        app-created → hook 
        — it is rejected
        app-commit-rejected → slack alerts
        app-health-degraded → slack alerts
        app-sync-succeeded → slack releases
    "#]],
    );
}

#[test]
fn what_was_so_before_somebody_subscribed_is_past() {
    let mut story = story("", ALL);
    story.is_young = false;
    let story = story.then(0, "seen for the first time", operation("Failed", "abc", "Degraded"));
    check(
        story.then(60, "the next commit", operation("Failed", "def", "Degraded")),
        expect![[r#"
        — seen for the first time
        — the next commit
        app-health-degraded → slack alerts
        app-sync-failed → slack alerts
        app-sync-failed → slack on-call
    "#]],
    );
}

/// The other subscriptions are those of the ConfigMap, say.
#[test]
fn whoever_subscribes_to_one_more_trigger_has_missed_what_it_says_already() {
    let failed = r#"{"notifications.argoproj.io/subscribe.on-sync-failed.slack": alerts}"#;
    let story = |told: &str| Story { is_young: false, ..story(told, failed) };
    let subscribed = |mut story: Story, value: Option<&str>| {
        let annotations = story.app["metadata"]["annotations"].as_object_mut().unwrap();
        let key = "notifications.argoproj.io/subscribe.on-sync-succeeded.slack";
        match value {
            Some(value) => drop(annotations.insert(key.to_owned(), value.into())),
            None => drop(annotations.remove(key)),
        }
        writeln!(story.told, "— subscribed to successes: {value:?}").unwrap();
        story.pass()
    };
    let story = story("").pass().then(0, "abc is synced", operation("Succeeded", "abc", "Healthy"));
    let story = subscribed(story, Some("releases")).then(60, "def", operation("Succeeded", "def", "Healthy"));
    let story = subscribed(story, None).then(60, "ghi", operation("Succeeded", "ghi", "Healthy"));
    let story = subscribed(story, Some("releases")).then(60, "jkl", operation("Succeeded", "jkl", "Healthy"));
    check(
        story,
        expect![[r#"
        — abc is synced
        — subscribed to successes: Some("releases")
        — def
        app-sync-succeeded → slack releases
        — subscribed to successes: None
        — ghi
        — subscribed to successes: Some("releases")
        — jkl
        app-sync-succeeded → slack releases
    "#]],
    );
}

#[test]
fn what_happens_while_a_trigger_is_wrong_for_a_moment_is_told_once_it_is_right() {
    let right = "trigger.on-ok: \"[{when: app.status.health.status == 'Healthy', oncePer: app.status.sync.revision, send: [app-deployed]}]\"\n";
    let also = r#"{"notifications.argoproj.io/subscribe.on-ok.slack": a, "notifications.argoproj.io/subscribe.on-sync-failed.slack": b}"#;
    let mut story = story(right, also).pass();
    story.is_young = false;
    let (good, data) = (story.config.clone(), texts(&format!("{CONFIG}{}", right.replace("==", "=!="))));
    story.config = Config::read(Subject::Application, &data, &BTreeMap::new()).0;
    let mut story = story.then(60, "abc, while the trigger is wrong", operation("Succeeded", "abc", "Healthy"));
    story.config = good;
    check(
        story.then(60, "it is right", operation("Succeeded", "abc", "Healthy")),
        expect![[r#"
        — abc, while the trigger is wrong
        — it is right
        app-deployed → slack a
    "#]],
    );
}

#[test]
fn what_the_established_controller_told_is_not_told_again() {
    let mut story = story("", ALL);
    let noted = r#"{"abc:on-sync-failed:[0].y7b5sbwa2Q329JYH755peeq-fBs:slack:alerts": 1700000000}"#;
    story.app["metadata"]["annotations"][NOTIFIED] = noted.into();
    check(
        story.then(0, "a sync fails", operation("Failed", "abc", "Degraded")),
        expect![[r#"
        — a sync fails
        app-created → hook 
        app-health-degraded → slack alerts
        app-sync-failed → slack on-call
    "#]],
    );
}

#[test]
fn without_once_per_a_condition_is_told_each_time_that_it_begins_to_hold() {
    let more = r#"
template.bad: "message: bad"
trigger.on-bad: "[{when: app.status.health.status == 'Degraded', send: [bad]}]"
"#;
    let story = story(more, r#"{"notifications.argoproj.io/subscribe.on-bad.slack": alerts}"#).pass();
    let story = story.then(1, "bad", operation("Succeeded", "abc", "Degraded"));
    let story = story.then(1, "still bad", operation("Succeeded", "def", "Degraded"));
    let story = story.then(1, "good", operation("Succeeded", "def", "Healthy"));
    check(
        story.then(1, "bad again", operation("Succeeded", "def", "Degraded")),
        expect![[r#"
        — bad
        bad → slack alerts
        — still bad
        — good
        — bad again
        bad → slack alerts
    "#]],
    );
}

#[test]
fn a_condition_that_cannot_be_judged_is_told_of_and_harms_no_other() {
    let more = r#"
template.bad: "message: bad"
trigger.on-bad: "[{when: app.status.nothing.there == 'x', send: [bad]}, {when: 'true', send: [bad]}]"
"#;
    let story = story(more, r#"{"notifications.argoproj.io/subscribe.on-bad.slack": alerts}"#);
    check(
        story.then(1, "it is there", operation("Succeeded", "abc", "Healthy")),
        expect![[r#"
        — it is there
        bad → slack alerts
        !! trigger.on-bad[0].when: evaluate condition at character 19: string cannot be looked up in a value of type nil
    "#]],
    );
}

#[test]
fn functions_of_conditions_see_the_operation_and_its_repository() {
    let more = r#"
template.it: "message: it"
trigger.on-it: "[{when: \"sync.GetInfoItem(app, 'ticket') == 'OPS-1' and repo.FullNameByRepoURL(app.spec.source.repoURL) == '/shop' and strings.ToUpper(app.metadata.name) == 'SHOP'\", send: [it]}]"
"#;
    let mut status = operation("Succeeded", "abc", "Healthy");
    status["operationState"]["operation"] = json!({"info": [{"name": "ticket", "value": "OPS-1"}]});
    let story = story(more, r#"{"notifications.argoproj.io/subscribe.on-it.slack": alerts}"#);
    check(
        story.then(1, "it is there", status),
        expect![[r#"
            — it is there
            it → slack alerts
        "#]],
    );
}
