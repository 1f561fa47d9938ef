//! Who wants to hear of what: annotations of an object, and the ConfigMap's `subscriptions`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sluice_crds::Violation;

use crate::config::Config;
use crate::config::fields::{self, Fields, Found};
use crate::selector::Selector;

/// What the annotations begin with.
pub const PREFIX: &str = "notifications.argoproj.io/";

/// The most subscriptions that one object may have.
const MOST: usize = 500;

/// Somebody who is told when a trigger fires.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subscription {
    /// `on-rollout-paused`, …
    pub trigger: String,
    /// The service's name in the ConfigMap.
    pub service: String,
    /// A channel, an address, …; empty where a service needs none.
    pub recipient: String,
}

/// A subscription of the ConfigMap, for all objects with certain labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Which objects are meant.
    selector: Selector,
    /// Service and recipient of each.
    recipients: Vec<(String, String)>,
    /// Of which triggers; of the default ones where there is none.
    triggers: Vec<String>,
}

/// Who is told about an object: all subscriptions, each once, and what is wrong with them, by annotation.
pub fn subscriptions(
    config: &Config,
    annotations: &BTreeMap<String, String>,
    labels: &BTreeMap<String, String>,
) -> (Vec<Subscription>, Vec<Violation>) {
    let mut found = Found::default();
    let mut all = Subscribers { config, all: BTreeSet::new() };
    for standing in config.subscriptions.iter().filter(|standing| standing.selector.matches(labels)) {
        let triggers = if standing.triggers.is_empty() { &config.default_triggers } else { &standing.triggers };
        for (service, recipient) in &standing.recipients {
            all.add("subscriptions", triggers, service, recipient, &mut found);
        }
    }
    all.annotations(annotations, &mut found);
    all.bounded(found)
}

/// Who is told by annotations alone, such as a project's, which are about each of its Applications.
pub fn annotated(config: &Config, annotations: &BTreeMap<String, String>) -> (Vec<Subscription>, Vec<Violation>) {
    let mut found = Found::default();
    let mut all = Subscribers { config, all: BTreeSet::new() };
    all.annotations(annotations, &mut found);
    all.bounded(found)
}

/// Subscriptions that something else than an annotation or the ConfigMap asks for: these triggers for each service and recipient.
/// `from` is what it is called where a service is not there.
pub fn asked(
    config: &Config,
    from: &str,
    triggers: &[&str],
    recipients: &[(String, String)],
) -> (Vec<Subscription>, Vec<Violation>) {
    let mut found = Found::default();
    let mut all = Subscribers { config, all: BTreeSet::new() };
    let triggers: Vec<String> = triggers.iter().map(|trigger| (*trigger).to_owned()).collect();
    for (service, recipient) in recipients {
        all.add(from, &triggers, service, recipient, &mut found);
    }
    (all.all.into_iter().collect(), found.violations)
}

struct Subscribers<'c> {
    config: &'c Config,
    all: BTreeSet<Subscription>,
}

