//! Slack: a workspace with one channel, whose messages can be read afterwards.
//!
//! Shaped by the published API: <https://docs.slack.dev/reference/methods/chat.postMessage>, `chat.update`,
//! `conversations.history`, `conversations.replies` and `conversations.list`.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use reqwest::Url;
use serde_json::{Value, json};
use sluice_analysis::provider::Http;
use sluice_controller::clock::Clock;
use tower::BoxError;

use super::traefik::refused;

/// The channel's name.
pub const CHANNEL: &str = "releases";
/// What Slack calls it.
const IDENTIFIER: &str = "C0RELEASES";

/// What keeps Slack from doing what it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Too many requests: come back in so many seconds.
    Limited(u32),
    /// No connection.
    Unreachable,
    /// It posts, and the answer is lost.
    AnswerLost,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    /// Its `ts`.
    pub ts: String,
    /// The `ts` of the message that it replies to.
    pub thread: Option<String>,
    /// Whether a reply is shown in the channel too.
    pub broadcast: bool,
    /// As it was posted, or edited last.
    pub body: Value,
    /// How often it was edited.
    pub edits: u32,
}

impl Posted {
    /// What previews show of it.
    pub fn text(&self) -> &str {
        self.body.get("text").and_then(Value::as_str).unwrap_or_default()
    }

    /// What tells it from all others, in the sender's words.
    pub fn id(&self) -> &str {
        self.body.pointer("/metadata/event_payload/id").and_then(Value::as_str).unwrap_or_default()
    }
}

/// The workspace. A clone is the same one.
#[derive(Clone)]
pub struct Slack {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    messages: Vec<Posted>,
    trouble: Option<Trouble>,
}

impl Slack {
    /// An empty one, by that clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, state: Arc::default() }
    }

    /// All messages, in the order in which they were posted.
    pub fn messages(&self) -> Vec<Posted> {
        self.lock().messages.clone()
    }

    /// What it is in from now on.
    pub fn trouble(&self, trouble: Option<Trouble>) {
        self.lock().trouble = trouble;
    }

    /// The way to it.
    pub fn http(&self) -> Http {
        let slack = self.clone();
        Http::new(tower::service_fn(move |request| std::future::ready(slack.answer(&request))))
    }

    fn answer(&self, request: &Request<Bytes>) -> Result<reqwest::Response, BoxError> {
        let trouble = self.lock().trouble;
        match trouble {
            Some(Trouble::Unreachable) => return Err(refused()),
            Some(Trouble::Limited(seconds)) => {
                let answer = Response::builder().status(429).header("retry-after", seconds.to_string());
                return Ok(answer.body("{\"ok\":false,\"error\":\"ratelimited\"}".to_owned())?.into());
            }
            Some(Trouble::AnswerLost) | None => {}
        }
        let url = Url::parse(&request.uri().to_string())?;
        let method = url.path().rsplit('/').next().unwrap_or_default();
        let asked = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let body = serde_json::from_slice(request.body()).unwrap_or_default();
        let answer = match method {
            "chat.postMessage" => self.post(body),
            "chat.update" => self.update(&body),
            "conversations.list" => json!({"ok": true, "channels": [{"id": IDENTIFIER, "name": CHANNEL}]}),
            "conversations.history" => self.listed(|message| message.thread.is_none()),
            "conversations.replies" => self.listed(|message| message.thread == asked("ts")),
            _ => json!({"ok": false, "error": "unknown_method"}),
        };
        if trouble == Some(Trouble::AnswerLost) {
            return Err(refused());
        }
        Ok(Response::builder().status(200).body(answer.to_string())?.into())
    }

    fn post(&self, body: Value) -> Value {
        let channel = body.get("channel").and_then(Value::as_str).unwrap_or_default();
        if ![CHANNEL, IDENTIFIER].contains(&channel.trim_start_matches('#')) {
            return json!({"ok": false, "error": "channel_not_found"});
        }
        let mut state = self.lock();
        let ts = format!("{}.{:06}", self.clock.now().as_second(), state.messages.len());
        let thread = body.get("thread_ts").and_then(Value::as_str).map(str::to_owned);
        let broadcast = body.get("reply_broadcast") == Some(&Value::Bool(true));
        state.messages.push(Posted { ts: ts.clone(), thread, broadcast, body, edits: 0 });
        json!({"ok": true, "channel": IDENTIFIER, "ts": ts})
    }

    fn update(&self, body: &Value) -> Value {
        let mut state = self.lock();
        let ts = body.get("ts").and_then(Value::as_str).unwrap_or_default();
        match state.messages.iter_mut().find(|message| message.ts == ts) {
            None => json!({"ok": false, "error": "message_not_found"}),
            Some(message) => {
                message.body = body.clone();
                message.edits += 1;
                json!({"ok": true, "channel": IDENTIFIER, "ts": ts})
            }
        }
    }

    fn listed(&self, wanted: impl Fn(&Posted) -> bool) -> Value {
        let state = self.lock();
        let message = |one: &Posted| json!({"ts": one.ts, "text": one.text(), "metadata": one.body.get("metadata")});
        let messages: Vec<Value> = state.messages.iter().filter(|one| wanted(one)).map(message).collect();
        json!({"ok": true, "messages": messages, "has_more": false})
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slack").finish_non_exhaustive()
    }
}
