//! Blue-green: all new pods come up beside the old ones, then the active Service is switched.

use jiff::Timestamp;

use crate::analysis::of_role;
use crate::change::{Change, Why};
use crate::fact::{Hold, PauseReason};
use crate::guard;
use crate::moves::{self, Moves, keep, later, point, retire, scale, stays, too_few};
use crate::observed::{Observed, Revision, Role, Service};
use crate::pause::{Pausing, pausing};
use crate::spec::{BlueGreen, Gate, Spec};
use crate::stage::Stage;

/// What the moves look at, under short names.
struct View<'a> {
    blue_green: &'a BlueGreen,
    spec: &'a Spec,
    stage: &'a Stage,
    seen: &'a Observed,
    new: Option<&'a Revision>,
    stable: Option<&'a Revision>,
    active: &'a Service,
    now: Timestamp,
}

/// Moves, the analyses wanted, and a pause to begin.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) moves: Moves,
    pub(crate) analyses: Vec<Role>,
    pub(crate) pause: Option<PauseReason>,
}

/// The moves of a blue-green release.
pub(crate) fn moves(blue_green: &BlueGreen, spec: &Spec, stage: &Stage, seen: &Observed, now: Timestamp) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(active) = seen.services.get(&blue_green.active) else {
        outcome.moves.hold(Hold::RouterBroken(format!("Service {} is missing", blue_green.active)));
        return outcome;
    };
    let (new, stable) = (seen.new_revision(), seen.stable_revision());
    let view = View { blue_green, spec, stage, seen, new, stable, active, now };
    grow(&mut outcome.moves, &view);
    match stage {
        Stage::Installing => install(&mut outcome, &view),
        Stage::Promoting | Stage::Stepping(_) => promote(&mut outcome, &view),
        Stage::Settled | Stage::Aborting(_) => go_home(&mut outcome.moves, &view),
    }
    shrink(&mut outcome.moves, &view);
    outcome
}

impl View<'_> {
    fn is_active(&self, revision: &Revision) -> bool {
        self.active.selects.as_ref() == Some(&revision.hash)
    }

    /// Whether the preview Service shows the new revision.
    fn previews_new(&self) -> bool {
        let shown = self.blue_green.preview.as_ref().and_then(|name| self.seen.services.get(name)?.selects.as_ref());
        shown == Some(&self.seen.hash)
    }

    /// The preview Service, where it does not show that revision yet, and the change that makes it.
    fn preview(&self, revision: &Revision, why: Why) -> Option<Change> {
        let name = self.blue_green.preview.as_ref()?;
        point(name, self.seen.services.get(name)?, revision, why)
    }
}

/// Both revisions are whole while a release is under way.
fn grow(moves: &mut Moves, view: &View) {
    let replicas = view.spec.replicas;
    if let Some(stable) = view.stable {
        moves.changes.extend(more(stable, replicas, Why::KeepStable));
        moves.changes.extend(keep(stable));
    }
    match view.stage {
        Stage::Aborting(_) => return,
        Stage::Settled => {
            moves.changes.extend(moves::restore(view.seen));
            moves.changes.extend(guard::keep_up(view.seen, replicas, view.now));
            return;
        }
        Stage::Installing | Stage::Stepping(_) | Stage::Promoting => {}
    }
    moves.changes.extend(moves::create(view.seen));
    if let Some(new) = view.new {
        let (pods, why) = match view.stage {
            Stage::Installing => (replicas, Why::Install),
            _ if view.is_active(new) => (replicas, Why::Promotion),
            _ => (view.blue_green.preview_pods, Why::Promotion),
        };
        moves.changes.extend(more(new, pods, why));
        moves.changes.extend(keep(new));
    }
}

fn more(revision: &Revision, to: u32, why: Why) -> Option<Change> {
    if revision.desired < to { scale(revision, to, why) } else { None }
}

/// The first revision: both Services get it as soon as it is whole.
fn install(outcome: &mut Outcome, view: &View) {
    let Some(new) = with_pods(outcome, view, view.spec.replicas) else {
        return;
    };
    let name = &view.blue_green.active;
    let switch = point(name, view.active, new, Why::Install).into_iter().chain(view.preview(new, Why::Install));
    let before = outcome.moves.changes.len();
    outcome.moves.changes.extend(switch);
    outcome.moves.promoted = outcome.moves.changes.len() == before;
}

