//! Requests that go to the new revision by their headers, whatever the weights are.

use super::{View, reason};
use crate::change::{Change, Why};
use crate::moves::{Moves, await_router};
use crate::spec::{Canary, HeaderRoute, Step};
use crate::stage::Stage;

/// The routes by header that the stage asks for. Taken out at once; put in only when the router is seen to have loaded what
/// went before, and the canary Service shows new pods that are available.
pub(super) fn route(moves: &mut Moves, view: &View) -> Option<Change> {
    let wanted = wanted(view);
    if view.managed == Some(&wanted[..]) {
        return None;
    }
    let there = view.managed.unwrap_or_default();
    let adds = wanted.iter().any(|route| !there.contains(route));
    if adds && !await_router(moves, view.loaded, view.now) {
        return None;
    }
    let why = match view.stage {
        Stage::Stepping(_) if view.is_new(view.canary_service) => Why::StepHeaders,
        Stage::Stepping(_) => Why::Superseded,
        _ => reason(view),
    };
    Some(Change::RouteByHeader { routes: wanted, why })
}

/// Whether none is left.
pub(super) fn are_gone(view: &View) -> bool {
    view.managed.is_some_and(<[_]>::is_empty)
}

fn wanted(view: &View) -> Vec<HeaderRoute> {
    match view.stage {
        Stage::Stepping(step) if view.is_new(view.canary_service) && view.new_available() > 0 => at(view.canary, *step),
        _ => Vec::new(),
    }
}

/// Those in force at a step, in the order of `managedRoutes`: of each name the last one up to it counts.
fn at(canary: &Canary, step: usize) -> Vec<HeaderRoute> {
    let of = |name: &String| {
        let passed = canary.steps.iter().take(step + 1).rev();
        let named = passed.filter_map(|step| if let Step::SetHeaderRoute(route) = step { Some(route) } else { None });
        named.into_iter().find(|route| route.name == *name).filter(|route| !route.headers.is_empty()).cloned()
    };
    canary.managed_routes.iter().filter_map(of).collect()
}
