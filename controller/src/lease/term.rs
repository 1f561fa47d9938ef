//! One process's time as a candidate, as the leader, and its end.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

use super::{Lock, Record, Times, Turn, turn};
use crate::fence::Fence;

/// How a process stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Another one leads, or nobody yet.
    #[default]
    Waiting,
    /// It leads.
    Leading,
    /// It led, and must end. The text says why.
    Lost(String),
}

/// Who holds the Lease after a try.
enum Holder {
    Me,
    Other(String),
}

/// A process's way to leadership and through it.
pub struct Term {
    lock: Lock,
    times: Times,
    fence: Fence,
    /// The Lease as it was last seen, and since when it has been so.
    seen: Option<(Record, Instant)>,
    /// When the last renewal that went through was sent.
    renewed: Option<Instant>,
    /// Whether the last try failed, and was told of.
    failing: bool,
}

impl Term {
    /// A candidate. Opens the fence while it leads.
    pub fn new(lock: Lock, times: Times, fence: Fence) -> Self {
        Self { lock, times, fence, seen: None, renewed: None, failing: false }
    }

    /// Waits to lead, then leads until that cannot go on. Tells how it stands.
    pub async fn run(mut self, standing: watch::Sender<Standing>) {
        loop {
            let tried = timeout(self.patience(), self.take_turn()).await;
            if let Some(why) = self.lost(tried.as_ref().ok()) {
                self.fence.close();
                standing.send_replace(Standing::Lost(why));
                return;
            }
            match tried {
                Ok(Ok(_)) => self.failing = false,
                Ok(Err(error)) => self.tell(&error),
                Err(_) => self.tell(&"no answer in time"),
            }
            if self.renewed.is_some() {
                standing.send_if_modified(|now| std::mem::replace(now, Standing::Leading) == Standing::Waiting);
            }
            sleep(self.pause()).await;
        }
    }

    /// Why leadership is over after this try, if it is.
    fn lost(&self, tried: Option<&kube::Result<Holder>>) -> Option<String> {
        let renewed = self.renewed?;
        let name = &self.lock.name;
        if let Some(Ok(Holder::Other(other))) = tried {
            return Some(format!("{other:?} holds Lease {name} now"));
        }
        let late = renewed.elapsed() >= self.times.deadline;
        late.then(|| format!("Lease {name} could not be renewed for {:?}", self.times.deadline))
    }

    /// How long a try may take: a leader's must end before its time does.
    fn patience(&self) -> Duration {
        let left = |renewed: Instant| (renewed + self.times.deadline).saturating_duration_since(Instant::now());
        self.renewed.map_or(self.times.deadline, left)
    }

    /// How long until the next try. Whoever waits looks twice as often as a leader renews: a Lease that was given back is not left lying.
    fn pause(&self) -> Duration {
        if self.renewed.is_some() { self.times.retry } else { self.times.retry / 2 }
    }

    async fn take_turn(&mut self) -> kube::Result<Holder> {
        let found = self.lock.read().await?;
        let now = Instant::now();
        let since = self.look(found.as_ref().map(|(record, _)| record), now);
        let (record, lease) = found.unzip();
        let holder = record.as_ref().map(|record| record.holder.clone()).unwrap_or_default();
        match (turn(&self.lock.me, record.as_ref(), since, now), lease) {
            (Turn::Renew | Turn::Take(_), Some(lease)) => self.lock.hold(lease, &self.times).await?,
            (Turn::Create, _) => self.lock.create(&self.times).await?,
            _ => return Ok(Holder::Other(holder)),
        }
        if self.renewed.is_none() {
            let from = if holder.is_empty() { "nobody" } else { &holder };
            info!(lease = self.lock.name, me = self.lock.me, from, "leading now: the Lease is taken over");
        }
        // From before the write was sent: others count from later.
        self.renewed = Some(now);
        self.fence.open_until(now + self.times.deadline);
        Ok(Holder::Me)
    }

    /// Notes what the Lease says. Returns since when it has said so.
    fn look(&mut self, record: Option<&Record>, now: Instant) -> Instant {
        match (&self.seen, record) {
            (Some((seen, since)), Some(record)) if seen == record => *since,
            _ => {
                self.seen = record.map(|record| (record.clone(), now));
                now
            }
        }
    }

    fn tell(&mut self, error: &dyn std::fmt::Display) {
        if !std::mem::replace(&mut self.failing, true) {
            warn!(lease = self.lock.name, %error, "the Lease cannot be read or renewed; trying again");
        }
    }
}
