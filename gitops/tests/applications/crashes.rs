//! A pass that dies half-way is planned again.

use expect_test::expect;
use serde_json::json;
use sluice_gitops::health::Status::{Healthy, Progressing};

use crate::world::{self, World, automated, check, hook, object, plain, wave};

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

/// A storm found it: a pass died after it had made a hook, and the one that found it over died after it had deleted it.
#[test]
fn a_hook_runs_once_though_it_dies_when_that_begins_and_when_it_ends() {
    let tell = object(
        "Job tell",
        json!({"argocd.argoproj.io/hook": "PostSync", "argocd.argoproj.io/hook-delete-policy": "HookSucceeded"}),
    );
    let mut died_twice = 0;
    for (first, second) in (0..6).flat_map(|first| (0..6).map(move |second| (first, second))) {
        let died = world::given([plain("ConfigMap a"), tell.clone()])
            .health("tell", Progressing, "")
            .sync(json!({}))
            .dies(first, 1)
            .run()
            .health("tell", Healthy, "")
            .dies(second, 1)
            .ending();
        died_twice += usize::from(died.transcript.matches("— dies").count() == 2);
        let well = died.runs.values().eq([&1]) && died.transcript.contains("sync Succeeded");
        assert!(well, "pass {first} and {second} die after a change:\n{}", died.transcript);
    }
    assert!(died_twice > 3, "the story is long enough to die in: {died_twice}");
}

/// Else it would be run again, should the sync outlive it.
#[test]
fn a_hook_whose_making_was_not_recorded_is_recorded_once_it_is_found() {
    let migrate = object(
        "Job migrate",
        json!({"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": "HookSucceeded"}),
    );
    check(
        world::given([migrate, wave("Deployment web", "1")])
            .health("migrate", Progressing, "")
            .health("web", Progressing, "")
            .sync(json!({}))
            .dies(1, 1)
            .run()
            .results()
            .health("migrate", Healthy, "")
            .run()
            .results()
            .health("web", Healthy, "")
            .ending()
            .results(),
        expect![[r#"
            — migrate is Progressing
            — web is Progressing
            — sync {}
            sync to r1 started
              run hook batch/Job shop/migrate in PreSync wave 0
            — dies
            held: waiting for completion of hook batch/Job shop/migrate
              · Job migrate PreSync  Running
            — migrate is Healthy
              apply apps/Deployment shop/web in Sync wave 1
            held: waiting for healthy state of apps/Deployment shop/web
              · Job migrate PreSync  Succeeded
              · Deployment web Sync Synced Running serverside-applied
            — web is Healthy
              delete hook batch/Job shop/migrate (the sync succeeded)
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1"], there ["Deployment web"]
              · Job migrate PreSync  Succeeded
              · Deployment web Sync Synced Succeeded
        "#]],
    );
}
