//! Kubernetes events: said by passes, written by a task of their own. A pass never waits for one, and never fails by one.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::{Client, Resource};
use kube_runtime::events::{Event, EventType, Recorder, Reporter};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tracing::debug;

use crate::key::Key;
use crate::metrics::Metrics;

/// Events that may wait to be written. More are dropped and counted.
const ROOM: usize = 4096;
/// The longest note that the API server takes, in bytes.
const LONGEST_NOTE: usize = 1024;

/// Where passes say events.
#[derive(Clone, Debug)]
pub struct Events {
    sender: Sender<(ObjectReference, Event)>,
    metrics: Arc<Metrics>,
}

impl Events {
    /// Starts the task that writes. It ends when the last `Events` is dropped. Equal events within six minutes are
    /// written as one that counts.
    pub fn start(client: Client, metrics: Arc<Metrics>) -> Self {
        let (sender, receiver) = channel(ROOM);
        tokio::spawn(write(client, receiver, metrics.clone()));
        Self { sender, metrics }
    }

    /// Says that something went as it should.
    pub fn normal<K: Resource<DynamicType = ()>>(&self, about: &K, reason: &str, note: &str) {
        self.say(about, EventType::Normal, reason, note);
    }

    /// Says that somebody should look.
    pub fn warning<K: Resource<DynamicType = ()>>(&self, about: &K, reason: &str, note: &str) {
        self.say(about, EventType::Warning, reason, note);
    }

    fn say<K: Resource<DynamicType = ()>>(&self, about: &K, type_: EventType, reason: &str, note: &str) {
        if K::kind(&()) == "Rollout" {
            let kind = if type_ == EventType::Normal { "Normal" } else { "Warning" };
            self.metrics.events.inc(&Key::of(about), kind, reason);
        }
        let event = Event {
            type_,
            reason: reason.to_owned(),
            note: Some(shorten(note)),
            action: reason.to_owned(),
            secondary: None,
        };
        if self.sender.try_send((about.object_ref(&()), event)).is_err() {
            self.metrics.events_lost.inc();
        }
    }
}

async fn write(client: Client, mut said: Receiver<(ObjectReference, Event)>, metrics: Arc<Metrics>) {
    let reporter = Reporter { controller: "sluice".to_owned(), instance: std::env::var("POD_NAME").ok() };
    let recorder = Recorder::new(client, reporter);
    while let Some((about, event)) = said.recv().await {
        if let Err(error) = recorder.publish(&event, &about).await {
            metrics.events_lost.inc();
            debug!(reason = event.reason, %error, "event not written");
        }
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
mod tests {
    use super::*;

    #[test]
    fn a_long_note_is_cut_between_characters() {
        assert_eq!(shorten("short"), "short");
        let cut = shorten(&"ä".repeat(1000));
        assert!(cut.len() <= LONGEST_NOTE && cut.ends_with("ä…"), "{}", cut.len());
    }
}
