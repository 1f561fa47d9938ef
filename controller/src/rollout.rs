//! The loop of Rollouts: look, decide, act, write down.

mod freed;

use std::sync::Arc;

use jiff::Timestamp;
use sluice_core::plan;

use crate::context::Context;
use crate::key::{Key, Next};
use crate::metrics::{LoopName, Move};
use crate::{apply, laws, observe, record};

/// Why a pass did not come to its end. Whatever it did is planned on by the next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The Rollout could not be looked at.
    #[error(transparent)]
    Observe(#[from] observe::Error),
    /// A change could not be made.
    #[error(transparent)]
    Apply(#[from] Box<apply::Error>),
    /// The status could not be written.
    #[error(transparent)]
    Record(#[from] record::Error),
    /// The Services of a Rollout that is gone could not be given back.
    #[error("give back the Services of a deleted Rollout")]
    Free(#[source] kube::Error),
}

/// One pass over a Rollout.
pub async fn reconcile(ctx: &Arc<Context>, key: &Key) -> Result<Next, Error> {
    let mut watch = ctx.metrics.stopwatch(LoopName::Rollout);
    let now = ctx.clock.now();
    if observe::lending::is_on_its_way(ctx, key) {
        return Ok(Next::OnChange);
    }
    let Some(seen) = observe::rollout(ctx, key, now).await? else {
        ctx.traces.forget(key);
        ctx.breaches.answered(key);
        freed::services(ctx, key).await.map_err(Error::Free)?;
        return Ok(Next::OnChange);
    };
    watch.lap(Move::Observe);
    let plan = plan::plan(&seen.observed, now);
    watch.lap(Move::Plan);
    laws::look(ctx, &seen, &plan.changes);
    let done = apply::all(ctx, &seen, plan.changes).await;
    watch.lap(Move::Apply);
    let unwritten = record::pass(ctx, &seen, &plan.facts, &done, now).await?;
    watch.lap(Move::Record);
    let failed = done.error.filter(|error| error.wait().is_none());
    failed.map_or(Ok(next([plan.wake, seen.ask_again, unwritten])), |error| Err(Box::new(error).into()))
}

fn next(wakes: [Option<Timestamp>; 3]) -> Next {
    wakes.into_iter().flatten().min().map_or(Next::OnChange, Next::At)
}

#[cfg(test)]
mod tests;
