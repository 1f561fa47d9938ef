//! What the ConfigMap and the Secret of the notifications say.
//!
//! The keys are those of the established controllers: `service.TYPE[.NAME]`, `template.NAME`, `trigger.NAME`,
//! `defaultTriggers[.SERVICE]`, `subscriptions` and `context`. Each key is read by itself: one that is wrong is left out, told
//! with what to do, and harms no other.

pub(crate) mod fields;
mod options;
mod reference;
mod service;
mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use sluice_analysis::secrets::Secrets;
use sluice_crds::Violation;

use fields::Found;

use crate::subscribe::{self, Standing};
use crate::trigger::{Firing, Trigger};
use crate::{builtin, trigger};
pub(crate) use options::read::{is_address, is_emoji};
pub use options::{
    Alertmanager, BasicAuth, Credentials, Discord, Email, GoogleChat, Grafana, Opsgenie, PagerDuty, Slack, Teams,
    TeamsWorkflows, Tls, Webhook,
};
pub use service::{Kind, Service};
pub use template::{
    AlertmanagerText, DeliveryPolicy, DiscordText, EmailText, GoogleChatText, GrafanaText, Notice, OpsgenieText,
    OpsgenieTexts, PagerDutyText, Responder, SlackText, SlackTexts, TeamsText, TeamsWorkflowsText, Template,
    WebhookText,
};

/// Whose notifications they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Of Rollouts: ConfigMap `argo-rollouts-notification-configmap`.
    Rollout,
    /// Of Applications: ConfigMap `argocd-notifications-cm`.
    Application,
}

impl Subject {
    /// The names that the condition of a trigger may use.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Rollout => &["rollout", "analysisRuns", "context"],
            Self::Application => &["app", "context"],
        }
    }

    /// The ConfigMap's established name.
    pub fn config_map(self) -> &'static str {
        match self {
            Self::Rollout => "argo-rollouts-notification-configmap",
            Self::Application => "argocd-notifications-cm",
        }
    }

    /// The Secret's established name.
    pub fn secret(self) -> &'static str {
        match self {
            Self::Rollout => "argo-rollouts-notification-secret",
            Self::Application => "argocd-notifications-secret",
        }
    }
}

/// All that is configured, and can be used.
#[derive(Clone, Default)]
pub struct Config {
    /// By the name that subscriptions use.
    pub services: BTreeMap<String, Service>,
    /// Services whose key is there and wrong, with their types: what is for them waits until somebody corrects it.
    out: BTreeMap<String, String>,
    /// Whether no mistake was found.
    pub is_whole: bool,
    /// By name; those that are built in too.
    pub templates: BTreeMap<String, Template>,
    /// By name; those that are built in too.
    pub triggers: BTreeMap<String, Trigger>,
    /// Of subscriptions that name no trigger.
    pub default_triggers: Vec<String>,
    /// The same, by service; instead of `default_triggers`.
    pub service_triggers: BTreeMap<String, Vec<String>>,
    /// For all objects, or those with certain labels.
    pub subscriptions: Vec<Standing>,
    /// What templates find as `context`.
    pub context: BTreeMap<String, String>,
    /// What templates find as `secrets`.
    secret: BTreeMap<String, String>,
}

impl Config {
    /// Reads the data of a ConfigMap and of a Secret: what can be used of it, and all that is wrong with it, by key.
    pub fn read(
        subject: Subject,
        data: &BTreeMap<String, String>,
        secret: &BTreeMap<String, Vec<u8>>,
    ) -> (Self, Vec<Violation>) {
        let mut found = Found::default();
        let mut config = builtin::config(subject);
        config.secret = texts(secret, &mut found);
        if config.secret.contains_key(SLACK_TOKEN) && !data.contains_key("service.slack") {
            config.key(subject, "service.slack", &format!("token: ${SLACK_TOKEN}"), &mut found);
        }
        for (key, text) in data {
            config.key(subject, key, text, &mut found);
        }
        config.tell_missing_templates(data, &mut found);
        if config.services.is_empty() && config.out.is_empty() {
            // Slack needs no key but that of the Secret, which is not there now.
            config.out.insert(SLACK.to_owned(), SLACK.to_owned());
        }
        config.is_whole = found.mistakes == 0;
        (config, found.violations)
    }

