//! Google Chat, by the webhooks of its spaces:
//! <https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create>.

use reqwest::Url;
use serde_json::{Value, json};

use super::http::{Ask, post, text_at, with};
use super::teams::unknown;
use super::{Clients, Delivery, Receipt, SendError, Sent};
use crate::config::{GoogleChat, Notice};
use crate::text::cut;

/// The most letters of a message.
const LONGEST: usize = 4000;

/// Posts a message. The same request identifier gives the same message, however often it is sent.
pub(super) async fn send(clients: &Clients, chat: &GoogleChat, delivery: &Delivery<'_>) -> Result<Sent, SendError> {
    let Some(url) = chat.webhooks.get(delivery.recipient) else {
        return Err(SendError::permanent(unknown("googlechat", delivery.recipient)));
    };
    let key = delivery.notice.google_chat.as_ref().map_or("", |text| text.thread_key.trim());
    let mut asked = vec![("requestId", delivery.id.as_str())];
    if !key.is_empty() {
        asked.extend([("threadKey", key), ("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD")]);
    }
    let url = Url::parse_with_params(url.reveal(), asked).map(String::from).unwrap_or_default();
    let body = message(delivery.notice, delivery.id.as_str())?;
    let answer = Ask::of("Google Chat", clients.http(false)).answer(post(&url, &[], &body)).await;
    let answer = answer.map_err(|error| error.of_key_if_it_says("api key not valid"))?.json();
    Ok(Sent { receipt: text_at(&answer, "/name").map(|id| Receipt { place: String::new(), id }) })
}

fn message(notice: &Notice, id: &str) -> Result<Value, SendError> {
    let text = notice.google_chat.clone().unwrap_or_default();
    let (cards, old) = (list("googlechat.cardsV2", &text.cards_v2)?, list("googlechat.cards", &text.cards)?);
    if cards.is_empty() && old.is_empty() {
        return Ok(json!({"text": cut(&notice.message, LONGEST)}));
    }
    let cards = cards.into_iter().enumerate().map(|(at, card)| json!({"cardId": format!("{id}-{at}"), "card": card}));
    let message = json!({"cardsV2": cards.collect::<Vec<_>>()});
    Ok(if old.is_empty() { message } else { with(message, "cards", old) })
}

/// Cards are written in YAML, of which JSON is a part.
fn list(field: &str, text: &str) -> Result<Vec<Value>, SendError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    match serde_saphyr::from_str(text) {
        Ok(Value::Array(cards)) => Ok(cards),
        Ok(_) => Err(SendError::template(format!("{field} of the template must give a list of cards; correct it"))),
        Err(error) => {
            let error = error.without_snippet().to_string();
            let line = error.lines().next().unwrap_or_default();
            Err(SendError::template(format!("{field} of the template gives no YAML: {line}; correct it")))
        }
    }
}
