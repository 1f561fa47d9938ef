//! Sync windows.

use expect_test::expect;
use serde_json::json;
use sluice_gitops::health::Status::{Healthy, Progressing};

use crate::world::{World, automated, check, plain, wave};

/// Noon to one o'clock nobody syncs.
fn lunch(world: World, more: serde_json::Value) -> World {
    let mut window = json!({"kind": "deny", "schedule": "0 12 * * *", "duration": "1h", "applications": ["*"]});
    for (name, value) in more.as_object().unwrap() {
        window[name] = value.clone();
    }
    world.window(window)
}

#[test]
fn a_sync_waits_for_its_window_and_begins_when_it_opens() {
    check(
        lunch(automated([plain("ConfigMap a")]), json!({}))
            .wait("2h30m")
            .commit("r2", [plain("ConfigMap a"), plain("ConfigMap b")])
            .run()
            .wait("1h")
            .ending(),
        expect![[r#"
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            waiting: blocked by sync window: deny window (0 12 * * *, 1h) is open
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap b"]
        "#]],
    );
}

#[test]
fn a_person_waits_too_unless_the_window_says_otherwise() {
    let asked = |more| {
        lunch(automated([plain("ConfigMap a")]), more)
            .wait("2h30m")
            .commit("r2", [plain("ConfigMap a"), plain("ConfigMap b")])
            .sync(json!({}))
            .run()
    };
    check(
        asked(json!({})).wait("1h"),
        expect![[r#"
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        — commit r2
        — sync {}
        held: blocked by sync window: deny window (0 12 * * *, 1h) is open
        sync to r2 started
          apply ConfigMap shop/a in Sync wave 0
          apply ConfigMap shop/b in Sync wave 0
          clear operation
        sync Succeeded: successfully synced (all tasks run)
    "#]],
    );
    check(
        asked(json!({"manualSync": true})),
        expect![[r#"
        sync to r1 started
          apply ConfigMap shop/a in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        — commit r2
        — sync {}
        sync to r2 started
          apply ConfigMap shop/a in Sync wave 0
          apply ConfigMap shop/b in Sync wave 0
          clear operation
        sync Succeeded: successfully synced (all tasks run)
    "#]],
    );
}

#[test]
fn a_sync_stands_still_in_a_window_unless_it_may_overrun() {
    let started = |more| {
        lunch(automated([wave("Deployment a", "-1"), plain("ConfigMap b")]), more)
            .health("a", Progressing, "starting")
            .wait("2h10m")
            .health("a", Healthy, "")
            .run()
    };
    check(
        started(json!({})).wait("1h").ending(),
        expect![[r#"
        — a is Progressing
        sync to r1 started
          apply apps/Deployment shop/a in Sync wave -1
        held: waiting for healthy state of apps/Deployment shop/a
        held: blocked by sync window: deny window (0 12 * * *, 1h) is open
        — a is Healthy
          apply ConfigMap shop/b in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        = Synced Healthy, history ["0:r1"], there ["ConfigMap b", "Deployment a"]
    "#]],
    );
    check(
        started(json!({"syncOverrun": true})).ending(),
        expect![[r#"
        — a is Progressing
        sync to r1 started
          apply apps/Deployment shop/a in Sync wave -1
        held: waiting for healthy state of apps/Deployment shop/a
        — a is Healthy
          apply ConfigMap shop/b in Sync wave 0
        sync Succeeded: successfully synced (all tasks run)
        = Synced Healthy, history ["0:r1"], there ["ConfigMap b", "Deployment a"]
    "#]],
    );
}

/// A rule of `argocd-sync-policies` is a window that is never open, but for people: it says so as long as there is something to do.
#[test]
fn what_a_rule_denies_is_synced_by_a_person_alone() {
    let mut world = automated([plain("ConfigMap a")]);
    world.denied = Some("p, environment:prod, applications, sync, *, deny".to_owned());
    check(
        world
            .run()
            .sync(json!({}))
            .run()
            .commit("r2", [plain("ConfigMap a"), plain("ConfigMap b")])
            .run()
            .sync(json!({}))
            .run()
            .ending(),
        expect![[r#"
            SyncError: r1 is not deployed by itself: ConfigMap argocd-sync-policies has the rule "p, environment:prod, applications, sync, *, deny". Whoever may change the Application deploys it: kubectl sluice app sync argocd/web
            — sync {}
            sync to r1 started
              apply ConfigMap shop/a in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            — commit r2
            SyncError: r2 is not deployed by itself: ConfigMap argocd-sync-policies has the rule "p, environment:prod, applications, sync, *, deny". Whoever may change the Application deploys it: kubectl sluice app sync argocd/web
            — sync {}
            sync to r2 started
              apply ConfigMap shop/a in Sync wave 0
              apply ConfigMap shop/b in Sync wave 0
              clear operation
            sync Succeeded: successfully synced (all tasks run)
            = Synced Healthy, history ["0:r1", "1:r2"], there ["ConfigMap a", "ConfigMap b"]
        "#]],
    );
}
