//! Opsgenie's alerts: <https://docs.opsgenie.com/docs/alert-api#create-alert>.

use http::header;
use serde_json::{Value, json};

use super::http::{Ask, post, text_at, with};
use super::teams::unknown;
use super::{Clients, Delivery, Receipt, SendError, Sent};
use crate::config::{Opsgenie, OpsgenieText, Responder};
use crate::text::{cut, first};

/// The most letters of an alert's title, its description, its alias.
const LONGEST: (usize, usize, usize) = (130, 15_000, 512);

/// Creates an alert; the same notice twice is one alert, as both have one alias.
pub(super) async fn send(clients: &Clients, opsgenie: &Opsgenie, delivery: &Delivery<'_>) -> Result<Sent, SendError> {
    let team = delivery.recipient;
    let Some(key) = opsgenie.api_keys.get(team) else {
        return Err(SendError::permanent(unknown("opsgenie", team)));
    };
    let text = delivery.notice.opsgenie.clone().unwrap_or_default();
    let alert = alert(&text, delivery)?;
    let (url, genie) = (format!("{}/v2/alerts", opsgenie.api_url), format!("GenieKey {}", key.reveal()));
    let request = post(&url, &[(header::AUTHORIZATION, &genie)], &alert);
    let answer = Ask::of("Opsgenie", clients.http(false)).answer(request).await;
    let answer = answer.map_err(|error| error.of_key_if_it_says("key format is not valid"))?.json();
    Ok(Sent { receipt: text_at(&answer, "/requestId").map(|id| Receipt { place: team.to_owned(), id }) })
}

fn alert(text: &OpsgenieText, delivery: &Delivery<'_>) -> Result<Value, SendError> {
    let (title, description, alias) = LONGEST;
    let message = delivery.notice.message.trim();
    if message.is_empty() {
        return Err(SendError::template("the template gives no message, which Opsgenie needs; give it one"));
    }
    let texts = &text.texts;
    let alert = json!({
        "message": cut(message.lines().next().unwrap_or_default(), title),
        "description": cut(first(&[&texts.description, message]), description),
        "alias": cut(first(&[&texts.alias, delivery.id.as_str()]), alias),
        "responders": [responder(delivery.recipient)],
        "actions": text.actions,
        "tags": text.tags,
        "details": text.details,
        "visibleTo": text.visible_to.iter().map(seen_by).collect::<Vec<_>>(),
        "source": "Sluice",
    });
    let more = [("priority", &texts.priority), ("note", &texts.note), ("entity", &texts.entity), ("user", &texts.user)];
    Ok(more.into_iter().fold(alert, |alert, (name, text)| with(alert, name, text.as_str())))
}

/// The team that the alert is for: by its identifier if it is one, else by its name.
fn responder(team: &str) -> Value {
    let is_id = team.len() == 36 && team.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-');
    json!({"type": "team", if is_id { "id" } else { "name" }: team})
}

fn seen_by(who: &Responder) -> Value {
    let fields = [("type", &who.kind), ("id", &who.id), ("name", &who.name), ("username", &who.username)];
    fields.into_iter().fold(json!({}), |seen, (name, text)| with(seen, name, text.as_str()))
}
