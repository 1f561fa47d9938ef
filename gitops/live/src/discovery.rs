//! What the API server serves, asked at the beginning, when a kind is missing, and when definitions of kinds change.

mod aggregated;
mod by_group;
mod definitions;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::{debug, warn};

pub(crate) use self::definitions::{SOURCES, follow};
use crate::api::Api;
use crate::known::Known;
use crate::server::{Ask, Failure, Server};

/// How far apart it is asked because a kind is missing, or because definitions changed that nobody waits for.
const APART: Duration = Duration::from_secs(10);
/// How long after a change of definitions it is asked for somebody who waits: they come by the dozen.
const SOON: Duration = Duration::from_millis(500);
/// How long after a change of definitions it is asked once more, while a kind is missing: the API server learns it by and by.
const FOLLOW_UP: Duration = Duration::from_secs(5);
/// How long after an answer that lacks a kind it is asked once more.
const SURE: Duration = Duration::from_secs(2);
/// How far apart it is asked in any case, while something is broken or missing.
const AGAIN: Duration = Duration::from_mins(1);
/// How far apart it is asked when all is well.
const SELDOM: Duration = Duration::from_mins(10);

/// What is known of the API, and who renews it.
pub(crate) struct Discovery {
    known: watch::Sender<Known<Arc<Api>>>,
    ask: Notify,
    /// Definitions changed since it was asked.
    stale: AtomicBool,
    /// Somebody misses a kind.
    missing: AtomicBool,
    /// The last two answers agree on what is served.
    sure: AtomicBool,
}

impl Discovery {
    pub(crate) fn new() -> Self {
        Self {
            known: watch::Sender::new(Known::Pending),
            ask: Notify::new(),
            stale: AtomicBool::new(false),
            missing: AtomicBool::new(false),
            sure: AtomicBool::new(false),
        }
    }

    /// What is known.
    pub(crate) fn api(&self) -> Known<Arc<Api>> {
        self.known.borrow().clone()
    }

    /// Whether a kind that is not known is not served: one answer alone may have left it out.
    pub(crate) fn is_sure(&self) -> bool {
        self.sure.load(Ordering::Relaxed)
    }

    /// Definitions of kinds changed.
    pub(crate) fn changed(&self) {
        self.stale.store(true, Ordering::Relaxed);
        self.ask.notify_one();
    }

    /// Somebody misses a kind, or nobody does any more. Missing one for the first time is a reason to ask.
    pub(crate) fn missing(&self, missing: bool) {
        if missing && !self.missing.swap(missing, Ordering::Relaxed) {
            self.ask.notify_one();
        }
        self.missing.store(missing, Ordering::Relaxed);
    }

    /// Waits until it was asked anew, if that may be soon, for somebody who cannot go on without.
    pub(crate) async fn renewed(&self, patience: Duration) -> Known<Arc<Api>> {
        let mut known = self.known.subscribe();
        known.mark_unchanged();
        self.missing.store(true, Ordering::Relaxed);
        self.ask.notify_one();
        // Too early to be asked anew: what is known is new enough.
        let _ = timeout(patience, known.changed()).await;
        self.api()
    }

    /// Asks for ever; `told` hears of each change.
    ///
    /// A kind is gone once two answers lack it: an API server that begins, or one whose definitions are being read, may leave out
    /// what it serves a moment later, and who believes that takes objects for gone.
    pub(crate) async fn run(&self, server: &Server, told: impl Fn()) {
        let mut failures = 0_u32;
        let mut before: Option<Api> = None;
        loop {
            let was_stale = self.stale.swap(false, Ordering::Relaxed);
            let began = Instant::now();
            match discover(server).await {
                Ok(answer) => {
                    failures = 0;
                    let mut api = answer.clone();
                    let is_sure = before.replace(answer).is_some_and(|before| !api.take_in(&before));
                    self.sure.store(is_sure, Ordering::Relaxed);
                    self.learn(Known::Ready(Arc::new(api)), &told);
                }
                Err(failure) => {
                    failures = failures.saturating_add(1);
                    warn!(error = %failure, "the API server's kinds cannot be asked");
                    self.fail(failure.to_string(), &told);
                }
            }
            match failures {
                0 if !self.is_sure() => sleep_until(began + SURE).await,
                0 => self.until_due(began, was_stale).await,
                failures => sleep(Duration::from_secs(1 << failures.min(5)) / 2).await,
            }
        }
    }

    /// What was known stays known: an API server that restarts serves the same again.
    fn fail(&self, why: String, told: &impl Fn()) {
        if !matches!(*self.known.borrow(), Known::Ready(_)) {
            self.learn(Known::Failed(why), told);
        }
    }

    fn learn(&self, new: Known<Arc<Api>>, told: &impl Fn()) {
        let mut is_news = false;
        self.known.send_modify(|known| {
            is_news = *known != new;
            *known = new;
        });
        if is_news {
            debug!("the API server's kinds changed");
            told();
        }
    }

    /// Waits until it is to be asked again, at the latest when the time for that has come.
    async fn until_due(&self, began: Instant, was_stale: bool) {
        let is_missing = self.missing.load(Ordering::Relaxed);
        let is_broken = self.api().ready().is_some_and(|api| !api.broken.is_empty());
        let due = began
            + match (is_missing, was_stale) {
                (true, true) => FOLLOW_UP,
                (true, false) => AGAIN,
                (false, _) => {
                    if is_broken {
                        AGAIN
                    } else {
                        SELDOM
                    }
                }
            };
        tokio::select! {
            () = sleep_until(due) => {}
            () = self.called(began) => {}
        }
    }

    /// Whether definitions changed, and somebody waits for a kind.
    fn is_urgent(&self) -> bool {
        self.stale.load(Ordering::Relaxed) && self.missing.load(Ordering::Relaxed)
    }

    /// Waits until somebody may have it asked anew: what is missing is looked for at times, and what changed soon.
    async fn called(&self, began: Instant) {
        self.ask.notified().await;
        while !self.is_urgent() && began.elapsed() < APART {
            tokio::select! {
                () = sleep_until(began + APART) => {}
                () = self.ask.notified() => {}
            }
        }
        if self.stale.load(Ordering::Relaxed) {
            sleep(SOON).await;
        }
    }
}

/// Asks what is served: in one go where the API server can, else group by group.
async fn discover(server: &Server) -> Result<Api, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Version {
        git_version: String,
    }
    let version = server.ask(Ask::get("/version".to_owned())).await?;
    let version: Version = serde_json::from_slice(&version).map_err(|error| Failure::Odd(error.to_string()))?;
    let mut api = match aggregated::discover(server).await? {
        Some(api) => api,
        None => by_group::discover(server).await?,
    };
    api.version = version.git_version;
    Ok(api)
}

#[cfg(test)]
mod tests;