impl Subscribers<'_> {
    fn annotations(&mut self, annotations: &BTreeMap<String, String>, found: &mut Found) {
        for (key, value) in annotations {
            match key.strip_prefix(PREFIX) {
                Some("subscriptions") => self.listed(key, value, found),
                Some(rest) => {
                    if let Some(name) = rest.strip_prefix("subscribe.") {
                        self.annotated(key, name, value, found);
                    }
                }
                None => {}
            }
        }
    }

    /// As many as one object may have.
    fn bounded(self, mut found: Found) -> (Vec<Subscription>, Vec<Violation>) {
        if self.all.len() > MOST {
            found.note(PREFIX, format!("there are {} subscriptions; the first {MOST} count", self.all.len()));
        }
        (self.all.into_iter().take(MOST).collect(), found.violations)
    }

    /// `subscribe.TRIGGER.SERVICE` or `subscribe.SERVICE`: the recipients, parted by semicolons.
    fn annotated(&mut self, key: &str, name: &str, value: &str, found: &mut Found) {
        let (triggers, service) = match name.split_once('.') {
            Some((trigger, service)) => (vec![trigger.to_owned()], service),
            None => (self.defaults(name), name),
        };
        if triggers.is_empty() {
            return found
                .wrong(key, "names no trigger, and the ConfigMap has no defaultTriggers; name one here or there");
        }
        let named: Vec<_> = value.split(';').map(str::trim).filter(|recipient| !recipient.is_empty()).collect();
        // A webhook has no recipients: its annotation is empty.
        for recipient in if named.is_empty() { vec![""] } else { named } {
            self.add(key, &triggers, service, recipient, found);
        }
    }

    /// `subscriptions`: a list of triggers and destinations, in YAML.
    fn listed(&mut self, key: &str, value: &str, found: &mut Found) {
        let Some(value) = fields::yaml(key, value, found) else { return };
        let listed = fields::items(key, value, found, |fields| {
            let triggers = fields.texts("trigger");
            let destinations =
                fields.items("destinations", |to| (to.needed("service", "slack"), to.texts("recipients")));
            if destinations.is_empty() {
                fields.wrong("destinations", "is missing; write [{service: slack, recipients: [CHANNEL]}]");
            }
            (triggers, destinations)
        });
        for (triggers, destinations) in listed {
            for (service, recipients) in destinations.into_iter().filter(|(service, _)| !service.is_empty()) {
                let triggers = if triggers.is_empty() { self.defaults(&service) } else { triggers.clone() };
                if triggers.is_empty() {
                    found.wrong(
                        key,
                        "names no trigger, and the ConfigMap has no defaultTriggers; name one here or there",
                    );
                }
                for recipient in if recipients.is_empty() { vec![String::new()] } else { recipients } {
                    self.add(key, &triggers, &service, &recipient, found);
                }
            }
        }
    }

    fn defaults(&self, service: &str) -> Vec<String> {
        self.config.service_triggers.get(service).unwrap_or(&self.config.default_triggers).clone()
    }

    fn add(&mut self, key: &str, triggers: &[String], service: &str, recipient: &str, found: &mut Found) {
        if !self.config.services.contains_key(service) {
            let what = format!("the service {service} is not there, or wrong; see service.{service} of the ConfigMap");
            found.wrong(key, what);
            // One that is wrong for a moment leaves what happens meanwhile owed; one that is not there has nobody to owe it to.
            if !self.config.is_out(service) {
                return;
            }
        }
        // In Slack a channel is the same with the sign and without.
        let recipient = if self.config.is_slack(service) { recipient.trim_start_matches('#') } else { recipient };
        for trigger in triggers {
            if !self.config.triggers.contains_key(trigger) {
                found.wrong(key, format!("the trigger {trigger} is not there; add trigger.{trigger} to the ConfigMap"));
                continue;
            }
            let (trigger, service, recipient) = (trigger.clone(), service.to_owned(), recipient.to_owned());
            self.all.insert(Subscription { trigger, service, recipient });
        }
    }
}

/// Reads the ConfigMap's `subscriptions`.
pub(crate) fn standing(key: &str, value: Value, found: &mut Found) -> Vec<Standing> {
    let before = found.mistakes;
    let read = fields::items(key, value, found, one);
    // One that is wrong harms no other.
    if found.mistakes == before { read } else { read.into_iter().filter(|one| !one.recipients.is_empty()).collect() }
}

fn one(fields: &mut Fields<'_>) -> Standing {
    let recipients = fields.texts("recipients");
    if recipients.is_empty() {
        fields.wrong("recipients", "is missing; write [SERVICE:RECIPIENT]");
    }
    let selector = fields.text("selector").unwrap_or_default();
    let parsed = Selector::parse(&selector);
    let triggers = fields.texts("triggers");
    let split = |text: &String| {
        let (service, recipient) = text.split_once(':').unwrap_or((text, ""));
        (service.to_owned(), recipient.to_owned())
    };
    match parsed {
        Ok(selector) => Standing { selector, recipients: recipients.iter().map(split).collect(), triggers },
        Err(message) => {
            fields.wrong("selector", message);
            Standing::default()
        }
    }
}
