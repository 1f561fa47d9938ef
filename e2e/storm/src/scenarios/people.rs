//! Canaries with a router that people, and autoscalers, have a hand in.

use serde_json::json;
use sluice_world::scenario::{Deed, Moment, Scenario, pause, pause_for, weight};

use super::{after, update};

pub(super) fn all() -> Vec<Scenario> {
    [orders(), changes()].concat()
}

fn paused(name: &str) -> Scenario {
    update(Scenario::canary(name, 3, [weight(20), pause(), weight(60), pause_for("10s")]))
}

/// Orders given by hand.
fn orders() -> Vec<Scenario> {
    vec![
        paused("it waits for a person"),
        paused("promoted by hand").then(Moment::Paused, Deed::Promote),
        paused("promoted past everything").then(Moment::Paused, Deed::PromoteFull),
        paused("promoted past everything, then the next version")
            .then(Moment::Paused, Deed::PromoteFull)
            .then(Moment::Phase("Healthy"), Deed::Image("v3")),
        paused("promoted past everything at the start").then(after(1), Deed::PromoteFull),
        paused("aborted by hand").then(Moment::Paused, Deed::Abort),
        paused("aborted at the start").then(after(1), Deed::Abort),
        paused("aborted after the promotion").then(Moment::Paused, Deed::Promote).then(Moment::Step(3), Deed::Abort),
        paused("aborted as the first pods come up").then(after(2), Deed::Abort),
        paused("aborted as the promoted pods come up").then(Moment::Paused, Deed::Promote).then(after(2), Deed::Abort),
        paused("aborted as all of the pods come up")
            .then(Moment::Paused, Deed::PromoteFull)
            .then(after(2), Deed::Abort),
        paused("aborted during the promotion").then(Moment::Paused, Deed::PromoteFull).then(after(1), Deed::Abort),
        paused("aborted, then retried, then promoted")
            .then(Moment::Paused, Deed::Abort)
            .then(Moment::Phase("Degraded"), Deed::Retry)
            .then(Moment::Paused, Deed::Promote),
        paused("aborted, and its pods stay")
            .with("/strategy/canary/abortScaleDownDelaySeconds", json!(0))
            .then(Moment::Paused, Deed::Abort),
        paused("aborted, then the next version")
            .then(Moment::Paused, Deed::Abort)
            .then(Moment::Phase("Degraded"), Deed::Image("v3"))
            .then(Moment::Paused, Deed::Promote),
        paused("aborted, then back").then(Moment::Paused, Deed::Abort).then(after(5), Deed::Image("v1")),
        paused("paused by its owner for a while")
            .then(after(1), Deed::Spec(json!({"paused": true})))
            .then(after(60), Deed::Spec(json!({"paused": false})))
            .then(Moment::Paused, Deed::Promote),
    ]
}

/// Changes in the middle of a release.
fn changes() -> Vec<Scenario> {
    vec![
        paused("superseded while it waits").then(Moment::Paused, Deed::Image("v3")).then(Moment::Paused, Deed::Promote),
        paused("superseded at once").then(after(1), Deed::Image("v3")).then(Moment::Paused, Deed::Promote),
        paused("superseded during the promotion")
            .then(Moment::Paused, Deed::PromoteFull)
            .then(after(2), Deed::Image("v3"))
            .then(Moment::Paused, Deed::Abort),
        paused("taken back by its template").then(Moment::Paused, Deed::Image("v1")),
        paused("scaled up while it waits").then(Moment::Paused, Deed::Scale(6)).then(after(20), Deed::Promote),
        paused("scaled down while it waits").then(Moment::Paused, Deed::Scale(1)).then(after(20), Deed::Promote),
        paused("scaled up after an abort").then(Moment::Paused, Deed::Abort).then(after(1), Deed::Scale(6)),
        paused("scaled while it is promoted")
            .then(Moment::Paused, Deed::PromoteFull)
            .then(after(1), Deed::Scale(5))
            .then(after(5), Deed::Scale(4)),
        paused("scaled up as an abort takes pods down")
            .with("/strategy/canary/abortScaleDownDelaySeconds", json!(5))
            .then(Moment::Paused, Deed::Abort)
            .then(after(5), Deed::Scale(5)),
        paused("scaled down and up again as it is promoted")
            .then(Moment::Paused, Deed::PromoteFull)
            .then(after(2), Deed::Scale(2))
            .then(after(1), Deed::Scale(6)),
        paused("scaled to nothing and back")
            .then(Moment::Paused, Deed::Abort)
            .then(after(60), Deed::Scale(0))
            .then(after(60), Deed::Scale(3)),
        paused("weights edited by hand").then(Moment::Paused, Deed::Weights(70)).then(after(20), Deed::Promote),
        paused("weights edited after an abort").then(Moment::Paused, Deed::Abort).then(after(20), Deed::Weights(70)),
        paused("steps changed while it waits")
            .then(
                Moment::Paused,
                Deed::Spec(json!({"strategy": {"canary": {"steps": [weight(40), pause(), weight(80)]}}})),
            )
            .then(Moment::Paused, Deed::Promote),
        paused("deleted and created again").then(Moment::Paused, Deed::Recreate),
        paused("deleted and created again, then the next version")
            .then(Moment::Paused, Deed::Recreate)
            .then(Moment::Phase("Healthy"), Deed::Image("v3"))
            .then(Moment::Paused, Deed::Promote),
        paused("new pods lost while it waits")
            .then(Moment::Paused, Deed::Sick("v2"))
            .then(after(30), Deed::Well("v2"))
            .then(after(10), Deed::Promote),
        paused("stable pods lost while it waits")
            .then(Moment::Paused, Deed::Sick("v1"))
            .then(after(30), Deed::Well("v1"))
            .then(after(10), Deed::Promote),
    ]
}
