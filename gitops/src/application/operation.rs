//! An operation from its beginning to its end: windows, steps, retries, and what ends it before its time.

mod supersede;

use jiff::Timestamp;
use sluice_crds::{Operation, OperationState, SyncResult, violation};

pub(super) use self::supersede::started;
use super::auto;
use super::change::Change;
use super::due;
use super::fact::{Fact, Phase};
use super::observed::{Compared, Home, Observed, Seen};
use super::plan::Plan;
use super::prune;
use super::revision::Revision;
use super::step::{Outcome, Step};
use super::subject::{self, Subject};
use super::tasks;
use crate::spec::{Automated, Options, Retry, Spec};
use crate::validate;
use crate::windows::{self, Asked, Verdict, Window};

/// Whether an operation runs, or somebody asks for one.
pub(super) fn is_asked(seen: &Observed) -> bool {
    running(seen).is_some() || seen.operation.is_some()
}

/// Whether a sync runs that began by itself, and that nobody wants ended.
pub(super) fn goes_by_itself(seen: &Observed) -> bool {
    running(seen).is_some_and(|state| state.phase == "Running" && is_automated(state))
}

/// Whether an operation runs.
pub(super) fn is_running(seen: &Observed) -> bool {
    running(seen).is_some()
}

fn running(seen: &Observed) -> Option<&OperationState> {
    seen.status.operation_state.as_ref().filter(|state| state.runs())
}

/// Whether a window keeps a running operation from going on.
pub fn is_held(seen: &Observed, home: &Home, now: Timestamp) -> bool {
    let Some(state) = running(seen) else { return false };
    let started = state.started_at.as_ref().map_or(now, |at| at.0);
    let windows = home.project.windows.of(&seen.name, &home.place);
    !windows::goes_on(&windows, asked(&state.operation), started, now).is_allowed()
}

/// Ends it, and takes the request that it came from away with it. One that came meanwhile is next.
pub(super) fn close(plan: &mut Plan, seen: &Observed, phase: Phase, why: String) {
    plan.facts.push(Fact::Ended(phase, why));
    clear(plan, seen);
}

/// Takes away the request that a running operation came from.
fn clear(plan: &mut Plan, seen: &Observed) {
    let is_its_own = |asked: &Operation| running(seen).is_none_or(|state| state.operation == *asked);
    if seen.operation.as_ref().is_some_and(is_its_own) {
        plan.changes.push(Change::ClearOperation);
    }
}

pub(super) fn plan(seen: &Observed, spec: &Spec, home: &Home, now: Timestamp) -> Plan {
    let (operation, state) = match (running(seen), &seen.operation) {
        (Some(state), _) => (&state.operation, Some(state)),
        (None, Some(operation)) => (operation, None),
        (None, None) => return Plan::default(),
    };
    let (options, retry) = match validate::operation(operation, spec.options) {
        Ok(asked) => asked,
        Err(violations) => return ended(seen, Phase::Error, violation::in_one_line(&violations)),
    };
    let windows = home.project.windows.of(&seen.name, &home.place);
    match state {
        None => begin(seen, spec, operation, &windows, now),
        Some(state) => {
            let retry = retry.or_else(|| usual(spec, state));
            let run = Run { seen, spec, home, state, options, retry: retry.unwrap_or(Retry::NEVER), windows, now };
            run.go_on()
        }
    }
}

fn ended(seen: &Observed, phase: Phase, why: String) -> Plan {
    let mut plan = Plan::default();
    close(&mut plan, seen, phase, why);
    plan
}

/// What becomes of a failed sync that says nothing about it: nothing, unless it is the policy's own.
fn usual(spec: &Spec, state: &OperationState) -> Option<Retry> {
    is_automated(state).then(|| spec.retry.clone().unwrap_or(Retry::USUAL))
}

fn is_automated(state: &OperationState) -> bool {
    state.operation.initiated_by.as_ref().is_some_and(|by| by.automated)
}

/// What is seen of what an operation is about.
fn subject<'a>(seen: &'a Observed, spec: &Spec, operation: &Operation, state: Option<&OperationState>) -> &'a Seen {
    Subject::of(operation, state, &spec.sources).seen(&seen.target, seen.pinned.as_ref(), &spec.sources)
}

