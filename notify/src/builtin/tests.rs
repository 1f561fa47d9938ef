//! What is built in reads well and is taken by each service, for any Rollout.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use expect_test::expect;
use serde_json::{Map, Value, json};

use super::app;
use crate::Id;
use crate::config::{Config, Subject};
use crate::render::render;
use crate::send::fake::{reply, server};
use crate::send::{Delivery, send};
use crate::subscribe::Subscription;

/// Go's own answers: see `oracle/README.md`.
const ANSWERS: &str = include_str!("answers.tsv");

const SERVICES: &str = r#"
service.teams: "recipientUrls: {ops: https://x}"
service.teams-workflows: "recipientUrls: {ops: https://x}"
service.discord: "webhooks: {ops: https://x}"
service.googlechat: "webhooks: {ops: https://x}"
service.pagerdutyv2: "serviceKeys: {ops: key-of-the-service}"
service.opsgenie: "apiKeys: {ops: key-of-the-team}"
service.alertmanager: "targets: [a]"
service.grafana: "{apiUrl: https://x, apiKey: key-of-grafana}"
service.webhook: "url: https://x"
service.slack: "token: xoxb-token"
service.email: "{host: localhost, from: a@example.com}"
"#;

const SUBJECTS: [Subject; 2] = [Subject::Rollout, Subject::Application];

fn config(subject: Subject) -> Config {
    let data: BTreeMap<String, String> = serde_saphyr::from_str(SERVICES).unwrap();
    let (config, found) = Config::read(subject, &data, &BTreeMap::new());
    assert_eq!(found, []);
    config
}

/// What is spoken of, by its name in templates, and what else these find.
fn variables(subject: Subject) -> Vec<(&'static str, Map<String, Value>)> {
    let one = |kind: &str, object: Value| Map::from_iter([(kind.to_owned(), object)]);
    match subject {
        Subject::Rollout => {
            let rollouts = rollouts().map(|(name, rollout)| (name, one("rollout", rollout)));
            rollouts.into_iter().chain([("judged", judged())]).collect()
        }
        Subject::Application => applications().map(|(name, app)| (name, one("app", app))).into(),
    }
}

