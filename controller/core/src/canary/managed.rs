//! Routes that steps add: requests that go to the new revision by their headers, or are copied to it, whatever the weights are.

use super::route::out_of_place;
use super::{View, reason};
use crate::change::{Change, Why};
use crate::fact::Hold;
use crate::moves::{Moves, await_router};
use crate::spec::{Canary, ManagedRoute, Rule, Step};
use crate::stage::Stage;

/// The routes that the stage asks for. Taken out at once; put in only when the router is seen to have loaded what
/// went before, and the canary Service shows new pods that are available.
pub(super) fn route(moves: &mut Moves, view: &View) -> Option<Change> {
    let wanted = wanted(view);
    if view.managed == Some(&wanted[..]) {
        return None;
    }
    let there = view.managed.unwrap_or_default();
    let adds = wanted.iter().any(|route| !there.contains(route));
    if let Some(why) = view.no_routes.filter(|_| adds) {
        moves.hold(Hold::RouterBroken(why.to_owned()));
        return None;
    }
    if adds && !await_router(moves, view.loaded, view.now) {
        return None;
    }
    let why = match view.stage {
        Stage::Stepping(_) if view.is_new(view.canary_service) && view.new_available() == 0 => Why::NoReadyPods,
        Stage::Stepping(step) if view.is_new(view.canary_service) => of_step(view.canary, *step),
        Stage::Stepping(_) => out_of_place(view),
        _ => reason(view),
    };
    Some(Change::SetRoutes { routes: wanted, why })
}

/// Whether none is left.
pub(super) fn are_gone(view: &View) -> bool {
    view.managed.is_some_and(<[_]>::is_empty)
}

fn wanted(view: &View) -> Vec<ManagedRoute> {
    match view.stage {
        Stage::Stepping(step) if view.is_new(view.canary_service) && view.new_available() > 0 => at(view.canary, *step),
        _ => Vec::new(),
    }
}

/// Those in force at a step, in the order of `managedRoutes`: of each name the last one up to it counts.
fn at(canary: &Canary, step: usize) -> Vec<ManagedRoute> {
    let of = |name: &String| {
        let last = passed(canary, step).find(|route| route.name == *name);
        last.filter(|route| !route.rule.is_empty()).cloned()
    };
    canary.managed_routes.iter().filter_map(of).collect()
}

/// The routes of the steps up to one, the last first.
fn passed(canary: &Canary, step: usize) -> impl Iterator<Item = &ManagedRoute> {
    let steps = canary.steps.iter().take(step.saturating_add(1)).rev();
    steps.filter_map(|step| if let Step::SetRoute(route) = step { Some(route) } else { None })
}

/// The step that asks for them, by what the last of them does.
fn of_step(canary: &Canary, step: usize) -> Why {
    match passed(canary, step).next().map(|route| &route.rule) {
        Some(Rule::Mirror { .. }) => Why::StepMirror,
        Some(Rule::Headers(_)) | None => Why::StepHeaders,
    }
}
