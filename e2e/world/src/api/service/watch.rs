//! Watches: what happens, as it happens.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream;
use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::super::entry::{Entry, View};
use super::super::state::Change;
use super::super::status::Status;
use super::super::store::Store;
use super::super::{events, meta, zero};
use super::accept::Form;
use super::answer::Answer;
use super::options::{Age, Request};
use super::selector::Selector;
use super::target::{Shape, Target};
use super::{ApiService, Asked, Lag};
use crate::news::Listener;

/// How long a watch lasts that names no time: the server's least, half as long again.
const LASTS: Duration = Duration::from_mins(45);

/// How often a watch that asks for bookmarks gets one.
const BOOKMARKS: Duration = Duration::from_mins(1);

/// How often a view that is behind is asked whether it has caught up.
const CATCHES_UP: Duration = Duration::from_millis(100);

/// Written into the bookmark after the initial events.
const INITIAL_END: &str = "k8s.io/initial-events-end";

/// An open watch.
struct Watch {
    store: Store,
    lag: Lag,
    shape: Told,
    selector: Selector,
    /// Up to where it has been told.
    after: u64,
    ready: VecDeque<Bytes>,
    changes: Listener,
    ends: Instant,
    bookmark: Option<Instant>,
    state: Going,
}

#[derive(PartialEq)]
enum Going {
    On,
    /// Nothing comes after what is ready.
    Ended,
}

/// How events are written.
struct Told {
    target: Target,
    form: Form,
}

/// Opens a watch.
pub(super) fn answer(service: &ApiService, asked: &Asked, target: &Target, form: Form) -> Result<Answer, Status> {
    let selector = Selector::parse(&asked.query, target.of)?;
    let age = Age::of(asked, Request::Watch)?;
    let mut watch = Watch::open(service, asked, target, form, selector);
    watch.begin(age, asked);
    Ok(Answer::events(stream::unfold(watch, |mut watch| async move { watch.next().await.map(|event| (event, watch)) })))
}

impl Watch {
    fn open(service: &ApiService, asked: &Asked, target: &Target, form: Form, selector: Selector) -> Self {
        let seconds = asked.query.text("timeoutSeconds").parse().ok().filter(|seconds| *seconds > 0);
        let lasts = seconds.map_or(LASTS, Duration::from_secs);
        let now = Instant::now();
        Self {
            store: service.store.clone(),
            lag: service.lag.clone(),
            shape: Told { target: target.clone(), form },
            selector,
            after: 0,
            ready: VecDeque::new(),
            changes: service.store.state().shelf(target.of).changes(),
            ends: now + lasts,
            bookmark: asked.query.says("allowWatchBookmarks").then(|| now + BOOKMARKS),
            state: Going::On,
        }
    }

    /// Where it begins, and what is told at once.
    fn begin(&mut self, age: Age, asked: &Asked) {
        let current = self.seen();
        let initial = asked.query.get("sendInitialEvents");
        match (age, initial) {
            (Age::NotOlder(version) | Age::Exact(version), None) => return self.after = version,
            (Age::NotOlder(version) | Age::Exact(version), _) => self.after = current.max(version),
            (Age::Any, _) => self.after = current,
            (Age::Newest, _) => self.after = self.store.version(),
        }
        if initial != Some("false") {
            self.tell_all();
        }
        if initial == Some("true") && self.bookmark.is_some() {
            let end = self.shape.bookmark(self.after, &json!({INITIAL_END: "true"}));
            self.ready.push_back(end);
        }
    }

    /// The version up to which this view of the server knows.
    fn seen(&self) -> u64 {
        self.store.version().saturating_sub((self.lag)())
    }

