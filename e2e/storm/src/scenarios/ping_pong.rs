//! Two Services that take turns in being the stable one.

use serde_json::json;
use sluice_world::scenario::{Deed, Metric, Moment, Scenario, analysis, pause, pause_for, weight};

use super::{after, update};

pub(super) fn all() -> Vec<Scenario> {
    let bad = |scenario: Scenario| scenario.then(after(0), Deed::Metric(Metric::Bad));
    let both = json!({"pingService": "stable", "pongService": "canary"});
    let turned_on = json!({"strategy": {"canary": {"canaryService": null, "stableService": null, "pingPong": both}}});
    vec![
        update(Scenario::ping_pong("two Services take turns", 3, [weight(20), pause_for("5s"), weight(60)])),
        update(Scenario::ping_pong("two Services take turns twice", 2, [weight(50)]))
            .then(Moment::Phase("Healthy"), Deed::Image("v3"))
            .then(Moment::Phase("Healthy"), Deed::Image("v4")),
        update(Scenario::ping_pong("back in turns", 2, [weight(50)])).then(Moment::Phase("Healthy"), Deed::Image("v1")),
        update(Scenario::ping_pong("superseded in turns", 4, [weight(25), pause(), weight(50)]))
            .then(Moment::Paused, Deed::Image("v3"))
            .then(Moment::Paused, Deed::Promote),
        update(Scenario::ping_pong("aborted in turns, then tried again", 3, [weight(50), pause()]))
            .then(Moment::Paused, Deed::Abort)
            .then(Moment::Phase("Degraded"), Deed::Retry)
            .then(Moment::Paused, Deed::PromoteFull),
        bad(update(Scenario::ping_pong("a bad version in turns", 3, [weight(20), analysis()]))),
        update(
            Scenario::ping_pong("stable pods go with their traffic, in turns", 4, [weight(50), pause_for("5s")])
                .with("/strategy/canary/dynamicStableScale", json!(true)),
        )
        .then(Moment::Phase("Healthy"), Deed::Image("v3")),
        update(
            Scenario::ping_pong("one pod more, in turns", 3, [weight(34), pause_for("5s")])
                .with("/strategy/canary/maxSurge", json!(1)),
        )
        .then(Moment::Phase("Healthy"), Deed::Image("v3")),
        update(Scenario::canary("turns begin in the middle of a release", 3, [weight(34), pause()]))
            .then(Moment::Paused, Deed::Spec(turned_on))
            .then(after(5), Deed::Promote)
            .then(Moment::Phase("Healthy"), Deed::Image("v3"))
            .then(Moment::Paused, Deed::Promote),
    ]
}