/// The new revision, once so many of its pods are available.
fn with_pods<'a>(outcome: &mut Outcome, view: &View<'a>, needed: u32) -> Option<&'a Revision> {
    let new = view.new.filter(|new| new.available >= needed);
    if new.is_none() {
        outcome.moves.hold(too_few(view.new, view.seen, needed));
    }
    new
}

fn promote(outcome: &mut Outcome, view: &View) {
    // A Rollout of no pods is switched too, but not away from pods that are still there.
    let nobody = view.spec.replicas == 0 && view.stable.is_none_or(|stable| stable.ready == 0);
    let serves = |new: &&Revision| new.ready > 0 || nobody;
    if let Some(new) = view.new.filter(|new| view.is_active(new)).filter(serves) {
        return after_switch(outcome, view, new);
    }
    let rescue = rescue(view);
    let rescued = rescue.is_some();
    outcome.moves.changes.extend(rescue);
    if let Some(new) = view.new.filter(|new| new.ready > 0) {
        outcome.moves.changes.extend(view.preview(new, Why::Preview));
    }
    if with_pods(outcome, view, view.blue_green.preview_pods).is_none() {
        return;
    }
    // At most one switch in a pass.
    if rescued {
        outcome.moves.hold(Hold::Exchange);
    } else if passes(outcome, view) {
        switch(outcome, view, serves);
    }
}

/// The way is open: the users get the new revision once it is whole.
fn switch(outcome: &mut Outcome, view: &View, serves: impl Fn(&&Revision) -> bool) {
    let (name, replicas) = (&view.blue_green.active, view.spec.replicas);
    let pods = view.new.and_then(|new| more(new, replicas, Why::Promotion));
    let pods = pods.filter(|_| view.blue_green.preview_pods < replicas);
    // Pods come before anything is pointed elsewhere.
    outcome.moves.changes.splice(0..0, pods);
    if let Some(new) = with_pods(outcome, view, replicas) {
        let switch = Some(new).filter(serves).and_then(|new| point(name, view.active, new, Why::Promotion));
        outcome.moves.changes.extend(switch);
        outcome.moves.hold(Hold::Exchange);
    }
}

/// An active Service whose revision lost all its pods goes back to the stable one. So it does from a revision whose place a newer one
/// takes before it was promoted, once the stable one can carry all users.
fn rescue(view: &View) -> Option<Change> {
    let stable = view.stable.filter(|stable| stable.ready > 0)?;
    let behind = view.active.selects.as_ref().and_then(|hash| view.seen.revision(hash));
    let serves = behind.is_some_and(|revision| revision.ready > 0);
    let why = if serves { Why::Superseded } else { Why::NoReadyPods };
    let change = point(&view.blue_green.active, view.active, stable, why)?;
    (!serves || stable.available >= view.spec.replicas).then_some(change)
}

/// Whether the way to the switch is open: the analysis before it passed, and the gate too.
fn passes(outcome: &mut Outcome, view: &View) -> bool {
    if view.seen.status.promote_full {
        return true;
    }
    let analysed = match &view.blue_green.pre_promotion {
        Some(_) => judged(outcome, view, Role::PrePromotion),
        None => true,
    };
    let opened = gate(outcome, view);
    analysed && opened && !view.spec.paused
}

/// Whether the analysis of that role ended well; else it is wanted, or holds.
fn judged(outcome: &mut Outcome, view: &View, role: Role) -> bool {
    outcome.analyses.push(role);
    let Some(run) = of_role(view.seen, role) else {
        outcome.moves.hold(Hold::Analysis(None));
        return false;
    };
    match run.phase {
        sluice_crds::AnalysisPhase::Successful => true,
        sluice_crds::AnalysisPhase::Inconclusive => wait(outcome, view, PauseReason::Inconclusive, None),
        _ => {
            outcome.moves.hold(Hold::Analysis(Some(run.name.clone())));
            false
        }
    }
}

fn gate(outcome: &mut Outcome, view: &View) -> bool {
    match view.blue_green.gate {
        Gate::Open => true,
        Gate::Person => wait(outcome, view, PauseReason::BlueGreen, None),
        Gate::After(delay) => wait(outcome, view, PauseReason::BlueGreen, Some(delay)),
    }
}

