//! How each service is reached, as `service.TYPE` of the ConfigMap says it.

pub(super) mod read;

use std::collections::BTreeMap;

use crate::hidden::Hidden;

/// A workspace of Slack, by a bot's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slack {
    /// `xoxb-…`.
    pub token: Hidden,
    /// Who writes, where the template does not say.
    pub username: String,
    /// `:emoji:` or an address, where the template does not say.
    pub icon: String,
    /// Where its API is, with a slash at its end.
    pub api_url: String,
    /// Links are not shown as previews.
    pub disable_unfurl: bool,
    /// Any certificate is taken.
    pub insecure: bool,
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who sends, `NAME <ADDRESS>` or an address.
    pub from: String,
    /// Who logs in; nobody where it is left out.
    pub login: Option<(String, Hidden)>,
    /// Bodies are HTML.
    pub html: bool,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Any certificate is taken.
    pub insecure: bool,
}

/// How a connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// From its beginning on port 465; elsewhere by STARTTLS, which is required where a password is sent, and else taken
    /// where it is offered.
    #[default]
    Auto,
    /// By STARTTLS, or not at all.
    StartTls,
    /// From its beginning.
    Always,
    /// Never.
    Never,
}

/// Any server that takes requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Where.
    pub url: Hidden,
    /// Sent with each request.
    pub headers: Vec<(String, Hidden)>,
    /// Who asks.
    pub basic_auth: Option<BasicAuth>,
    /// Any certificate is taken.
    pub insecure: bool,
}

/// A user and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicAuth {
    /// The user.
    pub username: String,
    /// The password.
    pub password: Hidden,
}

/// Channels of Microsoft Teams, by the addresses of their connectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teams {
    /// By the name that subscriptions use.
    pub recipients: BTreeMap<String, Hidden>,
}

/// Channels of Microsoft Teams, by the addresses of workflows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamsWorkflows {
    /// By the name that subscriptions use.
    pub recipients: BTreeMap<String, Hidden>,
    /// Any certificate is taken.
    pub insecure: bool,
}

/// Channels of Discord, by the addresses of their webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discord {
    /// By the name that subscriptions use.
    pub webhooks: BTreeMap<String, Hidden>,
    /// Who writes; the webhook's own name where it is left out.
    pub username: String,
}

/// Spaces of Google Chat, by the addresses of their webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoogleChat {
    /// By the name that subscriptions use.
    pub webhooks: BTreeMap<String, Hidden>,
}

/// Services of PagerDuty, by their integration keys of the Events API v2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagerDuty {
    /// By the name that subscriptions use.
    pub service_keys: BTreeMap<String, Hidden>,
    /// Where the API is, without a slash at its end.
    pub api_url: String,
}

/// Teams of Opsgenie, by the keys of their API integrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opsgenie {
    /// Where its API is, without a slash at its end.
    pub api_url: String,
    /// By the team, which subscriptions name.
    pub api_keys: BTreeMap<String, Hidden>,
}

/// A cluster of Alertmanagers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alertmanager {
    /// `HOST:PORT` of each; one that takes the alert is enough, as they tell each other.
    pub targets: Vec<String>,
    /// `http` or `https`.
    pub scheme: String,
    /// Where alerts are taken.
    pub api_path: String,
    /// Who asks.
    pub credentials: Credentials,
    /// Any certificate is taken.
    pub insecure: bool,
    /// Seconds that each of them has for an answer.
    pub timeout: u16,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody.
    #[default]
    None,
    /// A user.
    Basic(BasicAuth),
    /// Who has this token.
    Bearer(Hidden),
}

/// The annotations of a Grafana.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grafana {
    /// Where its API is (`https://HOST/api`), without a slash at its end.
    pub api_url: String,
    /// Token of a service account.
    pub api_key: Hidden,
    /// Any certificate is taken.
    pub insecure: bool,
}
