//! One AnalysisRun, from look to record: fold what was measured, write it down, measure what is due.
//!
//! Status is written before the next measurement starts, in one write from a measurement's answer. Measurements run
//! beside the passes: a slow metric provider holds nobody up but its own metric.

mod expiry;
mod half_typed;
mod job;
mod measuring;
mod observe;
mod pods;
mod record;
mod vault;

use std::sync::Arc;

use sluice_analysis::fold;
use sluice_analysis::plan::{Wake, plan};
use sluice_crds::AnalysisRun;
use thiserror::Error;

use crate::context::Context;
use crate::key::{Key, Next};
use crate::metrics::{LoopName, Move};
pub use measuring::Measuring;

/// Why a pass of an AnalysisRun ended early. It is tried again.
#[derive(Debug, Error)]
pub enum Error {
    /// A Secret could not be read, although it may be there.
    #[error("read Secret {name}")]
    Secret {
        /// Its name.
        name: String,
        /// Why not.
        #[source]
        source: kube::Error,
    },
    /// The status could not be written.
    #[error("write the status")]
    Status(#[source] kube::Error),
    /// A status that no JSON can say; a mistake of the program.
    #[error("put the status into JSON")]
    Json(#[from] serde_json::Error),
    /// A half-typed run could not be read.
    #[error("read the run as it is stored")]
    Stored(#[source] kube::Error),
    /// A Job that nobody waits for any more could not be deleted.
    #[error("delete a Job of the run, which ends")]
    Job(#[source] kube::Error),
    /// A run past its time could not be deleted.
    #[error("delete the run, which is past its ttlStrategy")]
    Delete(#[source] kube::Error),
}

/// One pass of one AnalysisRun.
pub async fn reconcile(ctx: Arc<Context>, measuring: Arc<Measuring>, key: Key) -> Result<Next, Error> {
    let Some(object) = ctx.caches.analysis_run(&key) else {
        measuring.forget(&key);
        return Ok(Next::OnChange);
    };
    match &object.0 {
        Err(invalid) => half_typed::report(&ctx, &key, invalid).await,
        Ok(run) if run.status.as_ref().is_some_and(|status| status.phase.is_completed()) => {
            measuring.forget(&key);
            expiry::expire(&ctx, &key, run).await
        }
        Ok(run) => go_on(&ctx, &measuring, &key, run).await,
    }
}

/// A pass of a run that has not ended.
async fn go_on(ctx: &Arc<Context>, measuring: &Arc<Measuring>, key: &Key, object: &AnalysisRun) -> Result<Next, Error> {
    let mut watch = ctx.metrics.stopwatch(LoopName::AnalysisRun);
    let mut seen = observe::run(ctx, measuring, key, object).await?;
    watch.lap(Move::Observe);
    let uid = object.metadata.uid.as_deref().unwrap_or_default();
    if let Ok(run) = &seen.spec
        && run.terminate
    {
        measuring.stop_jobs(key, run);
        measuring.add(key, job::stop(ctx, key, uid, run, &seen).await?);
        seen.readings = measuring.readings(key, uid);
    }
    let now = ctx.clock.now();
    let folded = match &seen.spec {
        Ok(run) => fold::fold(run, &seen.status, seen.readings.clone(), now),
        Err(violations) => fold::invalid(&seen.status, violations, now),
    };
    watch.lap(Move::Plan);
    if let Ok(run) = &seen.spec
        && folded.phase.is_completed()
    {
        measuring.stop_jobs(key, run);
        job::stop(ctx, key, uid, run, &seen).await?;
    }
    record::status(ctx, key, object, &seen, &folded).await?;
    measuring.recorded(key, seen.readings.len());
    watch.lap(Move::Record);
    let Ok(run) = &seen.spec else { return Ok(Next::OnChange) };
    let plan = plan(run, &folded, &measuring.under_way(key), now);
    for metric in plan.measure {
        measuring.start(ctx, key, metric.clone(), job::number(&folded, &metric.name));
    }
    watch.lap(Move::Apply);
    Ok(match plan.wake {
        Wake::OnChange => Next::OnChange,
        Wake::At(at) => Next::At(at),
    })
}

#[cfg(test)]
mod tests;
