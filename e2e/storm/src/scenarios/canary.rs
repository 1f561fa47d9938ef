//! Canaries with a router that go their way, or are taken back by what is measured.

use serde_json::json;
use sluice_world::scenario::{Deed, Metric, Moment, Scenario, analysis, pause_for, scale, weight};

use super::{after, update};

pub(super) fn all() -> Vec<Scenario> {
    [good(), scaled(), judged(), broken()].concat()
}

/// What goes out by itself.
fn good() -> Vec<Scenario> {
    vec![
        Scenario::canary("the first version goes out", 3, [weight(20)]),
        update(Scenario::canary("a canary without steps", 3, [])),
        update(Scenario::canary("a canary of one step", 3, [weight(20)])),
        update(Scenario::canary("a canary of one pod", 1, [weight(50)])),
        update(Scenario::canary("a canary of three weights", 4, [weight(5), weight(20), weight(50)])),
        update(Scenario::canary(
            "a canary that rests between its weights",
            3,
            [weight(20), pause_for("10s"), weight(60), pause_for("20s")],
        )),
        update(Scenario::canary("a canary that begins with a pause", 2, [pause_for("5s"), weight(50)])),
        update(Scenario::canary("a canary whose weight goes down again", 4, [weight(50), weight(25), weight(75)])),
        update(Scenario::canary("a canary that ends at the full weight", 2, [weight(50), weight(100)])),
        update(
            Scenario::canary("pods that must be ready for a while", 2, [weight(50)]).with("/minReadySeconds", json!(5)),
        ),
        update(Scenario::canary("no revision is kept", 2, [weight(50)]).with("/revisionHistoryLimit", json!(0))),
        update(
            Scenario::canary("old pods go at once", 3, [weight(50)])
                .with("/strategy/canary/scaleDownDelaySeconds", json!(0)),
        ),
        update(
            Scenario::canary("old pods stay for two minutes", 3, [weight(50)])
                .with("/strategy/canary/scaleDownDelaySeconds", json!(120)),
        ),
        update(Scenario::canary("one revision is kept", 2, [weight(50)]).with("/revisionHistoryLimit", json!(1)))
            .then(Moment::Phase("Healthy"), Deed::Image("v3"))
            .then(Moment::Phase("Healthy"), Deed::Image("v4")),
        update(Scenario::canary("three versions one after the other", 2, [weight(50)]))
            .then(Moment::Phase("Healthy"), Deed::Image("v3"))
            .then(Moment::Phase("Healthy"), Deed::Image("v4")),
        update(Scenario::canary("two forth and back at once", 2, [weight(50), pause_for("5s")]))
            .with("/rollbackWindow", json!({"revisions": 2}))
            .then(Moment::Phase("Healthy"), Deed::Image("v3"))
            .then(Moment::Phase("Healthy"), Deed::Image("v1")),
        update(Scenario::canary("forth and back", 2, [weight(50)])).then(Moment::Phase("Healthy"), Deed::Image("v1")),
    ]
}

/// Pods apart from their share of the traffic.
fn scaled() -> Vec<Scenario> {
    let before = [scale("replicas", 2), pause_for("5s"), weight(20), weight(60)];
    let few = [scale("weight", 25), weight(50), pause_for("5s"), scale("matchTrafficWeight", true), weight(75)];
    let judged = [scale("replicas", 1), weight(50), analysis(), weight(75)];
    let enough =
        |scenario: Scenario, threshold| update(scenario.with("/strategy/canary/replicaProgressThreshold", threshold));
    vec![
        enough(
            Scenario::canary("enough pods for a step", 5, [weight(60), pause_for("5s"), weight(80)]),
            json!({"type": "Percent", "value": 50}),
        ),
        enough(
            Scenario::canary("two pods are enough", 5, [weight(20), weight(80), pause_for("5s")]),
            json!({"type": "Pods", "value": 2}),
        )
        .then(Moment::Paused, Deed::Scale(8)),
        update(Scenario::canary("pods that come before their traffic", 4, before)),
        update(Scenario::canary("few pods take half of the traffic", 4, few)),
        update(Scenario::canary("a bad version on few pods", 4, judged)).then(after(0), Deed::Metric(Metric::Bad)),
        update(
            Scenario::canary("never fewer than two new pods", 4, [weight(5), pause_for("5s"), weight(20)])
                .with("/strategy/canary/minPodsPerReplicaSet", json!(2)),
        ),
    ]
}

