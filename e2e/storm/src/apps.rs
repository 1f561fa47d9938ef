//! Storms of Applications: the whole controller, a repository in memory, and everything that can go wrong between them.
//!
//! [`stories`] tells what is committed and what people do, [`stage`] plays it, [`law`] looks at each write. A story ends with
//! the cluster as the last commit has it, whatever the weather was, and is then left alone.

// Objects are JSON: an index that is not there is null, and that is what is meant everywhere.
#![allow(clippy::indexing_slicing)]

mod keeper;
mod law;
mod repository;
mod stage;
mod stories;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sluice_world::rng::Rng;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep, timeout};

use crate::fault::Fault;
use crate::play::Detail;
use crate::script::Script;
use stage::Stage;
use stories::{Deed, Story};

/// Between two deeds: longer than repositories are left unasked.
const PACE: Duration = Duration::from_secs(200);
/// Nothing is written for so long once a story is over.
const REST: Duration = Duration::from_mins(10);
/// Longest wait for that.
const PATIENCE: Duration = Duration::from_hours(3);
/// How long it is watched after that.
const HOUR: Duration = Duration::from_hours(1);

/// How a story went.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// The story's name.
    pub name: &'static str,
    /// Laws that were broken, and what is not as it should be in the end.
    pub broken: Vec<String>,
    /// What happened, line by line, where that was asked for.
    pub transcript: Vec<String>,
}

/// Plays the story of a seed, in its weather; seeds of the first round are calm.
pub fn play(seed: u64, detail: Detail) -> Played {
    let stories = stories::all();
    let count = stories.len();
    let number = usize::try_from(seed).unwrap_or_default();
    let Some(story) = stories.into_iter().nth(number % count.max(1)) else { return Played::default() };
    let script = if number < count { Script::calm() } else { Script::storm(Rng(seed)) };
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let Ok(runtime) = runtime else { unreachable!("a runtime without I/O needs nothing from the machine") };
    runtime.block_on(told(&story, script, seed, detail))
}

async fn told(story: &Story, script: Script, seed: u64, detail: Detail) -> Played {
    let shared = Arc::new(Mutex::new(script));
    let stage = Stage::set(story, shared.clone(), seed, detail);
    let keeper = tokio::spawn(keeper::keep(stage.clone()));
    let jobs = tokio::spawn(stage::run_jobs(stage.clone()));
    let mischief = tokio::spawn(keeper::mischief(stage.clone()));
    for deed in &story.deeds {
        stage.say(&format!("— {deed}"));
        shared.lock().unwrap_or_else(PoisonError::into_inner).deed();
        stage.act(deed);
        sleep(PACE).await;
    }
    mischief.abort();
    stage.calm_down();
    let mut rested = rest(&stage).await;
    if story.policy.get("automated").is_none() {
        stage.ask("whoever comes last");
        rested &= rest(&stage).await;
    }
    let mut broken: Vec<String> = stage.end(story);
    let before = stage.writes();
    sleep(HOUR).await;
    let restless = stage.writes() - before;
    keeper.abort();
    jobs.abort();
    broken.extend((!rested).then(|| "a story that is over comes to rest".to_owned()));
    broken.extend((restless > 0).then(|| format!("an unchanged world gets no writes: {restless} in an hour")));
    Played { name: story.name, transcript: stage.transcript(), broken }
}

/// Waits until nothing is written any more; says whether that came.
async fn rest(stage: &Stage) -> bool {
    let mut changed = stage.written();
    let limit = Instant::now() + PATIENCE;
    while Instant::now() < limit {
        if timeout(REST, changed.changed()).await.is_err() {
            return true;
        }
    }
    false
}

/// Faults that a storm has of the controller and its ways; the others are of Rollouts.
fn concerns(fault: Fault) -> bool {
    matches!(fault, Fault::Killed | Fault::ClockAhead | Fault::ClockBehind)
}

/// What happens in a story, told in a line.
impl std::fmt::Display for Deed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Push(commit) => write!(f, "commit {}: {}", commit.revision, commit.told()),
            Self::Edit(of, name, _) => write!(f, "somebody edits {} {name}", of.kind),
            Self::Delete(of, name) => write!(f, "somebody deletes {} {name}", of.kind),
            Self::Metric(good) => write!(f, "metrics turn {}", if *good { "good" } else { "bad" }),
            Self::DeleteApplication => f.write_str("somebody deletes the Application"),
            Self::Sync(who) => write!(f, "{who} asks for a sync"),
            Self::SyncMeanwhile(who) => write!(f, "{who} is about to ask for a sync"),
            Self::Approve(revision) => write!(f, "somebody lets most be deleted at {revision}"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}
