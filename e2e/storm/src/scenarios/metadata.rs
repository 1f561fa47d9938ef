//! Pods that are labelled by their role.

use serde_json::json;
use sluice_world::scenario::{Deed, Moment, Scenario, pause, weight};

use super::update;

pub(super) fn all() -> Vec<Scenario> {
    let canary =
        |name| update(labelled(Scenario::canary(name, 3, [weight(50), pause()]), "canary", ["canary", "stable"]));
    let by_pods = Scenario::by_pods("pods labelled without a router", 4, [weight(50), pause()]);
    let blue_green = Scenario::blue_green("preview pods become active ones", 2);
    vec![
        canary("canary pods become stable ones").then(Moment::Paused, Deed::Promote),
        canary("canary pods, aborted").then(Moment::Paused, Deed::Abort),
        canary("canary pods, superseded").then(Moment::Paused, Deed::Image("v3")).then(Moment::Paused, Deed::Promote),
        update(labelled(by_pods, "canary", ["canary", "stable"])).then(Moment::Paused, Deed::Promote),
        update(labelled(blue_green, "blueGreen", ["preview", "active"])),
    ]
}

fn labelled(scenario: Scenario, strategy: &str, roles: [&str; 2]) -> Scenario {
    roles.into_iter().fold(scenario, |scenario, role| {
        let metadata = json!({"labels": {"role": role}, "annotations": {role: "yes"}});
        scenario.with(&format!("/strategy/{strategy}/{role}Metadata"), metadata)
    })
}