/// A Rollout of which is known why something happened, and the evidence for it.
fn judged() -> Map<String, Value> {
    let rollout = json!({"metadata": {"name": "checkout", "namespace": "shop"}, "spec": {"strategy": {"canary": {"steps": [{}]}}},
                         "status": {"phase": "Degraded", "message": "something else by now", "currentStepIndex": 1}});
    let why =
        "rollback policy checkout-7f9c-3-bake Failed: errors 0.0800 (400 requests), from 0.0500 on it is too much";
    let evidence = "errors asked sum(increase(errors{code=~\"5..\"}[2m]))";
    [("rollout", rollout), ("why", json!(why)), ("evidence", json!(evidence))]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

/// Applications with all, with several sources, and with nothing yet.
fn applications() -> [(&'static str, Value); 3] {
    let metadata = json!({"name": "checkout", "namespace": "argocd"});
    let broken = "one or more objects failed: \"web\" \\ see <there> & {here}: - #x";
    [
        (
            "app-full",
            json!({
                "metadata": metadata,
                "spec": {"project": "shop", "source": {"repoURL": "https://git.example.com/shop.git"}},
                "status": {
                    "sync": {"status": "OutOfSync", "revision": "4f2a9c"},
                    "health": {"status": "Degraded", "message": "0 of 3 pods are available"},
                    "conditions": [{"type": "SyncError", "message": broken}],
                    "operationState": {"phase": "Failed", "message": broken, "syncResult": {"revision": "4f2a9c"}},
                    "rejected": [{"revision": "4f2a9c", "by": "shop/web", "message": "errors 0.2 > 0.05"}],
                },
            }),
        ),
        (
            "app-sources",
            json!({
                "metadata": metadata,
                "spec": {"sources": [{"repoURL": "https://a.example.com"}, {"repoURL": "https://b.example.com"}]},
                "status": {"sync": {"status": "Synced", "revisions": ["1", "2"]}, "health": {"status": "Healthy"}},
            }),
        ),
        ("app-new", json!({"metadata": metadata, "spec": {}, "status": {"sync": {}, "health": {}, "summary": {}}})),
    ]
}

/// Rollouts with all, with little, and with what breaks quotes.
fn rollouts() -> [(&'static str, Value); 3] {
    let metadata = json!({"name": "checkout", "namespace": "shop"});
    let images = json!([{"name": "web", "image": "shop/web:1.5.0"}, {"name": "proxy", "image": "envoy:1.31"}]);
    [
        (
            "full",
            json!({
                "metadata": metadata,
                "spec": {"template": {"spec": {"containers": images}}, "strategy": {"canary": {"steps": [{}, {}, {}]}}},
                "status": {
                    "phase": "Degraded",
                    "message": "metric \"success-rate\": 0.921 < 0.95 \\ 3 of 5\nsee <there> & {here}: - #x",
                    "currentStepIndex": 2,
                    "currentPodHash": "7f9c",
                },
            }),
        ),
        ("lent", json!({"metadata": metadata, "spec": {"workloadRef": {}}, "status": {"phase": "Paused"}})),
        ("new", json!({"metadata": metadata, "spec": {"strategy": {"blueGreen": {}}}, "status": {}})),
    ]
}

/// What every service is told of every moment: the object's name, the subscriber, the template.
fn stories(subject: Subject) -> Vec<(&'static str, Map<String, Value>, Subscription, String)> {
    let config = config(subject);
    let mut stories = Vec::new();
    for (name, variables) in variables(subject) {
        for template in config.templates.keys() {
            for service in config.services.keys() {
                let (trigger, recipient) = ("t".to_owned(), "ops".to_owned());
                let to = Subscription { trigger, service: service.clone(), recipient };
                stories.push((name, variables.clone(), to, template.clone()));
            }
        }
    }
    stories
}

/// The built-in templates see nothing but the object, and why.
fn asked(source: &str, seen: &Value) -> String {
    let mut named = SUBJECTS.into_iter().flat_map(variables);
    let name = named.find(|(_, all)| all.iter().all(|(name, value)| seen.get(name) == Some(value))).unwrap().0;
    format!("{}\t{name}", Value::from(source))
}

fn go(source: &str, variables: &Value) -> Result<String, String> {
    let asked = asked(source, variables);
    let answer = ANSWERS.lines().find_map(|line| line.strip_prefix(&asked)?.strip_prefix('\t'));
    let answer = answer.unwrap_or_else(|| panic!("ask Go anew, see oracle/README.md: {asked}"));
    let text: String = serde_json::from_str(answer).unwrap();
    if text.starts_with("error: ") { Err(text) } else { Ok(text) }
}

#[tokio::test]
async fn each_service_takes_what_is_built_in_for_any_object() {
    let (clients, log) = server(|asked| {
        reply(
            200,
            if asked.json()["@type"] == "MessageCard" { "1" } else { r#"{"ok": true, "channel": "C", "ts": "1"}"# },
        )
    })
    .await;
    let stories = SUBJECTS.map(|subject| (config(subject), stories(subject)));
    let each = stories.iter().flat_map(|(config, stories)| stories.iter().map(move |story| (config, story.clone())));
    for (config, (name, variables, to, template)) in each {
        let notice = render(config, &to, std::slice::from_ref(&template), &variables, &go);
        let notice = notice.unwrap_or_else(|error| panic!("{name}: {error}"));
        let (id, at) = (Id::of(&[&template]), jiff::Timestamp::UNIX_EPOCH);
        let delivery = Delivery { id: &id, recipient: &to.recipient, notice: &notice, at, before: None };
        // There is no mail server here.
        if to.service != "email" {
            let sent = send(&clients, &config.services[&to.service], &delivery).await;
            sent.unwrap_or_else(|error| panic!("{name} {template} {}: {error}", to.service));
        }
        for text in [&notice.message, &notice.email.unwrap_or_default().body] {
            assert!(!text.contains("<no value>") && !text.contains("{{"), "{name} {template}: {text}");
        }
    }
    let log = log.lock().unwrap();
    let gap = log.iter().find(|asked| asked.shown().contains("no value") || asked.line.contains("value%3E"));
    assert!(log.len() > 500 && gap.is_none(), "{gap:?}");
}

/// All that is said of a Rollout, and one form in full.
#[test]
fn what_is_built_in_reads_well() {
    let config = config(Subject::Rollout);
    let says = |name: &'static str, service: &'static str| {
        let of_them =
            stories(Subject::Rollout).into_iter().filter(move |(of, _, to, _)| *of == name && to.service == service);
        of_them.map(|(_, variables, to, template)| render(&config, &to, &[template], &variables, &go).unwrap())
    };
    let lines: Vec<_> = says("lent", "webhook").map(|notice| notice.message).collect();
    expect![[r#"
        shop/checkout cannot be measured.
        shop/checkout failed its analysis.
        shop/checkout is being measured.
        shop/checkout goes bad, and so does the version before it: a rollback would not help.
        shop/checkout goes bad, and is not taken back for now.
        shop/checkout goes bad, and is not taken back: you are to be told only.
        shop/checkout went bad after its promotion, and was taken back.
        shop/checkout was taken back, and users may still not be well.
        shop/checkout cannot be watched by the rollback policy.
        shop/checkout was aborted: users are back on the version before.
        shop/checkout has its new version.
        shop/checkout waits.
        shop/checkout has done a step.
        shop/checkout gets a new version.
        shop/checkout changes its number of pods.
        shop/checkout would have been taken back, were it not a dry run."#]]
    .assert_eq(&lines.join("\n"));
    let judged = says("judged", "email").find(|notice| notice.message.contains("went bad")).unwrap().email.unwrap();
    expect![[r#"
        [failed] shop/checkout went bad after its promotion, and was taken back

        shop/checkout went bad after its promotion, and was taken back. rollback policy checkout-7f9c-3-bake Failed: errors 0.0800 (400 requests), from 0.0500 on it is too much

        errors asked sum(increase(errors{code=~"5.."}[2m]))

        Phase: Degraded
    "#]].assert_eq(&format!("{}\n\n{}", judged.subject, judged.body));
    let aborted = says("full", "email").find(|notice| notice.message.contains("aborted")).unwrap().email.unwrap();
    expect![[r#"
        [failed] shop/checkout was aborted: users are back on the version before

        shop/checkout was aborted: users are back on the version before. metric "success-rate": 0.921 < 0.95 \ 3 of 5
        see <there> & {here}: - #x

        Phase: Degraded
        web: shop/web:1.5.0
        proxy: envoy:1.31
    "#]]
    .assert_eq(&format!("{}\n\n{}", aborted.subject, aborted.body));
}

/// The same of an Application.
#[test]
fn what_is_built_in_of_an_application_reads_well() {
    let config = config(Subject::Application);
    let said = |name: &'static str, service: &'static str| {
        let of_them = stories(Subject::Application).into_iter();
        let of_them = of_them.filter(move |(of, _, to, _)| *of == name && to.service == service);
        of_them.map(|(_, variables, to, template)| render(&config, &to, &[template], &variables, &go).unwrap())
    };
    let lines: Vec<_> = said("app-sources", "webhook").map(|notice| notice.message).collect();
    expect![[r#"
        Application checkout does not deploy its commit again.
        Application checkout was created.
        Application checkout was deleted.
        Application checkout runs its new version.
        Application checkout is degraded.
        Application checkout could not be synced.
        Application checkout is being synced.
        Application checkout cannot be compared with git.
        Application checkout was synced."#]]
    .assert_eq(&lines.join("\n"));
    let failed = said("app-full", "email").nth(5).unwrap().email.unwrap();
    let shown = said("app-full", "slack").nth(5).unwrap().slack.unwrap().texts.attachments;
    let shown = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&shown).unwrap()).unwrap();
    expect![[r##"
        [failed] Application checkout could not be synced

        Application checkout could not be synced. one or more objects failed: "web" \ see <there> & {here}: - #x 0 of 3 pods are available Commit 4f2a9c: errors 0.2 > 0.05

        Sync: OutOfSync at 4f2a9c
        Health: Degraded
        SyncError: one or more objects failed: "web" \ see <there> & {here}: - #x
        Repository: https://git.example.com/shop.git

        [
          {
            "color": "#E01E5A",
            "fallback": "Application checkout could not be synced",
            "fields": [
              {
                "short": true,
                "title": "Project",
                "value": "shop"
              },
              {
                "short": true,
                "title": "Sync",
                "value": "OutOfSync"
              },
              {
                "short": true,
                "title": "Revision",
                "value": "4f2a9c"
              },
              {
                "short": true,
                "title": "Health",
                "value": "Degraded"
              },
              {
                "short": true,
                "title": "Repository",
                "value": "https://git.example.com/shop.git"
              },
              {
                "short": true,
                "title": "SyncError",
                "value": "one or more objects failed: \"web\" \\ see <there> & {here}: - #x"
              }
            ]
          }
        ]
    "##]].assert_eq(&format!("{}\n\n{}\n{shown}\n", failed.subject, failed.body));
}

#[test]
fn all_that_is_built_in_can_be_judged() {
    let config = config(Subject::Application);
    assert_eq!(config.triggers.len(), app::MOMENTS.len());
    for (_, variables, ..) in stories(Subject::Application) {
        for trigger in config.triggers.keys() {
            let (_, problems) = config.fire(trigger, &variables, jiff::Timestamp::UNIX_EPOCH);
            assert_eq!(problems, [""; 0], "{trigger} of {variables:?}");
        }
    }
}

#[test]
#[ignore = "asks Go, and rewrites the answers"]
fn regenerate() {
    let lines = Mutex::new(Vec::new());
    for (config, stories) in SUBJECTS.map(|subject| (config(subject), stories(subject))) {
        for (_, variables, to, template) in stories {
            let record = |source: &str, variables: &Value| {
                lines.lock().unwrap().push(asked(source, variables));
                Ok(String::new())
            };
            render(&config, &to, &[template], &variables, &record).unwrap();
        }
    }
    let mut lines = lines.into_inner().unwrap();
    lines.sort();
    lines.dedup();
    let oracle = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle");
    let mut go = Command::new("go");
    let mut go =
        go.args(["run", "."]).current_dir(oracle).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = go.stdin.take().unwrap();
    let with_variables = |line: &String| {
        let (source, name) = line.rsplit_once('\t').unwrap();
        let (_, mut seen) = SUBJECTS.into_iter().flat_map(variables).find(|(known, _)| *known == name).unwrap();
        seen.insert("context".to_owned(), json!({}));
        format!("{source}\t{}\n", Value::Object(seen))
    };
    let text = lines.iter().map(with_variables).collect::<Vec<_>>().concat();
    std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = go.wait_with_output().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), lines.len());
    let answered = lines.iter().zip(answers.lines()).map(|(asked, answer)| format!("{asked}\t{answer}\n"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/builtin/answers.tsv");
    std::fs::write(path, answered.collect::<Vec<_>>().concat()).unwrap();
}
