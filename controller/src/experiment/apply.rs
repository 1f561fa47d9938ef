//! Makes the changes of a plan: in order, each idempotent, up to the first that fails.

use sluice_core::experiment::change::Change;

use crate::apply::Cause;
use crate::apply::hand::Hand;
use crate::context::Context;
use crate::experiment::observe::Seen;
use crate::experiment::{Error, analysis, set, traffic};
use crate::key::Kind;

/// What came of a plan.
#[derive(Debug)]
pub(super) struct Done {
    /// The changes that were made, in order.
    pub(super) made: Vec<Change>,
    /// Why it stopped, if it did.
    pub(super) error: Option<Error>,
}

/// Makes these changes.
pub(super) async fn all(ctx: &Context, seen: &Seen, changes: Vec<Change>) -> Done {
    let mut hand = Hand::of(ctx, seen, Kind::Experiment, &seen.experiment.metadata);
    let mut done = Done { made: Vec::new(), error: None };
    for change in changes {
        if let Err(cause) = make(&mut hand, &change).await {
            done.error = Some(Error::Apply { change: change.to_string(), cause });
            break;
        }
        done.made.push(change);
    }
    done
}

async fn make(hand: &mut Hand<'_, Seen>, change: &Change) -> Result<(), Cause> {
    match change {
        Change::CreateSet { template } => set::create(hand, template).await,
        Change::Scale { template, to, .. } => set::scale(hand, template, *to).await,
        Change::ShrinkAfter { template, at } => set::shrink_after(hand, template, *at).await,
        Change::CreateService { template, service } => set::create_service(hand, template, service).await,
        Change::DeleteService { service } => set::delete_service(hand, service).await,
        Change::StartAnalysis { analysis, run } => analysis::start(hand, analysis, run).await,
        Change::StopAnalysis { run, .. } => analysis::stop(hand, run).await,
        Change::LetGo => traffic::let_go(hand).await,
    }
}