/// What the sources say at the commit of an operation that runs, or has just ended.
pub(super) fn compared<'a>(seen: &'a Observed, state: &OperationState) -> Option<&'a Compared> {
    let result = state.sync_result.as_ref()?;
    match subject(seen, seen.spec.as_ref().ok()?, &state.operation, Some(state)) {
        Seen::Ready(compared) if is_of(compared, result) => Some(compared),
        Seen::Ready(_) | Seen::Pending | Seen::Failed(_) | Seen::Lost(_) => None,
    }
}

/// Whether that is of the very sources and commit that an operation was begun with.
pub(super) fn is_of(compared: &Compared, result: &SyncResult) -> bool {
    Revision::done(result).as_ref() == Some(&compared.revision) && subject::recorded(result) == compared.sources
}

/// Begins what a person asks for, once windows let it and its commit is rendered.
fn begin(seen: &Observed, spec: &Spec, operation: &Operation, windows: &[&Window], now: Timestamp) -> Plan {
    if let Verdict::Blocked(why) = windows::decide(windows, asked(operation), now) {
        return held(why, windows, now);
    }
    if let Some(soon) = too_soon(seen, now) {
        return Plan { wake: Some(soon), ..Plan::default() };
    }
    match subject(seen, spec, operation, None) {
        Seen::Pending => Plan::saying(vec![Fact::Waiting("waiting for the manifests of the sync".to_owned())]),
        Seen::Failed(why) | Seen::Lost(why) => ended(seen, Phase::Error, why.clone()),
        Seen::Ready(compared) => Plan::saying(vec![started(Box::new(operation.clone()), compared)]),
    }
}

/// Hooks of two operations are told apart by when these began, which is recorded to the second. So no two begin in the same one.
pub(super) fn too_soon(seen: &Observed, now: Timestamp) -> Option<Timestamp> {
    let last = seen.status.operation_state.as_ref()?.started_at.as_ref()?.0;
    let next = Timestamp::from_second(last.as_second().checked_add(1)?).ok()?;
    (last <= now && now < next).then_some(next)
}

fn asked(operation: &Operation) -> Asked {
    let automated = operation.initiated_by.as_ref().is_some_and(|by| by.automated);
    if automated { Asked::ByItself } else { Asked::ByPerson }
}

fn held(why: String, windows: &[&Window], now: Timestamp) -> Plan {
    let wake = windows.iter().filter_map(|window| window.edge(now)).min();
    Plan { facts: vec![Fact::Held(why)], wake, ..Plan::default() }
}

/// A running operation.
struct Run<'a> {
    seen: &'a Observed,
    spec: &'a Spec,
    home: &'a Home,
    state: &'a OperationState,
    options: Options,
    retry: Retry,
    windows: Vec<&'a Window>,
    now: Timestamp,
}

