//! One Experiment, from look to record.

mod analysis;
mod apply;
mod half_typed;
mod observe;
mod record;
mod set;
mod traffic;

use sluice_core::experiment::plan;
use thiserror::Error;

use crate::apply::Cause;
use crate::context::Context;
use crate::key::{Key, Next};
use crate::metrics::{LoopName, Move};
pub(crate) use observe::{services, sets};

/// Why a pass of an Experiment ended early. It is planned again from what it left.
#[derive(Debug, Error)]
pub enum Error {
    /// A change could not be made.
    #[error("{change}")]
    Apply {
        /// What was to be done.
        change: String,
        /// Why it could not be.
        #[source]
        cause: Cause,
    },
    /// The status could not be written.
    #[error("write the status")]
    Status(#[source] kube::Error),
    /// A half-typed Experiment could not be read.
    #[error("read the Experiment as it is stored")]
    Stored(#[source] kube::Error),
}

/// One pass over an Experiment.
pub async fn reconcile(ctx: &Context, key: &Key) -> Result<Next, Error> {
    let Some(cached) = ctx.caches.experiment(key) else { return Ok(Next::OnChange) };
    let object = match &cached.0 {
        Ok(object) => object,
        Err(invalid) => return half_typed::report(ctx, key, invalid).await,
    };
    let mut watch = ctx.metrics.stopwatch(LoopName::Experiment);
    let now = ctx.clock.now();
    let seen = observe::experiment(ctx, key, object);
    watch.lap(Move::Observe);
    let plan = plan(&seen.observed, now);
    watch.lap(Move::Plan);
    let done = apply::all(ctx, &seen, plan.changes).await;
    watch.lap(Move::Apply);
    record::pass(ctx, key, &seen, &plan.facts, &done, now).await?;
    watch.lap(Move::Record);
    done.error.map_or(Ok(plan.wake.map_or(Next::OnChange, Next::At)), Err)
}
