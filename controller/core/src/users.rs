//! Whether users see the new revision, and which change takes the last of them away from it.

use crate::change::{Change, Why};
use crate::observed::{Observed, Routed};
use crate::spec::Strategy;
use crate::weight::Weight;

/// Whether any are seen to. Where pods alone share traffic out, nothing is known of it.
pub fn see_new(seen: &Observed) -> bool {
    Ways::of(seen).is_some_and(|ways| ways.has_share || ways.shows_new())
}

/// Whether that change, of a version that is taken back, leaves all of them with the stable revision.
pub fn are_taken_back_by(seen: &Observed, change: &Change) -> bool {
    Ways::of(seen).is_some_and(|ways| match change {
        Change::Route { to, why: Why::Abort, .. } => *to == Weight::ZERO && ways.has_share && !ways.shows_new(),
        Change::PointService { service, to, why: Why::Abort } => {
            service == ways.home && *to != seen.hash && ways.shows_new() && !ways.has_share
        }
        _ => false,
    })
}

/// The ways on which users come to the new revision.
struct Ways<'a> {
    seen: &'a Observed,
    /// The Service of the stable revision; it shows the new one once that was promoted.
    home: &'a str,
    /// Whether the canary Service has any weight, or one that is not known.
    has_share: bool,
}

impl<'a> Ways<'a> {
    fn of(seen: &'a Observed) -> Option<Self> {
        match &seen.spec.as_ref().ok()?.strategy {
            Strategy::BlueGreen(blue_green) => Some(Self { seen, home: &blue_green.active, has_share: false }),
            Strategy::Canary(canary) => {
                let Some(Routed::Live { canary: weight, .. }) = &seen.routed else { return None };
                let home = &canary.services.as_ref()?.stable;
                Some(Self { seen, home, has_share: *weight != Some(Weight::ZERO) })
            }
        }
    }

    fn shows_new(&self) -> bool {
        self.seen.services.get(self.home).is_some_and(|home| home.selects.as_ref() == Some(&self.seen.hash))
    }
}
