//! Microsoft Teams: connectors, which take a MessageCard, and workflows, which take an adaptive card.
//!
//! <https://learn.microsoft.com/en-us/outlook/actionable-messages/message-card-reference>

pub(super) mod workflow;

use serde_json::{Value, json};

use super::http::{Ask, json_list, json_text, post, with};
use super::{Clients, Delivery, SendError, Sent};
use crate::config::{Notice, Teams, TeamsText};
use crate::text::first;

/// Posts a card to a connector.
pub(super) async fn send(clients: &Clients, teams: &Teams, delivery: &Delivery<'_>) -> Result<Sent, SendError> {
    let Some(url) = teams.recipients.get(delivery.recipient) else {
        return Err(SendError::permanent(unknown("teams", delivery.recipient)));
    };
    let ask = Ask::of("Teams", clients.http(false));
    let answer = ask.answer(post(url.reveal(), &[], &card(delivery.notice)?)).await?;
    // A connector says 1; where it could not post, it still answers 200, and says why.
    match answer.text().trim() {
        "1" => Ok(Sent { receipt: None }),
        busy if busy.contains("429") => Err(SendError::temporary("Teams has too much to do (429)")),
        other => Err(SendError::permanent(format!("Teams did not take it: {other}"))),
    }
}

/// What is said of a recipient that the service does not have.
pub(super) fn unknown(service: &str, recipient: &str) -> String {
    format!("there is no recipient {recipient:?}; add it to service.{service}, or correct the subscription")
}

fn card(notice: &Notice) -> Result<Value, SendError> {
    let text = notice.teams.clone().unwrap_or_default();
    if !text.template.trim().is_empty() {
        return json_text("teams.template", &text.template);
    }
    let TeamsText { title, summary, theme_color, facts, sections, potential_action, .. } = &text;
    let (facts, mut sections) = (json_list("teams.facts", facts)?, json_list("teams.sections", sections)?);
    if !facts.is_empty() {
        sections.push(json!({"facts": facts}));
    }
    let said = first(&[&text.text, &notice.message]);
    let card = json!({
        "@type": "MessageCard",
        "@context": "https://schema.org/extensions",
        "title": title,
        // A card needs one, or a text.
        "summary": first(&[summary, title, said]),
        "text": said,
        "sections": sections,
        "potentialAction": json_list("teams.potentialAction", potential_action)?,
    });
    Ok(with(card, "themeColor", theme_color.trim_start_matches('#')))
}
