//! A canary whose traffic is shared out by a router.
//!
//! Grow, route, shrink: pods come first, then traffic is sent to them, and pods go only when the
//! router is seen not to send to them any more.

mod aside;
mod balance;
mod ease;
mod managed;
mod pods;
mod route;
mod shrink;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::change::{Change, Why};
use crate::fact::Hold;
use crate::guard;
use crate::moves::{self, Moves, keep, scale};
use crate::observed::{Loaded, Observed, Revision, Routed, Service};
use crate::spec::{Canary, CanaryServices, ManagedRoute, Scale, Spec, Step};
use crate::stage::Stage;
use crate::weight::Weight;

/// Everything a canary's moves look at, under short names.
pub(crate) struct View<'a> {
    canary: &'a Canary,
    names: &'a CanaryServices,
    stage: &'a Stage,
    seen: &'a Observed,
    replicas: u32,
    new: Option<&'a Revision>,
    stable: Option<&'a Revision>,
    canary_service: &'a Service,
    stable_service: &'a Service,
    live: Option<Weight>,
    others: &'a BTreeMap<String, Weight>,
    managed: Option<&'a [ManagedRoute]>,
    no_routes: Option<&'a str>,
    loaded: &'a Loaded,
    now: Timestamp,
}

/// The moves of a canary with a router.
pub(crate) fn moves(canary: &Canary, spec: &Spec, stage: &Stage, seen: &Observed, now: Timestamp) -> Moves {
    let mut moves = Moves::default();
    let view = match View::new(canary, spec, stage, seen, now) {
        Ok(view) => view,
        Err(hold) => {
            moves.hold(hold);
            return moves;
        }
    };
    grow(&mut moves, &view);
    route::route(&mut moves, &view);
    shrink::shrink(&mut moves, &view);
    moves
}

impl<'a> View<'a> {
    fn new(
        canary: &'a Canary,
        spec: &Spec,
        stage: &'a Stage,
        seen: &'a Observed,
        now: Timestamp,
    ) -> Result<Self, Hold> {
        let broken = |why: &str| Hold::RouterBroken(why.to_owned());
        let names = canary.services.as_ref().ok_or_else(|| broken("the Services of the two arms are not known"))?;
        let service = |name: &str| seen.services.get(name).ok_or_else(|| broken(&format!("Service {name} is missing")));
        let (live, others, managed, no_routes, loaded) = match &seen.routed {
            Some(Routed::Live { canary, others, managed, no_routes, loaded }) => {
                (*canary, others, managed.as_deref(), no_routes.as_deref(), loaded)
            }
            Some(Routed::Broken(why)) => return Err(broken(why)),
            None => return Err(broken("the router's object was not read")),
        };
        Ok(Self {
            canary,
            names,
            stage,
            seen,
            replicas: spec.replicas,
            new: seen.new_revision(),
            stable: seen.stable_revision(),
            canary_service: service(&names.canary)?,
            stable_service: service(&names.stable)?,
            live,
            others,
            managed,
            no_routes,
            loaded,
            now,
        })
    }

    /// The share that the stage asks for.
    fn target(&self) -> Weight {
        match self.stage {
            Stage::Installing | Stage::Settled => Weight::ZERO,
            Stage::Aborting(_) => self.eased(),
            Stage::Stepping(step) => self.as_seen(*step),
            Stage::Promoting => self.full(),
        }
    }

    /// The share that a step asks for. While the rollback policy keeps the step, no more of it than users have already, or had by
    /// the step before: nothing rises unseen. Where they have none there is nothing to be seen, and it begins.
    fn as_seen(&self, step: usize) -> Weight {
        let steps = &self.canary.steps;
        let before = step.checked_sub(1).map(|before| weight_at(steps, before)).unwrap_or_default();
        let had = before.max(self.live.unwrap_or_default());
        let wanted = weight_at(steps, step);
        if had > Weight::ZERO && guard::keeps_step(self.seen).is_some() { wanted.min(had) } else { wanted }
    }

    /// New pods that the stage asks for.
    fn needed(&self) -> u32 {
        match self.stage {
            Stage::Installing => self.replicas,
            Stage::Promoting => self.at_most(self.replicas),
            Stage::Stepping(step) => self.at_most(pods::at(self.canary, *step, self.replicas)),
            Stage::Settled | Stage::Aborting(_) => 0,
        }
    }

    /// So many new pods available let the stage go on: all that it needs, unless the spec says that fewer do.
    fn enough(&self) -> u32 {
        match self.stage {
            Stage::Stepping(_) => self.canary.enough.of(self.needed()),
            _ => self.needed(),
        }
    }

    /// Whether new pods are to be reachable: for users, or (by a `setCanaryScale`) for whoever asks the canary Service.
    fn shows_new(&self) -> bool {
        match self.stage {
            Stage::Stepping(_) => self.needed() > 0 || self.target() > Weight::ZERO,
            _ => self.target() > Weight::ZERO,
        }
    }

