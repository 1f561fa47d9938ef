//! A canary without a router: each revision gets the traffic that its part of the pods gets.

use crate::canary::weight_at;
use crate::change::{Change, Why};
use crate::fact::Hold;
use crate::guard;
use crate::moves::{self, Moves, keep, scale, too_few};
use crate::observed::{Observed, Revision};
use crate::share::{self, Share};
use crate::spec::{Canary, Spec};
use crate::stage::Stage;

/// What the moves look at, under short names.
struct View<'a> {
    canary: &'a Canary,
    stage: &'a Stage,
    seen: &'a Observed,
    replicas: u32,
    new: Option<&'a Revision>,
    /// The stable revision, where it is not the new one.
    stable: Option<&'a Revision>,
    share: Share,
    why: Why,
}

/// The moves of a canary without a router.
pub(crate) fn moves(canary: &Canary, spec: &Spec, stage: &Stage, seen: &Observed) -> Moves {
    let mut moves = Moves::default();
    let view = View::new(canary, spec, stage, seen);
    if let Stage::Aborting(_) = stage
        && seen.stable_revision().is_none()
    {
        return moves;
    }
    if !matches!(stage, Stage::Aborting(_)) {
        moves.changes.extend(moves::create(seen));
    }
    grow(&mut moves, &view);
    select(&mut moves, &view);
    shrink(&mut moves, &view);
    settle(&mut moves, &view);
    moves
}

impl<'a> View<'a> {
    fn new(canary: &'a Canary, spec: &Spec, stage: &'a Stage, seen: &'a Observed) -> Self {
        let replicas = spec.replicas;
        let (share, why) = match stage {
            Stage::Installing => (Share { new: replicas, stable: 0 }, Why::Install),
            Stage::Settled => (Share { new: replicas, stable: 0 }, Why::Rollback),
            Stage::Promoting => (Share { new: replicas, stable: 0 }, Why::Promotion),
            Stage::Aborting(_) => (Share { new: 0, stable: replicas }, Why::Abort),
            Stage::Stepping(step) => {
                let of = |weight| share::of(weight, replicas, canary.max_surge > 0);
                let before = step.checked_sub(1).map(|before| weight_at(&canary.steps, before)).unwrap_or_default();
                let weight = weight_at(&canary.steps, *step);
                (as_seen(seen, of(weight), of(before)), Why::StepWeight(weight))
            }
        };
        let stable = seen.stable_revision().filter(|stable| stable.hash != seen.hash);
        Self { canary, stage, seen, replicas, new: seen.new_revision(), stable, share, why }
    }

    /// So many new pods available let the stage go on.
    fn enough(&self) -> u32 {
        match self.stage {
            Stage::Stepping(_) => self.canary.enough.of(self.share.new),
            _ => self.share.new,
        }
    }

    /// Pods that may still be added.
    fn room(&self) -> u32 {
        let asked = moves::total(self.seen.revisions.iter().map(|revision| revision.desired));
        self.replicas.saturating_add(self.canary.max_surge).saturating_sub(asked)
    }

    /// Available pods that may still be taken.
    fn spare(&self) -> u32 {
        let available =
            moves::total(self.seen.revisions.iter().map(|revision| revision.available.min(revision.desired)));
        available.saturating_sub(self.replicas.saturating_sub(self.canary.max_unavailable))
    }
}

/// The share that a step asks for. While the rollback policy keeps the step, with no more new pods than there are already, or were
/// by the step before: nothing rises unseen. Where there are none there is nothing to be seen, and it begins.
fn as_seen(seen: &Observed, wanted: Share, before: Share) -> Share {
    let desired = |revision: Option<&Revision>| revision.map_or(0, |revision| revision.desired);
    let had = before.new.max(desired(seen.new_revision()));
    if had == 0 || wanted.new <= had || guard::keeps_step(seen).is_none() {
        return wanted;
    }
    Share { new: had, stable: wanted.stable.max(before.stable.min(desired(seen.stable_revision()))) }
}

/// Adds pods to whichever side has too few.
///
/// Never: more in all than `replicas` + `maxSurge`.
fn grow(moves: &mut Moves, view: &View) {
    let mut room = view.room();
    let sides = [(view.stable, view.share.stable), (view.new, view.share.new)];
    for (revision, wanted) in sides.into_iter().filter_map(|(revision, wanted)| Some((revision?, wanted))) {
        if wanted > 0 {
            moves.changes.extend(keep(revision));
        }
        let more = wanted.saturating_sub(revision.desired).min(room);
        room -= more;
        moves.changes.extend(scale(revision, revision.desired + more, view.why.clone()));
    }
}

/// The Services, where there are any: each shows its side, as soon as that has a ready pod.
fn select(moves: &mut Moves, view: &View) {
    let Some(names) = &view.canary.services else {
        return;
    };
    let new = view.new.filter(|new| new.ready > 0);
    let stable = view.seen.stable_revision().filter(|stable| stable.ready > 0);
    let done = matches!(view.stage, Stage::Installing | Stage::Promoting | Stage::Settled)
        && view.new.is_some_and(|new| new.available >= view.replicas);
    let trying = view.share.new > 0;
    for (name, home) in [
        (&names.canary, if trying { new.or(stable) } else { stable }),
        (&names.stable, if done { new } else { stable }),
    ] {
        if let (Some(service), Some(home)) = (view.seen.services.get(name), home) {
            moves.changes.extend(moves::point(name, service, home, view.why.clone()));
        }
    }
}

/// Takes pods from older revisions first, then from the side that has too many. Pods that are not
/// available go freely: nobody is served by them.
///
/// Never: below `replicas` − `maxUnavailable` available pods, as last observed; nor to 0 what a
/// Service selects.
fn shrink(moves: &mut Moves, view: &View) {
    let mut spare = view.spare();
    let older = view.seen.older().map(|revision| (revision, 0));
    let sides = [(view.stable, view.share.stable), (view.new, view.share.new)];
    let sides = sides.into_iter().filter_map(|(revision, wanted)| Some((revision?, wanted)));
    for (revision, wanted) in older.chain(sides) {
        let least = if view.seen.selected(&revision.hash) { wanted.max(1) } else { wanted };
        let idle = revision.desired.saturating_sub(revision.available);
        let fewer = revision.desired.saturating_sub(least).min(idle.saturating_add(spare));
        spare -= fewer.saturating_sub(idle);
        if fewer > 0 {
            moves.changes.extend(scale(revision, revision.desired - fewer, Why::MakeRoom));
        }
    }
}

fn settle(moves: &mut Moves, view: &View) {
    let available = view.new.map_or(0, |new| new.available);
    let enough = view.enough();
    if available < enough {
        moves.hold(too_few(view.new, view.seen, enough));
    }
    if let Some(stable) = view.stable.filter(|stable| stable.available < view.share.stable) {
        moves.hold(too_few(Some(stable), view.seen, view.share.stable));
    }
    let surplus = view.stable.is_some_and(|stable| stable.desired > view.share.stable)
        || view.seen.older().any(|revision| revision.desired > 0);
    // What waits for the last of the pods, where fewer are enough, does not hold the step up.
    let surplus = surplus && (available >= view.share.new || enough == view.share.new);
    if surplus || moves.changes.iter().any(|change| matches!(change, Change::Scale { .. })) {
        moves.hold(Hold::Exchange);
    }
    let taking_over = matches!(view.stage, Stage::Installing | Stage::Promoting);
    moves.promoted = taking_over && moves.hold.is_none() && moves.changes.is_empty() && view.new.is_some();
}
