//! The loop of notices: who is told what about a Rollout, beside the loop that releases it.
//!
//! *Guarantees*: no release waits for a service that is slow. What happened is found in the Rollout's status, and what was told of
//! it on the Rollout (annotation `sluice/notices`), so that another process goes on where this one stopped: nothing is lost, and
//! what a process sent but could not note is looked for, where the service can tell (Slack), or sent with the same identifier.

pub(crate) mod configured;
pub(crate) mod desk;
pub mod engine;
mod observe;
mod record;
mod send;
#[cfg(test)]
mod tests;
mod thread;

use std::sync::Arc;

use sluice_notify::plan::plan;
use sluice_notify::story;
use thiserror::Error;
use tokio::time::Instant;

use crate::context::Context;
use crate::key::{Key, Next};

/// Why a pass did not come to its end.
#[derive(Debug, Error)]
pub enum Error {
    /// What was told could not be noted.
    #[error("note on the Rollout what was told")]
    Note(#[source] kube::Error),
}

/// Hears an event of a Rollout that its status does not tell of, if anybody may want to hear of it.
pub(crate) fn hear(ctx: &Context, key: &Key, reason: &str) {
    if ctx.configured.config().is_some()
        && let Some(one) = story::of_event(reason, ctx.clock.now())
    {
        ctx.desks.hear(key, one);
        ctx.queues.notices.add(key.clone());
    }
}

/// One pass over a Rollout's notices.
pub async fn reconcile(ctx: &Arc<Context>, key: &Key) -> Result<Next, Error> {
    let Some(seen) = observe::rollout(ctx, key) else {
        ctx.desks.forget(key);
        return Ok(Next::OnChange);
    };
    let plan = plan(&seen.asked());
    record::problems(ctx, &seen, &plan.problems);
    ctx.desks.put(key, |desk| desk.note = plan.note);
    let again = send::all(ctx, key, &seen).await;
    record::note(ctx, key, &seen).await.map_err(Error::Note)?;
    let wait = again.map(|at| at.duration_since(Instant::now()));
    Ok(wait.and_then(|wait| ctx.clock.now().checked_add(wait).ok()).map_or(Next::OnChange, Next::At))
}
