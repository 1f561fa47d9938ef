//! Steps that run an experiment beside the release.

use sluice_world::scenario::{
    Deed, Metric, Moment, Scenario, analysed_experiment, experiment, experiment_with_traffic, pause, weight,
};

use super::{after, update};

pub(super) fn all() -> Vec<Scenario> {
    [let_be(), ended(), with_traffic()].concat()
}

/// Nobody ends it before its time.
fn let_be() -> Vec<Scenario> {
    let bad = |scenario: Scenario| scenario.then(after(0), Deed::Metric(Metric::Bad));
    vec![
        update(Scenario::canary("an experiment for a while", 3, [weight(34), experiment("20s"), weight(67)])),
        update(Scenario::by_pods("an experiment before any new pod", 3, [experiment("20s"), weight(34)])),
        update(Scenario::canary("an experiment that passes", 2, [weight(50), analysed_experiment()])),
        bad(update(Scenario::canary("an experiment that fails", 2, [weight(50), analysed_experiment()]))),
        bad(update(Scenario::by_pods("a failed experiment, tried again", 2, [analysed_experiment(), weight(50)])))
            .then(Moment::Phase("Degraded"), Deed::Metric(Metric::Good))
            .then(after(1), Deed::Retry),
    ]
}

/// It is ended before its time.
fn ended() -> Vec<Scenario> {
    let under_way = |name| {
        let steps = [weight(50), experiment("10m"), pause()];
        update(Scenario::canary(name, 2, steps)).then(Moment::Step(1), Deed::Nothing)
    };
    vec![
        under_way("an experiment, aborted").then(after(5), Deed::Abort),
        update(Scenario::canary("an experiment, aborted and tried again", 2, [weight(50), experiment("1m")]))
            .then(Moment::Step(1), Deed::Nothing)
            .then(after(5), Deed::Abort)
            .then(after(5), Deed::Retry),
        under_way("an experiment, superseded").then(after(5), Deed::Image("v3")).then(after(5), Deed::PromoteFull),
        under_way("an experiment, skipped").then(after(5), Deed::Promote),
    ]
}

/// Its pods have a share of the traffic.
fn with_traffic() -> Vec<Scenario> {
    let under_way = |name| {
        let steps = [weight(34), experiment_with_traffic("3h", 10), pause()];
        update(Scenario::canary(name, 3, steps)).then(Moment::Step(1), Deed::Nothing)
    };
    let short = [weight(34), experiment_with_traffic("20s", 10), weight(67)];
    let alone = [experiment_with_traffic("20s", 50), weight(34)];
    vec![
        update(Scenario::canary("an experiment with traffic", 3, short)),
        update(Scenario::canary("an experiment with all traffic", 2, alone)),
        under_way("an experiment with traffic, aborted").then(after(30), Deed::Abort),
        under_way("an experiment with traffic, superseded")
            .then(after(30), Deed::Image("v3"))
            .then(after(30), Deed::PromoteFull),
        under_way("an experiment with traffic, skipped").then(after(30), Deed::Promote),
        update(Scenario::canary(
            "an experiment with traffic, deleted",
            3,
            [weight(34), experiment_with_traffic("2m", 10)],
        ))
        .then(Moment::Step(1), Deed::Nothing)
        .then(after(30), Deed::DeleteExperiments),
        under_way("an experiment with traffic, deleted and superseded")
            .then(after(30), Deed::DeleteExperiments)
            .then(after(5), Deed::Image("v3"))
            .then(after(30), Deed::PromoteFull),
        under_way("an experiment with traffic, whose pods fall sick")
            .then(after(30), Deed::Sick("v2"))
            .then(after(30), Deed::Abort),
    ]
}
