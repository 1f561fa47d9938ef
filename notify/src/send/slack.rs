//! Slack's Web API: posts, edits, and finds again what was posted.
//!
//! Each message carries its notice's [`Id`] as metadata, so that a process that died between a post and writing it down can
//! look whether it was posted. <https://docs.slack.dev/reference/methods/chat.postMessage>

mod error;
mod find;

use http::header;
use serde_json::{Value, json};

use super::http::{Ask, json_list, post as request};
use super::{Clients, Delivery, Failure, Receipt, SendError, Sent};
use crate::Id;
use crate::config::{DeliveryPolicy, Notice, Slack, is_address, is_emoji};
use crate::slack::Message;
use crate::text::cut;
pub use find::find;

/// What the metadata of our messages is called.
const EVENT: &str = "sluice_notice";
/// The most letters of a message's text; Slack cuts what is longer.
const LONGEST: usize = 39_000;

/// Posts a message, into a thread where one is named: what [`post`] gave for its top message.
///
/// Gives the channel's identifier, which edits need, and the message's `ts`.
pub async fn post(
    clients: &Clients,
    slack: &Slack,
    channel: &str,
    thread: Option<&Receipt>,
    message: &Message,
    id: &Id,
) -> Result<Receipt, SendError> {
    let mut body = body(message, id);
    body["channel"] = thread.map_or(channel, |top| &top.place).into();
    body["username"] = first(&message.username, &slack.username);
    let icon = if message.icon.is_empty() { &slack.icon } else { &message.icon };
    body[if is_emoji(icon) { "icon_emoji" } else { "icon_url" }] = some(icon);
    if slack.disable_unfurl {
        body["unfurl_links"] = false.into();
        body["unfurl_media"] = false.into();
    }
    if let Some(top) = thread {
        body["thread_ts"] = top.id.as_str().into();
        body["reply_broadcast"] = message.broadcast.into();
    }
    let answer = call(clients, slack, "chat.postMessage", &without_nulls(body)).await?;
    match (answer["channel"].as_str(), answer["ts"].as_str()) {
        (Some(channel), Some(ts)) => Ok(Receipt { place: channel.to_owned(), id: ts.to_owned() }),
        // It was posted: to post it again would be worse than not to know where it is.
        _ => Err(SendError::permanent("Slack took the message without saying where it is (no channel, no ts)")),
    }
}

/// Puts a message in the place of one that was posted. [`Failure::Gone`] if that is not there any more.
pub async fn update(
    clients: &Clients,
    slack: &Slack,
    posted: &Receipt,
    message: &Message,
    id: &Id,
) -> Result<(), SendError> {
    let mut body = body(message, id);
    body["channel"] = posted.place.as_str().into();
    body["ts"] = posted.id.as_str().into();
    call(clients, slack, "chat.update", &without_nulls(body)).await.map(drop)
}

fn body(message: &Message, id: &Id) -> Value {
    json!({
        "text": cut(&message.text, LONGEST),
        // Empty lists too: an edit without them would leave those that were.
        "blocks": message.blocks,
        "attachments": message.attachments,
        "metadata": {"event_type": EVENT, "event_payload": {"id": id.as_str()}},
    })
}

fn some(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

fn first(text: &str, other: &str) -> Value {
    some(crate::text::first(&[text, other]))
}

fn without_nulls(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    body
}

/// Sends a notice of a template, as its grouping key and its policy say.
pub(super) async fn send(clients: &Clients, slack: &Slack, delivery: &Delivery<'_>) -> Result<Sent, SendError> {
    let message = message(delivery.notice)?;
    let policy = delivery.notice.slack.as_ref().map(|text| text.delivery_policy).unwrap_or_default();
    let Delivery { recipient, id, before, .. } = delivery;
    let new = post(clients, slack, recipient, None, &message, id);
    let Some(top) = before else { return Ok(Sent { receipt: Some(new.await?) }) };
    if policy != DeliveryPolicy::Post {
        // First what can be done twice: if the reply fails, both are done again.
        match update(clients, slack, top, &message, id).await {
            // Somebody deleted it.
            Err(error) if error.kind == Failure::Gone => return Ok(Sent { receipt: Some(new.await?) }),
            updated => updated?,
        }
    }
    if policy != DeliveryPolicy::Update {
        post(clients, slack, recipient, Some(top), &message, id).await?;
    }
    Ok(Sent { receipt: Some((*top).clone()) })
}

fn message(notice: &Notice) -> Result<Message, SendError> {
    let text = notice.slack.clone().unwrap_or_default();
    let (blocks, icon) = (&text.texts.blocks, &text.texts.icon);
    if !(icon.is_empty() || is_emoji(icon) || is_address(icon)) {
        return Err(SendError::permanent(
            "slack.icon of the template gives neither :emoji: nor an address; correct it",
        ));
    }
    let message = Message {
        text: notice.message.clone(),
        blocks: json_list("slack.blocks", blocks)?,
        attachments: json_list("slack.attachments", &text.texts.attachments)?,
        username: text.texts.username.clone(),
        icon: icon.clone(),
        broadcast: text.notify_broadcast,
    };
    let empty = message.text.trim().is_empty() && message.blocks.is_empty() && message.attachments.is_empty();
    if empty { Err(SendError::permanent("the template gives no message for Slack; give it one")) } else { Ok(message) }
}

/// Calls a method with a body; gives the answer if it says `ok`.
async fn call(clients: &Clients, slack: &Slack, method: &str, body: &Value) -> Result<Value, SendError> {
    let (url, bearer) = (format!("{}{method}", slack.api_url), format!("Bearer {}", slack.token.reveal()));
    asked(clients, slack, request(&url, &[(header::AUTHORIZATION, &bearer)], body)).await
}

/// The answer to a request if it says `ok`; an error never has the token in it.
async fn asked(
    clients: &Clients,
    slack: &Slack,
    request: http::Result<http::Request<bytes::Bytes>>,
) -> Result<Value, SendError> {
    let ask = Ask::of("Slack", clients.http(slack.insecure));
    let answer = ask.answer(request).await.and_then(|answer| match answer.json() {
        good if good["ok"] == true => Ok(good),
        bad if bad["ok"] == false => Err(error::of(&bad)),
        _ => Err(SendError::temporary("Slack answered something else than its API does; see apiURL")),
    });
    let hide = |text: &str| text.replace(slack.token.reveal(), "*****");
    answer.map_err(|error| SendError { text: hide(&error.text), ..error })
}
