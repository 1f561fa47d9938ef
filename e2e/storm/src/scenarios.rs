//! The stories that storms and crash plans are played on.

mod balance;
mod blue_green;
mod by_pods;
mod canary;
mod experiment;
mod lent;
mod metadata;
mod notices;
mod people;
mod ping_pong;
mod policy;
mod restarts;
mod testers;

use std::time::Duration;

use sluice_world::scenario::{Deed, Moment, Scenario};

/// Every story.
pub fn all() -> Vec<Scenario> {
    let by_router = [canary::all(), balance::all(), people::all(), testers::all(), ping_pong::all()].concat();
    let by_pods = [by_pods::all(), experiment::all()].concat();
    let others =
        [blue_green::all(), policy::all(), metadata::all(), restarts::all(), lent::all(), notices::all()].concat();
    [by_router, by_pods, others].concat().into_iter().map(closed).collect()
}

/// Begins with the first version out.
fn update(scenario: Scenario) -> Scenario {
    scenario.then(Moment::Phase("Healthy"), Deed::Image("v2"))
}

/// So many seconds after the deed before.
fn after(seconds: u64) -> Moment {
    Moment::After(Duration::from_secs(seconds))
}

/// A story ends when nothing more is done for a while.
fn closed(scenario: Scenario) -> Scenario {
    scenario.then(after(1), Deed::Nothing)
}
