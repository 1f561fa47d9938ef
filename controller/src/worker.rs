//! Hands due keys to passes: so many at a time, one an object, and never on a cache that lacks the object's own writes.

use std::any::Any;
use std::error::Error;
use std::fmt::Write;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};
use tracing::{error, warn};

use crate::context::Context;
use crate::expectations::Readiness;
use crate::key::{Key, Kind, Next, ObjectId};
use crate::metrics::{LoopName, Passes, in_namespace, of_kind, of_loop};
use crate::queue::Queue;
use crate::timed::timed;

/// How long passes may take to end once the process is told to stop.
const GRACE: Duration = Duration::from_secs(5);
/// Longest pass. One that takes longer waits for an answer that will not come: what it did, the next one sees.
const LONGEST_PASS: Duration = Duration::from_mins(1);
/// Rollouts of which people are told at the same time: most of that is waiting for answers.
pub(crate) const NOTICES: u16 = 8;
/// How long a watch that had to start anew gets to show what it missed.
const RELIST: Duration = Duration::from_secs(1);

/// One loop of the controller.
#[derive(Clone, Debug)]
pub struct Loop {
    name: LoopName,
    kind: Kind,
    threads: u16,
    queue: Arc<Queue<Key>>,
    passes: Passes,
}

impl Loop {
    /// The loop over Rollouts.
    pub fn rollouts(ctx: &Context) -> Self {
        Self {
            name: LoopName::Rollout,
            kind: Kind::Rollout,
            threads: ctx.options.rollout_threads,
            queue: ctx.queues.rollouts.clone(),
            passes: ctx.metrics.rollouts.clone(),
        }
    }

    /// The loop over AnalysisRuns.
    pub fn analysis_runs(ctx: &Context) -> Self {
        Self {
            name: LoopName::AnalysisRun,
            kind: Kind::AnalysisRun,
            threads: ctx.options.analysis_threads,
            queue: ctx.queues.analysis_runs.clone(),
            passes: ctx.metrics.analysis_runs.clone(),
        }
    }

    /// The loop over Experiments.
    pub fn experiments(ctx: &Context) -> Self {
        Self {
            name: LoopName::Experiment,
            kind: Kind::Experiment,
            threads: ctx.options.experiment_threads,
            queue: ctx.queues.experiments.clone(),
            passes: ctx.metrics.experiments.clone(),
        }
    }

    /// The loop over Applications.
    pub fn applications(ctx: &Context) -> Self {
        Self {
            name: LoopName::Application,
            kind: Kind::Application,
            threads: ctx.options.gitops.application_threads,
            queue: ctx.queues.applications.clone(),
            passes: ctx.metrics.applications.clone(),
        }
    }

    /// The loop over rollback policies.
    pub fn policies(ctx: &Context) -> Self {
        Self {
            name: LoopName::Policy,
            kind: Kind::Policy,
            threads: 1,
            queue: ctx.queues.policies.clone(),
            passes: ctx.metrics.policies.clone(),
        }
    }

    /// The loop of notices of Applications.
    pub fn app_notices(ctx: &Context) -> Self {
        Self {
            name: LoopName::AppNotice,
            kind: Kind::Application,
            threads: NOTICES,
            queue: ctx.queues.app_notices.clone(),
            passes: ctx.metrics.notices.app_passes.clone(),
        }
    }

    /// The loop of notices of Rollouts.
    pub fn notices(ctx: &Context) -> Self {
        Self {
            name: LoopName::Notice,
            kind: Kind::Rollout,
            threads: NOTICES,
            queue: ctx.queues.notices.clone(),
            passes: ctx.metrics.notices.passes.clone(),
        }
    }

    /// Runs passes until told to stop, then lets those under way end.
    pub async fn run<P, F, E>(self, ctx: Arc<Context>, pass: P, mut stop: watch::Receiver<bool>)
    where
        P: Fn(Arc<Context>, Key) -> F + Clone + Send + 'static,
        F: Future<Output = Result<Next, E>> + Send,
        E: Error + Send,
    {
        let permits = Arc::new(Semaphore::new(usize::from(self.threads)));
        while let Some((permit, key)) = self.turn(&permits, &mut stop).await {
            let (one, ctx, pass) = (self.clone(), ctx.clone(), pass.clone());
            ctx.clone().tasks.spawn(async move {
                one.pass(&ctx, key, pass).await;
                drop(permit);
            });
        }
        if timeout(GRACE, permits.acquire_many(u32::from(self.threads))).await.is_err() {
            warn!(loop = self.name.as_str(), "passes still under way at the end");
        }
    }

    /// Waits for room and a due key; `None` once told to stop.
    async fn turn(
        &self,
        permits: &Arc<Semaphore>,
        stop: &mut watch::Receiver<bool>,
    ) -> Option<(tokio::sync::OwnedSemaphorePermit, Key)> {
        let turn = async {
            let permit = permits.clone().acquire_owned().await.ok()?;
            Some((permit, self.queue.next().await))
        };
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => None,
            turn = turn => turn,
        }
    }

    async fn pass<P, F, E>(&self, ctx: &Arc<Context>, key: Key, pass: P)
    where
        P: Fn(Arc<Context>, Key) -> F,
        F: Future<Output = Result<Next, E>>,
        E: Error,
    {
        if let Some(until) = self.must_wait(ctx, &key) {
            return self.queue.put_off(&key, until);
        }
        let began = Instant::now();
        let work = timeout(LONGEST_PASS, AssertUnwindSafe(pass(ctx.clone(), key.clone())).catch_unwind());
        let (ended, own) = timed(work).await;
        let namespace = in_namespace(&key.namespace);
        self.passes.seconds.get_or_create(&namespace).observe(began.elapsed().as_secs_f64());
        ctx.metrics.pass_own.get_or_create(&of_loop(self.name)).observe(own.as_secs_f64());
        match ended {
            Ok(Ok(Ok(next))) => return self.went_well(ctx, &key, next),
            Ok(Ok(Err(error))) => {
                warn!(loop = self.name.as_str(), %key, error = chain(&error), "pass failed; trying again");
            }
            Err(_) => {
                warn!(loop = self.name.as_str(), %key, "pass took longer than a minute; trying again");
            }
            Ok(Err(panic)) => {
                ctx.metrics.panics.get_or_create(&of_loop(self.name)).inc();
                error!(loop = self.name.as_str(), %key, panic = message(&*panic), "pass panicked; this object waits, the others go on");
            }
        }
        self.passes.errors.get_or_create(&namespace).inc();
        self.queue.failed(&key);
    }

    fn went_well(&self, ctx: &Context, key: &Key, next: Next) {
        if let Next::At(at) = next {
            self.queue.add_at(key.clone(), ctx.clock.moment(at));
        }
        self.queue.done(key);
    }

    /// Until when the pass must be put off because a cache lacks its last writes.
    fn must_wait(&self, ctx: &Context, key: &Key) -> Option<Instant> {
        let now = Instant::now();
        let readiness = ctx.expectations().readiness(&ObjectId { kind: self.kind, key: key.clone() }, now);
        match readiness {
            Readiness::Ready => None,
            Readiness::Wait(until) => Some(until),
            Readiness::Overdue(kinds) => {
                for kind in kinds {
                    warn!(%kind, %key, "watch does not show our own write; starting it anew");
                    ctx.metrics.stale_caches.get_or_create(&of_kind(kind)).inc();
                    ctx.caches.distrust(kind);
                }
                Some(now + RELIST)
            }
        }
    }
}

/// An error with all its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a String cannot fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests;
