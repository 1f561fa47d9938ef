//! PagerDuty's Events API v2: <https://developer.pagerduty.com/docs/send-alert-event>.

use serde_json::{Value, json};

use super::http::{Ask, post, text_at, with};
use super::teams::unknown;
use super::{Clients, Delivery, Receipt, SendError, Sent};
use crate::config::{PagerDuty, PagerDutyText};
use crate::text::{cut, first};

/// The most letters of a summary.
const LONGEST: usize = 1024;
/// The severities that PagerDuty takes.
const SEVERITIES: [&str; 4] = ["critical", "error", "warning", "info"];

/// Triggers an alert; the same notice twice is one alert.
pub(super) async fn send(
    clients: &Clients,
    pager_duty: &PagerDuty,
    delivery: &Delivery<'_>,
) -> Result<Sent, SendError> {
    let Some(key) = pager_duty.service_keys.get(delivery.recipient) else {
        return Err(SendError::permanent(unknown("pagerdutyv2", delivery.recipient)));
    };
    let text = delivery.notice.pager_duty.clone().unwrap_or_default();
    let event = json!({
        "routing_key": key.reveal(),
        "event_action": "trigger",
        "dedup_key": delivery.id.as_str(),
        "payload": payload(&text, delivery)?,
        "client": "Sluice",
    });
    let event = with(event, "client_url", text.url);
    let url = format!("{}/v2/enqueue", pager_duty.api_url);
    let answer = Ask::of("PagerDuty", clients.http(false)).answer(post(&url, &[], &event)).await;
    let answer = answer.map_err(|error| error.of_key_if_it_says("routing key"))?;
    let dedup = text_at(&answer.json(), "/dedup_key");
    Ok(Sent { receipt: dedup.map(|id| Receipt { place: String::new(), id }) })
}

fn payload(text: &PagerDutyText, delivery: &Delivery<'_>) -> Result<Value, SendError> {
    let severity = text.severity.trim().to_ascii_lowercase();
    let severity = if severity.is_empty() { "error".to_owned() } else { severity };
    if !SEVERITIES.contains(&severity.as_str()) {
        let known = SEVERITIES.join(", ");
        return Err(SendError::template(format!("pagerdutyv2.severity of the template must give one of {known}")));
    }
    let summary = cut(first(&[&text.summary, &delivery.notice.message]), LONGEST);
    if summary.trim().is_empty() {
        return Err(SendError::template("the template gives no summary for PagerDuty; give it pagerdutyv2.summary"));
    }
    let payload = json!({
        "summary": summary,
        "source": first(&[&text.source, "sluice"]),
        "severity": severity,
        "timestamp": delivery.at.to_string(),
    });
    let more = [("component", &text.component), ("group", &text.group), ("class", &text.class)];
    Ok(more.into_iter().fold(payload, |payload, (name, text)| with(payload, name, text.as_str())))
}
