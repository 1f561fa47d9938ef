//! The loops of notices: who is told what about a Rollout or an Application, beside the loops that work on them.
//!
//! *Guarantees*: no release and no sync waits for a service that is slow. What happened is found in the object's status, and what was
//! told of it on the object (annotation `sluice/notices`), so that another process goes on where this one stopped: nothing is lost, and
//! what a process sent but could not note is looked for, where the service can tell (Slack), or sent with the same identifier.

#[cfg(test)]
mod by_policy;
pub(crate) mod configured;
pub(crate) mod desk;
pub mod engine;
mod observe;
mod record;
mod seats;
mod send;
#[cfg(test)]
mod tests;
mod thread;
#[cfg(test)]
mod troubles;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sluice_notify::config::Subject;
use sluice_notify::plan::{Plan, plan};
use sluice_notify::{application, story};
use thiserror::Error;
use tokio::time::Instant;

use crate::context::Context;
use crate::key::{Key, Next};
use crate::told::Told;
use configured::Configured;
use desk::Desks;
use observe::{Nobody, Seen};
use seats::Seats;

/// When to look again at an object that the cache has not as it is.
const AGAIN: Duration = Duration::from_secs(1);

/// Why a pass did not come to its end.
#[derive(Debug, Error)]
pub enum Error {
    /// It could not be seen whether the cache is behind.
    #[error("look at the object once more before anybody is told")]
    Look(#[source] kube::Error),
    /// What was told could not be noted.
    #[error("note on the object what was told")]
    Note(#[source] kube::Error),
}

/// What the passes over notices of one kind of object share.
pub struct Notices {
    /// What is configured.
    pub(crate) configured: Configured,
    /// Notes of what was told, ahead of the caches.
    pub(crate) desks: Desks,
    /// What was said of notices that cannot be sent.
    pub(crate) told: Told,
    /// How many are sent to one service at a time.
    pub(crate) seats: Seats,
    subject: Subject,
}

impl Notices {
    /// With nothing configured yet.
    pub fn new(subject: Subject) -> Self {
        Self {
            configured: Configured::default(),
            desks: Desks::default(),
            told: Told::default(),
            seats: Seats::default(),
            subject,
        }
    }

    /// What they are about.
    pub fn subject(&self) -> Subject {
        self.subject
    }
}

/// Hears an event of a Rollout that its status does not tell of, if anybody may want to hear of it.
pub(crate) fn hear(ctx: &Context, key: &Key, reason: &str) {
    if ctx.notices.configured.config().is_some()
        && let Some(one) = story::of_event(reason, ctx.clock.now())
    {
        ctx.notices.desks.hear(key, one);
        ctx.queues.notices.add(key.clone());
    }
}

/// One pass over a Rollout's notices.
pub async fn reconcile(ctx: &Arc<Context>, key: &Key) -> Result<Next, Error> {
    let (seen, release) = match observe::rollout(ctx, key) {
        Ok(seen) => seen,
        Err(nobody) => return Ok(untold(&ctx.notices.desks, key, nobody)),
    };
    let mut plan = plan(&release.asked(&seen));
    plan.note.shown = release.shown(&seen, &plan.note);
    if is_behind(ctx, key, &seen, &plan).await? {
        release.heard().for_each(|one| ctx.notices.desks.hear(key, one));
        return Ok(look_again(ctx));
    }
    tell(ctx, key, &seen, plan, None).await
}

/// One pass over an Application's notices.
pub async fn application(ctx: &Arc<Context>, key: &Key) -> Result<Next, Error> {
    let (seen, app) = match observe::application(ctx, key) {
        Ok(seen) => seen,
        Err(nobody) => return Ok(untold(&ctx.app_notices.desks, key, nobody)),
    };
    let plan = application::plan(&app.asked(&seen));
    let wake = application::wake(&seen.variables, seen.now);
    if is_behind(ctx, key, &seen, &plan).await? {
        return Ok(look_again(ctx));
    }
    plan.judged.iter().for_each(|judged| ctx.metrics.notices.judged(judged));
    tell(ctx, key, &seen, plan, wake).await
}

/// There is nobody to tell. What happens meanwhile is past for whoever comes later.
fn untold(desks: &Desks, key: &Key, nobody: Nobody) -> Next {
    match nobody {
        Nobody::IsThere => desks.forget(key),
        Nobody::HearsOf { uid } => desks.missed(key, uid),
    }
    Next::OnChange
}

/// Whether what a process would say first is news only by a cache that is behind: of a release that is over, told by the process
/// before it, whose note would be lost.
async fn is_behind(ctx: &Context, key: &Key, seen: &Seen, plan: &Plan) -> Result<bool, Error> {
    if !seen.is_taken_over() || !record::is_news(seen.desk(), &plan.note) {
        return Ok(false);
    }
    let is_current = record::is_current(ctx, key, seen).await.map_err(Error::Look)?;
    if !is_current {
        seen.desks(ctx).close(key);
    }
    Ok(!is_current)
}

/// The watch has something to tell, and mostly does before this.
fn look_again(ctx: &Context) -> Next {
    ctx.clock.now().checked_add(AGAIN).map_or(Next::OnChange, Next::At)
}

/// Sends what a plan owes, and notes what was told.
async fn tell(ctx: &Arc<Context>, key: &Key, seen: &Seen, plan: Plan, wake: Option<Timestamp>) -> Result<Next, Error> {
    record::problems(ctx, seen, &plan.problems);
    seen.desks(ctx).put(key, |desk| desk.note = plan.note);
    let again = send::all(ctx, key, seen).await;
    record::dropped(ctx, seen, &seen.desks(ctx).put(key, |desk| desk.note.overflow()).unwrap_or_default());
    record::note(ctx, key, seen).await.map_err(Error::Note)?;
    let wait = again.map(|at| at.duration_since(Instant::now()));
    let again = wait.and_then(|wait| ctx.clock.now().checked_add(wait).ok());
    Ok(wake.into_iter().chain(again).min().map_or(Next::OnChange, Next::At))
}
