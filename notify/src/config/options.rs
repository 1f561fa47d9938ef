//! How each service is reached, as `service.TYPE` of the ConfigMap says it.

use std::collections::BTreeMap;

use super::fields::Fields;
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

/// Seconds that an Alertmanager has, unless the ConfigMap says otherwise.
const ALERTMANAGER_TIMEOUT: u16 = 3;
/// The longest that it may say.
const LONGEST_TIMEOUT: u16 = 60;
/// The most Alertmanagers.
const MOST_TARGETS: usize = 16;

pub(super) fn slack(fields: &mut Fields<'_>) -> Slack {
    fields.without_effect(&["signingSecret", "channels"], "Sluice sends, and has no bot that answers");
    let icon = fields.text("icon").unwrap_or_default();
    if !(icon.is_empty() || is_emoji(&icon) || is_address(&icon)) {
        fields.wrong("icon", "must be an emoji such as :rocket:, or an address that begins with https://");
    }
    Slack {
        token: fields.needed("token", "$slack-token").into(),
        username: fields.text("username").unwrap_or_default(),
        icon,
        api_url: address(fields, "apiURL").unwrap_or_else(|| "https://slack.com/api".to_owned()) + "/",
        disable_unfurl: fields.flag("disableUnfurl"),
        insecure: insecure(fields),
    }
}

pub(super) fn email(fields: &mut Fields<'_>) -> Email {
    let words = [("auto", Tls::Auto), ("starttls", Tls::StartTls), ("always", Tls::Always), ("never", Tls::Never)];
    let (username, password) = (fields.text("username"), fields.text("password"));
    if username.is_some() != password.is_some() {
        fields.wrong("username", "needs a password, and a password a username; give both or neither");
    }
    let tls = fields.word("tls", &words);
    if tls == Tls::Never && password.is_some() {
        fields.wrong("tls", "is never, and the password would be sent in the clear; use starttls or always");
    }
    let from = fields.needed("from", "sluice@example.com");
    if !from.is_empty() && from.parse::<lettre::message::Mailbox>().is_err() {
        fields.wrong("from", "must be an address, such as sluice@example.com or Sluice <sluice@example.com>");
    }
    Email {
        host: fields.needed("host", "smtp.example.com"),
        port: fields.number("port", u16::MAX).unwrap_or(587),
        from,
        login: username.zip(password.map(Hidden::from)),
        html: fields.flag("html"),
        tls,
        insecure: fields.flag("insecure_skip_verify"),
    }
}

pub(super) fn webhook(fields: &mut Fields<'_>) -> Webhook {
    fields.without_effect(
        &["retryWaitMin", "retryWaitMax", "retryMax"],
        "Sluice tries again by itself, for all services",
    );
    let url = needed_address(fields, "url", "https://example.com/hook");
    let headers = fields.items("headers", |header| {
        let (name, value) = (header.needed("name", "Authorization"), header.text("value").unwrap_or_default());
        if http::HeaderName::try_from(&name).is_err() || http::HeaderValue::try_from(&value).is_err() {
            header.wrong("name", "is no header that can be sent; correct the name, or take line ends out of the value");
        }
        (name, value.into())
    });
    Webhook { url, headers, basic_auth: basic_auth(fields), insecure: insecure(fields) }
}

pub(super) fn teams(fields: &mut Fields<'_>) -> Teams {
    Teams { recipients: addresses(fields, "recipientUrls") }
}

pub(super) fn teams_workflows(fields: &mut Fields<'_>) -> TeamsWorkflows {
    TeamsWorkflows { recipients: addresses(fields, "recipientUrls"), insecure: insecure(fields) }
}

pub(super) fn discord(fields: &mut Fields<'_>) -> Discord {
    Discord { webhooks: addresses(fields, "webhooks"), username: fields.text("username").unwrap_or_default() }
}

pub(super) fn google_chat(fields: &mut Fields<'_>) -> GoogleChat {
    GoogleChat { webhooks: addresses(fields, "webhooks") }
}

pub(super) fn pager_duty(fields: &mut Fields<'_>) -> PagerDuty {
    PagerDuty {
        service_keys: keys(fields, "serviceKeys"),
        api_url: address(fields, "apiURL").unwrap_or_else(|| "https://events.pagerduty.com".to_owned()),
    }
}

