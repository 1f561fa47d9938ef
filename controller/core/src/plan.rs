//! What is to be done about a Rollout, given what was seen of it.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::analysis;
use crate::blue_green;
use crate::by_pods;
use crate::canary;
use crate::change::{Change, Why};
use crate::chronicle;
use crate::deadline;
use crate::fact::{Fact, Hold, no_progress};
use crate::guard;
use crate::handover;
use crate::marks;
use crate::moves::Moves;
use crate::observed::{Observed, Role};
use crate::progress;
use crate::restart;
use crate::rollback;
use crate::spec::{BlueGreen, Canary, Spec, Strategy};
use crate::stage::{self, Stage};

/// What to do, what is so, and when to look again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Writes, in the order to make them: grow, route, shrink.
    pub changes: Vec<Change>,
    /// What was found out and decided; folded into the status whether or not the writes succeed.
    pub facts: Vec<Fact>,
    /// When to look again even if nothing changes.
    pub wake: Option<Timestamp>,
}

/// Decides. Pure: the same input gives the same plan; a settled world gets an empty one.
///
/// Every change is idempotent and waits for what was *seen*, so a pass that died half-way is simply
/// planned again.
pub fn plan(seen: &Observed, now: Timestamp) -> Plan {
    let spec = match &seen.spec {
        Ok(spec) => spec,
        Err(violations) => {
            let facts = vec![Fact::InvalidSpec(violations.clone())];
            return Plan { facts, ..Plan::default() };
        }
    };
    let spec = &held_without_lender(spec, seen);
    let record = chronicle::record(seen);
    let (status, mut facts) = stage::normalised(spec, seen, now);
    let superseded = chronicle::superseded(seen, &facts, now);
    let seen = &Observed { status, ..seen.clone() };
    let mut stage = stage::of(spec, seen);
    let mut pass = swapped_back(spec, &facts).unwrap_or_else(|| release(spec, seen, &stage, now));
    if let Some(why) = stuck(spec, seen, &stage, &pass, now) {
        facts.push(Fact::DeadlineExceeded(why.clone()));
        if spec.abort_at_deadline {
            stage = Stage::Aborting(why);
            pass = release(spec, seen, &stage, now);
        }
    }
    let lender = handover::look(spec, seen, &stage, pass.hold().is_some());
    let restart = restart::look(spec, seen, &pass.moves.changes, now);
    let wake = pass.wake(spec, seen, now).into_iter().chain(restart.wake).min();
    facts.extend(pass.facts.into_iter().filter(|fact| seen.unlent().is_none() || *fact != Fact::Held(Hold::User)));
    facts.extend(restart.fact);
    facts.extend(lender.fact);
    facts.extend(guard::word(seen, &stage, now).map(Fact::Policy));
    facts.extend(seen.unlent().map(|violation| Fact::InvalidSpec(vec![violation.clone()])));
    // First, as no later pass knows of it: what comes behind may be refused, as a revision is that the API server does not want.
    let mut changes: Vec<Change> = superseded.into_iter().chain(pass.moves.changes).collect();
    changes.extend(rollback::remember(spec, seen, &stage));
    changes.extend(marks::changes(spec, seen));
    changes.extend(delete_revisions(spec, seen));
    changes.extend(analysis::history(spec, seen));
    changes.extend(lender.change);
    changes.extend(record);
    // Last, as a budget may refuse an eviction for long.
    changes.extend(restart.changes);
    Plan { changes, facts, wake }
}

/// Without the workload that lends the template nothing goes on, as if its owner had paused it: nobody knows whether the
/// template at hand is still the one that is asked for. Pods and traffic are kept as they are, and an abort is carried out.
fn held_without_lender<'a>(spec: &'a Spec, seen: &Observed) -> Cow<'a, Spec> {
    match seen.unlent() {
        None => Cow::Borrowed(spec),
        Some(_) => Cow::Owned(Spec { paused: true, ..spec.clone() }),
    }
}

/// One look at a release: moves, and the facts about it.
struct Pass {
    moves: Moves,
    facts: Vec<Fact>,
}

impl Pass {
    fn hold(&self) -> Option<&Hold> {
        self.facts.iter().find_map(|fact| if let Fact::Held(hold) = fact { Some(hold) } else { None })
    }

    /// The earliest of: what the moves wait for, the end of a pause, the progress deadline.
    fn wake(&self, spec: &Spec, seen: &Observed, now: Timestamp) -> Option<Timestamp> {
        let due = self.hold().and_then(|hold| deadline::at(spec, seen, hold)).filter(|at| *at > now);
        let pause_end = self.hold().and_then(Hold::until);
        let baked = guard::wake(seen, now);
        self.moves.wakes.iter().copied().chain(due).chain(pause_end).chain(baked).min()
    }
}

