//! Pods go only when the router is seen not to send to them.

use super::{View, reason_of_scale};
use crate::change::Why;
use crate::moves::{Moves, keep, retire, scale, stays};
use crate::observed::Revision;
use crate::stage::Stage;
use crate::weight::Weight;

/// Takes down pods that nothing is routed to.
///
/// Waits for: the router seen to have loaded what is live.
/// Never: a revision that a Service selects, nor the stable one below `replicas`.
pub(super) fn shrink(moves: &mut Moves, view: &View) {
    if !view.is_loaded() {
        return;
    }
    let older = view.seen.older().filter(|revision| !view.seen.selected(&revision.hash));
    for (revision, delay) in stays(older, view.canary.scale_down_delay, view.canary.scale_down_delay_revisions) {
        retire(moves, revision, delay, view.now);
    }
    if let Some(stable) = view.stable.filter(|stable| stable.desired > view.replicas) {
        moves.changes.extend(scale(stable, view.replicas, Why::Replicas));
    }
    if let Some(new) = view.new.filter(|new| view.seen.stable_hash().as_ref() != Some(&new.hash)) {
        shrink_new(moves, view, new);
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
            if new.desired > wanted {
                moves.changes.extend(scale(new, wanted, reason_of_scale(view)));
            }
        }
        _ => {}
    }
}

fn without_traffic(view: &View, new: &Revision) -> bool {
    view.stable.is_some() && view.live == Some(Weight::ZERO) && !view.seen.selected(&new.hash)
}

fn retire_aborted(moves: &mut Moves, view: &View, new: &Revision) {
    match view.canary.abort_scale_down_delay {
        Some(delay) => retire(moves, new, delay, view.now),
        None => moves.changes.extend(keep(new)),
    }
}
