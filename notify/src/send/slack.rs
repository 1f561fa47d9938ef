//! Slack's Web API: posts, edits, and finds again what was posted.
//!
//! Each message carries its notice's [`Id`] as metadata, so that a process that died between a post and writing it down can
//! look whether it was posted. <https://docs.slack.dev/reference/methods/chat.postMessage>

mod error;
mod find;

use http::header;
use serde_json::{Value, json};

use super::http::{Ask, at, json_list, post as request, text_at, with};
use super::{Clients, Delivery, Failure, Receipt, SendError, Sent, shown};
use crate::Id;
use crate::config::{DeliveryPolicy, Notice, Slack, is_address, is_emoji};
use crate::slack::Message;
use crate::text::{cut, first};
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
    let icon = first(&[&message.icon, &slack.icon]);
    let body = with(body(message, id), "channel", thread.map_or(channel, |top| &top.place));
    let body = with(body, "username", first(&[&message.username, &slack.username]));
    let body = with(body, if is_emoji(icon) { "icon_emoji" } else { "icon_url" }, icon);
    let body = in_thread(without_previews(body, slack), thread, message);
    let answer = call(clients, slack, "chat.postMessage", &body).await?;
    match (text_at(&answer, "/channel"), text_at(&answer, "/ts")) {
        (Some(place), Some(id)) => Ok(Receipt { place, id }),
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
    let body = with(with(body(message, id), "channel", posted.place.as_str()), "ts", posted.id.as_str());
    call(clients, slack, "chat.update", &body).await.map(drop)
}

fn without_previews(body: Value, slack: &Slack) -> Value {
    let shown = if slack.disable_unfurl { Value::Bool(false) } else { Value::Null };
    with(with(body, "unfurl_links", shown.clone()), "unfurl_media", shown)
}

fn in_thread(body: Value, thread: Option<&Receipt>, message: &Message) -> Value {
    match thread {
        Some(top) => with(with(body, "thread_ts", top.id.as_str()), "reply_broadcast", message.broadcast),
        None => body,
    }
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

/// Sends a notice of a template, as its grouping key and its policy say.
pub(super) async fn send(clients: &Clients, slack: &Slack, delivery: &Delivery<'_>) -> Result<Sent, SendError> {
    let message = message(delivery.notice)?;
    let text = delivery.notice.slack.clone().unwrap_or_default();
    let (policy, grouped) = (text.delivery_policy, !text.texts.grouping_key.is_empty());
    let Delivery { recipient, id, before, .. } = delivery;
    let new = post(clients, slack, recipient, None, &message, id);
    let Some(top) = before.filter(|_| grouped) else { return Ok(Sent { receipt: Some(new.await?) }) };
    match in_group(clients, slack, top, policy, &message, id).await {
        // Somebody deleted it.
        Err(error) if error.kind == Failure::Gone => Ok(Sent { receipt: Some(new.await?) }),
        done => done.map(|()| Sent { receipt: Some(top.clone()) }),
    }
}

/// Edits the first message of a group, replies to it, or both. First what can be done twice: if the reply fails, both are done
/// again.
async fn in_group(
    clients: &Clients,
    slack: &Slack,
    top: &Receipt,
    policy: DeliveryPolicy,
    message: &Message,
    id: &Id,
) -> Result<(), SendError> {
    if policy != DeliveryPolicy::Post {
        update(clients, slack, top, message, id).await?;
    }
    if policy != DeliveryPolicy::Update {
        post(clients, slack, &top.place, Some(top), message, id).await?;
    }
    Ok(())
}

fn message(notice: &Notice) -> Result<Message, SendError> {
    let text = notice.slack.clone().unwrap_or_default();
    let (blocks, icon) = (&text.texts.blocks, &text.texts.icon);
    if !(icon.is_empty() || is_emoji(icon) || is_address(icon)) {
        return Err(SendError::template("slack.icon of the template gives neither :emoji: nor an address; correct it"));
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
    if empty { Err(SendError::template("the template gives no message for Slack; give it one")) } else { Ok(message) }
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
        good if at(&good, "/ok") == true => Ok(good),
        bad if at(&bad, "/ok") == false => Err(error::of(&bad)),
        _ => Err(SendError::temporary("Slack answered something else than its API does; see apiURL")),
    });
    let hide = |text: &str| shown(&text.replace(slack.token.reveal(), "*****"));
    answer.map_err(|error| SendError { text: hide(&error.text), ..error })
}
