//! Whether a cluster can be reached: told by what became of requests, and asked again until one is answered.
//!
//! An API server that restarts is back in seconds, and what was seen of it counts meanwhile. One that stays away, or does not know
//! who asks, is a trouble of all who deploy to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backoff::{BackoffBuilder, ExponentialBuilder};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use crate::cluster::Cluster;
use crate::server::{Ask, Failure};

/// Shortest and longest wait between two questions whether it is back.
const WAITS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// What is known of it.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    lost: Mutex<Option<Lost>>,
    /// A request was not answered.
    asked_in_vain: Notify,
    /// A request was answered again.
    answered: Notify,
    /// It is back, and whoever was told that it is not is told so.
    back: Notify,
}

/// It does not answer.
#[derive(Clone, Debug)]
struct Lost {
    since: Instant,
    why: String,
    /// It answers, and does not know us: waiting does not help.
    is_stranger: bool,
}

impl Reach {
    /// Notes what became of a request.
    pub(crate) fn note(&self, failure: Option<&Failure>) {
        let mut lost = self.lost();
        match failure.filter(|failure| is_lost(failure)) {
            None if lost.take().is_some() => self.answered.notify_one(),
            Some(failure) if lost.is_none() => {
                // One alone may be somebody's on the way.
                *lost = Some(Lost { since: Instant::now(), why: sentence(failure), is_stranger: false });
                self.asked_in_vain.notify_one();
            }
            None | Some(_) => {}
        }
    }

    /// Why nothing that was seen counts any more, if that is so: it has not answered for that time, or does not know us.
    pub(crate) fn trouble(&self, trust: Duration) -> Option<String> {
        let lost = self.lost();
        let lost = lost.as_ref()?;
        (lost.is_stranger || lost.since.elapsed() >= trust).then(|| lost.why.clone())
    }

    /// How long what was seen of it still counts; `None`: for as long as it is not lost, or not any more.
    fn left(&self, trust: Duration) -> Option<Duration> {
        let left = trust.checked_sub(self.lost().as_ref()?.since.elapsed())?;
        (!left.is_zero()).then_some(left)
    }

    /// Waits until it is back.
    pub(crate) async fn back(&self) {
        self.back.notified().await;
    }

    /// Whether it was asked in vain last.
    fn is_lost(&self) -> bool {
        self.lost().is_some()
    }

    /// It was asked once more in vain, for nothing but that. What was told before stays as it is.
    fn confirm(&self, failure: &Failure, trust: Duration) {
        if self.trouble(trust).is_none()
            && let Some(lost) = self.lost().as_mut()
        {
            lost.why = sentence(failure);
            lost.is_stranger = failure.code() == 401;
        }
    }

    fn lost(&self) -> MutexGuard<'_, Option<Lost>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it says that nobody answers whom the question is for.
fn is_lost(failure: &Failure) -> bool {
    match failure {
        Failure::Lost(_) | Failure::Late(_) => true,
        Failure::Said(_) => matches!(failure.code(), 401 | 502..=504),
        Failure::Long(_) | Failure::Odd(_) => false,
    }
}

fn sentence(failure: &Failure) -> String {
    match failure {
        Failure::Lost(_) => failure.to_string(),
        _ if failure.code() == 401 => {
            format!("the API server does not know who asks: renew the credentials in the cluster's Secret ({failure})")
        }
        _ => format!("the API server cannot be reached: {failure}"),
    }
}

/// Asks a cluster that did not answer until it does, and tells everybody of both. For ever.
pub(crate) async fn run(cluster: Arc<Cluster>) {
    let reach = cluster.server.reach();
    loop {
        reach.asked_in_vain.notified().await;
        let is_told = until_back(&cluster).await;
        reach.back.notify_waiters();
        if is_told {
            info!(cluster = cluster.settings.name, "the cluster can be used again");
            cluster.tell_everybody();
        }
    }
}

/// Asks until it is answered. Says whether somebody was told that it was not.
async fn until_back(cluster: &Cluster) -> bool {
    let (reach, trust) = (cluster.server.reach(), cluster.settings.limits.trust);
    let (first, longest) = WAITS;
    let waits = ExponentialBuilder::default().with_min_delay(first).with_max_delay(longest).without_max_times();
    let mut waits = waits.build();
    let mut is_told = false;
    while reach.is_lost() {
        if let Err(failure) = cluster.server.ask(Ask::get("/version".to_owned())).await {
            reach.confirm(&failure, trust);
        }
        if let Some(why) = reach.trouble(trust).filter(|_| !is_told) {
            warn!(cluster = cluster.settings.name, why, "the cluster cannot be used");
            cluster.tell_everybody();
            is_told = true;
        }
        // The metric goes by the time and by what is answered: whoever is told by us hears of both at the same moment.
        let wait = waits.next().unwrap_or(longest);
        tokio::select! {
            () = sleep(reach.left(trust).map_or(wait, |left| wait.min(left))) => {}
            () = reach.answered.notified() => {}
        }
    }
    is_told
}
