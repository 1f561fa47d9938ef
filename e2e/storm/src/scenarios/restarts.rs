//! Pods that are restarted because a person asks for it.

use serde_json::json;
use sluice_world::scenario::{Deed, Moment, Scenario, pause, weight};

use super::{after, update};

pub(super) fn all() -> Vec<Scenario> {
    let paused = |name| update(Scenario::canary(name, 4, [weight(50), pause()])).then(Moment::Paused, Deed::Restart);
    let settled = |scenario: Scenario| scenario.then(Moment::Phase("Healthy"), Deed::Restart);
    let by_pods = Scenario::by_pods("restarted while pods share the traffic", 4, [weight(50), pause()]);
    vec![
        settled(Scenario::canary("restarted", 4, [])),
        settled(Scenario::canary("restarted two at once", 5, []).with("/strategy/canary/maxUnavailable", json!(2))),
        settled(Scenario::blue_green("blue-green, restarted", 4)),
        settled(Scenario::canary("restarted, then the next version", 3, [])).then(after(4), Deed::Image("v2")),
        paused("restarted while it waits").then(after(120), Deed::Promote),
        paused("restarted, and promoted at once").then(after(3), Deed::Promote),
        paused("restarted, and aborted at once").then(after(3), Deed::Abort),
        update(by_pods).then(Moment::Paused, Deed::Restart).then(after(120), Deed::Promote),
    ]
}
