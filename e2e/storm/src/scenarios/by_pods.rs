//! Canaries whose traffic follows the number of pods.

use serde_json::json;
use sluice_world::scenario::{Deed, Metric, Moment, Scenario, analysis, pause, pause_for, weight};

use super::{after, update};

pub(super) fn all() -> Vec<Scenario> {
    let paused = |name| update(Scenario::by_pods(name, 4, [weight(50), pause()]));
    vec![
        update(Scenario::by_pods("a rolling update", 4, [])),
        update(Scenario::by_pods("pods in three parts", 4, [weight(25), weight(50), weight(75)])),
        update(Scenario::by_pods("pods that rest in between", 3, [weight(33), pause_for("10s")])),
        update(
            Scenario::by_pods("without surge", 3, [weight(33)])
                .with("/strategy/canary/maxSurge", json!(0))
                .with("/strategy/canary/maxUnavailable", json!(1)),
        ),
        update(Scenario::by_pods("two more at once", 4, [weight(50)]).with("/strategy/canary/maxSurge", json!(2))),
        paused("pods, promoted by hand").then(Moment::Paused, Deed::Promote),
        paused("pods, promoted past everything").then(Moment::Paused, Deed::PromoteFull),
        paused("pods, aborted by hand").then(Moment::Paused, Deed::Abort),
        paused("pods, aborted at the start").then(after(1), Deed::Abort),
        paused("pods, superseded").then(Moment::Paused, Deed::Image("v3")).then(Moment::Paused, Deed::Promote),
        paused("pods, taken back by the template").then(Moment::Paused, Deed::Image("v1")),
        paused("pods, scaled while it waits").then(Moment::Paused, Deed::Scale(6)).then(after(20), Deed::Promote),
        update(Scenario::by_pods("pods, judged and good", 4, [weight(50), analysis()])),
        update(Scenario::by_pods("pods, judged and bad", 4, [weight(50), analysis()]))
            .then(after(0), Deed::Metric(Metric::Bad)),
    ]
}
