//! When a metric is measured next.

use jiff::{SignedDuration, Timestamp};
use sluice_crds::{Measurement, MetricResult};

use crate::metric::Metric;

/// When to take the next measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// At once.
    Now,
    /// Then.
    At(Timestamp),
    /// There is no next one.
    Never,
}

/// How soon a measurement that failed to be taken is tried again, where the metric has no interval.
const RETRY: SignedDuration = SignedDuration::from_secs(10);

/// When `metric` is due, `result` being what was measured of it in the run that started at `started`.
///
/// Only finished measurements count. One that was under way when the controller died is taken anew.
pub fn due(
    metric: &Metric,
    result: Option<&MetricResult>,
    started: Timestamp,
    now: Timestamp,
) -> Due {
    let Some((result, last)) = result.and_then(|result| Some((result, last_finished(result)?)))
    else {
        return at(started.min(now), metric.initial_delay, now);
    };
    if result.phase.is_completed()
        || metric
            .limits
            .count
            .is_some_and(|count| reached(result, count))
    {
        return Due::Never;
    }
    // A clock that was set back must not put off the next measurement.
    at(last.min(now), metric.interval.unwrap_or(RETRY), now)
}

/// Whether so many measurements were taken. Errors are not counted.
pub(crate) fn reached(result: &MetricResult, count: u32) -> bool {
    u32::try_from(result.count).is_ok_and(|taken| taken >= count)
}

fn last_finished(result: &MetricResult) -> Option<Timestamp> {
    finished(result)
        .last()
        .and_then(|measurement| measurement.finished_at.as_ref())
        .map(|time| time.0)
}

/// The measurements that came to an end, oldest first.
pub(crate) fn finished(result: &MetricResult) -> impl DoubleEndedIterator<Item = &Measurement> {
    result
        .measurements
        .iter()
        .filter(|measurement| measurement.finished_at.is_some())
}

fn at(from: Timestamp, after: SignedDuration, now: Timestamp) -> Due {
    match from.checked_add(after) {
        Ok(time) if time > now => Due::At(time),
        Ok(_) => Due::Now,
        // Beyond the end of time.
        Err(_) => Due::Never,
    }
}
