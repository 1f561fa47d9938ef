//! Plays one story: the whole controller in the simulated world, from one seed, in virtual time.

mod imp;
mod keeper;
mod record;
mod stage;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sluice_world::ending::Ending;
use sluice_world::scenario::{Deed, Moment, Scenario};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep, timeout};

use crate::fault::Fault;
use crate::law;
use crate::script::Script;
pub use record::Detail;
use stage::Stage;

/// Longest wait for a moment of the story.
const PATIENCE: Duration = Duration::from_mins(20);
/// Nothing is written for so long once a story is over.
const REST: Duration = Duration::from_mins(3);
/// How long it is watched after that: every sixteenth run for a day, the others for an hour, and less where a Lease is
/// renewed all the time.
const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);
const MINUTES: Duration = Duration::from_mins(5);

/// How a story went.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// How it ended.
    pub ending: Ending,
    /// Writes that the controller sent.
    pub writes: usize,
    /// Watch events that it was to get.
    pub events: usize,
    /// Objects that it made, by kind, but for events.
    pub created: BTreeMap<String, usize>,
    /// How often it told each event.
    pub told: BTreeMap<String, usize>,
    /// From the first deed to the end.
    pub took: Duration,
    /// From the last fault, or the last deed, to the end.
    pub late: Duration,
    /// Writes after it had come to rest.
    pub restless: usize,
    /// Laws that were broken.
    pub broken: Vec<String>,
    /// How often each fault struck.
    pub struck: BTreeMap<Fault, u32>,
    /// What happened, line by line, where that was asked for.
    pub transcript: Vec<String>,
    /// One number for all that happened.
    pub digest: u64,
}

/// Plays a story. `expected` is the ending to wait for; without one the story ends when nothing is written any more.
pub fn play(scenario: &Scenario, script: Script, seed: u64, expected: Option<&Ending>, detail: Detail) -> Played {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let Ok(runtime) = runtime else { unreachable!("a runtime without I/O needs nothing from the machine") };
    runtime.block_on(told(scenario, script, seed, expected, detail))
}

async fn told(scenario: &Scenario, script: Script, seed: u64, expected: Option<&Ending>, detail: Detail) -> Played {
    let shared = Arc::new(Mutex::new(script));
    let stage = Stage::set(scenario, shared.clone(), seed, detail);
    let election = stage.script().has_election();
    let keepers = [Some(1), election.then_some(2)];
    let keepers: Vec<_> =
        keepers.into_iter().flatten().map(|first| tokio::spawn(keeper::keep(stage.clone(), first))).collect();
    let traffic = tokio::spawn(keeper::watch_traffic(stage.clone(), scenario.clone()));
    let imp = tokio::spawn(imp::mischief(stage.clone()));
    let began = Instant::now();
    let (mut last, mut done, mut before) = (began, began, None);
    let whole = async {
        let story = tell(&stage, scenario).await;
        stage.calm_down();
        imp.abort();
        last = stage.script().last.unwrap_or(began).max(story);
        done = rest(&stage, expected).await;
        before = Some(stage.record().writes());
        sleep(match seed {
            _ if election => MINUTES,
            seed if seed.is_multiple_of(16) => DAY,
            _ => HOUR,
        })
        .await;
    };
    let whirl = stage.record().whirl();
    tokio::select! {
        biased;
        () = whirl.notified() => {}
        () = whole => {}
    }
    for keeper in keepers {
        keeper.abort();
    }
    traffic.abort();
    let mut played = stage.record().told(&stage.store);
    played.broken.extend(law::at_rest(&stage.store));
    played.broken.extend(law::told(scenario, &stage.store, &stage.actors.slack().messages()));
    let writes = stage.record().writes();
    played.restless = writes - before.unwrap_or(writes);
    played.took = done.duration_since(began);
    played.late = done.duration_since(last);
    let script = shared.lock().unwrap_or_else(PoisonError::into_inner);
    (played.writes, played.events) = script.seen();
    played.struck = script.struck.clone();
    played
}

/// Does the deeds at their moments. A moment that does not come in this weather comes in a calm, or never: then it ends.
/// Returns when the last deed was done.
async fn tell(stage: &Stage, scenario: &Scenario) -> Instant {
    for (moment, deed) in &scenario.story {
        if !is_time(stage, moment, deed).await {
            stage.say(&format!("— {moment}: not in this weather"));
            stage.calm_down();
            if !is_time(stage, moment, deed).await {
                stage.say(&format!("— {moment}: that moment never came"));
                break;
            }
        }
        if *deed != Deed::Nothing {
            stage.say(&format!("— {deed}"));
            stage.script().deed();
            stage.act(scenario, deed);
        }
    }
    Instant::now()
}

async fn is_time(stage: &Stage, moment: &Moment, deed: &Deed) -> bool {
    comes(stage, moment).await && (!deed.waits_for_a_look() || comes(stage, &Moment::Seen).await)
}

async fn comes(stage: &Stage, moment: &Moment) -> bool {
    if let Moment::After(time) = moment {
        sleep(*time).await;
        return true;
    }
    let mut changed = stage.written();
    let shown = async {
        while stage.rollout().is_none_or(|rollout| moment.shows(&rollout) != Some(true)) {
            changed.changed().await;
        }
    };
    timeout(PATIENCE, shown).await.is_ok()
}

/// Waits until the ending is as expected, or without an expectation until nothing happens any more. Returns since when it
/// has been so.
async fn rest(stage: &Stage, expected: Option<&Ending>) -> Instant {
    let mut changed = stage.written();
    let mut since = Instant::now();
    let limit = Instant::now() + PATIENCE;
    while Instant::now() < limit {
        let before = Ending::of(&stage.store);
        if timeout(REST, changed.changed()).await.is_err() {
            break;
        }
        if Ending::of(&stage.store) != before || expected.is_some_and(|expected| before != *expected) {
            since = Instant::now();
        }
    }
    since
}
