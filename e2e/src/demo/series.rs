//! The run over time, as the report draws it.

use std::time::Duration;

use tokio::time::Instant;

use super::figures::Evidence;
use super::plateau::Routing;
use super::story::{Outcome, Release};
use crate::load::{Sample, Summary};

/// The distance of two points.
const STEP: Duration = Duration::from_millis(250);
/// A share is of the requests in so long a time before a point.
const SHARE_WINDOW: Duration = Duration::from_secs(1);
/// An error rate likewise; as long as the analysis looks back.
const ERROR_WINDOW: Duration = Duration::from_secs(4);

/// An error rate of fewer requests says nothing.
const FEW: u64 = 5;

/// The run over time; seconds since the load began.
#[derive(Debug, Default)]
pub(super) struct Series {
    pub(super) length: f64,
    pub(super) spans: Vec<Span>,
}

/// One release of it.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) name: &'static str,
    pub(super) outcome: Option<Outcome>,
    pub(super) from: f64,
    pub(super) points: Vec<Point>,
    /// When the wanted share changed, and to what.
    pub(super) changes: Vec<(f64, f64)>,
}

/// The release at one time, in percent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) at: f64,
    pub(super) measured: f64,
    /// Of the version's own requests; none while it gets hardly any.
    pub(super) errors: Option<f64>,
    /// Of all requests.
    pub(super) all_errors: f64,
}

/// The run as it was.
pub(super) fn of(evidence: &Evidence) -> Series {
    let spans: Vec<_> = evidence.releases.iter().filter_map(|release| span(release, evidence)).collect();
    let last = evidence.releases.last().and_then(|release| release.to);
    let length = last.map_or(0.0, |end| (end - evidence.began).as_secs_f64());
    Series { length, spans }
}

fn span(release: &Release, evidence: &Evidence) -> Option<Span> {
    let to = release.to?;
    let seconds = |at: Instant| at.saturating_duration_since(evidence.began).as_secs_f64();
    let times = std::iter::successors(Some(release.from + STEP), |at| Some(*at + STEP)).take_while(|at| *at <= to);
    let points = times.map(|at| point(release, at, seconds(at), &evidence.samples)).collect();
    let changes = changes(release, &evidence.seen.routings);
    Some(Span {
        name: release.version.name,
        outcome: release.outcome,
        from: seconds(release.from),
        points,
        changes: changes.into_iter().map(|(at, wanted)| (seconds(at), wanted)).collect(),
    })
}

fn point(release: &Release, to: Instant, at: f64, samples: &[Sample]) -> Point {
    let before = |window| {
        let from = to.checked_sub(window).map_or(release.from, |from| from.max(release.from));
        Summary::of(samples.iter().filter(|sample| (from..to).contains(&sample.sent)))
    };
    let (shares, errors) = (before(SHARE_WINDOW), before(ERROR_WINDOW));
    let own = errors.version(release.version.name);
    Point {
        at,
        measured: shares.share(release.version.name),
        errors: (own.requests >= FEW).then(|| own.error_rate()),
        all_errors: errors.total.error_rate(),
    }
}

/// The wanted share at the release's start, and each later one.
fn changes(release: &Release, routings: &[(Instant, Routing)]) -> Vec<(Instant, f64)> {
    let wanted = |routing: &Routing| release.hash.as_ref().map_or(0.0, |hash| routing.wanted(hash));
    let before = routings.iter().rfind(|(at, _)| *at <= release.from);
    let mut changes = vec![(release.from, before.map_or(0.0, |(_, routing)| wanted(routing)))];
    let within = routings.iter().filter(|(at, _)| *at > release.from && release.to.is_none_or(|to| *at < to));
    for (at, routing) in within {
        let share = wanted(routing);
        if changes.last().is_none_or(|(_, last)| (last - share).abs() > 1e-6) {
            changes.push((*at, share));
        }
    }
    changes
}
