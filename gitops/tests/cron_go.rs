//! Schedules fire when Go says they do: our answers against those kept in `cron_cases.tsv`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;
use sluice_gitops::windows::cron::{Cron, zone_of};

mod oracle;

const ANSWERS: &str = include_str!("cron_cases.tsv");

const ZONES: &[&str] =
    &["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"];
const TIMES: &[&str] = &[
    "2026-01-01T00:00:00Z",
    "2026-03-29T00:30:00Z",
    "2026-10-25T00:15:30Z",
    "2026-03-08T06:59:59Z",
    "2026-11-01T05:45:00Z",
    "2028-02-28T23:59:00Z",
    "2026-12-31T23:59:59Z",
    "2026-10-03T15:20:00Z",
];
/// Schedules as people write them, and as they should not.
const WRITTEN: &[&str] = &[
    "0 22 * * *",
    "0 9 * * 1-5",
    "*/15 8-18 * * mon-fri",
    "0 0 1 * *",
    "0 0 29 2 *",
    "0 0 30 2 *",
    "30 2 * * *",
    "30 1 * * *",
    "0 0 1,15 * mon",
    "0 0 */2 * *",
    "5/15 * * * *",
    "0 0 ? jan-mar SUN",
    "TZ=Asia/Tokyo 0 9 * * *",
    "CRON_TZ=Europe/London 0 1 * * sat",
    "@daily",
    "@every 1h",
    "0 0 * * 7",
    "0 0 0 * *",
    "60 * * * *",
    "* * * *",
    "* * * * * *",
    "",
    "5-1 * * * *",
    "*/0 * * * *",
    "1/2/3 * * * *",
    "1-2-3 * * * *",
    "a * * * *",
    "*-5 * * * *",
    "1,,2 * * * *",
    ", * * * *",
    "+5 * * * *",
    "-5 * * * *",
    "0 0 L * *",
    "0 0 * * 1#2",
    "0/100 0 * * *",
];

fn ours(schedule: &str, zone: &str, at: &str) -> String {
    let Ok(cron) = Cron::parse(schedule) else { return "parse".to_owned() };
    let zone = TimeZoneDatabase::bundled().get(zone_of(schedule).unwrap_or(zone)).unwrap();
    let mut now: Timestamp = at.parse().unwrap();
    let mut times = Vec::new();
    for _ in 0..3 {
        match cron.next(now, &zone) {
            Some(next) => now = next,
            None => return "never".to_owned(),
        }
        times.push(now.to_string());
    }
    times.join(" ")
}

fn cases() -> Vec<String> {
    let mut dice = oracle::Dice::new(11);
    let written = WRITTEN.iter().flat_map(|schedule| {
        ZONES.iter().zip(TIMES).take(3).map(move |(zone, at)| format!("cron\t{schedule}\t{zone}\t{at}"))
    });
    let written: Vec<_> = written.collect();
    let thrown = (0..1500).map(|_| {
        let minute = field(&mut dice, 59, &["0", "30", "*", "*/20", "15-45/10"]);
        let hour = field(&mut dice, 23, &["*", "0", "1", "2", "1-3", "9-17", "*/6"]);
        let day = field(&mut dice, 33, &["*", "?", "1", "31", "*/7", "1-7"]);
        let month = field(&mut dice, 13, &["*", "*", "mar", "oct,nov", "2", "1-12/3"]);
        let weekday = field(&mut dice, 7, &["*", "*", "sun", "mon-fri", "0", "1,3,5"]);
        let (zone, at) = (dice.one_of(ZONES), dice.one_of(TIMES));
        format!("cron\t{minute} {hour} {day} {month} {weekday}\t{zone}\t{at}")
    });
    written.into_iter().chain(thrown).collect()
}

fn field(dice: &mut oracle::Dice, most: usize, usual: &[&str]) -> String {
    match dice.below(4) {
        0 => dice.below(most + 1).to_string(),
        _ => dice.one_of(usual).to_owned(),
    }
}

#[test]
fn every_schedule_fires_when_it_does_in_go() {
    let mut wrong = Vec::new();
    for line in ANSWERS.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let ours = ours(parts[1], parts[2], parts[3]);
        if ours != parts[4] && !differs_on_purpose(parts[2]) {
            wrong
                .push(format!("{:?} in {} after {}\n  Go   {}\n  ours {ours}", parts[1], parts[2], parts[3], parts[4]));
        }
    }
    let shown: Vec<_> = wrong.iter().take(30).cloned().collect();
    assert!(wrong.is_empty(), "{} of {} differ, such as\n{}", wrong.len(), ANSWERS.lines().count(), shown.join("\n"));
}

/// Where clocks change by half an hour, Go loses times: 08:00 and 00:05 of the Sundays there.
fn differs_on_purpose(zone: &str) -> bool {
    zone == "Australia/Lord_Howe"
}

#[test]
fn the_answers_are_those_of_the_cases() {
    oracle::assert_answered(ANSWERS, &cases());
    let count = |answer: &str| ANSWERS.lines().filter(|line| line.ends_with(&format!("\t{answer}"))).count();
    assert!(count("parse") >= 40 && count("never") >= 15, "{} and {}", count("parse"), count("never"));
}

#[test]
#[ignore = "asks Go, and rewrites the answers"]
fn regenerate() {
    oracle::ask(&cases(), &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cron_cases.tsv"));
}
