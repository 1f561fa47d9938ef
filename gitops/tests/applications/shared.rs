//! Objects that two Applications claim.

use expect_test::expect;
use serde_json::json;

use crate::world::{World, automated, check, given, hook, plain};

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

/// It would be deleted to make room for the hook.
#[test]
fn a_hook_fails_where_another_application_has_an_object_of_its_name() {
    let world = given([hook("Job migrate", "PreSync"), plain("ConfigMap a")]).stands(&plain("Job migrate"));
    check(
        held(world, "migrate").sync(json!({})).ending(),
        expect![[r#"
        — batch/Job shop/migrate is there
        — sync {}
        SharedResourceWarning: batch/Job shop/migrate is part of application first too. Take what is shared out of the sources of one of them
        sync to r1 started
        SharedResourceWarning: batch/Job shop/migrate is part of application first too. Take what is shared out of the sources of one of them
          clear operation
        sync Failed: one or more synchronization tasks completed unsuccessfully: batch/Job shop/migrate: it is there already, and is part of application first: give the hook a name of its own
        = OutOfSync Missing (ConfigMap shop/a is not there), history [], there ["Job migrate"]
          ! SharedResourceWarning: batch/Job shop/migrate is part of application first too. Take what is shared out of the sources of one of them
    "#]],
    );
}

#[test]
fn what_another_application_holds_is_left_to_it_until_a_person_says_otherwise() {
    let second = automated([plain("ConfigMap shared"), plain("ConfigMap own")]).stands(&plain("ConfigMap shared"));
    let settled = held(second, "shared").run().drift("ConfigMap shared").wait("24h").ending();
    check(
        settled.sync(json!({})).run(),
        expect![[r#"
        — ConfigMap shop/shared is there
        SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it. Take what is shared out of the sources of one of them
        sync to r1 started
          apply ConfigMap shop/own in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it. Take what is shared out of the sources of one of them
        sync Succeeded: successfully synced (all tasks run)
        — somebody changes ConfigMap shared
        = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap own", "ConfigMap shared"]
          ! SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it. Take what is shared out of the sources of one of them
        — sync {}
        sync to r1 started
          apply ConfigMap shop/own in Sync wave 0
          apply ConfigMap shop/shared in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it. Take what is shared out of the sources of one of them
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
        SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
        sync to r1 started
          apply ConfigMap shop/shared in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
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
        SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
        sync to r1 started
          apply ConfigMap shop/shared in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
        sync Succeeded: successfully synced (all tasks run)
        — somebody changes ConfigMap shared
        sync to r1 started
          apply ConfigMap shop/shared in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
        sync Succeeded: successfully synced (all tasks run)
        = Synced Healthy, history ["0:r1"], there ["ConfigMap shared"]
          ! SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
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
        SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
        = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap more", "ConfigMap own", "ConfigMap shared"]
          ! SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
        — sync {"prune":true}
        sync to r2 started
          apply ConfigMap shop/more in Sync wave 0
          apply ConfigMap shop/own in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
          clear operation
        sync Succeeded: successfully synced (all tasks run)
          · ConfigMap shared Sync PruneSkipped Succeeded ignored (another application has it)
          · ConfigMap more Sync Synced Succeeded serverside-applied
          · ConfigMap own Sync Synced Succeeded serverside-applied
    "#]],
    );
}

/// One commit moves the object from the other one to this one, which does not undo what others change. The other one is the later.
#[test]
fn what_the_other_one_gives_up_is_taken_over_without_self_heal_too() {
    let second = given([plain("ConfigMap shared"), plain("ConfigMap own")])
        .with("/syncPolicy/automated", json!({"prune": true}))
        .stands(&plain("ConfigMap shared"))
        .drift("ConfigMap shared");
    let mut waits = held(second, "shared").run();
    waits.wanted_by.clear();
    check(
        waits.run().drift("ConfigMap own").wait("1h").ending(),
        expect![[r#"
        — ConfigMap shop/shared is there
        — somebody changes ConfigMap shared
        SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it. Take what is shared out of the sources of one of them
        sync to r1 started
          apply ConfigMap shop/own in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it. Take what is shared out of the sources of one of them
        sync Succeeded: successfully synced (all tasks run)
        SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
        — somebody changes ConfigMap own
        sync to r1 started
          apply ConfigMap shop/shared in Sync wave 0
        SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
        sync Succeeded: successfully synced (all tasks run)
        = OutOfSync Healthy, history ["0:r1"], there ["ConfigMap own", "ConfigMap shared"]
          ! SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
    "#]],
    );
}

/// Both drop the object with one commit, and the one that holds it is the first to.
#[test]
fn what_nobody_wants_any_more_is_pruned_without_self_heal_too() {
    let first = given([plain("ConfigMap shared"), plain("ConfigMap own"), plain("ConfigMap more")])
        .with("/syncPolicy/automated", json!({"prune": true}));
    let left = wanted(first.run(), "shared").commit("r2", [plain("ConfigMap own"), plain("ConfigMap other")]).run();
    let mut left = left.results();
    left.wanted_by.clear();
    check(
        left.wait("1h").ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/more in Sync wave 0
              apply ConfigMap shop/own in Sync wave 0
              apply ConfigMap shop/shared in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
            sync to r2 started
              delete ConfigMap shop/more (not in git)
              apply ConfigMap shop/other in Sync wave 0
              apply ConfigMap shop/own in Sync wave 0
            SharedResourceWarning: ConfigMap shop/shared is part of application first too. Take what is shared out of the sources of one of them
            sync Succeeded: successfully synced (all tasks run)
              · ConfigMap shared Sync PruneSkipped Succeeded ignored (another application has it)
              · ConfigMap more Sync Pruned Succeeded pruned
              · ConfigMap other Sync Synced Succeeded serverside-applied
              · ConfigMap own Sync Synced Succeeded serverside-applied
            sync to r2 started
              delete ConfigMap shop/shared (not in git)
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap other", "ConfigMap own"]
        "#]],
    );
}

#[test]
fn a_sync_that_is_to_fail_for_a_shared_object_fails_for_it_alone() {
    let second = automated([plain("ConfigMap shared")])
        .with("/syncPolicy/syncOptions", json!(["FailOnSharedResource=true"]))
        .stands(&plain("ConfigMap shared"))
        .drift("ConfigMap shared");
    check(
        held(second, "shared").run().ending(),
        expect![[r#"
        — ConfigMap shop/shared is there
        — somebody changes ConfigMap shared
        SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it. Take what is shared out of the sources of one of them
        sync to r1 started
        SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it. Take what is shared out of the sources of one of them
        failed: one or more synchronization tasks are not valid (1 object): ConfigMap shop/shared: it is part of application first too (FailOnSharedResource); retry 1 at 2026-01-01T10:00:06Z
        = OutOfSync Healthy, history [], there ["ConfigMap shared"]
          ! SharedResourceWarning: ConfigMap shop/shared is part of application first too, which has it. Take what is shared out of the sources of one of them
    "#]],
    );
}
