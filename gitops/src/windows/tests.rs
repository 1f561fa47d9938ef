use std::slice::from_ref;

use sluice_crds::{AppProjectSpec, SyncWindow};

use super::*;
use crate::project::Project;

fn t(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn window(kind: &str, schedule: &str, length: &str) -> SyncWindow {
    SyncWindow {
        kind: Some(kind.into()),
        schedule: Some(schedule.into()),
        duration: Some(length.into()),
        applications: vec!["*".into()],
        ..SyncWindow::default()
    }
}

fn read(windows: &[SyncWindow]) -> Windows {
    let spec = AppProjectSpec { sync_windows: windows.to_vec(), ..AppProjectSpec::default() };
    Project::read("p", &spec).unwrap().0.windows
}

fn place() -> Place {
    Place { server: "https://k".into(), name: "in-cluster".into(), namespace: "shop".into(), project: None }
}

/// Who may sync at that time: nobody, a person, or anybody.
fn who(windows: &[SyncWindow], now: &str) -> &'static str {
    let windows = read(windows);
    let windows = windows.of("web", &place());
    let may = |asked| decide(&windows, asked, t(now)).is_allowed();
    match (may(Asked::ByItself), may(Asked::ByPerson)) {
        (true, true) => "anybody",
        (false, true) => "a person",
        (false, false) => "nobody",
        (true, false) => panic!("nobody may less than a person"),
    }
}

#[test]
fn denying_windows_go_before_allowing_ones_and_a_person_needs_leave_of_all() {
    let night = window("deny", "0 22 * * *", "8h");
    let by_person = SyncWindow { manual_sync: true, ..night.clone() };
    let office = window("allow", "0 9 * * 1-5", "8h");
    let lenient = SyncWindow { manual_sync: true, ..office.clone() };
    // Thursday.
    let (night_time, noon, dawn) = ("2026-01-01T23:00:00Z", "2026-01-01T12:00:00Z", "2026-01-01T07:00:00Z");
    for (windows, now, expected) in [
        (vec![], noon, "anybody"),
        (vec![night.clone()], night_time, "nobody"),
        (vec![night.clone()], noon, "anybody"),
        (vec![by_person.clone()], night_time, "a person"),
        (vec![by_person.clone(), night.clone()], night_time, "nobody"),
        (vec![office.clone()], noon, "anybody"),
        (vec![office.clone()], dawn, "nobody"),
        (vec![lenient.clone()], dawn, "a person"),
        (vec![lenient.clone(), office.clone()], dawn, "nobody"),
        (vec![office.clone(), night.clone()], noon, "anybody"),
        (vec![office, window("deny", "30 11 * * *", "1h")], noon, "nobody"),
    ] {
        assert_eq!(who(&windows, now), expected, "{now} {windows:?}");
    }
}

#[test]
fn a_window_is_for_applications_that_any_of_its_lists_has_or_all() {
    let none = SyncWindow { applications: vec![], ..window("deny", "* * * * *", "1h") };
    let lists = |applications: &str, namespaces: &str, clusters: &str, and_operator| {
        let list = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        SyncWindow {
            applications: list(applications),
            namespaces: list(namespaces),
            clusters: list(clusters),
            and_operator,
            ..none.clone()
        }
    };
    for (window, expected) in [
        (lists("web", "", "", false), true),
        (lists("api", "", "", false), false),
        (lists("api", "sh*", "", false), true),
        (lists("api", "", "https://k", false), true),
        (lists("api", "", "in-*", false), true),
        (lists("web", "other", "", true), false),
        (lists("web", "shop", "", true), true),
        (lists("w*", "shop", "other", true), false),
        (none.clone(), false),
        (SyncWindow { and_operator: true, ..none }, false),
    ] {
        let found = !read(from_ref(&window)).of("web", &place()).is_empty();
        assert_eq!(found, expected, "{window:?}");
    }
}

#[test]
fn edges_are_where_windows_open_and_close_by_the_clocks_of_their_zone() {
    let edge = |zone: &str, schedule: &str, length: &str, now: &str| {
        let window = SyncWindow { time_zone: Some(zone.into()), ..window("deny", schedule, length) };
        let windows = read(&[window]);
        windows.of("web", &place())[0].edge(t(now)).map(|edge| edge.to_string()).unwrap_or_default()
    };
    for (zone, schedule, length, now, expected) in [
        ("", "0 22 * * *", "8h", "2026-01-01T12:00:00Z", "2026-01-01T22:00:00Z"),
        ("", "0 22 * * *", "8h", "2026-01-01T22:00:00Z", "2026-01-02T06:00:00Z"),
        ("", "0 22 * * *", "8h", "2026-01-02T06:00:00Z", "2026-01-02T22:00:00Z"),
        // Clocks go forward in that night: it opens at 21:00 UTC, and the next evening at 20:00.
        ("Europe/Berlin", "0 22 * * *", "8h", "2026-03-28T12:00:00Z", "2026-03-28T21:00:00Z"),
        ("Europe/Berlin", "0 22 * * *", "8h", "2026-03-29T12:00:00Z", "2026-03-29T20:00:00Z"),
        // What would open in the hour that is left out opens at its end, and is as long as ever.
        ("Europe/Berlin", "30 2 * * *", "2h", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "30 2 * * *", "2h", "2026-03-29T02:30:00Z", "2026-03-29T03:00:00Z"),
        ("Europe/Berlin", "30 2 * * *", "2h", "2026-03-29T03:00:00Z", "2026-03-30T00:30:00Z"),
        ("Australia/Lord_Howe", "15 2 * * *", "1h", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z"),
        ("Europe/Berlin", "30 1 * * *", "15m", "2026-03-29T00:50:00Z", "2026-03-29T23:30:00Z"),
        ("", "TZ=Asia/Tokyo 0 9 * * *", "1h", "2026-01-01T12:00:00Z", "2026-01-02T00:00:00Z"),
        // It is opened again before it closes.
        ("", "0 * * * *", "90m", "2026-01-01T12:10:00Z", "2026-01-18T04:30:00Z"),
        ("", "0 0 30 2 *", "1h", "2026-01-01T12:00:00Z", ""),
    ] {
        assert_eq!(edge(zone, schedule, length, now), expected, "{schedule} {zone} at {now}");
    }
}

#[test]
fn a_sync_goes_on_where_every_window_that_blocks_it_lets_it_end() {
    let deny = window("deny", "0 12 * * *", "1h");
    let overrun = SyncWindow { sync_overrun: true, ..deny.clone() };
    let goes_on = |windows: &[SyncWindow], started: &str| {
        let windows = read(windows);
        super::goes_on(&windows.of("web", &place()), Asked::ByItself, t(started), t("2026-01-01T12:30:00Z"))
    };
    let before = "2026-01-01T11:59:00Z";
    assert_eq!(
        goes_on(from_ref(&deny), before),
        Verdict::Blocked("blocked by sync window: deny window (0 12 * * *, 1h) is open".into())
    );
    assert!(goes_on(from_ref(&overrun), before).is_allowed());
    assert!(!goes_on(&[overrun.clone(), deny], before).is_allowed());
    assert!(!goes_on(&[overrun], "2026-01-01T12:10:00Z").is_allowed(), "it was not allowed when it began");
    let ended = SyncWindow { sync_overrun: true, ..window("allow", "0 11 * * *", "1h") };
    assert!(goes_on(&[ended], before).is_allowed());
}
