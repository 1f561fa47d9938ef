//! Any server that takes requests.

use bytes::Bytes;
use http::{Method, Request, header};

use super::http::Ask;
use super::{Clients, Delivery, SendError, Sent};
use crate::config::{BasicAuth, Webhook};

/// A header by which servers may know that they had a notice already.
/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Sends the request that the template says; without one, the message, as the established controllers do: by GET.
pub(super) async fn send(
    clients: &Clients,
    name: &str,
    webhook: &Webhook,
    delivery: &Delivery<'_>,
) -> Result<Sent, SendError> {
    let own = delivery.notice.webhook.get(name);
    let (method, path) = own.map_or(("", ""), |text| (&text.method, &text.path));
    let body = own.map_or(&delivery.notice.message, |text| &text.body);
    let method = if method.is_empty() { Ok(Method::GET) } else { Method::try_from(method) };
    let Ok(method) = method else {
        return Err(SendError::template(format!("webhook.{name}.method of the template is no method of HTTP")));
    };
    let mut request = Request::builder().method(method).uri(address(webhook.url.reveal(), path));
    for (name, value) in &webhook.headers {
        request = request.header(name, value.reveal());
    }
    let keyed = webhook.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(IDEMPOTENCY_KEY));
    if !keyed {
        request = request.header(IDEMPOTENCY_KEY, delivery.id.as_str());
    }
    if let Some(user) = &webhook.basic_auth {
        request = request.header(header::AUTHORIZATION, basic(user));
    }
    let whom = format!("the webhook {name}");
    let request = request.body(Bytes::from(body.clone()));
    Ask::of(&whom, clients.http(webhook.insecure)).answer(request).await?;
    Ok(Sent { receipt: None })
}

fn address(url: &str, path: &str) -> String {
    if path.is_empty() {
        return url.to_owned();
    }
    format!("{}/{}", url.trim_end_matches('/'), path.trim().trim_start_matches('/'))
}

/// The header of basic authentication.
pub(super) fn basic(user: &BasicAuth) -> String {
    format!(
        "Basic {}",
        sluice_analysis::encode::base64(format!("{}:{}", user.username, user.password.reveal()).as_bytes())
    )
}