fn release(spec: &Spec, seen: &Observed, stage: &Stage, now: Timestamp) -> Pass {
    let mut pass = match &spec.strategy {
        Strategy::Canary(canary) => canary_release(canary, spec, seen, stage, now),
        Strategy::BlueGreen(strategy) => blue_green_release(strategy, spec, seen, stage, now),
    };
    if let Stage::Aborting(why) = stage
        && seen.status.aborted_at.is_none()
    {
        pass.facts.insert(0, Fact::Aborted(why.clone()));
    }
    if pass.moves.promoted {
        pass.facts.push(Fact::Promoted(seen.hash.clone()));
    }
    pass.facts.extend(swap(spec).filter(|_| pass.moves.swapped));
    pass
}

/// That the two Services of a canary change roles.
fn swap(spec: &Spec) -> Option<Fact> {
    let Strategy::Canary(canary) = &spec.strategy else { return None };
    let (turn, services) = canary.turn.zip(canary.services.as_ref())?;
    Some(Fact::Swapped(turn.next(), services.canary.clone()))
}

/// Where two Services take turns, the one before is the stable one again, and has no traffic yet. That is noted before anything moves:
/// from then on the way back is that of any abort.
fn swapped_back(spec: &Spec, facts: &[Fact]) -> Option<Pass> {
    let went_bad = facts.iter().any(|fact| matches!(fact, Fact::WentBad(_)));
    let swap = swap(spec).filter(|_| went_bad)?;
    Some(Pass { moves: Moves::default(), facts: vec![swap] })
}

fn canary_release(canary: &Canary, spec: &Spec, seen: &Observed, stage: &Stage, now: Timestamp) -> Pass {
    let moves = if canary.routers.is_empty() {
        by_pods::moves(canary, spec, stage, seen)
    } else {
        canary::moves(canary, spec, stage, seen, now)
    };
    let facts = match stage {
        Stage::Stepping(at) => progress::facts(progress::standing(spec, seen, *at, moves.hold.clone(), now), *at),
        _ => held(&moves),
    };
    let mut wanted = analysis::wanted_by_canary(spec, seen, stage);
    wanted.extend(guard::wanted(spec, seen, stage, now));
    // An analysis measures what users get: it does not begin while traffic is still on its way. Once all have got it, it may.
    if moves.hold.is_some() {
        wanted.retain(|role| guard::may_begin(seen, *role) || analysis::of_role(seen, *role).is_some());
    }
    finish(moves, facts, seen, &wanted)
}

fn blue_green_release(strategy: &BlueGreen, spec: &Spec, seen: &Observed, stage: &Stage, now: Timestamp) -> Pass {
    let outcome = blue_green::moves(strategy, spec, stage, seen, now);
    let paused = outcome.pause.map(Fact::Paused);
    let facts = paused.into_iter().chain(held(&outcome.moves)).collect();
    let wanted: Vec<_> = outcome.analyses.into_iter().chain(guard::wanted(spec, seen, stage, now)).collect();
    finish(outcome.moves, facts, seen, &wanted)
}

fn held(moves: &Moves) -> Vec<Fact> {
    moves.hold.clone().map(Fact::Held).into_iter().collect()
}

/// Adds what the wanted analyses need.
fn finish(mut moves: Moves, mut facts: Vec<Fact>, seen: &Observed, wanted: &[Role]) -> Pass {
    let (mut changes, seen_runs) = analysis::changes(seen, wanted);
    moves.changes.append(&mut changes);
    facts.splice(0..0, seen_runs);
    Pass { moves, facts }
}

/// Why a release counts as stuck, if it does.
fn stuck(spec: &Spec, seen: &Observed, stage: &Stage, pass: &Pass, now: Timestamp) -> Option<String> {
    if !matches!(stage, Stage::Installing | Stage::Stepping(_) | Stage::Promoting) {
        return None;
    }
    let hold = pass.hold()?;
    let at = deadline::at(spec, seen, hold)?;
    (at <= now).then(|| no_progress(spec.progress_deadline, hold))
}

/// Deletes revisions beyond the history limit: lowest number first, and only those that have had no
/// pods for good.
fn delete_revisions(spec: &Spec, seen: &Observed) -> Vec<Change> {
    let mut empty: Vec<_> = seen.older().filter(|revision| revision.desired == 0 && revision.current == 0).collect();
    empty.sort_by_key(|revision| revision.number);
    let surplus = empty.len().saturating_sub(spec.revision_history);
    let unused = empty.into_iter().take(surplus).filter(|revision| !seen.selected(&revision.hash));
    unused.map(|revision| Change::DeleteRevision { hash: revision.hash.clone(), why: Why::History }).collect()
}