    /// The share that the available new pods may have while they are too few.
    ///
    /// Never less than the step before gave them, while they are as many as that step asked for: more pods on their way
    /// take no traffic from those there.
    fn carried(&self) -> Weight {
        let available = self.new_available();
        let by_number = self.carried_by(available, self.replicas);
        let step = crate::stage::step_index(&self.seen.status).min(self.canary.steps.len());
        let before = step.checked_sub(usize::from(!self.seen.status.promote_full));
        let before = before.filter(|at| available > 0 && available >= pods::at(self.canary, *at, self.replicas));
        before.map_or(by_number, |at| by_number.max(weight_at(&self.canary.steps, at)))
    }

    /// The largest share that so many pods can carry.
    fn carried_by(&self, available: u32, replicas: u32) -> Weight {
        Weight::carried_by(available, replicas, self.canary.whole)
    }

    /// All traffic.
    fn full(&self) -> Weight {
        Weight::FULL.in_parts_of(self.canary.whole)
    }

    fn new_available(&self) -> u32 {
        self.new.map_or(0, |revision| revision.available)
    }

    fn is_new(&self, service: &Service) -> bool {
        service.selects.as_ref() == Some(&self.seen.hash)
    }

    fn is_stable(&self, service: &Service) -> bool {
        service.selects.is_some() && service.selects == self.seen.stable_hash()
    }

    /// Whether the canary Service was the stable one until a moment ago, and shows still what was stable then.
    fn was_stable_before(&self) -> bool {
        let before = self.tried().zip(self.stable).is_some_and(|(tried, stable)| tried.number < stable.number);
        self.canary.turn.is_some() && before && self.live == Some(Weight::ZERO)
    }

    fn is_loaded(&self) -> bool {
        match self.loaded {
            Loaded::Yes => true,
            Loaded::NotBefore(at) => *at <= self.now,
            Loaded::NotYet(_) => false,
        }
    }
}

/// The weight in force at a step: that of the last setWeight up to it.
pub(crate) fn weight_at(steps: &[Step], at: usize) -> Weight {
    let mut passed = steps.iter().take(at + 1).rev();
    let weight = |step: &Step| if let Step::SetWeight(weight) = step { Some(*weight) } else { None };
    passed.find_map(weight).unwrap_or_default()
}

/// Brings up the pods that the stage needs, before any traffic is sent to them.
///
/// Waits for: both Services to select one revision each; a Service that selects every pod of the app
/// would send users to new pods unasked.
/// Never: grows a release that is taken back, nor beyond the bound on all pods: stable pods come first.
fn grow(moves: &mut Moves, view: &View) {
    let mut room = view.room();
    if let Some(stable) = view.stable {
        let more = view.stable_pods().saturating_sub(stable.desired).min(room);
        room -= more;
        moves.changes.extend(scale(stable, stable.desired.saturating_add(more), Why::KeepStable));
        moves.changes.extend(keep(stable));
    }
    match view.stage {
        Stage::Aborting(_) => return,
        Stage::Settled => return settled(moves, view),
        Stage::Installing | Stage::Stepping(_) | Stage::Promoting => {}
    }
    moves.changes.extend(moves::create(view.seen));
    let apart = view.canary_service.selects.is_some() && view.stable_service.selects.is_some();
    if let Some(new) = view.new.filter(|_| apart || *view.stage == Stage::Installing) {
        let more = view.needed().saturating_sub(new.desired).min(room);
        moves.changes.extend(scale(new, new.desired.saturating_add(more), reason_of_scale(view)));
        moves.changes.extend(keep(new));
    }
}

/// Nothing goes out: what was lost is made again, and what may be gone back to is as large as the stable revision.
fn settled(moves: &mut Moves, view: &View) {
    moves.changes.extend(moves::restore(view.seen));
    if view.keeps_stable_whole() {
        moves.changes.extend(guard::keep_up(view.seen, view.replicas, view.now));
    }
}

/// Why pods or weights are as the stage asks.
fn reason(view: &View) -> Why {
    match view.stage {
        Stage::Installing => Why::Install,
        Stage::Settled => settled_reason(view),
        Stage::Stepping(step) => Why::StepWeight(weight_at(&view.canary.steps, *step)),
        Stage::Promoting => Why::Promotion,
        Stage::Aborting(_) => Why::Abort,
    }
}

/// Why there are as many new pods as the stage asks for.
fn reason_of_scale(view: &View) -> Why {
    match view.stage {
        Stage::Stepping(step) if pods::scale_at(&view.canary.steps, *step) != Scale::MatchWeight => Why::StepScale,
        _ => reason(view),
    }
}

/// Back to stable in the middle of a release is a rollback; weights that moved in a settled world were
/// moved by somebody else.
fn settled_reason(view: &View) -> Why {
    if view.is_stable(view.canary_service) {
        return Why::Drift;
    }
    if view.was_stable_before() { Why::Promotion } else { Why::Rollback }
}

fn point(name: &str, service: &Service, revision: &Revision, why: Why) -> Option<Change> {
    moves::point(name, service, revision, why)
}
