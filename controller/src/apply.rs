//! Makes the changes of a plan at the API server: in order, each idempotent, up to the first that fails. A revision that the API
//! server does not want keeps nothing from being done about those that are there.
//!
//! Every write names the version it was decided on, or tests what it relies on, so that it cannot undo what somebody
//! else wrote meanwhile. Every write is noted, so that the next pass waits until the caches have it.

mod analysis;
mod apart;
mod arm;
mod aside;
mod blind;
mod error;
mod evict;
mod experiment;
pub(crate) mod hand;
mod lender;
mod marks;
mod policy;
pub(crate) mod ports;
mod revision;
mod route;
mod service;

use jiff::Timestamp;
use sluice_core::change::{Change, Why};
use sluice_core::users;

use crate::context::Context;
use crate::observe::Seen;
pub use error::{Cause, Error};
use hand::Hand;

/// What came of a plan.
#[derive(Debug)]
pub struct Done {
    /// The changes that were made, in order.
    pub made: Vec<Change>,
    /// What failed first, if anything did.
    pub error: Option<Error>,
    /// When the last users had been taken back from the new revision, if that was among the changes.
    pub users_back: Option<Timestamp>,
    /// The Rollout's version, as the status must name it.
    pub version: Option<String>,
}

/// Makes these changes.
pub async fn all(ctx: &Context, seen: &Seen, changes: Vec<Change>) -> Done {
    let mut hand = Hand::new(ctx, seen);
    let mut done = Done { made: Vec::new(), error: None, users_back: None, version: None };
    for change in changes {
        if let Err(cause) = make(&mut hand, &change).await {
            let error = Error { change, cause };
            let goes_on = error.refusal().is_some();
            done.error.get_or_insert(error);
            if goes_on {
                continue;
            }
            break;
        }
        if users::are_taken_back_by(&seen.observed, &change) {
            done.users_back = Some(ctx.clock.now());
        }
        done.made.push(change);
    }
    done.version = hand.owner_version();
    done
}

async fn make(hand: &mut Hand<'_>, change: &Change) -> Result<(), Cause> {
    match change {
        Change::CreateRevision { hash, number } => revision::create(hand, hash, *number).await,
        Change::Renumber { hash, number } => revision::renumber(hand, hash, *number).await,
        Change::Scale { hash, to: 0, .. } => revision::empty(hand, hash).await,
        Change::Scale { hash, to, why: Why::LessTraffic | Why::MakeRoom, .. } => {
            revision::follow_traffic(hand, hash, *to).await
        }
        Change::Scale { hash, to, .. } => revision::scale(hand, hash, *to).await,
        Change::ScaleLender { lender, to, instead, had, .. } => lender::scale(hand, lender, *to, *instead, *had).await,
        Change::NoteHandover { lender, from } => lender::note(hand, lender, *from).await,
        Change::PointService { service, to, why } => arm::point(hand, service, to, why).await,
        Change::Route { to, aside, .. } => route::share(hand, *to, aside).await,
        Change::SetRoutes { routes, .. } => route::managed(hand, routes).await,
        Change::ShrinkAfter { hash, at, .. } => revision::shrink_after(hand, hash, *at).await,
        Change::Remember { hash, past } => revision::remember(hand, hash, *past).await,
        Change::Record { hash, record } => revision::record(hand, hash, record).await,
        Change::Mark { hash, labels, annotations, record, .. } => {
            marks::template(hand, hash, labels, annotations, record).await
        }
        Change::MarkPods { pods, labels, annotations, .. } => marks::pods(hand, pods, labels, annotations).await,
        Change::Evict { pod, uid, .. } => evict::pod(hand, pod, uid).await,
        Change::StartAnalysis { name, role, hash, number } => analysis::start(hand, name, *role, hash, *number).await,
        Change::StopAnalysis { name, .. } => analysis::stop(hand, name).await,
        Change::DeleteAnalysis { name } => analysis::delete(hand, name).await,
        Change::StartExperiment { name, step, hash, number } => {
            experiment::start(hand, name, *step, hash, *number).await
        }
        Change::StopExperiment { name, .. } => experiment::stop(hand, name).await,
        Change::DeleteExperiment { name } => experiment::delete(hand, name).await,
        Change::DeleteRevision { hash, .. } => revision::delete(hand, hash).await,
    }
}
