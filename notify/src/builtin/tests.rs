//! What is built in reads well and is taken by each service, for any Rollout.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use expect_test::expect;
use serde_json::{Map, Value, json};

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

fn config() -> Config {
    let data: BTreeMap<String, String> = serde_saphyr::from_str(SERVICES).unwrap();
    let (config, found) = Config::read(Subject::Rollout, &data, &BTreeMap::new());
    assert_eq!(found, []);
    config
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

/// What every service is told of every moment: the Rollout's name, the subscriber, the template.
fn stories(config: &Config) -> Vec<(&'static str, Map<String, Value>, Subscription, String)> {
    let mut stories = Vec::new();
    for (name, rollout) in rollouts() {
        for template in config.templates.keys() {
            for service in config.services.keys() {
                let variables = Map::from_iter([("rollout".to_owned(), rollout.clone())]);
                let (trigger, recipient) = ("t".to_owned(), "ops".to_owned());
                let to = Subscription { trigger, service: service.clone(), recipient };
                stories.push((name, variables, to, template.clone()));
            }
        }
    }
    stories
}

/// The built-in templates see nothing but the Rollout.
fn asked(source: &str, variables: &Value) -> String {
    let name = rollouts().into_iter().find(|(_, rollout)| *rollout == variables["rollout"]).unwrap().0;
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
async fn each_service_takes_what_is_built_in_for_any_rollout() {
    let config = config();
    let (clients, log) = server(|asked| {
        reply(
            200,
            if asked.json()["@type"] == "MessageCard" { "1" } else { r#"{"ok": true, "channel": "C", "ts": "1"}"# },
        )
    })
    .await;
    for (name, variables, to, template) in stories(&config) {
        let notice = render(&config, &to, std::slice::from_ref(&template), &variables, &go);
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
    assert!(log.len() > 300 && gap.is_none(), "{gap:?}");
}

/// All that is said of a Rollout, and one form in full.
#[test]
fn what_is_built_in_reads_well() {
    let config = config();
    let says = |name: &'static str, service: &'static str| {
        let of_them = stories(&config).into_iter().filter(move |(of, _, to, _)| *of == name && to.service == service);
        of_them.map(|(_, variables, to, template)| render(&config, &to, &[template], &variables, &go).unwrap())
    };
    let lines: Vec<_> = says("lent", "webhook").map(|notice| notice.message).collect();
    expect![[r#"
        shop/checkout cannot be measured.
        shop/checkout failed its analysis.
        shop/checkout is being measured.
        shop/checkout went bad after its promotion, and was taken back.
        shop/checkout was taken back, and users may still not be well.
        shop/checkout was aborted: users are back on the version before.
        shop/checkout has its new version.
        shop/checkout waits.
        shop/checkout has done a step.
        shop/checkout gets a new version.
        shop/checkout changes its number of pods."#]]
    .assert_eq(&lines.join("\n"));
    let aborted = says("full", "email").nth(5).unwrap().email.unwrap();
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

#[test]
#[ignore = "asks Go, and rewrites the answers"]
fn regenerate() {
    let (config, lines) = (config(), Mutex::new(Vec::new()));
    for (_, variables, to, template) in stories(&config) {
        let record = |source: &str, variables: &Value| {
            lines.lock().unwrap().push(asked(source, variables));
            Ok(String::new())
        };
        render(&config, &to, &[template], &variables, &record).unwrap();
    }
    let mut lines = lines.into_inner().unwrap();
    lines.sort();
    lines.dedup();
    let oracle = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle");
    let mut go = Command::new("go");
    let mut go =
        go.args(["run", "."]).current_dir(oracle).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = go.stdin.take().unwrap();
    let with_rollout = |line: &String| {
        let (source, name) = line.rsplit_once('\t').unwrap();
        let rollout = rollouts().into_iter().find(|(known, _)| *known == name).unwrap().1;
        format!("{source}\t{}\n", json!({"rollout": rollout}))
    };
    let text = lines.iter().map(with_rollout).collect::<Vec<_>>().concat();
    std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = go.wait_with_output().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), lines.len());
    let answered = lines.iter().zip(answers.lines()).map(|(asked, answer)| format!("{asked}\t{answer}\n"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/builtin/answers.tsv");
    std::fs::write(path, answered.collect::<Vec<_>>().concat()).unwrap();
}
