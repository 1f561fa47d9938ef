//! Blue-green releases.

use serde_json::json;
use sluice_world::scenario::{Deed, Metric, Moment, Scenario};

use super::{after, update};

pub(super) fn all() -> Vec<Scenario> {
    let gated =
        |name| update(Scenario::blue_green(name, 2).with("/strategy/blueGreen/autoPromotionEnabled", json!(false)));
    let bad = |scenario: Scenario| scenario.then(after(0), Deed::Metric(Metric::Bad));
    vec![
        Scenario::blue_green("the first version becomes active", 2),
        update(Scenario::blue_green("switched when all pods are there", 3)),
        gated("a gate that nobody opens"),
        gated("a gate opened by hand").then(Moment::Paused, Deed::Promote),
        gated("a gate passed with everything").then(Moment::Paused, Deed::PromoteFull),
        gated("aborted at the gate").then(Moment::Paused, Deed::Abort),
        gated("superseded at the gate").then(Moment::Paused, Deed::Image("v3")).then(Moment::Paused, Deed::Promote),
        gated("taken back at the gate").then(Moment::Paused, Deed::Image("v1")),
        gated("scaled at the gate").then(Moment::Paused, Deed::Scale(3)).then(after(20), Deed::Promote),
        update(
            Scenario::blue_green("a gate that opens by itself", 2)
                .with("/strategy/blueGreen/autoPromotionSeconds", json!(20)),
        ),
        update(Scenario::blue_green("judged before the switch", 2).judged("prePromotionAnalysis")),
        bad(update(Scenario::blue_green("bad before the switch", 2).judged("prePromotionAnalysis"))),
        update(Scenario::blue_green("judged after the switch", 2).judged("postPromotionAnalysis")),
        bad(update(Scenario::blue_green("bad after the switch", 2).judged("postPromotionAnalysis"))),
        bad(update(Scenario::blue_green("bad after the switch, then another", 2).judged("postPromotionAnalysis")))
            .then(Moment::Phase("Degraded"), Deed::Metric(Metric::Good))
            .then(after(1), Deed::Image("v3")),
        gated("a preview of one pod")
            .with("/strategy/blueGreen/previewReplicaCount", json!(1))
            .then(Moment::Paused, Deed::Promote),
        bad(update(
            Scenario::blue_green("a bad preview of one pod", 2)
                .with("/strategy/blueGreen/previewReplicaCount", json!(1))
                .judged("prePromotionAnalysis"),
        )),
        gated("switched back at once")
            .with("/strategy/blueGreen/scaleDownDelaySeconds", json!(120))
            .then(Moment::Paused, Deed::Promote)
            .then(Moment::Phase("Healthy"), Deed::Image("v1")),
        gated("taken back, then asked for again")
            .with("/strategy/blueGreen/abortScaleDownDelaySeconds", json!(0))
            .then(Moment::Paused, Deed::Abort)
            .then(Moment::Phase("Degraded"), Deed::Image("v3"))
            .then(Moment::Paused, Deed::Promote)
            .then(Moment::Phase("Healthy"), Deed::Image("v2")),
        update(Scenario::blue_green("two switches", 2)).then(Moment::Phase("Healthy"), Deed::Image("v3")),
    ]
}
