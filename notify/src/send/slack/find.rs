//! Finds what was posted by a process that died before it could write it down.

use bytes::Bytes;
use http::{Request, header};
use jiff::Timestamp;
use reqwest::Url;
use serde_json::Value;

use super::{EVENT, asked};
use crate::Id;
use crate::config::Slack;
use crate::send::http::{at, text_at};
use crate::send::{Clients, Receipt, SendError};

/// The most pages that are read, of channels or of messages.
const MOST_PAGES: usize = 10;

/// Finds the message of a notice in a channel, or in a thread there, among those posted since a time; `None`: it is not there.
///
/// `channel` may be a name; it is looked up. The app needs the scopes `channels:history` and `channels:read` for public
/// channels, `groups:history` and `groups:read` for private ones; without, the error names the one that is lacking.
pub async fn find(
    clients: &Clients,
    slack: &Slack,
    channel: &str,
    thread: Option<&Receipt>,
    since: Timestamp,
    id: &Id,
) -> Result<Option<Receipt>, SendError> {
    let place = match thread {
        Some(top) => Some(top.place.clone()),
        None if is_identifier(channel) => Some(channel.to_owned()),
        None => named(clients, slack, channel).await?,
    };
    let Some(place) = place else { return Ok(None) };
    let oldest = format!("{}.000000", since.as_second());
    let mut query = vec![("channel", place.as_str()), ("oldest", &oldest), ("inclusive", "true")];
    query.extend([("include_all_metadata", "true"), ("limit", "200")]);
    query.extend(thread.map(|top| ("ts", top.id.as_str())));
    let method = if thread.is_some() { "conversations.replies" } else { "conversations.history" };
    let ours = |message: &Value| {
        let data = at(message, "/metadata");
        let ours = at(data, "/event_type") == EVENT && at(data, "/event_payload/id") == id.as_str();
        if ours { text_at(message, "/ts") } else { None }
    };
    let ts = search(clients, slack, &Pages { method, query: &query, items: "messages" }, ours).await?;
    Ok(ts.map(|id| Receipt { place, id }))
}

/// The identifier of a channel by its name.
async fn named(clients: &Clients, slack: &Slack, channel: &str) -> Result<Option<String>, SendError> {
    let name = channel.trim_start_matches('#');
    let query = [("types", "public_channel,private_channel"), ("exclude_archived", "true"), ("limit", "999")];
    let known = |channel: &Value| if at(channel, "/name") == name { text_at(channel, "/id") } else { None };
    search(clients, slack, &Pages { method: "conversations.list", query: &query, items: "channels" }, known).await
}

/// Whether it is an identifier of Slack, such as `C024BE91L`; names have small letters.
fn is_identifier(channel: &str) -> bool {
    channel.len() >= 9
        && channel.starts_with(['C', 'D', 'G'])
        && channel.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
}

/// A method that answers page by page, and where the items of a page are.
struct Pages<'p> {
    method: &'p str,
    query: &'p [(&'p str, &'p str)],
    items: &'p str,
}

/// The first item that is wanted.
async fn search(
    clients: &Clients,
    slack: &Slack,
    pages: &Pages<'_>,
    wanted: impl Fn(&Value) -> Option<String>,
) -> Result<Option<String>, SendError> {
    let mut cursor = String::new();
    for _ in 0..MOST_PAGES {
        let page = (!cursor.is_empty()).then_some(("cursor", cursor.as_str()));
        let method = format!("{}{}", slack.api_url, pages.method);
        let url = Url::parse_with_params(&method, pages.query.iter().copied().chain(page));
        let bearer = format!("Bearer {}", slack.token.reveal());
        let request = Request::get(url.map(String::from).unwrap_or_default());
        let request = request.header(header::AUTHORIZATION, bearer).body(Bytes::new());
        let answer = asked(clients, slack, request).await?;
        if let Some(found) = answer.get(pages.items).and_then(Value::as_array).into_iter().flatten().find_map(&wanted) {
            return Ok(Some(found));
        }
        cursor = text_at(&answer, "/response_metadata/next_cursor").unwrap_or_default();
        if cursor.is_empty() {
            return Ok(None);
        }
    }
    Err(SendError::permanent(format!("what was posted is not in the newest {MOST_PAGES} pages of Slack")))
}
