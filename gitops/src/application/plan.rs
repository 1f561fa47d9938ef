//! What is to be done about an Application, given what was seen of it.

use jiff::Timestamp;
use sluice_crds::violation;

use super::auto::{self, Decision};
use super::change::Change;
use super::fact::{Fact, Phase, Trouble};
use super::observed::{Compared, Home, Observed, Rejection, Seen};
use super::{compare, delete, operation, release, revert};
use crate::spec::Spec;

/// What to do, what is so, and when to look again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Writes, in the order to make them. One that fails keeps none of the others from being made.
    pub changes: Vec<Change>,
    /// What was found out and decided; folded into the status whether or not the writes succeed.
    pub facts: Vec<Fact>,
    /// When to look again even if nothing changes.
    pub wake: Option<Timestamp>,
}

impl Plan {
    pub(super) fn saying(facts: Vec<Fact>) -> Self {
        Self { facts, ..Self::default() }
    }
}

/// Decides. Pure: the same input gives the same plan; a settled world gets one without changes, whose facts are known.
///
/// An operation is begun in one pass and taken on in the next, so that what began is recorded before anything is written.
pub fn plan(seen: &Observed, now: Timestamp) -> Plan {
    if seen.words.frozen {
        return Plan::default();
    }
    if seen.deleting.is_some() {
        return delete::plan(seen, now);
    }
    let mut plan = match (&seen.spec, &seen.home) {
        (Err(violations), _) => invalid(seen, &violation::in_one_line(violations)),
        (_, Err(homeless)) => invalid(seen, &homeless.why.join("; ")),
        (Ok(spec), Ok(home)) => usable(seen, spec, home, now),
    };
    if seen.words.refreshed {
        plan.changes.push(Change::ClearRefresh);
    }
    plan
}

/// Nothing can be compared, and nothing done: what a person asks for ends at once. A sync that began by itself waits: nobody would
/// begin it again once, say, its project is back.
fn invalid(seen: &Observed, why: &str) -> Plan {
    let mut plan = Plan::saying(vec![Fact::Trouble(Trouble::InvalidSpecError, why.to_owned()), Fact::Unknown]);
    if operation::goes_by_itself(seen) {
        plan.facts.push(Fact::Held(why.to_owned()));
    } else if operation::is_asked(seen) {
        operation::close(&mut plan, seen, Phase::Error, why.to_owned());
    }
    plan
}

fn usable(seen: &Observed, spec: &Spec, home: &Home, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    match &seen.target {
        Seen::Pending => {}
        Seen::Failed(why) | Seen::Lost(why) => {
            plan.facts.push(Fact::Trouble(Trouble::ComparisonError, why.clone()));
        }
        Seen::Ready(compared) => {
            plan.facts = compare::facts(compared, home);
            plan.facts.extend(compare::orphans(&seen.orphans, home));
            plan.facts.extend(rejections(seen, compared));
            plan.facts.extend(auto::warnings(seen, compared));
            plan.changes = delete::finalizers(seen, compared);
            plan = join(plan, revert::plan(seen, home, compared));
        }
    }
    if let Seen::Failed(_) | Seen::Lost(_) = seen.target {
        plan.facts.push(Fact::Unknown);
    }
    let more = if operation::is_asked(seen) {
        operation::plan(seen, spec, home, now)
    } else {
        match &seen.target {
            Seen::Ready(compared) => by_itself(seen, spec, home, compared, now),
            Seen::Pending | Seen::Failed(_) | Seen::Lost(_) => Plan::default(),
        }
    };
    join(plan, more)
}

fn join(mut plan: Plan, more: Plan) -> Plan {
    plan.changes.extend(more.changes);
    plan.facts.extend(more.facts);
    plan.wake = plan.wake.into_iter().chain(more.wake).min();
    plan
}

fn by_itself(seen: &Observed, spec: &Spec, home: &Home, compared: &Compared, now: Timestamp) -> Plan {
    match auto::decide(seen, spec, home, compared, now) {
        Decision::Nothing | Decision::Settled => Plan::default(),
        Decision::Wait(facts, wake) => Plan { facts, wake, ..Plan::default() },
        Decision::Sync(_) if operation::too_soon(seen, now).is_some() => {
            Plan { wake: operation::too_soon(seen, now), ..Plan::default() }
        }
        Decision::Sync(operation) => Plan::saying(vec![operation::started(operation, compared)]),
    }
}

/// Releases that were taken back and that git still wants.
fn rejections(seen: &Observed, compared: &Compared) -> Vec<Fact> {
    let stands = seen.rejections.iter().filter(|one| release::stands(seen, compared, one));
    let known =
        |one: &Rejection| seen.status.rejected.iter().any(|of| of.revision == one.revision && of.by == one.rollout);
    stands.filter(|one| !known(one)).cloned().map(Fact::Rejected).collect()
}