pub(super) fn opsgenie(fields: &mut Fields<'_>) -> Opsgenie {
    let api_url = match fields.text("apiUrl") {
        // The established controllers take it without a scheme.
        Some(host) if !host.contains("://") => format!("https://{}", host.trim_end_matches('/')),
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => "https://api.opsgenie.com".to_owned(),
    };
    if !is_address(&api_url) {
        fields.wrong("apiUrl", "must be api.opsgenie.com, api.eu.opsgenie.com or an address");
    }
    Opsgenie { api_url, api_keys: keys(fields, "apiKeys") }
}

pub(super) fn alertmanager(fields: &mut Fields<'_>) -> Alertmanager {
    let targets = fields.texts("targets");
    if targets.is_empty() || targets.len() > MOST_TARGETS {
        fields.wrong("targets", format!("needs 1 to {MOST_TARGETS} addresses, such as alertmanager.monitoring:9093"));
    }
    let scheme = fields.text("scheme").unwrap_or_else(|| "http".to_owned());
    if !["http", "https"].contains(&scheme.as_str()) {
        fields.wrong("scheme", "must be http or https");
    }
    let (basic, bearer) = (basic_auth(fields), fields.text("bearerToken"));
    Alertmanager {
        targets,
        scheme,
        api_path: fields.text("apiPath").unwrap_or_else(|| "/api/v2/alerts".to_owned()),
        credentials: match (basic, bearer) {
            (Some(user), _) => Credentials::Basic(user),
            (None, Some(token)) => Credentials::Bearer(token.into()),
            (None, None) => Credentials::None,
        },
        insecure: insecure(fields),
        timeout: fields.number("timeout", LONGEST_TIMEOUT).unwrap_or(ALERTMANAGER_TIMEOUT),
    }
}

pub(super) fn grafana(fields: &mut Fields<'_>) -> Grafana {
    let api_url = address(fields, "apiUrl");
    if api_url.is_none() {
        fields.wrong("apiUrl", "is missing; give it a value, such as https://grafana.example.com/api");
    }
    Grafana {
        api_url: api_url.unwrap_or_default(),
        api_key: fields.needed("apiKey", "$grafana-api-key").into(),
        insecure: insecure(fields),
    }
}

fn basic_auth(fields: &mut Fields<'_>) -> Option<BasicAuth> {
    fields.inner("basicAuth", |fields| BasicAuth {
        username: fields.needed("username", "sluice"),
        password: fields.text("password").unwrap_or_default().into(),
    })
}

fn insecure(fields: &mut Fields<'_>) -> bool {
    let tuned = ["maxIdleConns", "maxIdleConnsPerHost", "maxConnsPerHost", "idleConnTimeout"];
    fields.without_effect(&tuned, "Sluice keeps few connections, and closes them by itself");
    fields.flag("insecureSkipVerify")
}

fn addresses(fields: &mut Fields<'_>, name: &str) -> BTreeMap<String, Hidden> {
    let all = named(fields, name, "an address");
    for recipient in all.iter().filter(|(_, url)| !is_address(url)).map(|(recipient, _)| recipient) {
        fields.wrong(&format!("{name}.{recipient}"), "must be an address that begins with https://");
    }
    all.into_iter().map(|(recipient, url)| (recipient, url.into())).collect()
}

fn keys(fields: &mut Fields<'_>, name: &str) -> BTreeMap<String, Hidden> {
    named(fields, name, "a key").into_iter().map(|(recipient, key)| (recipient, key.into())).collect()
}

fn named(fields: &mut Fields<'_>, name: &str, what: &str) -> BTreeMap<String, String> {
    let before = fields.mistakes();
    let all = fields.map(name);
    if all.is_empty() && fields.mistakes() == before {
        fields.wrong(name, format!("is missing; give each recipient {what}, such as RECIPIENT: $KEY-OF-THE-SECRET"));
    }
    all
}

fn needed_address(fields: &mut Fields<'_>, name: &str, example: &str) -> Hidden {
    let url = fields.needed(name, example);
    if !url.is_empty() && !is_address(&url) {
        fields.wrong(name, format!("must be an address, such as {example}"));
    }
    url.into()
}

/// An address without the slash at its end.
fn address(fields: &mut Fields<'_>, name: &str) -> Option<String> {
    let url = fields.text(name)?;
    if !is_address(&url) {
        fields.wrong(name, "must be an address that begins with https:// or http://");
    }
    Some(url.trim_end_matches('/').to_owned())
}

/// Whether a client can ask there.
pub(crate) fn is_address(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Whether it is an emoji of Slack, such as `:rocket:`.
pub(crate) fn is_emoji(icon: &str) -> bool {
    icon.len() > 2 && icon.starts_with(':') && icon.ends_with(':')
}
