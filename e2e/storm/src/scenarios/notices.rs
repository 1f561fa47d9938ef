//! People hear of releases in Slack.

use sluice_world::scenario::{Deed, Moment, Scenario, pause, weight};

use super::update;

pub(super) fn all() -> Vec<Scenario> {
    let told = |name| update(Scenario::canary(name, 2, [weight(50), pause(), weight(80)])).told();
    vec![
        told("people are told of a release").then(Moment::Paused, Deed::Promote),
        told("people are told of an abort").then(Moment::Paused, Deed::Abort),
        told("people are told of two releases")
            .then(Moment::Paused, Deed::Image("v3"))
            .then(Moment::Paused, Deed::Promote),
    ]
}
