//! Commits that are taken back in git, beside the passes: a slow git server may take minutes, and no pass waits.
//!
//! *Guarantees*: looking never waits. Whoever looked is asked for a pass when it is done or has failed, and when it is to be tried
//! again. Applications that want the same are answered by one attempt, and of one repository there is one attempt at a time: one that
//! hangs delays no other. What a process did not live to note is asked for again by the
//! next one, and found done.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sluice_gitops::application::revert::{Manner, Revert};
use sluice_live::Waits;
use sluice_render::RenderError;
use sluice_render::credentials::Credentials;
use tokio::sync::Semaphore;
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
/// How many are under way at the same time.
const AT_ONCE: usize = 4;

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
    permits: Arc<Semaphore>,
    attempts: Mutex<HashMap<Which, Attempt>>,
}

/// What is taken back, and for which project: projects have credentials of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Which {
    repository: String,
    revision: String,
    commit: String,
    is_pushed: bool,
    project: String,
}

/// Attempts at one.
struct Attempt {
    is_running: bool,
    /// What came of the last one, and when.
    last: Option<(Instant, Result<(), RenderError>)>,
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
        let (take_back, permits) = (hands.take_back.clone(), Arc::new(Semaphore::new(AT_ONCE)));
        Self(Arc::new(Inner { take_back, clock, tasks, queue, permits, attempts: Mutex::default() }))
    }

    /// What came of taking that commit back, for an Application of that project. It is begun, or tried again, where it is time.
    pub fn look(&self, key: &Key, revert: &Revert, project: &str, credentials: &Arc<Credentials>) -> Taken {
        let which = Which::of(revert, project);
        let now = Instant::now();
        let mut attempts = self.lock();
        attempts.retain(|other, attempt| *other == which || attempt.matters(now));
        let attempt = attempts.entry(which.clone()).or_insert_with(|| Attempt::new(&which, now));
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
        // Never closed.
        let Ok(_permit) = self.0.permits.clone().acquire_owned().await else { return };
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
            not_before: now,
            waits: Waits::of(which, WAITS),
            wanted_by: BTreeSet::new(),
            told: BTreeSet::new(),
        }
    }

    /// Whether somebody may still ask for it.
    fn matters(&self, now: Instant) -> bool {
        self.is_running || self.last.as_ref().is_none_or(|(at, _)| now.duration_since(*at) < KNOWN)
    }
}
