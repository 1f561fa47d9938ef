//! Workflows of Power Automate, which took the place of connectors.
//!
//! <https://learn.microsoft.com/en-us/connectors/teams/#microsoft-teams-webhook>

use serde_json::{Value, json};

use super::unknown;
use crate::config::{Notice, TeamsText, TeamsWorkflows};
use crate::send::http::{Ask, at, json_list, json_text, post, text_at};
use crate::send::{Clients, Delivery, SendError, Sent};
use crate::text::first;

/// Posts an adaptive card to a workflow.
pub(in crate::send) async fn send(
    clients: &Clients,
    teams: &TeamsWorkflows,
    delivery: &Delivery<'_>,
) -> Result<Sent, SendError> {
    let Some(url) = teams.recipients.get(delivery.recipient) else {
        return Err(SendError::permanent(unknown("teams-workflows", delivery.recipient)));
    };
    let request = post(url.reveal(), &[], &message(delivery.notice)?);
    Ask::of("Teams", clients.http(teams.insecure)).answer(request).await?;
    Ok(Sent { receipt: None })
}

fn message(notice: &Notice) -> Result<Value, SendError> {
    let text = notice.teams_workflows.clone().unwrap_or_default();
    if !text.texts.template.trim().is_empty() {
        return json_text("teams-workflows.template", &text.texts.template);
    }
    let card = match text.adaptive_card.trim() {
        "" => card(notice, &text.texts)?,
        own => json_text("teams-workflows.adaptiveCard", own)?,
    };
    let kind = "application/vnd.microsoft.card.adaptive";
    Ok(json!({"type": "message", "attachments": [{"contentType": kind, "content": card}]}))
}

fn card(notice: &Notice, text: &TeamsText) -> Result<Value, SendError> {
    let TeamsText { title, theme_color, facts, sections, potential_action, .. } = text;
    let facts = json_list("teams-workflows.facts", facts)?;
    let sections = json_list("teams-workflows.sections", sections)?;
    let actions = json_list("teams-workflows.potentialAction", potential_action)?;
    let said = first(&[&text.text, &notice.message]);
    let title = (!title.is_empty()).then(|| {
        let colour = first(&[theme_color, "Default"]);
        json!({"type": "TextBlock", "text": title, "size": "Large", "weight": "Bolder", "color": colour, "wrap": true})
    });
    let said = (!said.is_empty()).then(|| json!({"type": "TextBlock", "text": said, "wrap": true}));
    let sections = sections.iter().filter_map(|section| fact_set(at(section, "/facts").as_array()?));
    let body: Vec<Value> = title.into_iter().chain(said).chain(fact_set(&facts)).chain(sections).collect();
    let actions: Vec<Value> = actions.iter().filter_map(action).collect();
    let schema = "http://adaptivecards.io/schemas/adaptive-card.json";
    Ok(json!({"type": "AdaptiveCard", "$schema": schema, "version": "1.4", "body": body, "actions": actions}))
}

fn fact_set(facts: &[Value]) -> Option<Value> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fact = |fact: &Value| Some(json!({"title": text_at(fact, "/name")?, "value": text(at(fact, "/value"))}));
    let facts: Vec<Value> = facts.iter().filter_map(fact).collect();
    (!facts.is_empty()).then(|| json!({"type": "FactSet", "facts": facts}))
}

/// The only kind of action that both forms have.
fn action(action: &Value) -> Option<Value> {
    let uri = text_at(action, "/targets/0/uri")?;
    let opens = at(action, "/@type") == "OpenUri";
    opens.then(|| json!({"type": "Action.OpenUrl", "title": at(action, "/name"), "url": uri}))
}
