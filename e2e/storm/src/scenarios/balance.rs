//! Canaries whose stable revision need not stay whole.

use serde_json::json;
use sluice_world::scenario::{Deed, Metric, Moment, Scenario, analysis, pause, pause_for, weight};

use super::{after, update};

pub(super) fn all() -> Vec<Scenario> {
    [bounded(), dynamic()].concat()
}

/// All pods are bounded.
fn bounded() -> Vec<Scenario> {
    let surge = |scenario: Scenario, pods: u32, missing: u32| {
        let scenario = scenario.with("/strategy/canary/maxSurge", json!(pods));
        update(scenario.with("/strategy/canary/maxUnavailable", json!(missing)))
    };
    let paused = |name| surge(Scenario::canary(name, 3, [weight(40), pause(), weight(75), pause_for("5s")]), 1, 0);
    vec![
        surge(Scenario::canary("one pod more and no more", 4, [weight(25), weight(75)]), 1, 0),
        surge(Scenario::canary("two pods more", 5, [weight(50), pause_for("5s")]), 2, 1),
        surge(Scenario::canary("not one pod more", 3, [weight(50), pause_for("5s")]), 0, 1),
        surge(Scenario::canary("not one pod more for a single one", 1, [weight(50)]), 0, 1),
        paused("bounded, promoted by hand").then(Moment::Paused, Deed::Promote),
        paused("bounded, promoted past everything").then(Moment::Paused, Deed::PromoteFull),
        paused("bounded, aborted by hand").then(Moment::Paused, Deed::Abort),
        paused("bounded, aborted during the promotion")
            .then(Moment::Paused, Deed::PromoteFull)
            .then(after(4), Deed::Abort),
        paused("bounded, aborted after the last switch")
            .then(Moment::Paused, Deed::PromoteFull)
            .then(after(8), Deed::Abort),
        paused("bounded, superseded").then(Moment::Paused, Deed::Image("v3")).then(Moment::Paused, Deed::Promote),
        paused("bounded, taken back by its template").then(Moment::Paused, Deed::Image("v1")),
        paused("bounded, scaled up and down").then(Moment::Paused, Deed::Scale(6)).then(after(20), Deed::Scale(2)),
        paused("bounded, its new pods are lost for a while")
            .then(Moment::Paused, Deed::Sick("v2"))
            .then(after(30), Deed::Well("v2"))
            .then(after(30), Deed::Promote),
        surge(Scenario::canary("bounded, judged and bad", 4, [weight(50), analysis()]), 1, 0)
            .then(after(0), Deed::Metric(Metric::Bad)),
    ]
}

/// Stable pods go as their traffic does.
fn dynamic() -> Vec<Scenario> {
    let dynamic =
        |name, steps| update(Scenario::canary(name, 4, steps).with("/strategy/canary/dynamicStableScale", json!(true)));
    let paused = |name| dynamic(name, [weight(75), pause(), weight(80)]);
    vec![
        dynamic("stable pods go as their traffic does", [weight(25), weight(50), weight(75)]),
        paused("dynamic, promoted by hand").then(Moment::Paused, Deed::Promote),
        paused("dynamic, aborted by hand").then(Moment::Paused, Deed::Abort),
        paused("dynamic, aborted with a delay")
            .with("/strategy/canary/abortScaleDownDelaySeconds", json!(60))
            .then(Moment::Paused, Deed::Abort),
        paused("dynamic, aborted during the promotion")
            .then(Moment::Paused, Deed::PromoteFull)
            .then(after(4), Deed::Abort),
        paused("dynamic, superseded").then(Moment::Paused, Deed::Image("v3")).then(Moment::Paused, Deed::Promote),
        paused("dynamic, taken back by its template").then(Moment::Paused, Deed::Image("v1")),
        paused("dynamic, scaled up and down").then(Moment::Paused, Deed::Scale(8)).then(after(20), Deed::Scale(2)),
        paused("dynamic, scaled up as it is aborted").then(Moment::Paused, Deed::Abort).then(after(1), Deed::Scale(8)),
        paused("dynamic, its new pods are lost for a while")
            .then(Moment::Paused, Deed::Sick("v2"))
            .then(after(30), Deed::Well("v2"))
            .then(after(30), Deed::Promote),
    ]
}
