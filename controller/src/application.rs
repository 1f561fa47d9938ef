//! The loop of Applications: look, decide, act, write down.

mod apply;
mod claims;
mod compare;
mod half_typed;
mod home;
mod items;
mod observe;
mod prepare;
mod record;
mod rejections;
#[cfg(test)]
mod released;
mod remarks;
mod target;
pub(crate) mod words;

use std::sync::Arc;

use sluice_gitops::application::change::Change;
use sluice_gitops::application::fact::{Fact, Trouble};
use sluice_gitops::application::plan;
use sluice_gitops::application::status::Done;
use tokio::time::Instant;

use crate::context::Context;
use crate::key::{Key, Next};
use crate::metrics::{LoopName, Move};
use apply::Outcome;
use observe::{Observation, Seen};
pub(crate) use prepare::Prepared;

/// Why a pass did not come to its end. Whatever it did is planned on by the next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The Application could not be written.
    #[error("write the status")]
    Status(#[source] kube::Error),
    /// A half-typed Application could not be read.
    #[error("read the Application as it is stored")]
    Stored(#[source] kube::Error),
    /// Something could not be written for now.
    #[error("{0}")]
    Later(String),
}

/// One pass over an Application.
pub async fn reconcile(ctx: &Arc<Context>, key: &Key) -> Result<Next, Error> {
    let Some(cached) = ctx.caches.application(key).filter(|_| ctx.gitops.is_home(&key.namespace)) else {
        return Ok(Next::OnChange);
    };
    let object = match &cached.0 {
        Ok(object) => object,
        Err(invalid) => return half_typed::report(ctx, key, invalid).await,
    };
    let mut watch = ctx.metrics.stopwatch(LoopName::Application);
    let began = Instant::now();
    let now = ctx.clock.now();
    let mut seen = match observe::application(ctx, key, object).await {
        Observation::Whole(seen) => seen,
        Observation::Unfinished => return Ok(Next::At(now)),
        Observation::Waits => return Ok(Next::OnChange),
    };
    watch.lap(Move::Observe);
    let mut plan = plan(&seen.observed, now);
    // Beside what is found out: conditions are worked out anew only then.
    if plan.facts.iter().any(|fact| matches!(fact, Fact::Compared { .. } | Fact::Unknown)) {
        plan.facts.append(&mut seen.remarks);
    }
    watch.lap(Move::Plan);
    let outcome = apply::all(ctx, &seen, plan.changes).await;
    watch.lap(Move::Apply);
    let (facts, done) = told(&seen, plan.facts, &outcome);
    record::pass(ctx, key, &seen, &facts, &done, now).await?;
    watch.lap(Move::Record);
    ctx.metrics.gitops.passed(&record::whose(key, &seen), began.elapsed().as_secs_f64());
    if let Some(why) = outcome.for_now {
        return Err(Error::Later(why));
    }
    let again = Some(now).filter(|_| outcome.is_cut);
    Ok(plan.wake.into_iter().chain(again).min().map_or(Next::OnChange, Next::At))
}

/// What is so after the changes: an operation is not over, and the next has not begun, while some could not be made for now, and what
/// cannot be deleted with its Application is a trouble of that.
fn told(seen: &Seen, mut facts: Vec<Fact>, outcome: &Outcome) -> (Vec<Fact>, Vec<Done>) {
    let mut done = outcome.done.clone();
    if outcome.for_now.is_some() || outcome.is_cut {
        let is_turn = |fact: &Fact| {
            matches!(fact, Fact::Ended(..) | Fact::Retrying { .. } | Fact::Superseded { .. } | Fact::Started { .. })
        };
        facts.retain(|fact| !is_turn(fact));
        done.retain(|one| !matches!(one.change, Change::ClearOperation | Change::Release { .. }));
        facts.extend(outcome.for_now.clone().map(Fact::Held));
    }
    let in_git = done.iter().filter(|one| matches!(one.change, Change::Revert(_)));
    let in_git = in_git.filter_map(|one| Some(format!("{}: {}", one.change, one.result.as_ref().err()?)));
    facts.extend(remarks::listed(Trouble::SyncError, in_git.chain(outcome.still.clone())));
    if seen.observed.deleting.is_some() {
        let failed = done.iter().filter_map(|one| Some(format!("{}: {}", one.change, one.result.as_ref().err()?)));
        facts.extend(remarks::listed(Trouble::DeletionError, failed));
    }
    (facts, done)
}
