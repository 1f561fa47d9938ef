//! Notifications as strangers configure and subscribe them, and releases as they name them: nothing shows a secret, and nothing
//! is longer than Slack takes.
#![no_main]

use std::collections::BTreeMap;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use sluice_notify::config::{Config, Subject};
use sluice_notify::release::{Happening, Image, Phase, Release, Steps};
use sluice_notify::render::render;
use sluice_notify::slack::{Message, reply, top};
use sluice_notify::subscribe::subscriptions;

/// What nobody may see.
const SECRET: &str = "qZ7-s3cr3t-t0ken-Xv9";

/// What strangers write.
struct Input<'a> {
    service: (u8, &'a str),
    template: &'a str,
    trigger: &'a str,
    subscriptions: &'a str,
    annotation: (&'a str, &'a str),
    text: &'a str,
    numbers: (usize, usize),
}

/// What parts the texts of an input: service, template, trigger, subscriptions, annotation, its value, the rest.
const PARTED: &str = "\n===\n";

const SERVICES: [&str; 11] = [
    "slack",
    "email",
    "webhook.a",
    "teams",
    "teams-workflows",
    "discord",
    "googlechat",
    "pagerdutyv2",
    "opsgenie",
    "alertmanager",
    "grafana",
];

fuzz_target!(|text: &str| {
    let mut parts = text.split(PARTED);
    let mut part = || parts.next().unwrap_or_default();
    let input = Input {
        service: (u8::try_from(text.len() % 256).unwrap_or_default(), part()),
        template: part(),
        trigger: part(),
        subscriptions: part(),
        annotation: (part(), part()),
        text: part(),
        numbers: (text.len(), text.len() / 7),
    };
    let service = format!("service.{}", SERVICES[usize::from(input.service.0) % SERVICES.len()]);
    let data: BTreeMap<String, String> = [
        (service.as_str(), input.service.1),
        ("template.t", input.template),
        ("trigger.t", input.trigger),
        ("subscriptions", input.subscriptions),
    ]
    .into_iter()
    .map(|(key, text)| (key.to_owned(), text.to_owned()))
    .collect();
    let secret = BTreeMap::from([("secret".to_owned(), SECRET.as_bytes().to_vec())]);
    let (config, found) = Config::read(Subject::Rollout, &data, &secret);
    let kinds: Vec<_> = config.services.values().map(|service| &service.kind).collect();
    let shown = format!("{found:?}{kinds:?}");
    // Icons, users and hosts are no secrets; who puts one there shows it in each message.
    let open = ["icon", "name", "from", "host", "apiURL", "apiUrl", "targets", "scheme", "apiPath", "user"];
    let misplaced = open.iter().any(|name| input.service.1.to_ascii_lowercase().contains(&name.to_ascii_lowercase()));
    // So is a text of a template.
    let misplaced = misplaced || input.template.contains(SECRET);
    assert!(misplaced || !shown.contains(SECRET), "{shown}");
    told(&config, &input);
    for message in messages(&input) {
        fits(&message);
    }
});

fn told(config: &Config, input: &Input<'_>) {
    let key = format!("notifications.argoproj.io/{}", input.annotation.0);
    let annotations = BTreeMap::from([(key, input.annotation.1.to_owned())]);
    let (subscribers, _) = subscriptions(config, &annotations, &BTreeMap::new());
    let rollout = json!({"metadata": {"name": input.text}, "status": {"phase": "Paused", "step": input.numbers.0}});
    let variables = Map::from_iter([("rollout".to_owned(), rollout)]);
    for to in subscribers.iter().take(5) {
        let (firing, _) = config.fire(&to.trigger, &variables, Timestamp::UNIX_EPOCH);
        for fired in firing.iter().take(5) {
            let engine = |source: &str, variables: &Value| Err(format!("{source} {variables}"));
            if let Err(error) = render(config, to, &fired.templates, &variables, &engine) {
                assert!(input.template.contains(SECRET) || !error.to_string().contains(SECRET), "{error}");
            }
        }
    }
}

fn messages(input: &Input<'_>) -> Vec<Message> {
    let text = || input.text.to_owned();
    let (done, all) = input.numbers;
    let phases = [
        Phase::Progressing,
        Phase::Held,
        Phase::Stuck,
        Phase::Aborted,
        Phase::RolledBack,
        Phase::Completed,
        Phase::Superseded,
    ];
    let release = Release {
        namespace: text(),
        name: text(),
        cluster: text(),
        revision: 1,
        phase: phases[done % phases.len()],
        weight: None,
        steps: (all > 0).then_some(Steps { done, all }),
        images: vec![Image { container: text(), old: Some(input.template.to_owned()), new: text() }],
        who: text(),
        commit: None,
        why: text(),
        links: Vec::new(),
        began: Timestamp::UNIX_EPOCH,
        ended: None,
    };
    let happenings =
        [Happening::Aborted(text()), Happening::Step { step: done, what: text() }, Happening::Waits(text())];
    happenings.iter().map(|happening| reply(&release, happening)).chain([top(&release)]).collect()
}

/// Each text has 1 to 3000 letters, and nothing in it is a mention or a link.
fn fits(message: &Message) {
    let inner = message.attachments.iter().filter_map(|it| it["blocks"].as_array()).flatten();
    for block in message.blocks.iter().chain(inner) {
        let elements = block["elements"].as_array().into_iter().flatten();
        for text in elements.chain([&block["text"]]).filter_map(|text| text["text"].as_str()) {
            assert!((1..=3000).contains(&text.chars().count()), "{text:?}");
            assert!(!text.replace("<!date^", "").contains("<!") && !text.contains("<@"), "{text:?}");
        }
    }
}