impl Run<'_> {
    fn go_on(&self) -> Plan {
        let subject = subject(self.seen, self.spec, &self.state.operation, Some(self.state));
        if self.state.phase == "Terminating" {
            return self.terminate(subject);
        }
        if let Some(due) = self.retry_due() {
            return self.retry(due);
        }
        if let Verdict::Blocked(why) =
            windows::goes_on(&self.windows, asked(&self.state.operation), self.started(), self.now)
        {
            return held(why, &self.windows, self.now);
        }
        match subject {
            Seen::Ready(compared) => self.step(compared),
            Seen::Pending => self.without("waiting for the manifests of the sync"),
            Seen::Failed(why) => self.without(&format!("waiting for the manifests of the sync: {why}")),
            Seen::Lost(why) => self.superseded(None).unwrap_or_else(|| {
                let mut plan = Plan::default();
                self.failed(&mut plan, Phase::Error, why.clone());
                plan
            }),
        }
    }

    /// Its manifests are not there for now.
    fn without(&self, why: &str) -> Plan {
        self.superseded(None).unwrap_or_else(|| Plan::saying(vec![Fact::Held(why.to_owned())]))
    }

    fn started(&self) -> Timestamp {
        self.state.started_at.as_ref().map_or(self.now, |at| at.0)
    }

    fn taking<'a>(&'a self, compared: &'a Compared) -> Step<'a> {
        let tasks = tasks::of(self.seen, self.spec, self.options, self.state, compared);
        let ignore = &self.spec.ignore;
        Step { seen: self.seen, home: self.home, state: self.state, options: self.options, ignore, tasks }
    }

    fn step(&self, compared: &Compared) -> Plan {
        let step = self.taking(compared);
        if let Some(plan) = self.superseded(Some(&step)) {
            return plan;
        }
        match step.take() {
            Outcome::GoesOn(plan) => plan,
            Outcome::Over(mut plan, Phase::Succeeded, why) => {
                close(&mut plan, self.seen, Phase::Succeeded, why);
                plan
            }
            Outcome::Over(mut plan, phase, why) => {
                self.failed(&mut plan, phase, why);
                plan
            }
        }
    }

    /// It is tried again, as often as it may be. A commit whose release was taken back is not.
    fn failed(&self, plan: &mut Plan, phase: Phase, why: String) {
        let number = self.state.retry_count.saturating_add(1);
        let done = self.state.sync_result.as_ref().and_then(Revision::done).unwrap_or_default();
        let rejected = is_automated(self.state) && auto::is_rejected(self.seen, &done);
        let number = Some(number).filter(|_| !rejected);
        let wait = number.and_then(|number| u32::try_from(number).ok()).and_then(|number| self.retry.wait(number));
        match wait.and_then(|wait| self.now.checked_add(wait).ok()).zip(number) {
            Some((at, number)) => {
                plan.facts.push(Fact::Retrying { why, number, at });
                plan.wake = Some(at);
            }
            None => close(plan, self.seen, phase, why),
        }
    }

    /// When it is tried again, if it waits for that. Its `finishedAt` is then the end of the try before.
    fn retry_due(&self) -> Option<Timestamp> {
        let failed = self.state.finished_at.as_ref()?.0;
        let wait = u32::try_from(self.state.retry_count).ok().and_then(|number| self.retry.wait(number.max(1)));
        Some(due::after(failed, wait.unwrap_or_default(), self.now))
    }

    fn retry(&self, due: Timestamp) -> Plan {
        if let Some(plan) = self.superseded(None) {
            return plan;
        }
        if due > self.now {
            return Plan { wake: Some(due), ..Plan::default() };
        }
        Plan::saying(vec![Fact::TriedAgain(self.refreshed())])
    }

    /// The commit that a retry goes to, where that is another: if it is to look anew, nobody asked for a certain one, and a sync to it
    /// might begin.
    fn refreshed(&self) -> Option<Revision> {
        let asked = self.state.operation.sync.as_ref().and_then(Revision::asked);
        match &self.seen.target {
            Seen::Ready(target) if self.retry.refresh && asked.is_none() && self.is_of_sources(target) => {
                self.may_go_to(target).then(|| target.revision.clone())
            }
            _ => None,
        }
    }

    /// Whether the brakes let a sync go to a commit that it was not begun for. Who let much be deleted meant the one before.
    fn may_go_to(&self, target: &Compared) -> bool {
        let prune = self.state.operation.sync.as_ref().is_some_and(|sync| sync.prune);
        let allow_empty = self.spec.automated.is_some_and(|automated| automated.allow_empty);
        let deleting = Automated { prune, self_heal: false, allow_empty };
        let is_denied = is_automated(self.state) && self.seen.denied.is_some();
        !is_denied
            && !auto::is_rejected(self.seen, &target.revision)
            && prune::brake(self.seen, deleting, target, self.home).is_none()
    }

    fn terminate(&self, subject: &Seen) -> Plan {
        let mut plan = match subject {
            Seen::Ready(compared) => self.taking(compared).terminate(),
            Seen::Pending | Seen::Failed(_) | Seen::Lost(_) => Plan::default(),
        };
        close(&mut plan, self.seen, Phase::Failed, "operation terminated".to_owned());
        plan
    }
}
