//! Where a weight is decided.
//!
//! At most one thing moves in a pass: a Service's selector or the weights. The next one waits until
//! the router is seen to have taken this one up. Weight is taken away without waiting.

use super::aside::{self, Shares};
use super::{View, ease, managed, point, reason, reason_of_scale};
use crate::change::{Change, Why};
use crate::fact::Hold;
use crate::moves::{Moves, await_router, too_few};
use crate::observed::Revision;
use crate::stage::Stage;
use crate::weight::Weight;

/// Moves traffic one step towards what the stage asks for, and says what it waits for.
///
/// Guarantees: no Service is left selecting a revision without ready pods while another has them
/// (Traefik drops the whole route for an empty Service, even at weight 0); the selector of the canary
/// Service changes only at weight 0.
pub(super) fn route(moves: &mut Moves, view: &View) {
    let step = rescue(view)
        .or_else(|| split(view))
        .or_else(|| stable_service(view))
        .or_else(|| weight(moves, view))
        .or_else(|| managed::route(moves, view))
        .or_else(|| canary_service(moves, view));
    match step {
        Some(change) => {
            moves.change(change);
            moves.hold(Hold::Router("it was just changed".to_owned()));
        }
        None => settle(moves, view),
    }
}

/// A Service whose revision has lost all its ready pods is pointed at one that has some: one write that
/// makes the whole route good again, whatever the weights are.
fn rescue(view: &View) -> Option<Change> {
    let stable = view.stable.filter(|stable| stable.ready > 0)?;
    let selected = view.canary_service.selects.as_ref()?;
    let empty = view.seen.revision(selected).is_none_or(|revision| revision.ready == 0);
    empty.then(|| point(&view.names.canary, view.canary_service, stable, Why::NoReadyPods)).flatten()
}

/// Before the first release both Services may select all pods of the app: each gets its revision.
fn split(view: &View) -> Option<Change> {
    let home = match view.stage {
        Stage::Installing => view.new.filter(|new| new.available >= view.replicas)?,
        _ => view.stable.filter(|stable| stable.ready > 0)?,
    };
    let both = [(&view.names.stable, view.stable_service), (&view.names.canary, view.canary_service)];
    let unsplit = both.into_iter().find(|(_, service)| match view.stage {
        Stage::Installing => !view.is_new(service),
        _ => service.selects.is_none(),
    });
    unsplit.and_then(|(name, service)| point(name, service, home, Why::Install))
}

/// The stable Service follows the new revision once that carries all traffic, and goes back to the
/// stable one when the release is taken back. Where the two take turns it never follows: see [`swaps`].
///
/// Waits for: weight 100 loaded and every new pod available; on the way back, for every stable pod but those that may be missing
/// (`maxUnavailable`).
fn stable_service(view: &View) -> Option<Change> {
    let name = &view.names.stable;
    if *view.stage == Stage::Installing || view.is_stable(view.stable_service) {
        let new = view.new.filter(|_| view.canary.turn.is_none() && taken_over(view))?;
        return point(name, view.stable_service, new, Why::Promotion);
    }
    if *view.stage == Stage::Promoting && view.is_new(view.stable_service) && view.new_available() > 0 {
        return None;
    }
    let stable = view.stable.filter(|stable| stable.ready > 0 && may_take_over(view, stable))?;
    let why = if *view.stage == Stage::Promoting { Why::NoReadyPods } else { reason(view) };
    point(name, view.stable_service, stable, why)
}

/// Whether the stable Service may go back to the stable revision: that is whole, or takes no traffic with that.
fn may_take_over(view: &View, stable: &Revision) -> bool {
    let behind = view.stable_service.selects.as_ref().and_then(|hash| view.seen.revision(hash));
    let no_new = view.keeps_stable_whole() && view.new_available() == 0;
    let nobody = no_new || behind.is_none_or(|revision| revision.ready == 0);
    let by_weight = view.hands_back_by_weight() && view.live == Some(Weight::FULL) && view.is_loaded();
    // By the steps only as long as the canary Service still shows the version that is taken back.
    let by_steps = view.is_gradual() && view.hands_back_by_weight();
    (stable.available >= needed_to_take_over(view) && !by_steps) || nobody || by_weight
}

