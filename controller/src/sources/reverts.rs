//! Commits that are taken back in git, beside the passes: a slow git server may take minutes, and no pass waits.
//!
//! *Guarantees*: looking never waits. Whoever looked is asked for a pass when it is done or has failed, and when it is to be tried
//! again. Applications that want the same are answered by one attempt, and of one repository there is one attempt at a time: one that
//! hangs delays no other, and a server that hangs no other server's. What a process did not live to note is asked for again by the
//! next one, and found done.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sluice_gitops::application::revert::{Manner, Reads, Revert};
use sluice_live::Waits;
use sluice_render::credentials::Credentials;
use sluice_render::{Limits, RenderError, Seats, server};
use tokio::time::Instant;

use super::{Hands, TakeBack, Undo};
use crate::clock::Clock;
use crate::key::Key;
use crate::queue::Queue;
use crate::tasks::Tasks;

/// The waits after failures, the shortest and the longest.
const WAITS: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(10));
/// How long what came of it is known: somebody may still have to write it down.
const KNOWN: Duration = Duration::from_mins(20);

/// What came of taking a commit back, so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Nothing yet.
    UnderWay,
    /// It is done.
    Done,
    /// It failed, and is tried again.
    Failed {
        /// Why.
        why: RenderError,
        /// Whether who looked was not told before.
        is_new: bool,
    },
}

/// Takes commits back. A clone is the same one.
#[derive(Clone)]
pub struct Reverts(Arc<Inner>);

struct Inner {
    take_back: TakeBack,
    clock: Clock,
    tasks: Tasks,
    queue: Arc<Queue<Key>>,
    /// For each attempt one of its server's. Programs that it runs take others.
    seats: Seats,
    attempts: Mutex<HashMap<Which, Attempt>>,
}

/// What is taken back, and for which project: projects have credentials of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Which {
    repository: String,
    revision: String,
    commit: String,
    before: Option<String>,
    reads: Reads,
    is_pushed: bool,
    project: String,
}

/// Attempts at one.
struct Attempt {
    is_running: bool,
    /// What came of the last one, and when.
    last: Option<(Instant, Result<(), RenderError>)>,
    /// When somebody last asked for it.
    asked: Instant,
    /// Before that it is not tried again.
    not_before: Instant,
    waits: Waits,
    /// Who wants it.
    wanted_by: BTreeSet<Key>,
    /// Who was told of the last failure.
    told: BTreeSet<Key>,
}

impl Reverts {
    /// Takes back by these hands, and asks `queue` for passes.
    pub fn new(hands: &Hands, clock: Clock, tasks: Tasks, queue: Arc<Queue<Key>>) -> Self {
        let (take_back, seats) = (hands.take_back.clone(), Seats::new(&Limits::default()));
        Self(Arc::new(Inner { take_back, clock, tasks, queue, seats, attempts: Mutex::default() }))
    }

    /// What came of taking that commit back, for an Application of that project. It is begun, or tried again, where it is time.
    pub fn look(&self, key: &Key, revert: &Revert, project: &str, credentials: &Arc<Credentials>) -> Taken {
        let which = Which::of(revert, project);
        let now = Instant::now();
        let mut attempts = self.lock();
        attempts.retain(|other, attempt| *other == which || attempt.matters(now));
        let attempt = attempts.entry(which.clone()).or_insert_with(|| Attempt::new(&which, now));
        attempt.asked = now;
        attempt.wanted_by.insert(key.clone());
        let is_due = !matches!(attempt.last, Some((_, Ok(())))) && attempt.not_before <= now;
        let is_free =
            !attempts.iter().any(|(other, attempt)| attempt.is_running && other.repository == which.repository);
        let Some(attempt) = attempts.get_mut(&which) else { return Taken::UnderWay };
        if is_due && is_free {
            attempt.is_running = true;
            let undo = Undo {
                revert: revert.clone(),
                project: project.to_owned(),
                credentials: credentials.clone(),
                now: self.0.clock.now(),
            };
            let (this, which) = (self.clone(), which.clone());
            self.0.tasks.spawn(async move { this.attempt(which, undo).await });
        }
        match &attempt.last {
            None => Taken::UnderWay,
            Some((_, Ok(()))) => Taken::Done,
            Some((_, Err(why))) => {
                if !attempt.is_running && !is_due {
                    self.0.queue.add_at(key.clone(), attempt.not_before);
                }
                Taken::Failed { why: why.clone(), is_new: attempt.told.insert(key.clone()) }
            }
        }
    }

    async fn attempt(self, which: Which, undo: Undo) {
        let _seat = self.0.seats.talking(server(&which.repository)).await;
        let outcome = (self.0.take_back)(undo).await;
        let now = Instant::now();
        let mut attempts = self.lock();
        let Some(attempt) = attempts.get_mut(&which) else { return };
        attempt.is_running = false;
        attempt.not_before = now + attempt.waits.failed();
        attempt.last = Some((now, outcome));
        attempt.told.clear();
        // Whoever wants something else of that repository had to wait.
        let of_it = attempts.iter().filter(|(other, _)| other.repository == which.repository);
        let wanted_by: BTreeSet<Key> = of_it.flat_map(|(_, attempt)| attempt.wanted_by.iter().cloned()).collect();
        drop(attempts);
        for key in wanted_by {
            self.0.queue.add(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Which, Attempt>> {
        self.0.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Which {
    fn of(revert: &Revert, project: &str) -> Self {
        Self {
            repository: revert.repository.clone(),
            revision: revert.revision.clone(),
            commit: revert.commit.clone(),
            before: revert.before.clone(),
            reads: revert.reads.clone(),
            is_pushed: revert.manner == Manner::Push,
            project: project.to_owned(),
        }
    }
}

impl Attempt {
    fn new(which: &Which, now: Instant) -> Self {
        Self {
            is_running: false,
            last: None,
            asked: now,
            not_before: now,
            waits: Waits::of(which, WAITS),
            wanted_by: BTreeSet::new(),
            told: BTreeSet::new(),
        }
    }

    /// Whether somebody may still ask for it.
    fn matters(&self, now: Instant) -> bool {
        let since = self.last.as_ref().map_or(self.asked, |(at, _)| *at);
        self.is_running || now.duration_since(since) < KNOWN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It waits for another commit of its repository, and its Application is deleted meanwhile.
    #[tokio::test(start_paused = true)]
    async fn what_was_never_tried_is_forgotten_once_nobody_asks_for_it_any_more() {
        let which = Which {
            repository: "https://git/shop".to_owned(),
            revision: "main".to_owned(),
            commit: "r1".to_owned(),
            before: None,
            reads: Reads::default(),
            is_pushed: true,
            project: "team".to_owned(),
        };
        let now = Instant::now();
        let waiting = Attempt::new(&which, now);
        assert!(waiting.matters(now + KNOWN / 2) && !waiting.matters(now + KNOWN));
        let running = Attempt { is_running: true, ..Attempt::new(&which, now) };
        assert!(running.matters(now + KNOWN * 2));
    }
}
