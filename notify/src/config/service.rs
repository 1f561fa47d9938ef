//! Which service a key configures.

use std::collections::BTreeMap;

use serde_json::Value;
use sluice_analysis::secrets::Secrets;

use super::fields::{self, Fields, Found};
use super::options::{
    self, Alertmanager, BasicAuth, Credentials, Discord, Email, GoogleChat, Grafana, Opsgenie, PagerDuty, Slack, Teams,
    TeamsWorkflows, Webhook,
};
use super::{SHORTEST, hidden, reference};
use crate::hidden::Hidden;

/// A service that can be used.
#[derive(Clone)]
pub struct Service {
    /// What it is called in subscriptions, and in the templates of webhooks.
    pub name: String,
    /// What it is, and how it is reached.
    pub kind: Kind,
    /// What nobody may see of its answers.
    pub(crate) secrets: Secrets,
}

impl Service {
    /// Whether it is Slack, where a release has a thread.
    pub fn is_slack(&self) -> bool {
        matches!(self.kind, Kind::Slack(_))
    }
}

/// What a service is, and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `service.slack`.
    Slack(Slack),
    /// `service.email`.
    Email(Email),
    /// `service.webhook.NAME`.
    Webhook(Webhook),
    /// `service.teams`.
    Teams(Teams),
    /// `service.teams-workflows`.
    TeamsWorkflows(TeamsWorkflows),
    /// `service.discord`.
    Discord(Discord),
    /// `service.googlechat`.
    GoogleChat(GoogleChat),
    /// `service.pagerdutyv2`.
    PagerDuty(PagerDuty),
    /// `service.opsgenie`.
    Opsgenie(Opsgenie),
    /// `service.alertmanager`.
    Alertmanager(Alertmanager),
    /// `service.grafana`.
    Grafana(Grafana),
}

/// Reads the fields of a kind.
type Read = fn(&mut Fields<'_>) -> Kind;

/// All kinds, by the name in the key.
const KINDS: [(&str, Read); 11] = [
    ("slack", |fields| Kind::Slack(options::read::slack(fields))),
    ("email", |fields| Kind::Email(options::read::email(fields))),
    ("webhook", |fields| Kind::Webhook(options::read::webhook(fields))),
    ("teams", |fields| Kind::Teams(options::read::teams(fields))),
    ("teams-workflows", |fields| Kind::TeamsWorkflows(options::read::teams_workflows(fields))),
    ("discord", |fields| Kind::Discord(options::read::discord(fields))),
    ("googlechat", |fields| Kind::GoogleChat(options::read::google_chat(fields))),
    ("pagerdutyv2", |fields| Kind::PagerDuty(options::read::pager_duty(fields))),
    ("opsgenie", |fields| Kind::Opsgenie(options::read::opsgenie(fields))),
    ("alertmanager", |fields| Kind::Alertmanager(options::read::alertmanager(fields))),
    ("grafana", |fields| Kind::Grafana(options::read::grafana(fields))),
];

/// Services that the established controllers have and Sluice does not.
pub(super) const FOREIGN: [&str; 16] = [
    "awssqs",
    "console",
    "datadog",
    "gcppubsub",
    "github",
    "gitlab",
    "kafka",
    "matrix",
    "mattermost",
    "nats",
    "newrelic",
    "pagerduty",
    "pushover",
    "rocketchat",
    "telegram",
    "webex",
];

/// What to do instead of using one of them.
pub(super) fn instead_of(foreign: &str) -> &'static str {
    match foreign {
        "pagerduty" => "Sluice has pagerdutyv2, which needs no user; use that",
        _ => "Sluice has no such service; send to its API by webhook",
    }
}

/// The type of a service, and what it is called, by what follows `service.` in its key. `None` where there is no such type.
pub(super) fn named(rest: &str) -> Option<(&str, &str)> {
    let (kind, name) = rest.split_once('.').unwrap_or((rest, rest));
    KINDS.iter().any(|(known, _)| *known == kind).then_some((kind, name))
}

