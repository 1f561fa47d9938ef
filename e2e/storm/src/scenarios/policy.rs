//! Releases that a rollback policy watches.

use sluice_world::scenario::{Deed, Metric, Moment, Scenario, pause_for, weight};

use super::{after, update};

const LOOKS: Deed = Deed::Policy("bake_time", "dry_run: true\nbake_time");
const ACTS: Deed = Deed::Policy("dry_run: true\n", "");

pub(super) fn all() -> Vec<Scenario> {
    let steps = || [weight(20), pause_for("10s"), weight(60), pause_for("10s")];
    let canary = |name| update(Scenario::canary(name, 4, steps()).guarded("10m", "immediate"));
    let bad = Deed::Metric(Metric::Bad);
    vec![
        update(Scenario::canary("watched by a policy", 4, steps()).guarded("40s", "immediate")),
        canary("bad by the policy, during its release").then(Moment::Step(3), bad.clone()),
        canary("bad by the policy, after its promotion").then(Moment::Phase("Healthy"), bad.clone()),
        update(
            Scenario::canary("bad by the policy, and taken back by the steps", 4, steps()).guarded("10m", "gradual"),
        )
        .then(Moment::Phase("Healthy"), bad.clone()),
        canary("bad by the policy, then another")
            .then(Moment::Phase("Healthy"), bad.clone())
            .then(Moment::Phase("Degraded"), Deed::Metric(Metric::Good))
            .then(after(1), Deed::Image("v3")),
        canary("bad by the policy, then retried")
            .then(Moment::Step(2), bad.clone())
            .then(Moment::Phase("Degraded"), Deed::Metric(Metric::Good))
            .then(after(1), Deed::Retry),
        update(
            Scenario::canary(
                "out of the policy's sight for a while",
                4,
                [weight(20), pause_for("150s"), weight(60), pause_for("10s")],
            )
            .guarded("10m", "immediate"),
        )
        .then(after(0), Deed::Metric(Metric::Missing))
        .then(after(240), Deed::Metric(Metric::Good)),
        canary("bad by the policy, which only looks for a while")
            .then(Moment::Step(1), LOOKS)
            .then(Moment::Step(3), bad.clone())
            .then(Moment::Phase("Healthy"), ACTS),
        update(
            Scenario::canary(
                "out of the policy's sight, by other rules meanwhile",
                4,
                [weight(20), pause_for("150s"), weight(60), pause_for("10s")],
            )
            .guarded("10m", "immediate"),
        )
        .then(after(0), Deed::Metric(Metric::Missing))
        .then(after(200), Deed::Policy("5%", "6%"))
        .then(after(40), Deed::Metric(Metric::Good)),
        update(Scenario::blue_green("blue-green, bad by the policy", 2).guarded("10m", "immediate"))
            .then(Moment::Phase("Healthy"), bad.clone()),
        update(
            Scenario::ping_pong("Services that take turns, bad by the policy", 3, steps()).guarded("10m", "immediate"),
        )
        .then(Moment::Phase("Healthy"), bad),
    ]
}