/// What is measured on the way.
fn judged() -> Vec<Scenario> {
    let bad = |scenario: Scenario| scenario.then(after(0), Deed::Metric(Metric::Bad));
    vec![
        update(Scenario::canary("an analysis step that passes", 3, [weight(20), analysis(), weight(60)])),
        bad(update(Scenario::canary("an analysis step that fails", 3, [weight(20), analysis(), weight(60)]))),
        update(Scenario::canary("two analysis steps", 3, [weight(20), analysis(), weight(60), analysis()])),
        update(Scenario::canary(
            "an analysis after a fault-free first one fails",
            3,
            [weight(20), analysis(), weight(60), analysis()],
        ))
        .then(Moment::Step(3), Deed::Metric(Metric::Bad)),
        update(Scenario::canary("an analysis beside the steps", 3, [weight(20), pause_for("1m")]).watched()),
        bad(update(Scenario::canary("a bad version under watch", 3, [weight(20), pause_for("1m")]).watched())),
        update(
            Scenario::canary("a version that turns bad under watch", 3, [weight(20), pause_for("1m")])
                .watched_throughout(),
        )
        .then(Moment::Paused, Deed::Metric(Metric::Bad)),
        bad(update(Scenario::canary("a bad version, then a good one", 3, [weight(20), analysis()])))
            .then(Moment::Phase("Degraded"), Deed::Metric(Metric::Good))
            .then(after(1), Deed::Image("v3")),
        bad(update(Scenario::canary("a bad version, then back", 3, [weight(20), analysis()])))
            .then(Moment::Phase("Degraded"), Deed::Image("v1")),
        bad(update(Scenario::canary("a bad version, tried again when it is good", 3, [weight(20), analysis()])))
            .then(Moment::Phase("Degraded"), Deed::Metric(Metric::Good))
            .then(after(1), Deed::Retry),
        bad(update(Scenario::canary("a bad version, tried again at once", 3, [weight(20), analysis(), weight(60)])))
            .then(Moment::Phase("Degraded"), Deed::Metric(Metric::Good))
            .then(after(0), Deed::Retry),
        update(Scenario::canary("a short release whose watch cannot measure", 3, [weight(20)]).watched())
            .then(after(0), Deed::Metric(Metric::Missing)),
        unmeasured("an analysis step that cannot measure"),
        unmeasured("an analysis step that cannot measure, tried again when it can")
            .then(Moment::Phase("Degraded"), Deed::Metric(Metric::Good))
            .then(after(1), Deed::Retry),
    ]
}

fn unmeasured(name: &str) -> Scenario {
    update(Scenario::canary(name, 3, [weight(20), analysis(), weight(60)]))
        .then(after(0), Deed::Metric(Metric::Missing))
}

/// Pods that never get ready.
fn broken() -> Vec<Scenario> {
    let sick = |name| {
        Scenario::canary(name, 3, [weight(20), weight(60)])
            .with("/progressDeadlineSeconds", json!(60))
            .then(Moment::Phase("Healthy"), Deed::Sick("v2"))
            .then(after(0), Deed::Image("v2"))
    };
    vec![
        sick("a version that cannot start").with("/progressDeadlineAbort", json!(true)),
        sick("a version that cannot start, and nobody takes back"),
        sick("a version that cannot start, then one that can").then(Moment::Phase("Degraded"), Deed::Image("v3")),
        sick("a version that starts after all").then(after(30), Deed::Well("v2")),
    ]
}
