//! What was measured, from what was written down during the run.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::bounds::{self, Bound};
use super::exposition::Exposition;
use super::plateau::Plateau;
use super::series::{self, Series};
use super::story::{Outcome, Release};
use super::watch::Seen;
use crate::load::{Sample, Summary};

/// Everything that the run left behind.
pub(super) struct Evidence {
    /// When the load began.
    pub(super) began: Instant,
    pub(super) releases: Vec<Release>,
    pub(super) seen: Seen,
    pub(super) samples: Vec<Sample>,
    /// The controller's, after the last release.
    pub(super) metrics: Exposition,
    pub(super) peak_bytes: u64,
    pub(super) stable_pods_untouched: bool,
    /// How long programs were downloaded and built.
    pub(super) made: Duration,
    /// From the start of it all to the first request.
    pub(super) setup: Duration,
    /// From the start of it all to the end of the last release.
    pub(super) total: Duration,
}

/// All that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) releases: Vec<ReleaseFigures>,
    pub(super) setup_s: f64,
    pub(super) total_s: f64,
    pub(super) controller_memory_mib_max: f64,
    /// An upper end: the bound of the bucket that the quantile lies in.
    pub(super) pass_own_p99_ms: Option<f64>,
    pub(super) stable_pods_untouched: bool,
    pub(super) held: bool,
    pub(super) bounds: Vec<Bound>,
    #[serde(skip)]
    pub(super) series: Series,
}

/// What was measured of one release.
#[derive(Debug, Serialize)]
pub(super) struct ReleaseFigures {
    pub(super) name: &'static str,
    pub(super) outcome: Option<Outcome>,
    /// Requests sent while it was the newest.
    pub(super) requests: u64,
    /// Those of them that failed, whoever answered.
    pub(super) failed: u64,
    /// Those of them that failed, and not by an answer of this version.
    pub(super) failed_not_by_itself: u64,
    /// The largest difference between wanted and measured share on a plateau.
    pub(super) share_error_points_max: Option<f64>,
    /// From the measurement that broke the condition to weight 0.
    pub(super) breach_to_zero_ms: Option<f64>,
    /// The same as far as the API shows it: from the failed AnalysisRun to weight 0 in the TraefikService.
    pub(super) breach_seen_to_zero_seen_ms: Option<f64>,
    pub(super) message: String,
    /// Type and reason of the condition Progressing.
    #[serde(skip)]
    pub(super) reason: String,
    /// The metric that broke, and the value.
    #[serde(skip)]
    pub(super) breach: Option<(String, String)>,
    pub(super) plateaus: Vec<PlateauFigures>,
}

/// One wanted share, and how it was kept.
#[derive(Debug, Serialize)]
pub(super) struct PlateauFigures {
    pub(super) wanted: f64,
    /// None where it was over too soon to judge.
    pub(super) measured: Option<f64>,
    pub(super) requests: u64,
}

impl Figures {
    /// Works the figures out.
    pub(super) fn of(evidence: &Evidence) -> Self {
        let releases: Vec<_> = evidence.releases.iter().map(|release| ReleaseFigures::of(release, evidence)).collect();
        let mut figures = Self {
            releases,
            setup_s: tenths(evidence.setup.as_secs_f64()),
            total_s: tenths(evidence.total.as_secs_f64()),
            controller_memory_mib_max: mebibytes(evidence.peak_bytes),
            pass_own_p99_ms: evidence.metrics.quantile("sluice_pass_own_seconds", 0.99).map(|seconds| seconds * 1000.0),
            stable_pods_untouched: evidence.stable_pods_untouched,
            held: false,
            bounds: Vec::new(),
            series: series::of(evidence),
        };
        figures.bounds = bounds::check(&figures, evidence.made);
        figures.held = figures.bounds.iter().all(|bound| bound.held);
        figures
    }

