//! A pass that dies half-way is planned again.

use serde_json::json;
use sluice_crds::AnalysisPhase::{self, Failed, Successful};

use crate::world::{World, given, required};

fn story(verdict: AnalysisPhase, dies: Option<(usize, usize)>) -> World {
    let mut world = given(["base", "new"])
        .with("/templates/0/service", json!({}))
        .with("/analyses", json!([required("errors"), required("load")]));
    world = world.verdict("load", Successful).verdict("errors", verdict);
    for turn in 0..6 {
        if let Some((_, changes)) = dies.filter(|(at, _)| *at == turn) {
            world = world.dies_after(changes);
        }
        world = world.wait("20s");
    }
    world
}

#[test]
fn whenever_it_dies_it_ends_the_same() {
    for verdict in [Successful, Failed] {
        let calm = story(verdict, None);
        for turn in 0..6 {
            for changes in 0..6 {
                let died = story(verdict, Some((turn, changes)));
                let end = |world: &World| {
                    (world.status.phase, world.clone().ending().transcript.lines().last().map(str::to_owned))
                };
                assert_eq!(end(&died), end(&calm), "dies in turn {turn} after {changes}:\n{}", died.transcript);
                let starts = died.transcript.matches("start analysis").count();
                assert_eq!(starts, 2, "{}", died.transcript);
            }
        }
    }
}