/// Reads `service.TYPE[.NAME]`: what it is called, and the service.
pub(super) fn read(
    key: &str,
    rest: &str,
    mut value: Value,
    secret: &BTreeMap<String, String>,
    found: &mut Found,
) -> Option<(String, Service)> {
    let (kind, name) = rest.split_once('.').unwrap_or((rest, rest));
    let Some((_, read)) = KINDS.iter().find(|(known, _)| *known == kind) else {
        found.wrong(key, unknown(kind));
        return None;
    };
    if name.is_empty() || name.contains('.') {
        found.wrong(key, "must be service.TYPE or service.TYPE.NAME, without further points");
        return None;
    }
    let before = found.mistakes;
    let mut missing = Vec::new();
    reference::resolve(&mut value, secret, &mut missing);
    for name in missing {
        found.wrong(key, format!("refers to ${name}, which the Secret does not have; add it there"));
    }
    let kind = fields::whole(key, value, found, read);
    let mut secrets = hidden(secret);
    kind.credentials().into_iter().for_each(|credential| hide(credential.reveal(), &mut secrets));
    (found.mistakes == before).then(|| (name.to_owned(), Service { name: name.to_owned(), kind, secrets }))
}

/// A segment of a path of that length is no word: it is a token.
const TOKEN: usize = 16;

/// Notes a credential. What follows the host in an address that works as one works as one too, and servers repeat just that.
fn hide(credential: &str, secrets: &mut Secrets) {
    secrets.add(credential);
    let Some(address) = credential.parse::<http::Uri>().ok().filter(|address| address.scheme().is_some()) else {
        return;
    };
    let (path, query) = (address.path().trim_matches('/'), address.query().unwrap_or_default());
    let values = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
    let whole = [path, query].into_iter().chain(values).filter(|part| part.len() >= SHORTEST);
    whole.chain(path.split('/').filter(|part| part.len() >= TOKEN)).for_each(|part| secrets.add(part));
}

fn unknown(kind: &str) -> String {
    if FOREIGN.contains(&kind) {
        return instead_of(kind).to_owned();
    }
    let known: Vec<_> = KINDS.iter().map(|(kind, _)| *kind).collect();
    format!("is no service that is known here; there are {}", known.join(", "))
}

/// Headers that hold no credentials.
const OPEN: [&str; 3] = ["content-type", "accept", "user-agent"];

impl Kind {
    /// All that nobody may see of it.
    fn credentials(&self) -> Vec<&Hidden> {
        match self {
            Self::Slack(slack) => vec![&slack.token],
            Self::Email(email) => email.login.iter().map(|(_, password)| password).collect(),
            Self::Webhook(Webhook { url, headers, basic_auth, .. }) => {
                let closed = |(name, _): &&(String, Hidden)| !OPEN.contains(&name.to_ascii_lowercase().as_str());
                let headers = headers.iter().filter(closed).map(|(_, value)| value);
                headers.chain([url]).chain(basic_auth.iter().map(|user| &user.password)).collect()
            }
            Self::Teams(Teams { recipients }) | Self::TeamsWorkflows(TeamsWorkflows { recipients, .. }) => {
                recipients.values().collect()
            }
            Self::Discord(Discord { webhooks, .. }) | Self::GoogleChat(GoogleChat { webhooks }) => {
                webhooks.values().collect()
            }
            Self::PagerDuty(pager_duty) => pager_duty.service_keys.values().collect(),
            Self::Opsgenie(opsgenie) => opsgenie.api_keys.values().collect(),
            Self::Alertmanager(alertmanager) => match &alertmanager.credentials {
                Credentials::None => Vec::new(),
                Credentials::Basic(BasicAuth { password: hidden, .. }) | Credentials::Bearer(hidden) => vec![hidden],
            },
            Self::Grafana(grafana) => vec![&grafana.api_key],
        }
    }
}
