//! One step of a running operation: what is done and waited for before the next pass.

mod begin;
mod result;

use jiff::Timestamp;
use sluice_crds::names::application::SYNC_OPTIONS;
use sluice_crds::{OperationState, ResourceResult};

use self::result::result;
pub(super) use self::result::result as recorded_as;
use super::change::{Change, Why};
use super::fact::{Fact, Phase as End};
use super::observed::{Home, Observed, Tried};
use super::plan::Plan;
use super::tasks::{Placed, State};
use crate::Key;
use crate::diff::Ignore;
use crate::spec::Options;
use crate::waves::{Act, Phase, Task, hook};

/// What a step is taken with.
pub(super) struct Step<'a> {
    pub(super) seen: &'a Observed,
    pub(super) home: &'a Home,
    pub(super) state: &'a OperationState,
    pub(super) options: Options,
    /// Differences that count as none.
    pub(super) ignore: &'a [Ignore],
    pub(super) tasks: Vec<Placed<'a>>,
}

/// How a step left the operation.
pub(super) enum Outcome {
    /// It goes on.
    GoesOn(Plan),
    /// It is over.
    Over(Plan, End, String),
}

impl Step<'_> {
    /// Takes the step: what runs is waited for, then what failed is dealt with, then the lowest wave that is left is begun.
    pub(super) fn take(&self) -> Outcome {
        let mut plan = Plan { facts: self.news(), ..Plan::default() };
        if self.is_first()
            && let Some(why) = self.refused(&mut plan)
        {
            return Outcome::Over(plan, End::Failed, why);
        }
        let failed: Vec<&Placed> = self.with(|state| matches!(state, State::Failed(_)));
        let running: Vec<&Placed> = self.with(|state| matches!(state, State::Running(_)));
        let waits_for = if failed.is_empty() { running } else { only_hooks(running) };
        if let Some(waited) = waits_for.first() {
            plan.facts.push(Fact::Held(waiting(waited, waits_for.len())));
            return Outcome::GoesOn(plan);
        }
        if !failed.is_empty() {
            return self.fail(plan, &failed);
        }
        let left = self.with(|state| *state == State::Pending);
        let left: Vec<&Placed> = left.into_iter().filter(|one| one.task.phase != Phase::SyncFail).collect();
        match left.first().map(|one| (one.task.phase, one.task.wave)) {
            None => self.end(plan, End::Succeeded, "successfully synced (all tasks run)".to_owned()),
            Some(place) => {
                let group = left.into_iter().filter(|one| (one.task.phase, one.task.wave) == place);
                Outcome::GoesOn(self.begin(plan, &group.collect::<Vec<_>>()))
            }
        }
    }

    fn with(&self, is: impl Fn(&State) -> bool) -> Vec<&Placed<'_>> {
        self.tasks.iter().filter(|one| is(&one.state)).collect()
    }

    fn is_first(&self) -> bool {
        self.state.sync_result.as_ref().is_none_or(|result| result.resources.is_empty())
    }

    fn started(&self) -> Timestamp {
        self.state.started_at.as_ref().map_or(Timestamp::UNIX_EPOCH, |at| at.0)
    }

    /// What became known of tasks since it was recorded.
    fn news(&self) -> Vec<Fact> {
        let told = self.tasks.iter().filter_map(news).map(|result| Fact::Result(Box::new(result)));
        told.chain(self.gone()).collect()
    }

    /// Objects that were told to go, and went: nothing is left of them but what was recorded.
    fn gone(&self) -> impl Iterator<Item = Fact> {
        let recorded = self.state.sync_result.iter().flat_map(|result| &result.resources);
        let told = recorded
            .filter(|one| one.status.as_deref() == Some("Pruned") && one.hook_phase.as_deref() == Some("Running"));
        let gone = told.filter(|one| self.tasks.iter().all(|other| !is_of(one, &other.task)));
        gone.map(|one| {
            let done =
                ResourceResult { hook_phase: Some("Succeeded".into()), message: Some("pruned".into()), ..one.clone() };
            Fact::Result(Box::new(done))
        })
    }

    /// Whether anything must not be written, found out before anything is: each such object gets its result.
    fn refused(&self, plan: &mut Plan) -> Option<String> {
        let written = self.tasks.iter().filter(|one| one.task.act != Act::Prune);
        let refused: Vec<(&Task, String)> = written.filter_map(|one| Some((&one.task, self.refusal(one)?))).collect();
        for (task, why) in &refused {
            plan.facts.push(Fact::Result(Box::new(result(task, &State::Failed(why.clone())))));
        }
        let (task, why) = refused.first()?;
        let count = if refused.len() == 1 { "1 object".to_owned() } else { format!("{} objects", refused.len()) };
        Some(format!("one or more synchronization tasks are not valid ({count}): {}", object_and(&task.key, why)))
    }

    fn refusal(&self, one: &Placed) -> Option<String> {
        // The namespace that is made for the objects too: else whoever may write an Application made any, with any labels.
        if let Err(refusal) = self.home.project.permits(&one.task.key, &self.home.place) {
            return Some(refusal.to_string());
        }
        let item = one.item?;
        let options = self.options.of(one.task.object.listed(SYNC_OPTIONS));
        if let (true, Some(other)) = (options.fail_on_shared, &item.other_owner) {
            return Some(format!("it is part of application {other} too (FailOnSharedResource)"));
        }
        match &item.tried {
            Tried::Refused(why) => Some(why.clone()),
            Tried::UnknownKind(why) if !options.skip_dry_run_on_missing && !self.defines(&one.task) => {
                Some(why.clone())
            }
            Tried::UnknownKind(_) | Tried::NotYet | Tried::Same | Tried::Differs => None,
        }
    }

    /// Whether this very sync brings the kind of an object.
    fn defines(&self, task: &Task) -> bool {
        self.tasks.iter().any(|other| {
            let object = &other.task.object;
            object.kind() == "CustomResourceDefinition"
                && object.text("/spec/group") == task.key.group
                && object.text("/spec/names/kind") == task.key.kind
        })
    }

    /// What is left of a failed sync: hooks for that, then the end.
    fn fail(&self, plan: Plan, failed: &[&Placed]) -> Outcome {
        let of_fail = |one: &&Placed| one.task.phase == Phase::SyncFail;
        let left: Vec<&Placed> = self.with(|state| *state == State::Pending).into_iter().filter(of_fail).collect();
        if let Some(wave) = left.iter().map(|one| one.task.wave).min()
            && !failed.iter().any(of_fail)
        {
            let group: Vec<&Placed> = left.into_iter().filter(|one| one.task.wave == wave).collect();
            return Outcome::GoesOn(self.begin(plan, &group));
        }
        let first = failed.first().map(|one| reason(one)).unwrap_or_default();
        let why = format!("one or more synchronization tasks completed unsuccessfully: {first}");
        self.end(plan, End::Failed, why)
    }

    /// Lets go of hooks, and deletes those whose policy says so, once it is written down how they ended: of one that is deleted
    /// nothing else is left, and it would be run again.
    fn end(&self, mut plan: Plan, end: End, why: String) -> Outcome {
        if self.hooks().any(|one| news(one).is_some()) {
            return Outcome::GoesOn(plan);
        }
        self.let_go(&mut plan, Some(end));
        Outcome::Over(plan, end, why)
    }

    /// Ends it because somebody said so: hooks that run are deleted, the others let go.
    pub(super) fn terminate(&self) -> Plan {
        let mut plan = Plan::default();
        for one in self.hooks().filter(|one| matches!(one.state, State::Running(_))) {
            plan.changes.push(Change::DeleteHook { key: one.task.key.clone(), why: Why::Terminated });
        }
        self.let_go(&mut plan, Some(End::Failed));
        plan
    }

    fn hooks(&self) -> impl Iterator<Item = &Placed<'_>> {
        self.tasks.iter().filter(|one| one.task.act == Act::Hook)
    }

    /// What becomes of hooks that are over when the sync is. Of one that makes room before its end, each goes by how it ended itself.
    pub(super) fn let_go(&self, plan: &mut Plan, end: Option<End>) {
        if self.sync().dry_run {
            return;
        }
        for one in self.hooks().filter(|one| matches!(one.state, State::Done(_) | State::Failed(_))) {
            let Some(live) = one.item.and_then(|item| item.live.as_ref()) else { continue };
            let policy = hook::deletion(&one.task.object);
            let key = one.task.key.clone();
            let own = if matches!(one.state, State::Failed(_)) { End::Failed } else { End::Succeeded };
            match end.unwrap_or(own) {
                End::Succeeded if policy.when_succeeded => {
                    plan.changes.push(Change::DeleteHook { key, why: Why::Succeeded });
                }
                End::Failed | End::Error if policy.when_failed => {
                    plan.changes.push(Change::DeleteHook { key, why: Why::Failed });
                }
                _ if hook::is_held(live) => plan.changes.push(Change::ReleaseHook { key }),
                _ => {}
            }
        }
    }

    /// Whether a hook runs at this moment.
    pub(super) fn runs_hooks(&self) -> bool {
        self.tasks.iter().any(|one| one.task.act == Act::Hook && matches!(one.state, State::Running(_)))
    }

    /// Whether all objects were written, though some may not be healthy yet.
    pub(super) fn is_applied(&self) -> bool {
        let written = |one: &Placed| !matches!(one.state, State::Pending | State::Failed(_));
        self.tasks.iter().filter(|one| one.task.phase <= Phase::Sync).all(written)
    }
}

