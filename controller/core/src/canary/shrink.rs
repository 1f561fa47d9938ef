//! Pods go only when the router is seen not to send to them.

use jiff::SignedDuration;

use super::{View, reason_of_scale};
use crate::change::{Change, Why};
use crate::guard;
use crate::moves::{Moves, keep, retire, scale, stays};
use crate::observed::Revision;
use crate::stage::Stage;
use crate::weight::Weight;

/// Takes down pods that nothing is routed to.
///
/// Waits for: the router seen to have loaded what is live.
/// Never: a revision that a Service selects, nor the stable one below `replicas` (or, where the spec lets it be smaller,
/// below what its traffic needs).
pub(super) fn shrink(moves: &mut Moves, view: &View) {
    if !view.is_loaded() {
        return;
    }
    let idle = view.seen.older().filter(|revision| !view.seen.selected(&revision.hash));
    let older = idle.filter(|revision| !guard::keeps(view.seen, revision, view.now));
    let delay = if view.is_pressed() { SignedDuration::ZERO } else { view.canary.scale_down_delay };
    for (revision, delay) in stays(older, delay, view.canary.scale_down_delay_revisions) {
        retire(moves, revision, delay, view.now);
    }
    shrink_stable(moves, view);
    shrink_leaving(moves, view);
    if let Some(new) = view.new.filter(|new| view.seen.stable_hash().as_ref() != Some(&new.hash)) {
        shrink_new(moves, view, new);
    }
}

/// The stable revision keeps what it is asked for. Less traffic counts only when none was moved in this very pass.
fn shrink_stable(moves: &mut Moves, view: &View) {
    let of_traffic = |change: &Change| matches!(change, Change::Route { .. } | Change::PointService { .. });
    let wanted = if moves.changes.iter().any(of_traffic) { view.replicas } else { view.stable_pods() };
    let why = match (wanted < view.replicas, view.canary.most_pods) {
        (false, _) => Why::Replicas,
        (true, Some(_)) => Why::MakeRoom,
        (true, None) => Why::LessTraffic,
    };
    if let Some(stable) = view.stable.filter(|stable| stable.desired > wanted) {
        moves.changes.extend(scale(stable, wanted, why));
    }
}

/// A revision that traffic is taken from makes room for those that take it, as far as its share went.
fn shrink_leaving(moves: &mut Moves, view: &View) {
    let aborted = matches!(view.stage, Stage::Aborting(_));
    let Some(tried) = view.tried().filter(|tried| view.is_pressed() && (aborted || tried.hash != view.seen.hash))
    else {
        return;
    };
    let behind_stable = view.stable_service.selects.as_ref() == Some(&tried.hash);
    let share = if behind_stable { Weight::FULL } else { view.live.unwrap_or(Weight::FULL) };
    let carries = share.pods_of(view.replicas).max(1);
    if tried.desired > carries {
        moves.changes.extend(scale(tried, carries, Why::MakeRoom));
    }
}

fn shrink_new(moves: &mut Moves, view: &View, new: &Revision) {
    match view.stage {
        Stage::Aborting(_) if without_traffic(view, new) => retire_aborted(moves, view, new),
        Stage::Stepping(_) | Stage::Promoting | Stage::Installing => {
            // A share that the stage asks for is carried by the pods that it asks for.
            let too_much = view.live.is_none_or(|live| live > view.target());
            let carries = if too_much { view.live.unwrap_or(Weight::FULL).pods_of(view.replicas) } else { 0 };
            let selected = view.seen.selected(&new.hash);
            let wanted = if selected { view.needed().max(carries) } else { view.needed() };
            // What the canary Service selects keeps at least one pod, or the whole route goes down.
            let wanted = if selected { wanted.max(1) } else { wanted };
            let wanted = wanted.min(beside_stable(view, new));
            if new.desired > wanted {
                moves.changes.extend(scale(new, wanted, reason_of_scale(view)));
            }
        }
        _ => {}
    }
}

/// New pods that may stay where the stable revision needs some of their room: those that serve, and what it leaves.
///
/// While users come back to it from a revision that was superseded, it has all the room that one leaves: somebody may have
/// asked for new pods too early.
fn beside_stable(view: &View, new: &Revision) -> u32 {
    let (Some(most), Some(stable)) = (view.canary.most_pods, view.stable) else { return u32::MAX };
    if !view.is_forward() && !view.seen.selected(&new.hash) && stable.desired < view.replicas {
        let leaving = view.tried().map_or(0, |tried| tried.desired);
        return most.saturating_sub(view.replicas.saturating_add(leaving));
    }
    let least = view.least_stable();
    if stable.desired >= least || view.room() > 0 {
        return u32::MAX;
    }
    most.saturating_sub(least).max(new.available).max(1)
}

fn without_traffic(view: &View, new: &Revision) -> bool {
    view.stable.is_some() && view.live == Some(Weight::ZERO) && !view.seen.selected(&new.hash)
}

fn retire_aborted(moves: &mut Moves, view: &View, new: &Revision) {
    let delay = view.canary.abort_scale_down_delay;
    match if view.is_pressed() { Some(SignedDuration::ZERO) } else { delay } {
        Some(delay) => retire(moves, new, delay, view.now),
        None => moves.changes.extend(keep(new)),
    }
}
