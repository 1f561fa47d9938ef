//! The bounds that a run has to hold, and whether it did.

use std::time::Duration;

use serde::Serialize;

use super::figures::{Figures, ReleaseFigures};
use super::story::Outcome;

/// Making programs for longer than this means that it was the first run.
const FIRST_RUN: Duration = Duration::from_secs(30);

/// One bound.
#[derive(Debug, Serialize)]
pub(super) struct Bound {
    pub(super) held: bool,
    pub(super) what: &'static str,
    pub(super) figure: String,
    pub(super) limit: String,
}

/// All bounds, checked.
pub(super) fn check(figures: &Figures, made: Duration) -> Vec<Bound> {
    let mut bounds = Vec::new();
    if let (Some(first), Some(good), Some(bad)) = (figures.release("v1"), figures.release("v2"), figures.release("v3"))
    {
        bounds.extend(good_release(first, good));
        bounds.extend(bad_release(bad));
    }
    bounds.push(bound(
        "stable pods while v3 came and went",
        figures.stable_pods_untouched,
        if figures.stable_pods_untouched { "untouched" } else { "changed" },
        "untouched",
    ));
    bounds.extend(controller(figures));
    bounds.push(total(figures, made));
    bounds
}

fn good_release(first: &ReleaseFigures, good: &ReleaseFigures) -> [Bound; 3] {
    let (failed, requests) = (first.failed + good.failed, first.requests + good.requests);
    let error = good.share_error_points_max;
    [
        bound("v2, which is good", good.outcome == Some(Outcome::Promoted), outcome(good), "promoted"),
        bound("failed requests under v1 and v2", failed == 0, format!("{failed} of {requests}"), "0"),
        bound("measured share off the wanted weight", under(error, 3.0), points(error), "under 3 points"),
    ]
}

fn bad_release(bad: &ReleaseFigures) -> [Bound; 4] {
    let aborted = bad.outcome == Some(Outcome::Aborted) && bad.reason == "RolloutAborted";
    let told = bad.breach.as_ref().is_some_and(|(metric, value)| tells(&bad.message, metric, value));
    let zero = bad.breach_to_zero_ms;
    let others = bad.failed_not_by_itself;
    [
        bound("v3, which fails 8 %", aborted, outcome(bad), "aborted, Degraded, RolloutAborted"),
        bound("its message", told, bad.message.clone(), "names the metric and its value"),
        bound("from the failed measurement to weight 0", under(zero, 1000.0), millis(zero), "under 1000 ms"),
        bound("failed requests that v3 did not answer", others == 0, format!("{others} of {}", bad.requests), "0"),
    ]
}

fn controller(figures: &Figures) -> [Bound; 2] {
    let (own, memory) = (figures.pass_own_p99_ms, figures.controller_memory_mib_max);
    let own_text = own.map_or_else(|| "not measured".to_owned(), |own| format!("at most {own} ms"));
    [
        // A bucket's bound is the most that the quantile can be.
        bound("controller's own time for a pass, p99", own.is_some_and(|own| own <= 2.0), own_text, "under 2 ms"),
        bound("controller's memory", memory > 0.0 && memory < 30.0, format!("{memory:.1} MiB"), "under 30 MiB"),
    ]
}

fn total(figures: &Figures, made: Duration) -> Bound {
    let first = made > FIRST_RUN;
    let (minutes, limit) =
        if first { (20, "under 20 minutes on the first run") } else { (3, "under 3 minutes once all is built") };
    let held = figures.total_s < f64::from(minutes * 60);
    bound("from start to end", held, format!("{:.0} s", figures.total_s), limit)
}

fn bound(what: &'static str, held: bool, figure: impl Into<String>, limit: &str) -> Bound {
    Bound { held, what, figure: figure.into(), limit: limit.to_owned() }
}

/// What was not measured holds no bound.
fn under(figure: Option<f64>, limit: f64) -> bool {
    figure.is_some_and(|figure| figure < limit)
}

fn outcome(release: &ReleaseFigures) -> String {
    release.outcome.map_or_else(|| "no end".to_owned(), |outcome| outcome.to_string())
}

fn points(figure: Option<f64>) -> String {
    figure.map_or_else(|| "not measured".to_owned(), |points| format!("{points:.2} points at most"))
}

fn millis(figure: Option<f64>) -> String {
    figure.map_or_else(|| "not measured".to_owned(), |millis| format!("{millis:.0} ms"))
}

/// Whether a message names the metric and the value, which it may write with fewer digits.
fn tells(message: &str, metric: &str, value: &str) -> bool {
    let number = value.trim_matches(['[', ']']);
    let short: String = number.chars().take(5).collect();
    message.contains(metric) && !short.is_empty() && message.contains(&short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, value: &str, expected: bool) {
        assert_eq!(tells(message, "error-rate", value), expected, "{message}");
    }

    #[test]
    fn a_message_tells_the_metric_and_its_value() {
        check("metric error-rate failed: [0.0789473] is not < 0.05", "[0.0789473]", true);
        check("metric error-rate failed: 0.079 is not < 0.05", "[0.0789473]", false);
        check("metric error-rate failed", "[0.0789473]", false);
        check("metric latency failed: 0.0789473", "[0.0789473]", false);
        check("metric error-rate failed", "", false);
    }

    #[test]
    fn what_was_not_measured_holds_no_bound() {
        assert!(under(Some(2.9), 3.0));
        assert!(!under(Some(3.0), 3.0));
        assert!(!under(None, 3.0));
    }
}
