//! When a simulation is over, and what it came to.

use std::cell::Cell;
use std::time::Duration;

use sluice_core::spec::{Gate, Spec, Step, Strategy};
use sluice_crds::names::pause;
use sluice_crds::{Rollout, RolloutPhase};
use sluice_orders::release::Act;
use sluice_orders::standing::{is_complete, standing};

use crate::simulate::case::Case;
use crate::simulate::record::Record;
use crate::simulate::scenario::{LONGEST, Order};
use crate::simulate::tale::{End, Outcome, length};
use crate::simulate::words;

/// How long a release is watched at most, beside the waits that it asks for.
const LIMIT: Duration = Duration::from_hours(24);
/// How long nothing may move before a release counts as come to rest.
const REST: Duration = Duration::from_secs(20);
/// How long a release may go on after its end, for pods that are kept for a while.
const TAIL: Duration = Duration::from_mins(10);
/// How long a wait for a person is shown whom nobody plays.
const WAIT: Duration = Duration::from_mins(10);
/// How long nothing may move before a release that has not come to its end counts as stuck.
const STUCK: Duration = Duration::from_hours(1);

/// Watches for the end.
#[derive(Debug)]
pub(super) struct Ending {
    limit: Duration,
    /// Whether the limit was asked for: then waits last as long.
    asked: Option<Duration>,
    spec: Spec,
    /// Since when it has been in its phase, and waited for a person or not.
    since: Cell<Option<(Duration, RolloutPhase, bool)>>,
}

/// What the end is told from.
pub(super) struct View<'a> {
    pub(super) now: Duration,
    pub(super) stirred: Duration,
    pub(super) rollout: &'a Rollout,
    pub(super) record: &'a Record,
    /// Until when old pods are kept.
    pub(super) kept: Option<Duration>,
    /// Whether somebody is still going to do something.
    pub(super) deeds: bool,
}

impl Ending {
    pub(super) fn new(case: &Case, runs_for: Option<Duration>) -> Self {
        let limit = runs_for.unwrap_or_else(|| LIMIT.saturating_add(words::waits(&case.spec)).min(LONGEST));
        Self { limit, asked: runs_for, spec: case.spec.clone(), since: Cell::default() }
    }

    /// What it came to, once it has.
    pub(super) fn now(&self, view: &View<'_>) -> Option<Outcome> {
        let phase = standing(view.rollout).phase;
        let waits = waits_for_a_person(&self.spec, view.rollout);
        let since = match self.since.get() {
            Some((since, known, waited)) if (known, waited) == (phase, waits) => since,
            _ => view.now,
        };
        self.since.set(Some((since, phase, waits)));
        let quiet = view.now.saturating_sub(view.stirred.max(since));
        if let Some(end) = settled(view, phase) {
            let kept = view.kept.is_some_and(|until| until > view.now && until <= since + TAIL);
            let over = !view.deeds && ((quiet >= REST && !kept) || view.now >= since + TAIL);
            return (over || view.now >= self.limit || view.record.is_full()).then(|| outcome(end, since, view));
        }
        let (end, patience) = match phase {
            RolloutPhase::Paused if waits => (End::Waiting, self.asked.unwrap_or(WAIT)),
            RolloutPhase::Degraded => (End::Stuck, STUCK),
            RolloutPhase::Progressing if !view.record.runs.any_open() => (End::Unfinished, STUCK),
            _ => (End::Unfinished, self.limit),
        };
        let over = !view.deeds && quiet >= patience;
        (over || view.now >= self.limit || view.record.is_full()).then(|| outcome(end, since, view))
    }
}

/// The end, if nothing can come after it by itself.
fn settled(view: &View<'_>, phase: RolloutPhase) -> Option<End> {
    let aborted = view.rollout.status.as_ref().is_some_and(|status| status.abort);
    match phase {
        RolloutPhase::Healthy if is_complete(view.rollout) => Some(End::Promoted),
        RolloutPhase::Degraded if aborted => Some(End::TakenBack),
        _ => None,
    }
}

fn outcome(end: End, since: Duration, view: &View<'_>) -> Outcome {
    let message = &view.record.message();
    let text = match end {
        End::Promoted => format!("Healthy after {}{}", length(since), kept(view)),
        End::TakenBack => format!("Degraded after {}: {message}; {}{}", length(since), back(since, view), kept(view)),
        End::Stuck => format!("Degraded after {}: {message}", length(since)),
        End::Waiting => format!("Paused after {}: {message}", length(since)),
        End::Unfinished if view.record.is_full() => {
            format!("too much happened: stopped after {}, in the middle: {message}", length(view.now))
        }
        End::Unfinished => format!("not over after {}: {message}", length(view.now)),
    };
    let at = if end == End::Unfinished { view.now } else { since };
    let until = match end {
        End::Promoted | End::TakenBack => view.stirred.max(since),
        End::Stuck => since,
        End::Waiting | End::Unfinished => view.now,
    };
    Outcome { end, at, until, text }
}

/// How long the way back took.
fn back(since: Duration, view: &View<'_>) -> String {
    match view.record.first(since, |sample| sample.state.weight == Some(0.0)) {
        Some(sample) if sample.at <= since => "no traffic was on the new version any more".to_owned(),
        Some(sample) => {
            let took = sample.at.saturating_sub(since);
            format!("traffic was back on the version before after {:.1} s", took.as_secs_f64())
        }
        None => "some traffic is still on the new version".to_owned(),
    }
}

fn kept(view: &View<'_>) -> String {
    let until = view.kept.filter(|until| *until > view.now);
    until.map_or_else(String::new, |until| format!("; pods without traffic stay until {}", length(until)))
}

/// Whether only a person can let it go on.
pub(super) fn waits_for_a_person(spec: &Spec, rollout: &Rollout) -> bool {
    let Some(status) = rollout.status.as_ref().filter(|status| status.phase == RolloutPhase::Paused) else {
        return false;
    };
    let step = status.current_step_index.and_then(|step| usize::try_from(step).ok()).unwrap_or(0);
    rollout.spec.paused
        || status.pause_conditions.iter().any(|condition| match (condition.reason.as_str(), &spec.strategy) {
            (pause::CANARY_STEP, _) => matches!(spec.steps().get(step), Some(Step::Pause(None))),
            (pause::BLUE_GREEN, Strategy::BlueGreen(blue_green)) => blue_green.gate == Gate::Person,
            _ => true,
        })
}

/// Whether it waits because an analysis could not tell.
pub(super) fn is_inconclusive(rollout: &Rollout) -> bool {
    let status = rollout.status.as_ref();
    let pauses = status.into_iter().flat_map(|status| &status.pause_conditions);
    pauses.into_iter().any(|condition| condition.reason == pause::INCONCLUSIVE_ANALYSIS)
}

/// The command that gives this order.
pub(super) fn order(order: Order) -> &'static str {
    match order {
        Order::Act(Act::Promote | Act::PromoteTo(_) | Act::SkipStep | Act::SkipSteps) => "promote",
        Order::Act(Act::PromoteFull) => "promote --full",
        Order::Act(Act::Abort) => "abort",
        Order::Act(Act::Retry) => "retry",
        Order::Pause => "pause",
    }
}
