//! Canaries that testers reach by a header, whatever the weights are.

use serde_json::json;
use sluice_world::scenario::{Deed, Moment, Scenario, mirror, pause, pause_for, scale, testers, weight};

use super::{after, update};

pub(super) fn all() -> Vec<Scenario> {
    let changing = [weight(20), testers(Some("a")), pause_for("5s"), testers(Some("b")), weight(50), testers(None)];
    let copied = [scale("replicas", 1), mirror(10), pause_for("10s"), mirror(50), weight(50)];
    vec![
        tested("testers first"),
        tested("testers first, promoted by hand").then(Moment::Paused, Deed::Promote),
        tested("testers first, promoted past everything").then(Moment::Paused, Deed::PromoteFull),
        tested("testers find it bad").then(Moment::Paused, Deed::Abort),
        tested("testers find it bad, and try again")
            .then(Moment::Paused, Deed::Abort)
            .then(Moment::Phase("Degraded"), Deed::Retry)
            .then(Moment::Paused, Deed::Promote),
        tested("testers get the next version at once").then(Moment::Paused, Deed::Image("v3")),
        tested("testers lose their pods").then(Moment::Paused, Deed::Sick("v2")).then(after(30), Deed::Abort),
        tested("testers lose their pods for a while")
            .then(Moment::Paused, Deed::Sick("v2"))
            .then(after(20), Deed::Well("v2"))
            .then(after(20), Deed::Promote),
        tested("no routes for testers any more")
            .then(Moment::Paused, Deed::Spec(json!({"strategy": {"canary": {"steps": [weight(20), pause()]}}}))),
        update(Scenario::canary("testers change on the way", 4, changing).entered(&["testers"])),
        update(Scenario::canary("copies before any answer", 3, copied).entered(&["copies"])),
    ]
}

fn tested(name: &str) -> Scenario {
    let steps = [scale("replicas", 1), testers(Some("yes")), pause(), weight(50)];
    update(Scenario::canary(name, 3, steps).entered(&["testers"]))
}
