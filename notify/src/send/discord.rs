//! Discord, by the webhooks of its channels: <https://discord.com/developers/docs/resources/webhook#execute-webhook>.

use reqwest::Url;
use serde_json::json;

use super::http::{Ask, json_list, post, text_at, with};
use super::teams::unknown;
use super::{Clients, Delivery, Receipt, SendError, Sent};
use crate::config::Discord;
use crate::text::{cut, first};

/// The most letters of a message.
const LONGEST: usize = 2000;

/// Posts a message, and waits for Discord to have it.
pub(super) async fn send(clients: &Clients, discord: &Discord, delivery: &Delivery<'_>) -> Result<Sent, SendError> {
    let Some(url) = discord.webhooks.get(delivery.recipient) else {
        return Err(SendError::permanent(unknown("discord", delivery.recipient)));
    };
    let text = delivery.notice.discord.clone().unwrap_or_default();
    let embeds = json_list("discord.embeds", &text.embeds)?;
    // An embed says it all; without one the message does.
    let message = if embeds.is_empty() { delivery.notice.message.as_str() } else { "" };
    let body = json!({
        "content": cut(first(&[&text.content, message]), LONGEST),
        "embeds": embeds,
        // What a commit's title or a metric's name says must not call everyone.
        "allowed_mentions": {"parse": []},
    });
    let body = with(body, "username", discord.username.as_str());
    // Without it Discord answers before the message is there, and says no identifier.
    let url = Url::parse_with_params(url.reveal(), [("wait", "true")]).map(String::from).unwrap_or_default();
    let answer = Ask::of("Discord", clients.http(false)).answer(post(&url, &[], &body)).await;
    let answer = answer?.json();
    let place = text_at(&answer, "/channel_id").unwrap_or_default();
    Ok(Sent { receipt: text_at(&answer, "/id").map(|id| Receipt { place, id }) })
}
