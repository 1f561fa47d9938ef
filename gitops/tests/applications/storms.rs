//! Many stories by the throw of dice: whatever happens, no law is broken, and once it is over the cluster is as git says.

use serde_json::json;
use sluice_gitops::Object;
use sluice_gitops::health::Status::{Degraded, Healthy, Progressing};

use crate::world::{World, automated, hook, plain, wave};

/// The same dice for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

const OBJECTS: [&str; 5] = ["Deployment database", "Deployment web", "ConfigMap a", "ConfigMap b", "Rollout front"];

/// At least three of the objects, each in some wave, and a hook perhaps.
fn described(dice: &mut Dice) -> Vec<Object> {
    let left_out = dice.below(OBJECTS.len() + 2);
    let each = OBJECTS.iter().enumerate().filter(|(at, _)| *at != left_out);
    let waves = ["-1", "0", "0", "1"];
    let mut objects: Vec<Object> = each.map(|(_, what)| wave(what, waves[dice.below(4)])).collect();
    match dice.below(4) {
        0 => objects.push(hook("Job migrate", "PreSync")),
        1 => objects.push(hook("Job tell", "PostSync")),
        _ => {}
    }
    objects
}

fn event(mut world: World, dice: &mut Dice, commits: &mut usize) -> World {
    let name = |what: &str| what.split_once(' ').unwrap().1.to_owned();
    let one = OBJECTS[dice.below(OBJECTS.len())];
    match dice.below(9) {
        0 | 1 => {
            *commits += 1;
            let objects = described(dice);
            world.commit_all(&format!("r{commits}"), objects)
        }
        2 if world.has(one) => world.drift(one),
        3 => world.health(&name(one), [Progressing, Degraded, Healthy][dice.below(3)], "so it is"),
        4 => world.fails(&name(one)),
        5 => world.works(&name(one)),
        6 => {
            world = world.dies(dice.below(4), dice.below(4));
            world
        }
        7 if world.is_idle() => world.sync(json!({"prune": true})),
        8 if world.runs() => world.terminate(),
        _ => world,
    }
}

fn storm(seed: u64) -> World {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut world = automated(OBJECTS.map(plain));
    let mut commits = 1;
    for _ in 0..12 {
        world = event(world, &mut dice, &mut commits);
        world = world.wait(["0s", "1s", "20s", "5m"][dice.below(4)]);
    }
    for what in OBJECTS {
        let name = what.split_once(' ').unwrap().1;
        world = world.works(name).health(name, Healthy, "");
    }
    world = world.health("migrate", Healthy, "").health("tell", Healthy, "");
    // One more commit, for what failed before is not tried again by itself; and a person's word, should it lack more than half.
    let objects = described(&mut dice);
    world.commit_all("last", objects).approve_prune("last").wait("1h")
}

#[test]
fn after_every_storm_the_cluster_is_as_git_says() {
    for seed in 0..100 {
        let world = storm(seed);
        let sync = world.status.sync.as_ref().map(|sync| sync.status.as_str());
        assert_eq!(sync, Some("Synced"), "seed {seed}:\n{}", world.transcript);
        assert!(world.is_idle(), "seed {seed}: the last operation never ends:\n{}", world.transcript);
        let health = world.status.health.as_ref().and_then(|health| health.status.as_deref());
        assert_eq!(health, Some("Healthy"), "seed {seed}:\n{}", world.transcript);
        let settled = world.clone().wait("24h");
        assert_eq!(settled.transcript, world.transcript, "seed {seed}: something is done in a settled world");
        assert_eq!(settled.status, world.status, "seed {seed}: something is written in a settled world");
    }
}