/// What became known of a task since it was recorded.
fn news(one: &Placed) -> Option<ResourceResult> {
    let now = result(&one.task, &one.state);
    let Some(recorded) = one.recorded else {
        // A hook whose making could not be recorded is known by itself.
        let is_found = one.task.act == Act::Hook && one.state != State::Pending;
        return is_found.then_some(now);
    };
    let now = ResourceResult { sync_phase: recorded.sync_phase.clone(), ..now };
    let now = ResourceResult { status: recorded.status.clone().or(now.status), ..now };
    (now.hook_phase != recorded.hook_phase || now.status != recorded.status).then_some(now)
}

fn is_of(one: &ResourceResult, task: &Task) -> bool {
    task.key.is(&one.group, &one.kind) && task.key.namespace == one.namespace && task.key.name == one.name
}

fn only_hooks<'a>(running: Vec<&'a Placed<'a>>) -> Vec<&'a Placed<'a>> {
    running.into_iter().filter(|one| one.task.act == Act::Hook).collect()
}

fn waiting(one: &Placed, count: usize) -> String {
    let what = match one.task.act {
        Act::Hook => "completion of hook",
        Act::Apply => "healthy state of",
        Act::Prune => "deletion of",
    };
    let more = if count > 1 { format!(" and {} more resources", count - 1) } else { String::new() };
    format!("waiting for {what} {}{more}", one.task.key)
}

fn reason(one: &Placed) -> String {
    match &one.state {
        State::Failed(why) => object_and(&one.task.key, why),
        _ => one.task.key.to_string(),
    }
}

/// Names the object, unless the reason does so itself.
fn object_and(key: &Key, why: &str) -> String {
    if why.contains(&key.to_string()) { why.to_owned() } else { format!("{key}: {why}") }
}
