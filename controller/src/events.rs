//! Kubernetes events: said by passes, written by a task of their own. A pass never waits for one, and never fails by one.
//!
//! kube's own recorder reads the machine's clock; this one reads the process's, and tells equal events by their text too.

mod series;

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event as Stored;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Client, Resource};
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;
use tracing::debug;

use crate::clock::Clock;
use crate::key::Key;
use crate::metrics::Metrics;
use crate::tasks::Tasks;
use series::{Lately, Told};
use sluice_crds::decode;
use sluice_read::Objects;

/// Events that may wait to be written. More are dropped and counted.
const ROOM: usize = 4096;
/// Who says it.
const SLUICE: &str = "sluice";
/// The longest note that the API server takes, in bytes.
const LONGEST_NOTE: usize = 1024;
/// The longest name of a process that it takes.
const LONGEST_IDENTITY: usize = 128;
/// Longest wait for one to be written. Those that wait behind it are dropped when there is no room.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where passes say events.
#[derive(Clone, Debug)]
pub struct Events {
    sender: Sender<(ObjectReference, Event)>,
    metrics: Arc<Metrics>,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    /// `Normal` or `Warning`.
    kind: &'static str,
    reason: String,
    note: String,
}

impl Events {
    /// Starts the task that writes. Equal events within six minutes are written as one that counts. `identity` tells
    /// which process said it.
    pub fn start(tasks: &Tasks, client: Client, clock: Clock, identity: &str, metrics: Arc<Metrics>) -> Self {
        let (sender, receiver) = channel(ROOM);
        let identity = identity.chars().take(LONGEST_IDENTITY).collect();
        tasks.spawn(write(Writer { client, clock, identity }, receiver, metrics.clone()));
        Self { sender, metrics }
    }

    /// Says that something went as it should.
    pub fn normal<K: Resource<DynamicType = ()>>(&self, about: &K, reason: &str, note: &str) {
        self.say(about, "Normal", reason, note);
    }

    /// Says that somebody should look.
    pub fn warning<K: Resource<DynamicType = ()>>(&self, about: &K, reason: &str, note: &str) {
        self.say(about, "Warning", reason, note);
    }

    fn say<K: Resource<DynamicType = ()>>(&self, about: &K, kind: &'static str, reason: &str, note: &str) {
        if K::kind(&()) == "Rollout" {
            self.metrics.events.inc(&Key::of(about), kind, reason);
        }
        let event = Event { kind, reason: reason.to_owned(), note: shorten(note) };
        if self.sender.try_send((about.object_ref(&()), event)).is_err() {
            self.metrics.events_lost.inc();
        }
    }
}

async fn write(writer: Writer, mut said: Receiver<(ObjectReference, Event)>, metrics: Arc<Metrics>) {
    let mut lately = Lately::default();
    while let Some((about, event)) = said.recv().await {
        let why = match timeout(PATIENCE, writer.write(&mut lately, &about, &event)).await {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer in {} s", PATIENCE.as_secs()),
        };
        metrics.events_lost.inc();
        lately.forget(&about, &event);
        debug!(reason = event.reason, error = why, "event not written");
    }
}

/// Writes events to the API server.
struct Writer {
    client: Client,
    clock: Clock,
    identity: String,
}

impl Writer {
    async fn write(&self, lately: &mut Lately, about: &ObjectReference, event: &Event) -> Result<(), kube::Error> {
        let api: Objects<Stored> =
            Objects::namespaced(self.client.clone(), about.namespace.as_deref().unwrap_or("default"));
        let mut told = lately.count(about, event, self.clock.now());
        if told.count > 1 {
            match self.count(&api, &told).await {
                // It is past its time there, or somebody deleted it.
                Err(kube::Error::Api(status)) if status.is_not_found() => {
                    lately.forget(about, event);
                    told = lately.count(about, event, self.clock.now());
                }
                counted => return counted,
            }
        }
        let object =
            decode(self.object(about, event, &told)).map_err(|misfit| kube::Error::SerdeError(misfit.into()))?;
        let params = PostParams { field_manager: Some(SLUICE.to_owned()), ..PostParams::default() };
        api.create(&params, &object).await.map(drop)
    }

    async fn count(&self, api: &Objects<Stored>, told: &Told) -> Result<(), kube::Error> {
        let patch = json!({"series": {"count": told.count, "lastObservedTime": self.now()}});
        let params = PatchParams { field_manager: Some(SLUICE.to_owned()), ..PatchParams::default() };
        api.patch(&told.name, &params, &Patch::Merge(patch)).await.map(drop)
    }

    fn object(&self, about: &ObjectReference, event: &Event, told: &Told) -> Value {
        json!({
            "metadata": {"name": told.name, "namespace": about.namespace},
            "eventTime": self.now(),
            "type": event.kind,
            "reason": event.reason,
            "action": event.reason,
            "note": event.note,
            "regarding": about,
            "reportingController": SLUICE,
            "reportingInstance": self.identity,
        })
    }

    /// The time as events have it: to the microsecond.
    fn now(&self) -> String {
        format!("{:.6}", self.clock.now())
    }
}

fn shorten(note: &str) -> String {
    if note.len() <= LONGEST_NOTE {
        return note.to_owned();
    }
    let end = note.floor_char_boundary(LONGEST_NOTE - '…'.len_utf8());
    let (start, _) = note.split_at(end);
    format!("{start}…")
}

#[cfg(test)]
mod tests;