    /// The bounds as text, a line for each.
    pub(super) fn in_lines(&self) -> String {
        let mut text = String::new();
        for Bound { held, what, figure, limit } in &self.bounds {
            let mark = if *held { '✔' } else { '✖' };
            let limit = if figure == limit { String::new() } else { format!(" ({limit})") };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {mark} {what}: {figure}{limit}");
        }
        text
    }

    /// The release of that version.
    pub(super) fn release(&self, name: &str) -> Option<&ReleaseFigures> {
        self.releases.iter().find(|release| release.name == name)
    }
}

impl ReleaseFigures {
    fn of(release: &Release, evidence: &Evidence) -> Self {
        let to = release.to.unwrap_or(release.from);
        let within = evidence.samples.iter().filter(|sample| (release.from..to).contains(&sample.sent));
        let summary = Summary::of(within);
        let plateaus = plateaus(release, evidence);
        let differences = plateaus.iter().filter_map(|plateau| Some((plateau.measured? - plateau.wanted).abs()));
        let breach = evidence.seen.breaches.iter().find(|breach| (release.from..to).contains(&breach.seen));
        let shown = breach.and_then(|breach| Some(at_zero(&evidence.seen, breach.seen)? - breach.seen));
        let progressing = release.status.conditions.iter().find(|condition| condition.r#type == "Progressing");
        Self {
            name: release.version.name,
            outcome: release.outcome,
            requests: summary.total.requests,
            failed: summary.total.failed,
            failed_not_by_itself: summary.total.failed - summary.version(release.version.name).failed,
            share_error_points_max: differences.max_by(f64::total_cmp).map(hundredths),
            breach_to_zero_ms: shown.and_then(|shown| Some(own(&evidence.metrics)?.max(millis(shown)))).map(tenths),
            breach_seen_to_zero_seen_ms: shown.map(millis).map(tenths),
            message: release.status.message.clone().unwrap_or_default(),
            reason: progressing.map(|condition| condition.reason.clone()).unwrap_or_default(),
            breach: breach.map(|breach| (breach.metric.clone(), breach.value.clone())),
            plateaus,
        }
    }
}

fn plateaus(release: &Release, evidence: &Evidence) -> Vec<PlateauFigures> {
    let (Some(hash), Some(to)) = (&release.hash, release.to) else {
        return Vec::new();
    };
    let seen = &evidence.seen;
    let plateaus = Plateau::all(hash, (release.from, to), &seen.routings, &seen.loaded);
    let figures = plateaus.into_iter().map(|plateau| {
        let kept = plateau.kept(release.version.name, &evidence.samples);
        PlateauFigures {
            wanted: plateau.wanted,
            measured: kept.map(|kept| hundredths(kept.measured)),
            requests: kept.map_or(0, |kept| kept.requests),
        }
    });
    figures.collect()
}

/// The controller's own time from the measurement to weight 0, in milliseconds. Its clock is the only one that knows when
/// the measurement was taken: an AnalysisRun says whole seconds. Only sound while there was one breach.
fn own(metrics: &Exposition) -> Option<f64> {
    let name = "sluice_breach_to_zero_seconds";
    let once = (metrics.sum(&format!("{name}_count")) - 1.0).abs() < 1e-9;
    once.then(|| metrics.sum(&format!("{name}_sum")) * 1000.0)
}

/// When the TraefikService was first seen with weight 0 after that time.
fn at_zero(seen: &Seen, after: Instant) -> Option<Instant> {
    // Already at 0 when the failure was seen: the watches of the two kinds are not in step.
    if seen.routings.iter().rfind(|(at, _)| *at <= after).is_some_and(|(_, routing)| routing.canary.weight == 0) {
        return Some(after);
    }
    seen.routings.iter().find(|(at, routing)| *at > after && routing.canary.weight == 0).map(|(at, _)| *at)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

// A process has far less than 2^52 bytes.
#[allow(clippy::cast_precision_loss)]
fn mebibytes(bytes: u64) -> f64 {
    tenths(bytes as f64 / f64::from(1024 * 1024))
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
