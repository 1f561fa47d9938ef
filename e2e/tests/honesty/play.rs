//! Plays a behaviour against one server.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use http::{Request, Response};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::script::{Behaviour, Deed, Extra, Only, Step};
use crate::transcript::{Entry, Transcript};
use crate::{normal, paths};

/// Longer than any answer or event takes; reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a script may ask of an answer that it kept.
const PARTS: [(&str, &str); 4] = [
    ("uid", "/metadata/uid"),
    ("rv", "/metadata/resourceVersion"),
    ("name", "/metadata/name"),
    ("continue", "/metadata/continue"),
];

/// So many letters.
const BULK: [(&str, usize); 3] = [("{1KiB}", 1 << 10), ("{1MiB}", 1 << 20), ("{4MiB}", 4 << 20)];

/// Plays the steps in a new namespace and writes down what was answered, without what differs from run to run.
pub(crate) async fn transcript(client: &Client, behaviour: &Behaviour, space: &str) -> Result<String> {
    let mut player =
        Player { client, space, kept: BTreeMap::new(), watches: BTreeMap::new(), told: Transcript::default() };
    player.make_namespace().await?;
    for step in &behaviour.steps {
        player.step(step).await.with_context(|| format!("`{}`, after\n{}", step.line, player.told))?;
    }
    normal::normalise(&mut player.told);
    Ok(player.told.to_string())
}

struct Player<'a> {
    client: &'a Client,
    space: &'a str,
    kept: BTreeMap<String, Value>,
    watches: BTreeMap<String, Watch>,
    told: Transcript,
}

/// An open watch, and what it said of a line that is not whole yet.
struct Watch {
    body: Body,
    rest: Vec<u8>,
}

/// An answer read to its end.
struct Answer {
    status: u16,
    content_type: String,
    body: Vec<u8>,
}