/// Whether a pause is over; else it begins, or holds.
fn wait(outcome: &mut Outcome, view: &View, reason: PauseReason, length: Option<jiff::SignedDuration>) -> bool {
    match pausing(&view.seen.status, reason) {
        Pausing::Over => return true,
        Pausing::NotBegun => {
            outcome.pause = Some(reason);
            outcome.moves.hold(Hold::Pause(reason, length.map(|length| later(view.now, length))));
        }
        Pausing::Since(start) => {
            let until = length.map(|length| later(start, length));
            if until.is_some_and(|until| until <= view.now) {
                return true;
            }
            outcome.moves.wakes.extend(until);
            outcome.moves.hold(Hold::Pause(reason, until));
        }
    }
    false
}

/// The users are on the new revision; the stable one stays whole until the analysis after the switch
/// has passed.
fn after_switch(outcome: &mut Outcome, view: &View, new: &Revision) {
    outcome.moves.changes.extend(view.preview(new, Why::Preview));
    let skipped = view.blue_green.post_promotion.is_none() || view.seen.status.promote_full;
    outcome.moves.promoted = skipped || judged(outcome, view, Role::PostPromotion);
}

/// Back to the stable revision. The preview Service keeps showing an aborted one while its pods last; one that shows
/// neither (somebody edited its selector) shows the stable one too.
fn go_home(moves: &mut Moves, view: &View) {
    let Some(stable) = view.stable else { return };
    if stable.ready == 0 {
        if !view.is_active(stable) {
            moves.hold(Hold::NoWayBack(format!("stable revision {} has no ready pod", stable.hash)));
        }
        return;
    }
    let why = if *view.stage == Stage::Settled { Why::Rollback } else { Why::Abort };
    moves.changes.extend(point(&view.blue_green.active, view.active, stable, why.clone()));
    if *view.stage == Stage::Settled || !view.previews_new() {
        moves.changes.extend(view.preview(stable, why));
    }
    if *view.stage == Stage::Settled && stable.available < view.spec.replicas {
        moves.hold(too_few(Some(stable), view.seen, view.spec.replicas));
    }
}

/// Takes down the pods that the user wants fewer of, and revisions that no Service shows, after their delay.
fn shrink(moves: &mut Moves, view: &View) {
    let limit = view.blue_green.scale_down_delay_revisions;
    let older = view.seen.older().filter(|revision| !guard::keeps(view.seen, revision, view.now));
    let older = stays(older, view.blue_green.scale_down_delay, limit);
    let older = older.into_iter().map(|(revision, delay)| (revision, Some(delay)));
    let aborted = view.new.filter(|_| matches!(view.stage, Stage::Aborting(_)));
    let aborted = aborted.map(|new| (new, view.blue_green.abort_scale_down_delay));
    let leaving: Vec<_> = older.chain(aborted).filter(|(revision, _)| !view.is_active(revision)).collect();
    hide(moves, view, &leaving);
    let new = view.new.filter(|_| !matches!(view.stage, Stage::Settled | Stage::Aborting(_)));
    for revision in view.stable.into_iter().chain(new).filter(|revision| revision.desired > view.spec.replicas) {
        moves.changes.extend(scale(revision, view.spec.replicas, Why::Replicas));
    }
    for (revision, delay) in leaving.into_iter().filter(|(revision, delay)| !is_shown_too_long(view, revision, *delay))
    {
        match delay {
            Some(delay) => retire(moves, revision, delay, view.now),
            None => moves.changes.extend(keep(revision)),
        }
    }
}

/// Takes the preview Service away from a revision whose time is over, before its pods go.
fn hide(moves: &mut Moves, view: &View, leaving: &[(&Revision, Option<jiff::SignedDuration>)]) {
    let is_of_preview = |change: &Change| match change {
        Change::PointService { service, .. } => Some(service) == view.blue_green.preview.as_ref(),
        _ => false,
    };
    let shown = leaving.iter().any(|(revision, delay)| is_shown_too_long(view, revision, *delay));
    if shown && !moves.changes.iter().any(is_of_preview) {
        let stable = view.stable.filter(|stable| stable.ready > 0);
        moves.changes.extend(stable.and_then(|stable| view.preview(stable, Why::DelayPassed)));
    }
}

/// Whether a Service still shows a revision whose pods would go now.
fn is_shown_too_long(view: &View, revision: &Revision, delay: Option<jiff::SignedDuration>) -> bool {
    let over = match (delay, revision.shrink_after) {
        (None, _) => false,
        (Some(delay), None) => delay.is_zero(),
        (Some(_), Some(at)) => at <= view.now,
    };
    over && revision.desired > 0 && view.seen.selected(&revision.hash)
}
