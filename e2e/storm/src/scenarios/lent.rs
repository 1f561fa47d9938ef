//! Rollouts that take their template from a Deployment, which runs before them.

use sluice_world::scenario::{Deed, Moment, Scenario, pause, weight};

use super::after;

pub(super) fn all() -> Vec<Scenario> {
    let steps = || [weight(20), pause()];
    let canary = |name| Scenario::canary(name, 3, steps());
    vec![
        released(moved(canary("a Deployment becomes a canary, pod by pod").lent(3, "progressively"))),
        released(moved(canary("a Deployment becomes a canary, all at once").lent(3, "onsuccess"))),
        released(moved(
            Scenario::by_pods("a Deployment becomes a canary by pods", 3, steps()).lent(4, "progressively"),
        )),
        moved(Scenario::blue_green("a Deployment becomes blue-green", 2).lent(2, "progressively"))
            .then(Moment::Phase("Healthy"), Deed::LentImage("v2")),
        moved(canary("a Deployment lends and stays").lent(2, "never")),
        released(moved(canary("a Deployment is scaled up afterwards").lent(3, "progressively")))
            .then(Moment::Phase("Healthy"), Deed::ScaleLender(2)),
        moved(canary("the next version comes before the first is out").lent(3, "onsuccess"))
            .then(after(1), Deed::LentImage("v2")),
        moved(canary("aborted before the first version is out, then retried").lent(3, "progressively"))
            .then(after(3), Deed::Abort)
            .then(Moment::Phase("Degraded"), Deed::Retry),
        released_to_its_pause(moved(canary("its Deployment is deleted while it waits").lent(3, "onsuccess")))
            .then(Moment::Paused, Deed::DeleteLender)
            .then(after(20), Deed::Abort),
    ]
}

/// The Rollout is applied once the Deployment has run for a while.
fn moved(scenario: Scenario) -> Scenario {
    scenario.then(after(30), Deed::Apply)
}

fn released_to_its_pause(scenario: Scenario) -> Scenario {
    scenario.then(Moment::Phase("Healthy"), Deed::LentImage("v2"))
}

fn released(scenario: Scenario) -> Scenario {
    released_to_its_pause(scenario).then(Moment::Paused, Deed::Promote)
}