impl Player<'_> {
    async fn make_namespace(&self) -> Result<()> {
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.space}});
        let request = Request::post("/api/v1/namespaces").header("content-type", "application/json");
        let answer = self.exchange(request.body(Body::from(serde_json::to_vec(&body)?))?).await?;
        ensure!(answer.status == 201, "make the namespace: {}", String::from_utf8_lossy(&answer.body));
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<()> {
        if step.extra.each.is_empty() {
            return self.act(step, "").await;
        }
        for each in &step.extra.each {
            self.act(step, each).await?;
        }
        Ok(())
    }

    async fn act(&mut self, step: &Step, each: &str) -> Result<()> {
        match &step.deed {
            Deed::Send { method, path, content_type, status } => {
                let request = self.request(method, path, content_type, &step.extra, each)?;
                let answer = self.exchange(request).await?;
                self.tell(step, &answer, *status)
            }
            Deed::Until { path, status } => self.until(step, path, *status).await,
            Deed::Watch { name, path, status } => {
                let request = self.request("GET", path, "application/json", &step.extra, each)?;
                self.open(step, name, request, *status).await
            }
            Deed::Read { name, events } => self.read(step, name, *events).await,
            Deed::End { name } => self.read(step, name, usize::MAX).await,
        }
    }

    async fn exchange(&self, request: Request<Body>) -> Result<Answer> {
        let exchange = async {
            let answer = self.client.send(request).await.context("send the request")?;
            let (status, content_type) = head(&answer);
            let body = answer.into_body().collect().await.context("read the answer")?.to_bytes().to_vec();
            Ok(Answer { status, content_type, body })
        };
        timeout(PATIENCE, exchange).await.context("wait for the answer")?
    }

    fn tell(&mut self, step: &Step, answer: &Answer, status: u16) -> Result<()> {
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let mut body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        step.extra.only.iter().for_each(|only| self.leave(only, &mut body));
        if let Some(name) = &step.extra.keep {
            self.kept.insert(name.clone(), body.clone());
        }
        let head = format!("{} {}", answer.status, answer.content_type);
        let as_told = answer.status == status;
        self.told.entries.push(Entry { line: step.line.clone(), head, bodies: vec![body] });
        ensure!(as_told, "answered {}", answer.status);
        Ok(())
    }

    fn leave(&self, only: &Only, body: &mut Value) {
        let is = self.fill(&only.is, "");
        if let Some(Value::Array(items)) = body.pointer_mut(&only.list) {
            items.retain(|item| item.pointer(&only.at).is_some_and(|value| value == is.as_str()));
        }
    }

    async fn until(&mut self, step: &Step, path: &str, status: u16) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let request = self.request("GET", path, "application/json", &step.extra, "")?;
            let answer = self.exchange(request).await?;
            let body = serde_json::from_slice(&answer.body).unwrap_or_default();
            let shows = step.extra.shows.as_ref().is_none_or(|wanted| has(&body, &self.filled(wanted, "")));
            if answer.status == status && shows {
                return self.tell(step, &answer, status);
            }
            ensure!(Instant::now() < deadline, "not so, but {} {body:#}", answer.status);
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn open(&mut self, step: &Step, name: &str, request: Request<Body>, status: u16) -> Result<()> {
        let answer = timeout(PATIENCE, self.client.send(request)).await.context("wait for the head")??;
        let (answered, content_type) = head(&answer);
        if answered != 200 {
            let body = answer.into_body().collect().await.context("read the answer")?.to_bytes().to_vec();
            return self.tell(step, &Answer { status: answered, content_type, body }, status);
        }
        let head = format!("{answered} {content_type}");
        self.told.entries.push(Entry { line: step.line.clone(), head, bodies: Vec::new() });
        ensure!(answered == status, "answered {answered}");
        self.watches.insert(name.to_owned(), Watch { body: answer.into_body(), rest: Vec::new() });
        Ok(())
    }

    async fn read(&mut self, step: &Step, name: &str, events: usize) -> Result<()> {
        let watch = self.watches.get_mut(name).with_context(|| format!("no watch {name}"))?;
        let mut bodies = Vec::new();
        let mut ended = false;
        while bodies.len() < events && !ended {
            let next = timeout(PATIENCE, watch.next()).await;
            match next.with_context(|| format!("wait for event {} after {bodies:#?}", bodies.len() + 1))?? {
                Some(event) => bodies.push(event),
                None => ended = true,
            }
        }
        if ended && events != usize::MAX {
            bail!("the watch ended after {bodies:#?}");
        }
        self.told.entries.push(Entry { line: step.line.clone(), head: String::new(), bodies });
        Ok(())
    }

    fn request(&self, method: &str, path: &str, of: &str, extra: &Extra, each: &str) -> Result<Request<Body>> {
        let path = paths::full(&self.fill(path, each), self.space);
        let content_type = extra.content_type.as_deref().unwrap_or(of);
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("accept", extra.accept.as_deref().unwrap_or("application/json"));
        if let Some(user) = &extra.user {
            request = request.header("impersonate-user", self.fill(user, each));
        }
        let body = self.body(extra, each)?;
        if !body.is_empty() {
            request = request.header("content-type", content_type);
        }
        request.body(Body::from(body)).context("make the request")
    }

    fn body(&self, extra: &Extra, each: &str) -> Result<Vec<u8>> {
        if let Some(raw) = &extra.raw {
            return Ok(self.fill(raw, each).into_bytes());
        }
        let base = match (&extra.from, &extra.like) {
            (Some(kept), _) => {
                Some(self.kept.get(kept).with_context(|| format!("nothing was kept as {kept}"))?.clone())
            }
            (None, like) => like.clone(),
        };
        let body = match (base, &extra.body) {
            (None, None) => return Ok(Vec::new()),
            (None, Some(body)) => body.clone(),
            (Some(base), None) => base,
            (Some(mut base), Some(change)) => {
                merge(&mut base, change);
                base
            }
        };
        serde_json::to_vec(&self.filled(&body, each)).context("write the body")
    }

    /// The value with every placeholder replaced, in keys too.
    fn filled(&self, value: &Value, each: &str) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text, each)),
            Value::Array(items) => items.iter().map(|item| self.filled(item, each)).collect(),
            Value::Object(fields) => Value::Object(
                fields.iter().map(|(key, value)| (self.fill(key, each), self.filled(value, each))).collect(),
            ),
            other => other.clone(),
        }
    }

    fn fill(&self, text: &str, each: &str) -> String {
        let mut text = text.replace("{ns}", self.space).replace("{each}", each);
        for (placeholder, bytes) in BULK {
            if text.contains(placeholder) {
                text = text.replace(placeholder, &"x".repeat(bytes));
            }
        }
        for (name, answer) in &self.kept {
            for (part, pointer) in PARTS {
                let placeholder = format!("{{{part}:{name}}}");
                if text.contains(&placeholder) {
                    let value = answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                    text = text.replace(&placeholder, value);
                }
            }
        }
        assert!(!PARTS.iter().any(|(part, _)| text.contains(&format!("{{{part}:"))), "nothing to put into {text}");
        text
    }
}

impl Watch {
    /// The next line, parsed; `None` when the server has ended the watch.
    async fn next(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return serde_json::from_slice(&line).context("read an event").map(Some);
            }
            match self.body.frame().await {
                Some(frame) => {
                    if let Ok(data) = frame.context("read the watch")?.into_data() {
                        self.rest.extend_from_slice(&data);
                    }
                }
                None => return Ok(None),
            }
        }
    }
}

fn head(answer: &Response<Body>) -> (u16, String) {
    let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
    (answer.status().as_u16(), content_type.unwrap_or("no content type").to_owned())
}

/// As a JSON merge patch does.
fn merge(target: &mut Value, change: &Value) {
    let Value::Object(changes) = change else {
        *target = change.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Value::Object(fields) = target {
        for (key, change) in changes {
            if change.is_null() {
                fields.remove(key);
            } else {
                merge(fields.entry(key.clone()).or_insert(Value::Null), change);
            }
        }
    }
}

/// Whether a value has all that is wanted of it. Arrays are of one length.
fn has(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(value), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| value.get(key).is_some_and(|value| has(value, wanted)))
        }
        (Value::Array(value), Value::Array(wanted)) => {
            value.len() == wanted.len() && value.iter().zip(wanted).all(|(value, wanted)| has(value, wanted))
        }
        _ => value == wanted,
    }
}
