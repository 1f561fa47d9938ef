//! Steps that run an experiment beside the release.

use sluice_world::scenario::{Deed, Metric, Moment, Scenario, analysed_experiment, experiment, pause, weight};

use super::{after, update};

pub(super) fn all() -> Vec<Scenario> {
    [let_be(), ended()].concat()
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
