//! Laws of a release that a plan can be held against when it is made: a second look, by other means than those it was made by.
//!
//! The planner keeps them by its shape, and its storms show that it does. In production a plan that breaks one is a bug, which
//! is counted and told; see "What is always so" in ARCHITECTURE.md.

use crate::change::Change;
use crate::observed::{Observed, Revision, Routed};
use crate::spec::{CanaryServices, Strategy};
use crate::weight::Weight;

/// What no plan may do to a canary with a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Traffic is given only to a revision that has ready pods.
    WeightNeedsPods,
    /// A release that is taken back gets no traffic again.
    AbortIsLaw,
    /// A Service that has traffic, and pods to answer it, goes on selecting them.
    SelectorStands,
    /// The last pods of a revision go only when it has no traffic.
    PodsOutliveTraffic,
}

impl Law {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::WeightNeedsPods, Self::AbortIsLaw, Self::SelectorStands, Self::PodsOutliveTraffic];

    /// As metrics and log lines have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::WeightNeedsPods => "weight_needs_pods",
            Self::AbortIsLaw => "abort_is_law",
            Self::SelectorStands => "selector_stands",
            Self::PodsOutliveTraffic => "pods_outlive_traffic",
        }
    }
}

/// The changes that break a law, by what the plan was made of.
pub fn broken<'a>(seen: &Observed, changes: &'a [Change]) -> Vec<(Law, &'a Change)> {
    let Some(arms) = Arms::of(seen) else { return Vec::new() };
    changes.iter().filter_map(|change| Some((arms.broken_by(change)?, change))).collect()
}

/// What stands behind the two Services, and what traffic they have.
struct Arms<'a> {
    seen: &'a Observed,
    names: &'a CanaryServices,
    weight: Weight,
    /// The revision behind the canary Service, where that selects one alone.
    canary: Option<&'a Revision>,
    /// The same of the stable Service.
    stable: Option<&'a Revision>,
}

impl<'a> Arms<'a> {
    /// `None` where no router's weight is known: nothing can be said of it then.
    fn of(seen: &'a Observed) -> Option<Self> {
        let spec = seen.spec.as_ref().ok()?;
        let Strategy::Canary(canary) = &spec.strategy else { return None };
        let Some(Routed::Live { canary: Some(weight), .. }) = &seen.routed else { return None };
        let names = canary.services.as_ref()?;
        let behind = |service: &str| seen.revision(seen.services.get(service)?.selects.as_ref()?);
        Some(Self { seen, names, weight: *weight, canary: behind(&names.canary), stable: behind(&names.stable) })
    }

    fn broken_by(&self, change: &Change) -> Option<Law> {
        match change {
            Change::Route { to, .. } if *to > self.weight => self.raised(),
            Change::PointService { service, .. } => self.moved(service).then_some(Law::SelectorStands),
            Change::Scale { hash, to: 0, .. } => {
                let last = self.seen.revision(hash).filter(|revision| self.has_traffic(revision));
                last.filter(|_| self.asks_for_pods()).map(|_| Law::PodsOutliveTraffic)
            }
            _ => None,
        }
    }

    /// The canary Service gets more than it has.
    fn raised(&self) -> Option<Law> {
        let canary = self.canary?;
        if canary.ready == 0 {
            return Some(Law::WeightNeedsPods);
        }
        let of_this_release = self.seen.status.current_pod_hash.as_ref() == Some(&self.seen.hash.0);
        let aborted = self.seen.status.abort && of_this_release && canary.hash == self.seen.hash;
        let elsewhere = self.stable.is_some_and(|stable| stable.hash != canary.hash);
        (aborted && elsewhere).then_some(Law::AbortIsLaw)
    }

    /// Whether a canary Service that is answered under traffic would be pointed elsewhere.
    fn moved(&self, service: &str) -> bool {
        let answered = self.canary.is_some_and(|canary| canary.ready > 0);
        service == self.names.canary && self.weight > Weight::ZERO && answered
    }

    fn has_traffic(&self, revision: &Revision) -> bool {
        let is = |arm: Option<&Revision>| arm.is_some_and(|arm| arm.hash == revision.hash);
        is(self.canary) && self.weight > Weight::ZERO || is(self.stable) && self.weight < Weight::FULL
    }

    /// Whether the owner wants any: who asks for none gets none.
    fn asks_for_pods(&self) -> bool {
        self.seen.spec.as_ref().is_ok_and(|spec| spec.replicas > 0)
    }
}
