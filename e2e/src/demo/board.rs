//! What the terminal shows while the releases are played: a table drawn in place, or a line for each change where the
//! output is no terminal.

use std::io::{IsTerminal, Write, stdout};
use std::time::Duration;

use sluice_crds::{CanaryStep, Rollout, RolloutStatus};
use tokio::time::{Instant, sleep};

use super::story::{Outcome, Release, Releases, VERSIONS};
use super::watch::Watch;
use crate::load::{Count, Load};

const EVERY: Duration = Duration::from_millis(250);
/// What is shown as measured is measured over so long.
const WINDOW: Duration = Duration::from_secs(2);
const BAR: usize = 50;
/// The lines of the table.
const HEIGHT: usize = 9;
/// To where the table began, and everything from there away.
const UP: &str = "\x1b[9A\r\x1b[J";

/// What is shown.
pub(super) struct Board<'a> {
    pub(super) releases: &'a Releases,
    pub(super) watch: &'a Watch,
    pub(super) load: &'a Load,
}

/// The release under way, as it is shown.
struct Now {
    version: &'static str,
    wanted: f64,
    measured: f64,
    errors: f64,
    step: String,
    phase: String,
    message: String,
}

impl Board<'_> {
    /// Shows what happens, for ever.
    pub(super) async fn show(&self) {
        if stdout().is_terminal() {
            self.draw_in_place().await;
        } else {
            self.write_changes().await;
        }
    }

    /// The table at its end, beneath what was shown before where that cannot be drawn over.
    pub(super) fn show_once(&self) {
        let over = if stdout().is_terminal() { UP } else { "" };
        println!("{over}{}", self.table().join("\n"));
    }

    async fn draw_in_place(&self) {
        let mut out = stdout();
        // A place to come back to would be lost as the terminal scrolls; so much room is made first.
        let _ = write!(out, "{}", "\n".repeat(HEIGHT));
        loop {
            // A terminal that is gone shows nothing.
            let _ = writeln!(out, "{UP}{}", self.table().join("\n"));
            let _ = out.flush();
            sleep(EVERY).await;
        }
    }

    async fn write_changes(&self) {
        let mut last = String::new();
        loop {
            if let Some(now) = self.now() {
                let key = format!("{} {} {} {}", now.version, now.wanted, now.step, now.phase);
                if key != last {
                    println!("{}", self.line(&now));
                    last = key;
                }
            }
            sleep(EVERY).await;
        }
    }

    fn line(&self, now: &Now) -> String {
        let time = self.load.began().elapsed().as_secs_f64();
        let Now { version, wanted, measured, errors, step, phase, message } = now;
        let line = format!(
            "{time:6.1} s  {version}  wanted {wanted:3.0} %  measured {measured:5.1} %  errors {errors:4.1} %  {step:<18} {phase}  {message}"
        );
        line.trim_end().to_owned()
    }

    fn table(&self) -> Vec<String> {
        let now = self.now();
        let mut lines = vec![
            String::new(),
            format!(
                "  {:<9}{:>8}{:>10}{:>9}{:>10}{:>8}   {:<20}{}",
                "release", "wanted", "measured", "errors", "requests", "failed", "step", "phase"
            ),
        ];
        let releases = self.releases.all().clone();
        for version in VERSIONS {
            let release = releases.iter().find(|release| release.version.name == version.name);
            let current = now.as_ref().filter(|now| now.version == version.name);
            lines.push(release.map_or_else(|| format!("  {}", version.name), |release| self.row(release, current)));
        }
        let (bar, message) = now.map_or_else(Default::default, |now| (bar(&now), now.message));
        // A longer line would wrap, and be drawn over wrongly.
        lines.extend([String::new(), bar, String::new(), format!("  {message:.100}")]);
        lines
    }

    fn row(&self, release: &Release, now: Option<&Now>) -> String {
        let Count { requests, failed } = self.count(release.from, release.to.unwrap_or_else(Instant::now));
        let name = release.version.name;
        let percent = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1} %"));
        let open = now.filter(|_| release.to.is_none());
        let step = open.map(|now| now.step.clone()).unwrap_or_default();
        let phase = match (release.outcome, open) {
            (Some(Outcome::Promoted), _) => "✔ promoted".to_owned(),
            (Some(Outcome::Aborted), _) => "↩ taken back".to_owned(),
            (None, open) => open.map(|now| now.phase.clone()).unwrap_or_default(),
        };
        format!(
            "  {name:<9}{:>8}{:>10}{:>9}{requests:>10}{failed:>8}   {step:<20}{phase}",
            percent(open.map(|now| now.wanted)),
            percent(open.map(|now| now.measured)),
            percent(open.map(|now| now.errors)),
        )
    }

    fn count(&self, from: Instant, to: Instant) -> Count {
        self.load.between(from, to).total
    }

    fn now(&self) -> Option<Now> {
        let release = self.releases.all().last()?.clone();
        let seen = self.watch.seen();
        let rollout = seen.rollout.clone()?;
        let wanted = release.hash.as_ref().map_or(0.0, |hash| seen.routing().wanted(hash));
        drop(seen);
        let to = Instant::now();
        let from = to.checked_sub(WINDOW).map_or(release.from, |from| from.max(release.from));
        let window = self.load.between(from, to);
        let status = rollout.status.clone().unwrap_or_default();
        let version = release.version.name;
        Some(Now {
            version,
            wanted,
            measured: window.share(version),
            errors: window.version(version).error_rate(),
            step: step(&rollout, &status),
            phase: format!("{:?}", status.phase),
            message: status.message.unwrap_or_default(),
        })
    }
}

/// The step being done, as in `3/8 weight 20`.
fn step(rollout: &Rollout, status: &RolloutStatus) -> String {
    let steps = rollout.spec.strategy.canary.as_ref().map(|canary| canary.steps.as_slice()).unwrap_or_default();
    let index = status.current_step_index.and_then(|index| usize::try_from(index).ok()).unwrap_or_default();
    match steps.get(index) {
        Some(step) => format!("{}/{} {}", index + 1, steps.len(), doing(step)),
        None => "done".to_owned(),
    }
}

fn doing(step: &CanaryStep) -> String {
    match (step.set_weight, &step.pause) {
        (Some(weight), _) => format!("weight {weight}"),
        (None, Some(_)) => "pause".to_owned(),
        (None, None) => String::new(),
    }
}

/// The traffic as a bar: the new version's measured share, a mark where it should end.
fn bar(now: &Now) -> String {
    let cells = |percent: f64| (0..BAR).take_while(|cell| percent > 100.0 * place(*cell)).count();
    let (full, mark) = (cells(now.measured), cells(now.wanted));
    let cell = |at: usize| match at {
        at if at + 1 == mark => '▓',
        at if at < full => '█',
        _ => '░',
    };
    format!("  {} {}", (0..BAR).map(cell).collect::<String>(), now.version)
}

/// The middle of a cell, from 0 to 1.
fn place(cell: usize) -> f64 {
    let cell = u32::try_from(cell).unwrap_or(u32::MAX);
    let all = u32::try_from(BAR).unwrap_or(u32::MAX);
    (f64::from(cell) + 0.5) / f64::from(all)
}