    fn key(&mut self, subject: Subject, key: &str, text: &str, found: &mut Found) {
        let (area, name) = key.split_once('.').unwrap_or((key, ""));
        let known = ["service", "template", "trigger"].contains(&area) && !name.is_empty()
            || area == "defaultTriggers"
            || ["subscriptions", "context"].contains(&key);
        if !known {
            let keys = "service.TYPE, template.NAME, trigger.NAME, defaultTriggers, subscriptions and context";
            return found.wrong(key, format!("is no key that is known here; there are {keys}"));
        }
        if let Some((kind, name)) = service::named(name).filter(|_| area == "service") {
            self.out.insert(name.to_owned(), kind.to_owned());
        }
        let Some(value) = fields::yaml(key, text, found) else { return };
        match area {
            "service" => {
                if let Some((name, service)) = service::read(key, name, value, &self.secret, found) {
                    self.out.remove(&name);
                    self.services.insert(name, service);
                }
            }
            "template" => template::read::template(key, value, found)
                .into_iter()
                .for_each(|template| drop(self.templates.insert(name.to_owned(), template))),
            "trigger" => trigger::read(subject, key, value, found)
                .into_iter()
                .for_each(|trigger| drop(self.triggers.insert(name.to_owned(), trigger))),
            "defaultTriggers" if name.is_empty() => self.default_triggers = fields::texts(key, value, found),
            "defaultTriggers" => drop(self.service_triggers.insert(name.to_owned(), fields::texts(key, value, found))),
            "subscriptions" => self.subscriptions = subscribe::standing(key, value, found),
            _ => self.context = context(value, found),
        }
    }

    /// Whether that service is to be there, and cannot be used as it is configured now.
    pub fn is_out(&self, service: &str) -> bool {
        self.out.contains_key(service)
    }

    /// Whether that service is Slack, usable or not.
    pub fn is_slack(&self, service: &str) -> bool {
        self.services.get(service).is_some_and(Service::is_slack)
            || self.out.get(service).is_some_and(|kind| kind == SLACK)
    }

    /// What a trigger sends for an object, and why conditions could not be judged.
    ///
    /// `variables` has an entry for each name of [`Subject::names`] but `context`, which is added; what is missing is nil. `now` is
    /// what `time.Now()` says. A condition that cannot be judged does not hold, and spoils no other. One without `when` always
    /// holds: it is left to the event that the trigger is named after.
    pub fn fire(&self, trigger: &str, variables: &Map<String, Value>, now: Timestamp) -> (Vec<Firing>, Vec<String>) {
        let Some(known) = self.triggers.get(trigger) else {
            return (
                Vec::new(),
                vec![format!("there is no trigger {trigger}; add trigger.{trigger} to the ConfigMap")],
            );
        };
        let context = ("context".to_owned(), serde_json::json!(self.context));
        known.fire(&variables.clone().into_iter().chain([context]).collect(), now)
    }

    /// Names triggers that send what is not there; they stay, and send what is.
    fn tell_missing_templates(&self, data: &BTreeMap<String, String>, found: &mut Found) {
        for (name, trigger) in &self.triggers {
            let key = format!("trigger.{name}");
            let lacking = trigger.templates().filter(|template| !self.templates.contains_key(*template));
            for template in lacking.filter(|_| data.contains_key(&key)) {
                found.wrong(&key, format!("sends {template}, which is no template; add template.{template}"));
            }
        }
    }

    /// What templates find as `secrets`.
    pub(crate) fn secret(&self) -> &BTreeMap<String, String> {
        &self.secret
    }

    /// All values of the Secret, to be taken out of what is said.
    pub(crate) fn secrets(&self) -> Secrets {
        hidden(&self.secret)
    }
}

/// Values of a Secret, to be taken out of what is said.
fn hidden(secret: &BTreeMap<String, String>) -> Secrets {
    let mut secrets = Secrets::default();
    secret.values().filter(|value| value.len() >= SHORTEST).for_each(|value| secrets.add(value));
    secrets
}

/// The type of Slack, and what it is called where nobody says.
const SLACK: &str = "slack";

/// The Secret's established key of Slack's token: with it alone, Slack is there.
const SLACK_TOKEN: &str = "slack-token";

/// What is shorter is a port, a flag or a user, and would be found in any text.
const SHORTEST: usize = 6;

/// The Secret's values without the line's end that editors leave there: no token and no address has one.
fn texts(secret: &BTreeMap<String, Vec<u8>>, found: &mut Found) -> BTreeMap<String, String> {
    let text = |(key, bytes): (&String, &Vec<u8>)| {
        let text = std::str::from_utf8(bytes).ok().map(|text| text.trim_end_matches(['\n', '\r']).to_owned());
        if text.is_none() {
            found.wrong(format!("the Secret's {key}"), "is no text in UTF-8; correct it or remove it");
        }
        text.map(|text| (key.clone(), text))
    };
    secret.iter().filter_map(text).collect()
}

fn context(value: Value, found: &mut Found) -> BTreeMap<String, String> {
    fields::whole("context", value, found, |fields| {
        let names = fields.names();
        names.into_iter().filter_map(|name| fields.text(&name).map(|text| (name, text))).collect()
    })
}
