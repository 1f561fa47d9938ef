//! How a wave is begun.

use sluice_crds::names::application::{DELETION_APPROVED, HOOK_RUN, SYNC_OPTIONS};

use super::super::change::{Change, Manner, Why};
use super::super::fact::Fact;
use super::super::observed::Tried;
use super::super::plan::Plan;
use super::super::prune::{self, Verdict};
use super::super::tasks::{Placed, State};
use super::{Step, result};
use crate::waves::{Act, hook};
use crate::{Object, diff};

impl Step<'_> {
    /// Begins one wave: deletions first, then what is written and run.
    pub(super) fn begin(&self, mut plan: Plan, group: &[&Placed]) -> Plan {
        for one in group {
            match one.task.act {
                Act::Prune => self.prune(&mut plan, one),
                Act::Apply => self.apply(&mut plan, one),
                Act::Hook => self.run(&mut plan, one),
            }
        }
        plan
    }

    pub(super) fn sync(&self) -> sluice_crds::SyncOperation {
        self.state.operation.sync.clone().unwrap_or_default()
    }

    fn prune(&self, plan: &mut Plan, one: &Placed) {
        let Some(item) = one.item else { return };
        let done = |message: &str| Fact::Result(Box::new(result(&one.task, &State::Done(message.to_owned()))));
        let options = self.options.of(one.task.object.listed(SYNC_OPTIONS));
        let permitted = self.home.project.permits(&one.task.key, &self.home.place).is_ok();
        let verdict = prune::verdict(item, self.options, self.sync().prune, &self.seen.words, self.started());
        match verdict {
            _ if !permitted => plan.facts.push(done("ignored (the project does not permit it)")),
            Verdict::Skip(why) => plan.facts.push(done(why)),
            Verdict::Ask => plan.facts.push(Fact::Held(format!(
                "waiting for a person to let {} be deleted: annotate the application with {DELETION_APPROVED} and the time",
                one.task.key
            ))),
            Verdict::Delete if self.sync().dry_run => plan.facts.push(done("pruned (dry run)")),
            Verdict::Delete => plan.changes.push(Change::Prune {
                key: one.task.key.clone(),
                propagation: options.propagation,
                why: Why::NotInGit,
            }),
        }
    }

    fn apply(&self, plan: &mut Plan, one: &Placed) {
        let options = self.options.of(one.task.object.listed(SYNC_OPTIONS));
        let same = one.item.is_some_and(|item| item.live.is_some() && item.tried == Tried::Same);
        if options.apply_out_of_sync_only && same {
            let state = State::Done("unchanged".to_owned());
            return plan.facts.push(Fact::Result(Box::new(result(&one.task, &state))));
        }
        let strategy = self.sync().sync_strategy.unwrap_or_default();
        let forced = [strategy.apply, strategy.hook].into_iter().flatten().any(|how| how.force);
        plan.changes.push(Change::Apply {
            phase: one.task.phase,
            wave: one.task.wave,
            object: self.wanted(one),
            manner: Manner {
                dry_run: self.sync().dry_run,
                replace: options.replace,
                force: options.force || forced,
                unchecked: options.skip_validation,
            },
        });
    }

    /// The object to write: with what is there in fields whose differences count as none, where the options say so.
    fn wanted(&self, one: &Placed) -> Object {
        let respects = self.options.of(one.task.object.listed(SYNC_OPTIONS)).respect_ignore;
        let live = one.item.and_then(|item| item.live.as_ref()).filter(|_| respects);
        live.map_or_else(|| one.task.object.clone(), |live| diff::respecting(&one.task.object, live, self.ignore))
    }

    /// A hook of an earlier run goes first, and is waited for until it is gone: by its policy, or because it is still in the way
    /// although its policy wanted it gone by now. What is in the way and is not the Application's fails the hook.
    fn run(&self, plan: &mut Plan, one: &Placed) {
        if self.sync().dry_run {
            let state = State::Done("run (dry run)".to_owned());
            return plan.facts.push(Fact::Result(Box::new(result(&one.task, &state))));
        }
        let Some(old) = one.item.and_then(|item| item.live.as_ref()) else {
            let (phase, wave, object) = (Some(one.task.phase), one.task.wave, one.task.object.clone());
            return plan.changes.push(Change::Run { phase, wave, object });
        };
        if let Some(other) = one.item.and_then(|item| item.other_owner.as_ref()) {
            let why =
                format!("it is there already, and is part of application {other}: give the hook a name of its own");
            return plan.facts.push(Fact::Result(Box::new(result(&one.task, &State::Failed(why)))));
        }
        if !hook::deletion(&one.task.object).before_creation && !self.is_own_hook(old) {
            let why = "it is there already, and is not this Application's: delete it, or let the hook's hook-delete-policy have BeforeHookCreation";
            return plan.facts.push(Fact::Result(Box::new(result(&one.task, &State::Failed(why.to_owned())))));
        }
        plan.facts.push(Fact::Held(format!("waiting for the last run of hook {} to be gone", one.task.key)));
        if !old.is_deleting() || hook::is_held(old) {
            plan.changes.push(Change::DeleteHook { key: one.task.key.clone(), why: Why::RunAgain });
        }
    }

    /// Whether a hook was run by this Application: here, or by the controller before, which noted no run on it.
    fn is_own_hook(&self, old: &Object) -> bool {
        old.annotation(HOOK_RUN).is_some() || self.seen.tracked.iter().any(|tracked| tracked.key() == old.key())
    }
}
