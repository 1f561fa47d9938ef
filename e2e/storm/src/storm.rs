//! A storm: a story while things go wrong again and again, by one seed.

use std::collections::BTreeMap;
use std::time::Duration;

use sluice_world::ending::Ending;
use sluice_world::rng::Rng;
use sluice_world::scenario::{Deed, Scenario};

use crate::calm::{Calm, ending};
use crate::fault::{Fault, Strikes};
use crate::play::{Detail, Played, play};
use crate::script::Script;

/// How much later than in calm weather a story may come to its end after the last fault.
const LATE: Duration = Duration::from_secs(30);
/// How long nobody may lead, after a leader is gone: the Lease must not have been renewed for so long, and is then tried.
const LEADERLESS: Duration = Duration::from_secs(17);

/// What a storm came to.
#[derive(Debug)]
pub struct Storm {
    /// Which story.
    pub scenario: String,
    /// What was not as it must be.
    pub wrong: Vec<String>,
    /// How it went.
    pub played: Played,
}

/// Plays the story that belongs to a seed, in the weather that belongs to it.
pub fn storm(scenarios: &[Scenario], calm: &Calm, seed: u64, detail: Detail) -> Storm {
    let mut rng = Rng(seed);
    let count = u64::try_from(scenarios.len()).unwrap_or(1);
    let which = usize::try_from(rng.below(count)).unwrap_or_default();
    let Some(scenario) = scenarios.get(which) else { unreachable!("a number below the count") };
    let expected = calm.of(which, scenario);
    let played = play(scenario, Script::storm(rng.fork()), rng.next_u64(), Some(&expected.ending), detail);
    let wrong = judge(scenario, expected, &played);
    Storm { scenario: scenario.name.clone(), wrong, played }
}

/// What is not as it must be.
pub fn judge(scenario: &Scenario, calm: &Played, played: &Played) -> Vec<String> {
    let mut wrong = played.broken.clone();
    let told = ending(&scenario.name).unwrap_or("nothing");
    if calm.ending.to_string() != told {
        wrong.push(format!(
            "in calm weather it ends as {}; scenarios/calm.txt has {told}; if it should, write it there by cargo storm --calm",
            calm.ending
        ));
    }
    let reasons = [was_taken_back, was_baked, was_tried_too_soon, was_asked];
    let is_excused = reasons.iter().any(|excuse| excuse(scenario, &played.ending, &played.struck));
    if !(played.ending == calm.ending || is_excused) {
        wrong.push(format!("it ends as {}; in calm weather as {}", played.ending, calm.ending));
    }
    let leaderless = if played.struck.contains_key(&Fault::TwoLeaders) { LEADERLESS } else { Duration::ZERO };
    if played.ending == calm.ending && played.late > calm.took + LATE + leaderless {
        let (late, took) = (played.late.as_secs(), calm.took.as_secs());
        wrong.push(format!("{late} s after the last fault it is done; in calm weather all of it takes {took} s"));
    }
    if played.restless > 0 && !goes_on(scenario, &played.struck) {
        wrong.push(format!("{} writes after it had come to rest", played.restless));
    }
    wrong
}

/// Whether an experiment may go on for as long as the clock was ahead when it began: none is cut short.
fn goes_on(scenario: &Scenario, struck: &BTreeMap<Fault, u32>) -> bool {
    struck.contains_key(&Fault::ClockAhead) && scenario.rollout.to_string().contains("experiment")
}

/// Whether the bake time after a promotion was over before the version went bad: a clock that was behind when it began, and is right
/// again, makes it as much shorter.
fn was_baked(scenario: &Scenario, ending: &Ending, struck: &BTreeMap<Fault, u32>) -> bool {
    let is_guarded = scenario.around.iter().any(|object| object.to_string().contains("bake_time"));
    is_guarded && struck.contains_key(&Fault::ClockBehind) && ending.phase == "Healthy" && !ending.aborted
}

/// Whether a retry was answered by the failure that came just before it: until that is marked as answered, it may be seen once more.
fn was_tried_too_soon(scenario: &Scenario, ending: &Ending, struck: &BTreeMap<Fault, u32>) -> bool {
    let is_retried = scenario.story.iter().any(|(_, deed)| *deed == Deed::Retry);
    let safe = ending.weight.unwrap_or_default() == 0;
    is_retried && safe && ending.aborted && ending.phase == "Degraded" && !struck.is_empty()
}

/// Whether a person is asked before users go back to pods that were not seen to be there yet when that version was applied.
fn was_asked(scenario: &Scenario, ending: &Ending, struck: &BTreeMap<Fault, u32>) -> bool {
    let is_gated = scenario.rollout.pointer("/spec/strategy/blueGreen/autoPromotionEnabled") == Some(&false.into());
    let goes_back = scenario.story.iter().any(|(_, deed)| *deed == Deed::Image("v1"));
    is_gated && goes_back && ending.phase == "Paused" && !ending.aborted && !struck.is_empty()
}

/// Whether the version was taken back for what went wrong around it: what is measured while Prometheus is not well is no
/// good measurement, pods that are lost are no progress, and an experiment has a deadline of its own.
fn was_taken_back(scenario: &Scenario, ending: &Ending, struck: &BTreeMap<Fault, u32>) -> bool {
    let around = |fault: &Fault| fault.strikes() == Strikes::Surroundings || fault.strikes() == Strikes::Process;
    let reasons = struck.keys().any(around);
    let rollout = scenario.rollout.to_string();
    let judged = ["templateName", "progressDeadlineAbort", "experiment"].iter().any(|word| rollout.contains(word));
    let safe = ending.weight.unwrap_or_default() == 0;
    reasons && judged && safe && ending.aborted && ending.phase == "Degraded"
}
