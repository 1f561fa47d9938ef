//! What a sync makes room for: the next one, if it began by itself and that can begin now.

use sluice_crds::Operation;

use super::super::auto::{self, Decision};
use super::super::fact::{Fact, Phase};
use super::super::observed::{Compared, Seen};
use super::super::plan::Plan;
use super::super::revision::Revision;
use super::super::step::Step;
use super::super::subject;
use super::{Run, begin, clear, close, is_automated, too_soon};

impl Run<'_> {
    /// A sync by itself makes room for a newer commit, and for other sources: one that waits for health would hold up the very commit
    /// that mends it. Hooks that run are let to end, and what may not begin, because it is braked, rejected or out of its window,
    /// ends nothing.
    ///
    /// One whose objects are all applied has succeeded. Of any other nobody can say that it succeeded or failed: the next one
    /// takes its place in the status, in the same write.
    pub(super) fn superseded(&self, step: Option<&Step>) -> Option<Plan> {
        let Seen::Ready(target) = &self.seen.target else { return None };
        let done = self.state.sync_result.as_ref().and_then(Revision::done)?;
        let is_newer = done != target.revision || !self.is_of_sources(target);
        let makes_room = is_automated(self.state) && self.spec.automated.is_some() && is_newer;
        if !makes_room || step.is_some_and(Step::runs_hooks) {
            return None;
        }
        let next = self.next(target)?;
        if let Some(soon) = too_soon(self.seen, self.now) {
            return Some(Plan { wake: Some(soon), ..Plan::default() });
        }
        let newer =
            if done == target.revision { "a change of its sources".to_owned() } else { target.revision.short() };
        let mut plan = Plan::default();
        if let Some(step) = step.filter(|step| step.is_applied()) {
            step.let_go(&mut plan, Some(Phase::Succeeded));
            close(&mut plan, self.seen, Phase::Succeeded, format!("all objects are applied; {newer} comes next"));
            return Some(plan);
        }
        if let Some(step) = step {
            step.let_go(&mut plan, None);
        }
        clear(&mut plan, self.seen);
        plan.facts.push(Fact::Superseded { revision: done, by: newer });
        plan.facts.push(next);
        Some(plan)
    }

    /// Whether that is of the sources that the operation was begun with. Its spec may have been edited since.
    pub(super) fn is_of_sources(&self, target: &Compared) -> bool {
        self.state.sync_result.as_ref().is_some_and(|result| subject::recorded(result) == target.sources)
    }

    /// How the next sync begins, if it may: what somebody asks for goes first.
    fn next(&self, target: &Compared) -> Option<Fact> {
        let asked = self.seen.operation.as_ref().filter(|asked| **asked != self.state.operation);
        if let Some(asked) = asked {
            let plan = begin(self.seen, self.spec, asked, &self.windows, self.now);
            return plan.facts.into_iter().find(|fact| matches!(fact, Fact::Started { .. }));
        }
        match auto::decide(self.seen, self.spec, self.home, target, self.now) {
            Decision::Sync(operation) => Some(started(operation, target)),
            // What this sync still has to delete or to write may be what that commit took back.
            Decision::Settled => {
                let next = auto::settled(self.spec, self.home, self.seen, target, self.now)?;
                Some(started(next, target))
            }
            Decision::Nothing | Decision::Wait(..) => None,
        }
    }
}

/// That a sync to what the sources say begins.
pub(in crate::application) fn started(operation: Box<Operation>, target: &Compared) -> Fact {
    Fact::Started { operation, revision: target.revision.clone(), sources: target.sources.clone() }
}
