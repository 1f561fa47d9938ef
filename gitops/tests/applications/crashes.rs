//! A pass that dies half-way is planned again.

use sluice_gitops::health::Status::{Healthy, Progressing};

use crate::world::{World, automated, hook, plain, wave};

fn story(mut world: World) -> World {
    world = world.health("migrate", Progressing, "").wait("20s");
    world = world.health("migrate", Healthy, "").wait("20s");
    world =
        world.commit("r2", [wave("Deployment database", "-1"), plain("ConfigMap a"), plain("ConfigMap c")]).wait("20s");
    world.drift("ConfigMap a").wait("20s").drift("ConfigMap c").wait("1m")
}

fn given() -> World {
    automated([
        hook("Job migrate", "PreSync"),
        wave("Deployment database", "-1"),
        plain("ConfigMap a"),
        plain("ConfigMap b"),
        hook("Job tell", "PostSync"),
    ])
}

#[test]
fn whenever_it_dies_it_ends_the_same_and_each_hook_runs_once() {
    let end = |world: &World| world.clone().ending().transcript.lines().last().map(str::to_owned);
    let calm = story(given());
    let mut died_at_all = 0;
    for pass in 0..40 {
        for changes in 0..4 {
            let died = story(given().dies(pass, changes));
            died_at_all += died.transcript.matches("— dies").count();
            assert_eq!(end(&died), end(&calm), "pass {pass} dies after {changes} changes:\n{}", died.transcript);
            let once = died.runs.values().all(|runs| *runs == 1);
            assert!(once, "pass {pass} dies after {changes} changes:\n{}", died.transcript);
        }
    }
    assert!(died_at_all > 80, "the story is long enough to die in: {died_at_all}");
}