/// So many stable pods take all users: all but those that may be missing, and one at the least.
fn needed_to_take_over(view: &View) -> u32 {
    let missing = if view.keeps_stable_whole() { view.canary.max_unavailable } else { 0 };
    view.replicas.saturating_sub(missing).max(1).min(view.replicas)
}

/// All traffic goes to the new revision by weight, and the router is seen to do so.
fn taken_over(view: &View) -> bool {
    *view.stage == Stage::Promoting
        && view.is_new(view.canary_service)
        && view.live == Some(Weight::FULL)
        && view.others.is_empty()
        && view.new_available() >= view.needed()
        && view.is_loaded()
}

/// The canary Service's share. Lowered at once, and put back at once when somebody else lowered it; raised
/// only when the router is seen to have loaded what went before.
///
/// Never: lowered while nothing of the stable revision is ready to take the traffic; where stable pods may be fewer than
/// `replicas`, below what they can carry.
fn weight(moves: &mut Moves, view: &View) -> Option<Change> {
    let (wanted, why) = wanted(view);
    ease::wait(moves, view);
    let to = wanted.max(view.held_back());
    if to > wanted {
        moves.hold(too_few(view.stable, view.seen, view.replicas));
    }
    let aside = aside::wanted(view, to);
    let kept = aside::kept(view, &aside);
    if view.live == Some(to) {
        return fewer_aside(moves, view, &kept).or_else(|| more_aside(moves, view, aside));
    }
    let raised = view.live.is_some_and(|live| to > live) && !put_back(view, to);
    let handed_over = *view.stage == Stage::Promoting && view.is_new(view.stable_service);
    if (raised || handed_over) && !await_router(moves, view.loaded, view.now) {
        return fewer_aside(moves, view, &kept);
    }
    if !raised && !handed_over && nothing_to_go_back_to(view) {
        moves.hold(no_way_back());
        return None;
    }
    Some(Change::Route { from: view.live, to, aside: kept, why })
}

fn no_way_back() -> Hold {
    Hold::NoWayBack("the stable revision has no ready pod".to_owned())
}

/// Takes traffic from an experiment's Services, without waiting.
fn fewer_aside(moves: &mut Moves, view: &View, kept: &Shares) -> Option<Change> {
    if kept == view.others {
        return None;
    }
    if aside::has_no_way_back(view, kept) {
        moves.hold(no_way_back());
        return None;
    }
    Some(Change::Route { from: view.live, to: view.live?, aside: kept.clone(), why: Why::ExperimentOver })
}

/// Gives an experiment's Services their shares, once the canary has its own and the router is seen to have loaded that.
fn more_aside(moves: &mut Moves, view: &View, aside: Shares) -> Option<Change> {
    if moves.hold.is_some() || aside == *view.others || !await_router(moves, view.loaded, view.now) {
        return None;
    }
    Some(Change::Route { from: view.live, to: view.live?, aside, why: Why::Experiment })
}

/// Whether the new revision had this share already, by the pass before.
fn put_back(view: &View, to: Weight) -> bool {
    let recorded = view.seen.status.canary.weights.as_ref().map(|weights| &weights.canary);
    recorded.is_some_and(|canary| {
        u32::try_from(canary.weight) == Ok(to.parts()) && canary.pod_template_hash.as_ref() == Some(&view.seen.hash.0)
    })
}

/// Whether the new revision serves what the canary Service gets, and nobody would serve it behind the stable one. During
/// the first release that one selects the new revision too.
fn nothing_to_go_back_to(view: &View) -> bool {
    let new_serves = view.is_new(view.canary_service) && view.new.is_some_and(|new| new.ready > 0);
    let behind_stable = view.stable_service.selects.as_ref().and_then(|hash| view.seen.revision(hash)).or(view.stable);
    new_serves && behind_stable.is_none_or(|revision| revision.ready == 0)
}

/// The share that is right for what is seen now, and why.
fn wanted(view: &View) -> (Weight, Why) {
    if view.hands_back_by_weight() {
        return (view.full(), reason(view));
    }
    if !view.is_new(view.canary_service) {
        return (Weight::ZERO, out_of_place(view));
    }
    if view.is_new(view.stable_service) {
        return (Weight::ZERO, reason(view));
    }
    let target = view.target();
    if view.new_available() >= view.needed() {
        return (target, reason(view));
    }
    let carried = view.carried();
    let live = view.live.unwrap_or_default();
    let most = if view.new_available() >= view.in_reach() { target } else { live.min(target) };
    let why = if carried < live.min(target) { Why::FewerPods } else { reason(view) };
    (most.min(carried), why)
}