    fn tell_all(&mut self) {
        let state = self.store.state();
        let kept = state.shelf(self.shape.target.of);
        for (key, entry) in kept.list_at(self.after) {
            if self.shape.is_here(&key.namespace) && self.selector.selects(&entry.value) {
                self.ready.push_back(self.shape.event("ADDED", &entry));
            }
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.ready.is_empty() && self.state == Going::On {
                self.gather();
            }
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.state == Going::Ended {
                return None;
            }
            self.wait().await;
        }
    }

    /// Takes in what happened since.
    fn gather(&mut self) {
        let until = self.seen();
        let state = self.store.state();
        let kept = state.shelf(self.shape.target.of);
        if !state.serves(self.shape.target.of) {
            // Nobody serves the kind any more, or not as it was.
            self.state = Going::Ended;
        }
        if !kept.remembers(self.after) {
            let message = format!("too old resource version: {} ({})", self.after, state.version);
            self.ready.push_back(line("ERROR", Status::expired(message).json().to_string().as_bytes()));
            self.state = Going::Ended;
            return;
        }
        for change in kept.between(self.after, until) {
            if let Some(event) = self.shape.told(change, &self.selector) {
                self.ready.push_back(event);
            }
        }
        self.after = self.after.max(until);
    }

    async fn wait(&mut self) {
        let now = Instant::now();
        let behind = self.seen() < self.store.version();
        let catches_up = behind.then(|| now + CATCHES_UP);
        let until = [Some(self.ends), self.bookmark, catches_up].into_iter().flatten().min().unwrap_or(self.ends);
        // Either way it looks again.
        let _ = timeout_at(until, self.changes.changed()).await;
        let now = Instant::now();
        if now >= self.ends {
            self.gather();
            self.state = Going::Ended;
        } else if self.bookmark.is_some_and(|due| now >= due) {
            self.gather();
            self.bookmark = Some(now + BOOKMARKS);
            if self.state == Going::On {
                self.ready.push_back(self.shape.bookmark(self.after, &Value::Null));
            }
        }
    }
}

impl Told {
    fn is_here(&self, namespace: &str) -> bool {
        self.target.namespace.is_empty() || self.target.namespace == namespace
    }

    /// A change as this watch sees it: an object that ceases to match is deleted, one that begins to is added.
    fn told(&self, change: &Change, selector: &Selector) -> Option<Bytes> {
        if !self.is_here(&change.key.namespace) {
            return None;
        }
        let before = change.before.as_ref().filter(|before| selector.selects(&before.value));
        let now = (!change.gone && selector.selects(&change.now.value)).then_some(&change.now);
        match (before, now) {
            (None, None) => None,
            (None, Some(now)) => Some(self.event("ADDED", now)),
            (Some(_), Some(now)) => Some(self.event("MODIFIED", now)),
            (Some(_), None) if change.gone => Some(self.event("DELETED", &change.now)),
            (Some(before), None) => {
                let mut last = (*before.value).clone();
                meta::set(&mut last, "resourceVersion", change.version.to_string().into());
                Some(self.event("DELETED", &Entry::new(last, change.version)))
            }
        }
    }

    fn event(&self, kind: &str, entry: &Entry) -> Bytes {
        match (self.target.shape, self.form.view) {
            (Shape::CoreEvent, View::Whole) => line(kind, events::core(&entry.value).to_string().as_bytes()),
            (_, view) => line(kind, entry.bytes(view)),
        }
    }

    fn bookmark(&self, version: u64, annotations: &Value) -> Bytes {
        let mut object = match self.form.view {
            View::Metadata => json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}),
            View::Whole | View::Item => zero::of(self.target.of),
        };
        meta::set(&mut object, "resourceVersion", version.to_string().into());
        meta::set(&mut object, "annotations", annotations.clone());
        line("BOOKMARK", object.to_string().as_bytes())
    }
}

fn line(kind: &str, object: &[u8]) -> Bytes {
    let mut line = format!("{{\"type\":\"{kind}\",\"object\":").into_bytes();
    line.extend_from_slice(object);
    line.extend_from_slice(b"}\n");
    line.into()
}
