//! One fault at one place: every write before and after which the process may die, every event that may be lost or late.

use sluice_world::scenario::{Deed, Moment, Scenario};

use crate::calm::Calm;
use crate::fault::{Fault, Strikes};
use crate::play::{Detail, Played, play};
use crate::script::{Script, Single};
use crate::storm::judge;

/// One story with one fault.
#[derive(Clone, Copy, Debug)]
pub struct Crash {
    /// The number of the story.
    pub story: usize,
    /// What goes wrong where.
    pub single: Single,
}

/// Every single fault of every story.
pub fn plans(scenarios: &[Scenario], calm: &Calm) -> Vec<Crash> {
    let stories = scenarios.iter().enumerate();
    stories.flat_map(|(story, scenario)| of(story, calm.of(story, scenario))).collect()
}

fn of(story: usize, calm: &Played) -> Vec<Crash> {
    let at = |count: usize, faults: &'static [Fault]| {
        (0..count).flat_map(move |at| faults.iter().map(move |fault| Single { fault: *fault, at }))
    };
    let writes = at(calm.writes, &[Fault::CrashBefore, Fault::CrashAfter]);
    let events = at(calm.events, &[Fault::EventLost, Fault::EventLate]);
    writes.chain(events).map(|single| Crash { story, single }).collect()
}

/// Plays it, and says what is not as it must be.
pub fn crash(scenarios: &[Scenario], calm: &Calm, plan: Crash, detail: Detail) -> (Vec<String>, Played) {
    let Some(scenario) = scenarios.get(plan.story) else { unreachable!("plans are made of these stories") };
    let expected = calm.of(plan.story, scenario);
    let played = play(scenario, Script::single(plan.single), 1, Some(&expected.ending), detail);
    let mut wrong = judge(scenario, expected, &played);
    let tells_more = plan.single.fault.strikes() == Strikes::Watch || is_scaled_by_the_clock(scenario);
    let tells_more = tells_more || follows_pods(scenario) || meets_the_old(scenario) || restarts(scenario);
    let late = measures_late(scenario, plan.single.fault);
    wrong.extend(more(expected, &played, |kind| !(late && kind == "AnalysisRun")));
    wrong.extend(told_twice(expected, &played).filter(|_| !tells_more && !late));
    (wrong, played)
}

/// Whoever scales by the clock meets a release that was held up at another place than one that was not.
fn is_scaled_by_the_clock(scenario: &Scenario) -> bool {
    scenario.story.iter().any(|(moment, deed)| matches!((moment, deed), (Moment::After(_), Deed::Scale(_))))
}

/// What a Rollout cannot make while that of the deleted one of its name is there is tried again, and a new process tells of it
/// again.
fn meets_the_old(scenario: &Scenario) -> bool {
    scenario.story.iter().any(|(_, deed)| matches!(deed, Deed::Recreate))
}

/// A lost event of a run puts its next measurement off, until the run is looked at anyway: what the policy would have seen during the
/// release it then sees after it, in the run of the bake time.
fn measures_late(scenario: &Scenario, fault: Fault) -> bool {
    fault.strikes() == Strikes::Watch && scenario.around.iter().any(|object| object.to_string().contains("bake_time"))
}

/// What a restart waits for, and so what it tells of that, is a matter of when the pods before come back.
fn restarts(scenario: &Scenario) -> bool {
    scenario.story.iter().any(|(_, deed)| matches!(deed, Deed::Restart))
}

/// How many weights lie on the way to that of a step is a matter of when its pods come.
fn follows_pods(scenario: &Scenario) -> bool {
    let canary = scenario.rollout.pointer("/spec/strategy/canary").filter(|_| scenario.is_routed());
    canary
        .is_some_and(|canary| ["replicaProgressThreshold", "maxSurge"].iter().any(|field| canary.get(field).is_some()))
}

/// Objects made twice show in their number. It may be less: an abort that is seen together with the version is in time.
fn more(calm: &Played, played: &Played, counts: impl Fn(&str) -> bool) -> Option<String> {
    let before = |kind: &str| calm.created.get(kind).copied().unwrap_or_default();
    let mut more = played.created.iter().filter(|(kind, count)| **count > before(kind));
    let (kind, count) = more.find(|(kind, _)| counts(kind))?;
    Some(format!("{count} of {kind} were made; in calm weather {}", before(kind)))
}

/// Events told twice show in their number, and are told in calm weather too. What is told only here is no double, but another way to
/// the same end: a watch that measured once more before other rules replaced it, a Service that moved while pods were late.
fn told_twice(calm: &Played, played: &Played) -> Option<String> {
    let all = |of: &Played| of.told.values().sum::<usize>();
    let before = |event: &str| calm.told.get(event).copied().unwrap_or_default();
    let (event, count) = played.told.iter().find(|(event, count)| (1..**count).contains(&before(event)))?;
    let is_more = all(played) > all(calm);
    is_more.then(|| format!("{count} times \"{event}\"; in calm weather {}", before(event)))
}
