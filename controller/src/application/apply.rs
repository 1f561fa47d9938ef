//! From changes to writes: in their order, those of one kind beside each other, each checked against the project as it is then.

mod gate;
mod left;
mod one;
mod reverts;

use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use sluice_gitops::Object;
use sluice_gitops::application::change::Change;
use sluice_gitops::application::status::Done;
use sluice_live::WriteError;
use tokio::time::{Instant, sleep};

use super::observe::{Seen, Way};
use crate::context::Context;
use crate::key::Key;
use one::Hand;

/// What became of a plan's changes.
#[derive(Default)]
pub(super) struct Outcome {
    /// Those that were made, or cannot be.
    pub done: Vec<Done>,
    /// Why some could not be made for now: nothing about them is known, and the next pass plans them again.
    pub for_now: Option<String>,
    /// Whether there was no time for some of them, or they may not be made any more: the next pass says so.
    pub is_cut: bool,
    /// Commits that could not be taken back in git, each with why, as was told before.
    pub still: Vec<String>,
}

/// How long one pass writes. What is left by then is the next one's.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a definition may take until its kind is served.
const DEFINED: Duration = Duration::from_secs(10);
/// How often it is looked.
const GLANCE: Duration = Duration::from_millis(100);

/// Makes changes, and looks how far those are that are made beside the passes. One that fails keeps none of the others from being made.
pub(super) async fn all(ctx: &Context, seen: &Seen, changes: Vec<Change>) -> Outcome {
    let mut outcome = Outcome::default();
    let (in_git, changes): (Vec<Change>, Vec<Change>) =
        changes.into_iter().partition(|change| matches!(change, Change::Revert(_)));
    reverts::look(ctx, seen, in_git, &mut outcome);
    let end = Instant::now() + PATIENCE;
    for lane in lanes(changes) {
        if Instant::now() >= end {
            outcome.is_cut = true;
            return outcome;
        }
        lane_made(ctx, seen, lane, (end, &mut outcome)).await;
    }
    outcome
}

/// Changes that may be made beside each other: neighbours that do the same to objects of one kind.
fn lanes(changes: Vec<Change>) -> Vec<Vec<Change>> {
    let mut lanes: Vec<Vec<Change>> = Vec::new();
    for change in changes {
        match lanes.last_mut().filter(|lane| lane.last().is_some_and(|last| kind(last) == kind(&change))) {
            Some(lane) => lane.push(change),
            None => lanes.push(vec![change]),
        }
    }
    lanes
}

/// What a change does, and to which kind.
fn kind(change: &Change) -> (u8, &str, &str) {
    match change {
        Change::Apply { object, .. } => (0, object.group(), object.kind()),
        Change::Run { object, .. } => (1, object.group(), object.kind()),
        Change::Prune { key, .. } => (2, &key.group, &key.kind),
        Change::DeleteHook { key, .. } => (3, &key.group, &key.kind),
        Change::ReleaseHook { key } => (4, &key.group, &key.kind),
        Change::ClearOperation | Change::ClearRefresh | Change::Hold { .. } | Change::Release { .. } => (5, "", ""),
        Change::Revert(_) => (6, "", ""),
    }
}

async fn lane_made(ctx: &Context, seen: &Seen, lane: Vec<Change>, (end, outcome): (Instant, &mut Outcome)) {
    let definitions: Vec<Object> = lane.iter().filter_map(definition).collect();
    let at_once = usize::from(ctx.options.gitops.application_writes);
    let made: Vec<BoxFuture<'_, Made>> = lane.into_iter().map(|change| made(ctx, seen, change, end).boxed()).collect();
    let made: Vec<Made> = futures::stream::iter(made).buffered(at_once).collect().await;
    for one in made {
        match one {
            Made::Done(done) => outcome.done.push(done),
            Made::NotNow(why) => outcome.for_now = outcome.for_now.take().or(Some(why)),
            Made::NoTime => outcome.is_cut = true,
        }
    }
    if let Some(way) = &seen.way {
        served(way, &definitions).await;
    }
}

/// What became of one change.
enum Made {
    Done(Done),
    NotNow(String),
    NoTime,
}

async fn made(ctx: &Context, seen: &Seen, change: Change, end: Instant) -> Made {
    if Instant::now() >= end {
        return Made::NoTime;
    }
    if !gate::is_open(ctx, &Key::of(&seen.application), &seen.observed, &change) {
        return Made::NoTime;
    }
    let result = match &seen.way {
        Some(way) => Hand { ctx, seen, way }.make(&change).await,
        // Changes of the Application itself are made in one write with its status.
        None if is_own(&change) => Ok(()),
        // Nothing is planned for a cluster that was not seen.
        None => Err(WriteError::Unreachable("the cluster was not seen".to_owned())),
    };
    match result {
        Err(error) if error.is_passing() => Made::NotNow(format!("{change}: {error}")),
        result => Made::Done(Done { change, result: result.map_err(|error| error.to_string()) }),
    }
}

/// Whether it is a change of the Application itself.
fn is_own(change: &Change) -> bool {
    matches!(change, Change::ClearOperation | Change::ClearRefresh | Change::Hold { .. } | Change::Release { .. })
}

fn definition(change: &Change) -> Option<Object> {
    match change {
        Change::Apply { object, manner, .. } if object.kind() == "CustomResourceDefinition" && !manner.dry_run => {
            Some(object.clone())
        }
        _ => None,
    }
}

/// Waits until the kinds of new definitions are served: their first objects come next. One that never is stays their trouble.
async fn served(way: &Way, definitions: &[Object]) {
    let end = Instant::now() + DEFINED;
    for definition in definitions {
        while Instant::now() < end {
            let there = way.live.read(&definition.key()).await.ok().flatten();
            let conditions = there.as_ref().map(|there| there.list("/status/conditions").to_vec()).unwrap_or_default();
            let is_established = |one: &serde_json::Value| {
                one.get("type").and_then(|kind| kind.as_str()) == Some("Established")
                    && one.get("status").and_then(|status| status.as_str()) == Some("True")
            };
            if there.is_none() || conditions.iter().any(is_established) {
                break;
            }
            sleep(GLANCE).await;
        }
    }
}
