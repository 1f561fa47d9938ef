//! What a metric's measurements come to, and what the metrics come to for the run.
//!
//! The first metric that ends other than well ends the run; the others then stop where they are and count as
//! Successful. So does a metric that someone terminates, with one exception: a metric that was asked for and only ever
//! answered errors is Inconclusive. Otherwise a metric is never Successful without a successful measurement:
//! one whose every measurement failed within its limits is Inconclusive when its count is reached.

use sluice_crds::{AnalysisPhase as Phase, AnalysisRunStatus, MetricResult};

use crate::{
    metric::Metric,
    run::Run,
    schedule::{finished, reached},
};

/// Where a metric or a run stands, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// How far it is.
    pub phase: Phase,
    /// Why; empty while it runs and where it simply went well.
    pub why: String,
}

fn assessed(phase: Phase, why: impl Into<String>) -> Assessment {
    Assessment { phase, why: why.into() }
}

/// Assesses one metric that has not ended yet. `ending` is whether the run stops here.
pub fn metric(metric: &Metric, result: &MetricResult, ending: bool) -> Assessment {
    over_a_limit(metric, result)
        .or_else(|| enough(metric, result))
        .or_else(|| ending.then(|| stopped(result)))
        .unwrap_or_else(|| assessed(if result.measurements.is_empty() { Phase::Pending } else { Phase::Running }, ""))
}

fn over_a_limit(metric: &Metric, result: &MetricResult) -> Option<Assessment> {
    let limits = &metric.limits;
    let over = |taken: i32, limit: u32, phase: Phase, what: &str| {
        (i64::from(taken) > i64::from(limit)).then(|| {
            let why = format!("{taken} {what} (limit {limit}){}", last_message(result, phase));
            assessed(phase, why)
        })
    };
    let failed = limits.failure.and_then(|limit| {
        over(result.failed, limit, Phase::Failed, &plural(result.failed, "measurement failed", "measurements failed"))
    });
    failed
        .or_else(|| {
            let what = plural(result.inconclusive, "measurement inconclusive", "measurements inconclusive");
            over(result.inconclusive, limits.inconclusive, Phase::Inconclusive, &what)
        })
        .or_else(|| {
            let what = plural(result.consecutive_error, "error in a row", "errors in a row");
            over(result.consecutive_error, limits.consecutive_error, Phase::Error, &what)
        })
}

fn plural(number: i32, one: &str, many: &str) -> String {
    if number == 1 { one.to_owned() } else { many.to_owned() }
}

/// What the newest measurement of that phase said.
fn last_message(result: &MetricResult, phase: Phase) -> String {
    let newest = finished(result).rev().find(|measurement| measurement.phase == phase);
    let message = newest.and_then(|measurement| measurement.message.as_deref());
    message.filter(|message| !message.is_empty()).map_or(String::new(), |message| format!(": {message}"))
}

/// Whether enough was measured, and what that comes to.
fn enough(metric: &Metric, result: &MetricResult) -> Option<Assessment> {
    let in_a_row = u32::try_from(result.consecutive_success).unwrap_or(0);
    match metric.limits.consecutive_success {
        Some(needed) if in_a_row >= needed => return Some(assessed(Phase::Successful, "")),
        _ => {}
    }
    let count = metric.limits.count.filter(|count| reached(result, *count))?;
    Some(match (metric.limits.consecutive_success, metric.limits.failure) {
        (Some(needed), failure) => {
            let phase = if failure.is_none() { Phase::Failed } else { Phase::Inconclusive };
            assessed(phase, format!("{in_a_row} of {needed} successes in a row after all {count} measurements"))
        }
        (None, _) if result.successful == 0 => {
            assessed(Phase::Inconclusive, format!("none of all {count} measurements was successful"))
        }
        (None, _) => assessed(Phase::Successful, ""),
    })
}

/// What a metric comes to that is stopped before its own end.
fn stopped(result: &MetricResult) -> Assessment {
    if result.count == 0 && result.error > 0 {
        let why = format!("stopped after nothing but errors{}", last_message(result, Phase::Error));
        return assessed(Phase::Inconclusive, why);
    }
    assessed(Phase::Successful, "stopped with the run")
}

/// Whether the run stops here: someone said so, or a metric that counts ended other than well.
pub fn ending(run: &Run, status: &AnalysisRunStatus) -> bool {
    run.terminate || status.metric_results.iter().any(|result| !result.dry_run && rank(result.phase) > RANK_OF_SUCCESS)
}

const RANK_OF_SUCCESS: u8 = 1;

/// From good to bad, for phases that are ends.
fn rank(phase: Phase) -> u8 {
    match phase {
        Phase::Unset | Phase::Pending | Phase::Running => 0,
        Phase::Successful => RANK_OF_SUCCESS,
        Phase::Inconclusive => 2,
        Phase::Error => 3,
        Phase::Failed => 4,
    }
}

/// Assesses the run by its metrics, each already assessed. Dry-run metrics are waited for, but decide nothing.
pub fn run(run: &Run, status: &AnalysisRunStatus) -> Assessment {
    let result = |metric: &Metric| status.metric_results.iter().find(|result| result.name == metric.name);
    let open = |metric: &&Metric| !result(metric).is_some_and(|result| result.phase.is_completed());
    let ending = ending(run, status);
    // A metric never measured is done with when the run ends.
    if run.metrics.iter().filter(open).any(|metric| !ending || result(metric).is_some()) {
        return assessed(Phase::Running, "");
    }
    let deciding = || status.metric_results.iter().filter(|result| !result.dry_run);
    let worst = deciding().map(|result| result.phase).max_by_key(|phase| rank(*phase)).unwrap_or(Phase::Successful);
    let reasons = deciding().filter(|result| result.phase == worst).map(reason);
    match worst {
        Phase::Successful if run.terminate => assessed(worst, "run terminated"),
        Phase::Successful => assessed(worst, ""),
        _ => assessed(worst, reasons.collect::<Vec<_>>().join("; ")),
    }
}

fn reason(result: &MetricResult) -> String {
    let why = result.message.as_deref().unwrap_or_default();
    format!("metric {:?} assessed {:?}: {why}", result.name, result.phase)
}
