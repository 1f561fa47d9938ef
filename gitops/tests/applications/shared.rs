//! Objects that two Applications claim.

use expect_test::expect;
use serde_json::json;

use crate::world::{World, automated, check, plain};

/// Another Application whose git has the object, and which bears its mark, as the cluster is then.
fn held(mut world: World, name: &str) -> World {
    world.other_owners.insert(name.to_owned(), "first".to_owned());
    wanted(world, name)
}

/// Another Application whose git has the object.
fn wanted(mut world: World, name: &str) -> World {
    world.wanted_by.insert(name.to_owned(), "first".to_owned());
    world
}

#[test]
fn what_another_application_holds_is_left_to_it_until_a_person_says_otherwise() {
    let second = automated([plain("ConfigMap shared"), plain("ConfigMap own")]).stands(&plain("ConfigMap shared"));
    let settled = held(second, "shared").run().drift("ConfigMap shared").wait("24h").ending();
    check(
        settled.sync(json!({})).run(),
        expect![[r#"
        — ConfigMap shop/shared is there
        SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it
        sync to r1 started
          apply ConfigMap shop/own in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it
        sync Succeeded: successfully synced (all tasks run)
        — somebody changes ConfigMap shared
        = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap own", "ConfigMap shared"]
          ! SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it
        — sync {}
        sync to r1 started
          apply ConfigMap shop/own in Sync wave 0
          apply ConfigMap shop/shared in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it
          clear operation
        sync Succeeded: successfully synced (all tasks run)
    "#]],
    );
}

#[test]
fn what_another_application_only_held_is_taken_over() {
    let mut second =
        automated([plain("ConfigMap shared")]).stands(&plain("ConfigMap shared")).drift("ConfigMap shared");
    second.other_owners.insert("shared".to_owned(), "first".to_owned());
    check(
        second.run(),
        expect![[r#"
        — ConfigMap shop/shared is there
        — somebody changes ConfigMap shared
        SharedResourceWarning: ConfigMap shop/shared is part of application first too
        sync to r1 started
          apply ConfigMap shop/shared in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too
        sync Succeeded: successfully synced (all tasks run)
    "#]],
    );
}

#[test]
fn whoever_holds_it_keeps_it_and_says_that_it_is_shared() {
    let first = wanted(automated([plain("ConfigMap shared")]), "shared");
    check(
        first.run().drift("ConfigMap shared").run().ending(),
        expect![[r#"
        SharedResourceWarning: ConfigMap shop/shared is part of application first too
        sync to r1 started
          apply ConfigMap shop/shared in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too
        sync Succeeded: successfully synced (all tasks run)
        — somebody changes ConfigMap shared
        sync to r1 started
          apply ConfigMap shop/shared in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too
        sync Succeeded: successfully synced (all tasks run)
        = Synced Healthy, history ["0:r1"], there ["ConfigMap shared"]
          ! SharedResourceWarning: ConfigMap shop/shared is part of application first too
    "#]],
    );
}

/// Neither by itself nor by a person's prune: the other one has it.
#[test]
fn what_another_application_wants_is_not_pruned() {
    let first = automated([plain("ConfigMap shared"), plain("ConfigMap own"), plain("ConfigMap more")]).run();
    let left = wanted(first, "shared").commit("r2", [plain("ConfigMap own"), plain("ConfigMap more")]).wait("24h");
    check(
        left.ending().sync(json!({"prune": true})).run().results(),
        expect![[r#"
        sync to r1 started
          apply ConfigMap shop/more in Sync wave 0
          apply ConfigMap shop/own in Sync wave 0
          apply ConfigMap shop/shared in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        — commit r2
        SharedResourceWarning: ConfigMap shop/shared is part of application first too
        = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap more", "ConfigMap own", "ConfigMap shared"]
          ! SharedResourceWarning: ConfigMap shop/shared is part of application first too
        — sync {"prune":true}
        sync to r2 started
          apply ConfigMap shop/more in Sync wave 0
          apply ConfigMap shop/own in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too
          clear operation
        sync Succeeded: successfully synced (all tasks run)
          · ConfigMap shared Sync PruneSkipped Succeeded ignored (another application has it)
          · ConfigMap more Sync Synced Succeeded serverside-applied
          · ConfigMap own Sync Synced Succeeded serverside-applied
    "#]],
    );
}
