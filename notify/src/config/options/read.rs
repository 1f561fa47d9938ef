//! Reads how each service is reached.

use std::collections::BTreeMap;

use super::{
    Alertmanager, BasicAuth, Credentials, Discord, Email, GoogleChat, Grafana, Opsgenie, PagerDuty, Slack, Teams,
    TeamsWorkflows, Tls, Webhook,
};
use crate::config::fields::Fields;
use crate::hidden::Hidden;

/// Seconds that an Alertmanager has, unless the ConfigMap says otherwise.
const ALERTMANAGER_TIMEOUT: u16 = 3;
/// The longest that it may say.
const LONGEST_TIMEOUT: u16 = 60;
/// The most Alertmanagers.
const MOST_TARGETS: usize = 16;

pub(in crate::config) fn slack(fields: &mut Fields<'_>) -> Slack {
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

pub(in crate::config) fn email(fields: &mut Fields<'_>) -> Email {
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

pub(in crate::config) fn webhook(fields: &mut Fields<'_>) -> Webhook {
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

pub(in crate::config) fn teams(fields: &mut Fields<'_>) -> Teams {
    Teams { recipients: addresses(fields, "recipientUrls") }
}

pub(in crate::config) fn teams_workflows(fields: &mut Fields<'_>) -> TeamsWorkflows {
    TeamsWorkflows { recipients: addresses(fields, "recipientUrls"), insecure: insecure(fields) }
}

pub(in crate::config) fn discord(fields: &mut Fields<'_>) -> Discord {
    Discord { webhooks: addresses(fields, "webhooks"), username: fields.text("username").unwrap_or_default() }
}

pub(in crate::config) fn google_chat(fields: &mut Fields<'_>) -> GoogleChat {
    GoogleChat { webhooks: addresses(fields, "webhooks") }
}

pub(in crate::config) fn pager_duty(fields: &mut Fields<'_>) -> PagerDuty {
    PagerDuty {
        service_keys: keys(fields, "serviceKeys"),
        api_url: address(fields, "apiURL").unwrap_or_else(|| "https://events.pagerduty.com".to_owned()),
    }
}

pub(in crate::config) fn opsgenie(fields: &mut Fields<'_>) -> Opsgenie {
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

pub(in crate::config) fn alertmanager(fields: &mut Fields<'_>) -> Alertmanager {
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

pub(in crate::config) fn grafana(fields: &mut Fields<'_>) -> Grafana {
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
