//! Alertmanager's API v2: <https://prometheus.io/docs/alerting/latest/clients/>.

use std::time::Duration;

use futures::future::join_all;
use http::header;
use serde_json::{Value, json};

use super::http::{Ask, post, with};
use super::webhook::basic;
use super::{Clients, Delivery, Failure, SendError, Sent};
use crate::config::{Alertmanager, Credentials};

/// Sends an alert to each Alertmanager; one that takes it is enough. The same labels twice are one alert.
pub(super) async fn send(
    clients: &Clients,
    alertmanager: &Alertmanager,
    delivery: &Delivery<'_>,
) -> Result<Sent, SendError> {
    let alerts = Value::Array(vec![alert(delivery)?]);
    let authorization = match &alertmanager.credentials {
        Credentials::None => None,
        Credentials::Basic(user) => Some(basic(user)),
        Credentials::Bearer(token) => Some(format!("Bearer {}", token.reveal())),
    };
    let headers: Vec<_> = authorization.iter().map(|value| (header::AUTHORIZATION, value.as_str())).collect();
    let one = async |target: &String| {
        let url = format!("{}://{target}{}", alertmanager.scheme, alertmanager.api_path);
        let whom = format!("the Alertmanager {target}");
        let patience = Duration::from_secs(alertmanager.timeout.into());
        let ask = Ask { patience, ..Ask::of(&whom, clients.http(alertmanager.insecure)) };
        ask.answer(post(&url, &headers, &alerts)).await
    };
    let answers = join_all(alertmanager.targets.iter().map(one)).await;
    let taken = answers.iter().any(Result::is_ok);
    // One that may take it later decides over those that never will, or not with these credentials.
    let hopeless = |error: &SendError| (error.kind == Failure::Permanent, error.kind == Failure::Refused);
    match answers.into_iter().filter_map(Result::err).min_by_key(hopeless) {
        Some(error) if !taken => Err(error),
        _ => Ok(Sent { receipt: None }),
    }
}

fn alert(delivery: &Delivery<'_>) -> Result<Value, SendError> {
    let Some(text) = &delivery.notice.alertmanager else {
        return Err(SendError::template("the template gives no alert; give it alertmanager.labels"));
    };
    let alert = json!({
        "labels": text.labels,
        "annotations": text.annotations,
        "startsAt": delivery.at.to_string(),
    });
    Ok(with(alert, "generatorURL", over_http(text.generator_url.trim())))
}

/// A repository as a browser finds it: `git@host:org/repo` is at `https://host/org/repo`.
fn over_http(url: &str) -> String {
    match url.strip_prefix("git@") {
        Some(rest) => format!("https://{}", rest.replacen(':', "/", 1)),
        None => url.to_owned(),
    }
}