/// Why there may be no weight on a canary Service that does not show the new revision.
pub(super) fn out_of_place(view: &View) -> Why {
    match view.stage {
        Stage::Installing => Why::Install,
        Stage::Stepping(_) | Stage::Promoting if view.is_stable(view.canary_service) => Why::NoReadyPods,
        Stage::Stepping(_) | Stage::Promoting if view.was_stable_before() => Why::Promotion,
        Stage::Stepping(_) | Stage::Promoting => Why::Superseded,
        Stage::Settled | Stage::Aborting(_) => reason(view),
    }
}

/// Why the canary Service shows the new revision: for its traffic, or for whoever asks it while users do not.
fn shown(view: &View) -> Why {
    if view.target() > Weight::ZERO { reason(view) } else { reason_of_scale(view) }
}

/// The canary Service shows the new revision while a step wants traffic or pods there, else the stable one.
///
/// Waits for: weight 0 and no managed route, loaded; and for as many available new pods as are enough for the step.
fn canary_service(moves: &mut Moves, view: &View) -> Option<Change> {
    if view.live != Some(Weight::ZERO) || !managed::are_gone(view) {
        return None;
    }
    let wants_new = view.shows_new();
    let (home, why) = match view.new {
        Some(new) if wants_new && new.available >= view.in_reach() && new.available > 0 => (new, shown(view)),
        Some(new) if wants_new && view.is_new(view.canary_service) && new.ready > 0 => (new, shown(view)),
        Some(_) if view.is_new(view.canary_service) => (view.stable.filter(|stable| stable.ready > 0)?, reason(view)),
        _ => (view.stable.filter(|stable| stable.ready > 0)?, out_of_place(view)),
    };
    let change = point(&view.names.canary, view.canary_service, home, why)?;
    await_router(moves, view.loaded, view.now).then_some(change)
}

/// Nothing to move: either all is in place, or this is what it waits for.
fn settle(moves: &mut Moves, view: &View) {
    let in_progress = matches!(view.stage, Stage::Stepping(_) | Stage::Promoting);
    if in_progress && view.replicas == 0 && view.enough() == 0 {
        moves.hold(Hold::NoReplicas);
    }
    if view.new_available() < view.enough() {
        moves.hold(too_few(view.new, view.seen, view.enough()));
    }
    let least = if view.keeps_stable_whole() { 0 } else { view.least_stable() };
    if let Some(stable) = view.stable.filter(|stable| stable.available < least) {
        moves.hold(too_few(Some(stable), view.seen, least));
    }
    if let Some(too_few) = too_few_to_take_over(view) {
        moves.hold(too_few);
    }
    let nothing_left = *view.stage == Stage::Settled && view.seen.older().all(|revision| revision.desired == 0);
    if nothing_left || !await_router(moves, view.loaded, view.now) {
        return;
    }
    moves.swapped = moves.hold.is_none() && swaps(view);
    moves.promoted = moves.hold.is_none() && (is_home(view) || moves.swapped);
}

/// That users of a version promoted before wait for pods of the stable one to be taken back to.
fn too_few_to_take_over(view: &View) -> Option<Hold> {
    let stable = view.stable.filter(|_| view.keeps_stable_whole() && matches!(view.stage, Stage::Aborting(_)))?;
    let (there, needed) = (stable.available, needed_to_take_over(view));
    let waits = !view.is_stable(view.stable_service) && there < needed;
    let why = || format!("{there} pods of the stable revision {} are available, and users need {needed}", stable.hash);
    waits.then(|| Hold::NoWayBack(why()))
}

/// The new revision is behind the stable Service, which has all traffic.
fn is_home(view: &View) -> bool {
    let home = view.is_new(view.stable_service) && view.is_new(view.canary_service);
    let in_progress = matches!(view.stage, Stage::Installing | Stage::Promoting);
    in_progress && home && view.live == Some(Weight::ZERO) && view.others.is_empty()
}

/// The canary Service becomes the stable one, with all the traffic that it has: no selector and no weight changes.
///
/// Waits for: weight 100 loaded and every new pod available, and no route of a step left.
fn swaps(view: &View) -> bool {
    view.canary.turn.is_some() && taken_over(view) && managed::are_gone(view)
}
