//! The task that takes spans to the collector. Nobody waits for it.

use std::time::Duration;

use bytes::Bytes;
use sluice_analysis::provider::Http;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use crate::collector::Collector;
use crate::post::{Refusal, post};
use crate::request;
use crate::span::Span;

/// Spans that may wait. More are lost, and counted.
const ROOM: usize = 4096;
/// Spans of one batch.
const MOST: usize = 512;
/// How long the first span of a batch waits for others.
const LINGER: Duration = Duration::from_secs(1);
/// Attempts at a batch.
const ATTEMPTS: u32 = 5;
/// How long what waits at the end may take.
const LAST: Duration = Duration::from_secs(2);

/// Where spans are told. Cloning gives the same.
#[derive(Clone, Debug)]
pub struct Spans {
    sender: Sender<Span>,
    lost: Lost,
}

/// Is told how many spans were lost.
#[derive(Clone)]
struct Lost(std::sync::Arc<dyn Fn(u64) + Send + Sync>);

impl std::fmt::Debug for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lost")
    }
}

impl Spans {
    /// Tells of something that is over. Never waits: what there is no room for is lost, and counted.
    pub fn tell(&self, spans: impl IntoIterator<Item = Span>) {
        for span in spans {
            if self.sender.try_send(span).is_err() {
                (self.lost.0)(1);
            }
        }
    }
}

/// The task that takes spans to the collector.
#[derive(Debug)]
pub struct Exporter {
    task: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl Exporter {
    /// Ends the task once what was told is sent, or two seconds have passed.
    pub async fn stop(self) {
        let abort = self.task.abort_handle();
        if timeout(LAST, self.finish()).await.is_err() {
            abort.abort();
        }
    }

    /// Ends the task once what was told is sent, or lost.
    pub(crate) async fn finish(self) {
        self.stop.send_replace(true);
        // It would be a panic, which the log has.
        let _ = self.task.await;
    }
}

/// Starts the task. `version` is this program's, `lost` is told how many spans did not get through.
///
/// A batch that the collector does not take now is tried again, some 15 s in all, and lost then: the next ones wait meanwhile. The first
/// failure and the first success after it are logged.
pub fn export(
    http: Http,
    to: Collector,
    version: &str,
    lost: impl Fn(u64) + Send + Sync + 'static,
) -> (Spans, Exporter) {
    let (sender, told) = channel(ROOM);
    let (stop, stopped) = watch::channel(false);
    let lost = Lost(std::sync::Arc::new(lost));
    let way = Way { http, to, version: version.to_owned(), lost: lost.clone(), stopped, is_down: false };
    let task = tokio::spawn(way.run(told));
    (Spans { sender, lost }, Exporter { task, stop })
}

/// The way to the collector.
struct Way {
    http: Http,
    to: Collector,
    version: String,
    lost: Lost,
    stopped: watch::Receiver<bool>,
    /// Whether the last batch did not get through.
    is_down: bool,
}

impl Way {
    async fn run(mut self, mut told: Receiver<Span>) {
        let mut batch = Vec::new();
        loop {
            let mut stopped = self.stopped.clone();
            tokio::select! {
                biased;
                _ = told.recv_many(&mut batch, MOST) => {}
                // Whoever dropped the other end stops it too.
                _ = stopped.wait_for(|stop| *stop) => {}
            }
            if batch.is_empty() {
                return;
            }
            self.linger().await;
            while batch.len() < MOST
                && let Ok(span) = told.try_recv()
            {
                batch.push(span);
            }
            self.send(&batch).await;
            batch.clear();
        }
    }

    /// Waits for more spans, unless it is to end.
    async fn linger(&mut self) {
        let _ = timeout(LINGER, self.stopped.wait_for(|stop| *stop)).await;
    }

    async fn send(&mut self, batch: &[Span]) {
        let body = Bytes::from(request::of(&self.to.resource, &self.version, batch).to_string());
        let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let mut attempt = 1;
        let refusal = loop {
            match post(&self.http, &self.to, body.clone()).await {
                Ok(()) => return self.got_through(),
                Err(Refusal::Later(_, wait)) if attempt < ATTEMPTS => {
                    sleep(wait.unwrap_or(Duration::from_secs(1 << (attempt - 1)))).await;
                    attempt += 1;
                }
                Err(refusal) => break refusal,
            }
        };
        let (why, lost) = match refusal {
            Refusal::Later(why, _) | Refusal::Never(why) => (why, count),
            Refusal::Partly(why, rejected) => (why, rejected.min(count)),
        };
        (self.lost.0)(lost);
        if !std::mem::replace(&mut self.is_down, true) {
            warn!(collector = self.to.shown(), lost, "spans are lost: {why}");
        }
    }

    fn got_through(&mut self) {
        if std::mem::take(&mut self.is_down) {
            info!(collector = self.to.shown(), "spans get through again");
        }
    }
}
