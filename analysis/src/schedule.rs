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
pub fn due(metric: &Metric, result: Option<&MetricResult>, started: Timestamp, now: Timestamp) -> Due {
    let Some((result, last)) = result.and_then(|result| Some((result, last_finished(result)?))) else {
        return at(started, metric.initial_delay, now);
    };
    if result.phase.is_completed() || metric.limits.count.is_some_and(|count| reached(result, count)) {
        return Due::Never;
    }
    at(last, metric.interval.unwrap_or(RETRY), now)
}

/// Whether so many measurements were taken. Errors are not counted.
pub(crate) fn reached(result: &MetricResult, count: u32) -> bool {
    u32::try_from(result.count).is_ok_and(|taken| taken >= count)
}

fn last_finished(result: &MetricResult) -> Option<Timestamp> {
    finished(result).last().and_then(|measurement| measurement.finished_at.as_ref()).map(|time| time.0)
}

/// The measurements that came to an end, oldest first.
pub(crate) fn finished(result: &MetricResult) -> impl DoubleEndedIterator<Item = &Measurement> {
    result.measurements.iter().filter(|measurement| measurement.finished_at.is_some())
}

fn at(from: Timestamp, after: SignedDuration, now: Timestamp) -> Due {
    match from.checked_add(after) {
        Ok(time) if time > now => Due::At(time),
        Ok(_) => Due::Now,
        // Beyond the end of time.
        Err(_) => Due::Never,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{provider::prometheus::Defaults, run::Run};

    fn metric() -> Metric {
        let provider = json!({"prometheus": {"address": "http://prometheus", "query": "up"}});
        let metric = json!({"name": "m", "interval": "30s", "initialDelay": "1m", "provider": provider});
        let spec = serde_json::from_value(json!({"metrics": [metric]})).unwrap();
        Run::parse(&spec, |_| None, &Defaults::default()).unwrap().metrics.remove(0)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn measured(finished: Option<i64>) -> MetricResult {
        let time = finished.map(|seconds| sluice_crds::Time(at(seconds)));
        let measurement = Measurement { finished_at: time, ..Measurement::default() };
        MetricResult { measurements: vec![measurement], ..MetricResult::default() }
    }

    #[test]
    fn the_interval_is_counted_from_the_last_end() {
        let due = |now| due(&metric(), Some(&measured(Some(100))), at(0), at(now));
        assert_eq!(due(129), Due::At(at(130)));
        assert_eq!(due(130), Due::Now);
    }

    #[test]
    fn a_measurement_left_unfinished_is_as_good_as_none() {
        assert_eq!(due(&metric(), Some(&measured(None)), at(0), at(61)), Due::Now);
    }
}
