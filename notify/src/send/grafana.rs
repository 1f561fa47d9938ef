//! Grafana's annotations: <https://grafana.com/docs/grafana/latest/developers/http_api/annotations/>.

use http::header;
use serde_json::json;

use super::http::{Ask, at, post};
use super::{Clients, Delivery, Receipt, SendError, Sent};
use crate::config::Grafana;
use crate::text::first;

/// Marks the time at which it happened; the recipient is the mark's tags, parted by `|`.
pub(super) async fn send(clients: &Clients, grafana: &Grafana, delivery: &Delivery<'_>) -> Result<Sent, SendError> {
    let own = delivery.notice.grafana.as_ref().map_or("", |text| &text.text);
    let text = first(&[own, &delivery.notice.message]).trim();
    if text.is_empty() {
        return Err(SendError::template("the template gives no message, which Grafana needs; give it one"));
    }
    let tags: Vec<&str> = delivery.recipient.split('|').map(str::trim).filter(|tag| !tag.is_empty()).collect();
    let annotation = json!({"time": delivery.at.as_millisecond(), "isRegion": false, "tags": tags, "text": text});
    let (url, bearer) = (format!("{}/annotations", grafana.api_url), format!("Bearer {}", grafana.api_key.reveal()));
    let request = post(&url, &[(header::AUTHORIZATION, &bearer)], &annotation);
    let answer = Ask::of("Grafana", clients.http(grafana.insecure)).answer(request).await;
    let answer = answer?.json();
    Ok(Sent { receipt: at(&answer, "/id").as_i64().map(|id| Receipt { place: String::new(), id: id.to_string() }) })
}
