//! `status.duration`: how long a release took, and how it ended.

use expect_test::{Expect, expect};
use serde_json::json;

use crate::world::{World, given, pause, pause_for, weight};

fn took(world: &World, expected: Expect) {
    expected.assert_eq(&serde_json::to_string(&world.status.duration).unwrap());
}

fn canary() -> World {
    given(2).canary([weight(50), pause()]).installed().wait("1m")
}

#[test]
fn a_release_ends_promoted_and_waited_for_people() {
    let world = canary().update("v2").run();
    took(
        &world,
        expect![[
            r#"{"podHash":"v2","rolloutStartedAt":"2026-01-01T10:01:00Z","manualPauseStartedAt":"2026-01-01T10:01:00Z"}"#
        ]],
    );
    took(
        &world.wait("5m").promote().run(),
        expect![[
            r#"{"podHash":"v2","rolloutStartedAt":"2026-01-01T10:01:00Z","totalManualPauseDurationSeconds":300,"finishedAt":"2026-01-01T10:06:00Z","completionStatus":"Promoted"}"#
        ]],
    );
}

#[test]
fn a_pause_that_ends_by_itself_waits_for_nobody() {
    let world = given(2).canary([weight(50), pause_for("30s")]).installed();
    took(
        &world.update("v2").run().wait("1m"),
        expect![[
            r#"{"podHash":"v2","rolloutStartedAt":"2026-01-01T10:00:00Z","finishedAt":"2026-01-01T10:00:30Z","completionStatus":"Promoted"}"#
        ]],
    );
}

#[test]
fn time_that_its_owner_pauses_it_is_time_that_it_waits_for_people() {
    let world = given(2).canary([weight(50), pause_for("30s")]).installed().update("v2").run();
    let world = world.with("/paused", json!(true)).wait("40s").with("/paused", json!(false));
    took(
        &world.run(),
        expect![[
            r#"{"podHash":"v2","rolloutStartedAt":"2026-01-01T10:00:00Z","totalManualPauseDurationSeconds":40,"finishedAt":"2026-01-01T10:00:40Z","completionStatus":"Promoted"}"#
        ]],
    );
}

#[test]
fn a_release_ends_in_other_ways_too() {
    took(
        &canary().update("v2").run().wait("10s").promote_full().run(),
        expect![[
            r#"{"podHash":"v2","rolloutStartedAt":"2026-01-01T10:01:00Z","totalManualPauseDurationSeconds":10,"finishedAt":"2026-01-01T10:01:10Z","completionStatus":"FastPromoted"}"#
        ]],
    );
    took(
        &canary().update("v2").run().wait("10s").abort().run(),
        expect![[
            r#"{"podHash":"v2","rolloutStartedAt":"2026-01-01T10:01:00Z","totalManualPauseDurationSeconds":10,"finishedAt":"2026-01-01T10:01:10Z","completionStatus":"Aborted"}"#
        ]],
    );
    took(
        &canary().update("v2").run().wait("10s").update("v1").run(),
        expect![[
            r#"{"podHash":"v2","rolloutStartedAt":"2026-01-01T10:01:00Z","totalManualPauseDurationSeconds":10,"finishedAt":"2026-01-01T10:01:10Z","completionStatus":"RolledBack"}"#
        ]],
    );
    took(
        &given(2).blue_green().installed().update("v2").sick("v2").run().wait("5s").update("v1").run(),
        expect![[
            r#"{"podHash":"v2","rolloutStartedAt":"2026-01-01T10:00:00Z","finishedAt":"2026-01-01T10:00:05Z","completionStatus":"RolledBack"}"#
        ]],
    );
    let window = canary().with("/rollbackWindow", json!({"revisions": 1})).update("v2").run().promote().run();
    took(
        &window.wait("1m").update("v1").run(),
        expect![[
            r#"{"podHash":"v1","rolloutStartedAt":"2026-01-01T10:02:00Z","finishedAt":"2026-01-01T10:02:00Z","completionStatus":"FastRolledBack"}"#
        ]],
    );
}

#[test]
fn another_try_and_a_further_version_are_counted_anew() {
    let world = canary().update("v2").run().wait("10s").abort().run().wait("10s").retry().run();
    took(
        &world,
        expect![[
            r#"{"podHash":"v2","rolloutStartedAt":"2026-01-01T10:01:20Z","manualPauseStartedAt":"2026-01-01T10:01:20Z"}"#
        ]],
    );
    let before = world.status.clone();
    let world = world.wait("10s").update("v3").run();
    took(
        &world,
        expect![[
            r#"{"podHash":"v3","rolloutStartedAt":"2026-01-01T10:01:30Z","manualPauseStartedAt":"2026-01-01T10:01:30Z"}"#
        ]],
    );
    let ended = sluice_core::status::ended(&before, &world.status, world.now);
    expect![[r#"Some(Ended { how: "Superseded", took: 10s, paused: 10s })"#]].assert_eq(&format!("{ended:?}"));
}
