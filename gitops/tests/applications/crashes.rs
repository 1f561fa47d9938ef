//! A pass that dies half-way is planned again.

use sluice_gitops::health::Status::{Healthy, Progressing};

use crate::world::{World, automated, hook, plain, wave};

fn story(dies: Option<(usize, usize)>) -> World {
    let mut world = automated([
        hook("Job migrate", "PreSync"),
        wave("Deployment database", "-1"),
        plain("ConfigMap a"),
        plain("ConfigMap b"),
        hook("Job tell", "PostSync"),
    ])
    .health("migrate", Progressing, "");
    for turn in 0..6 {
        if let Some((_, changes)) = dies.filter(|(at, _)| *at == turn) {
            world = world.dies_after(changes);
        }
        world = match turn {
            1 => world.health("migrate", Healthy, ""),
            3 => world.commit("r2", [wave("Deployment database", "-1"), plain("ConfigMap a"), plain("ConfigMap c")]),
            _ => world,
        };
        world = world.wait("20s");
    }
    world
}

#[test]
fn whenever_it_dies_it_ends_the_same_and_each_hook_runs_once() {
    let end = |world: &World| world.clone().ending().transcript.lines().last().map(str::to_owned);
    let calm = story(None);
    assert_eq!(end(&calm).unwrap_or_default().matches("ConfigMap").count(), 2, "{}", calm.transcript);
    for turn in 0..6 {
        for changes in 0..5 {
            let died = story(Some((turn, changes)));
            assert_eq!(end(&died), end(&calm), "dies in turn {turn} after {changes}:\n{}", died.transcript);
            assert!(
                died.runs.values().all(|runs| *runs == 1),
                "dies in turn {turn} after {changes}:\n{}",
                died.transcript
            );
        }
    }
}
