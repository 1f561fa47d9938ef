//! AnalysisRuns as a release sees them.

use std::sync::Arc;

use kube::ResourceExt;
use sluice_analysis::compare::SHARED;
use sluice_core::observed::{Analysis, Hash, Role, Sight};
use sluice_crds::names::{annotation, label, rollout_type};
use sluice_crds::{AnalysisPhase, AnalysisRun, AnalysisRunStatus, Measurement, MetricResult};

use crate::caches::Guarded;

/// The runs as analyses, as far as they decode. The loop of AnalysisRuns reports the others on themselves.
pub(super) fn of(runs: &[Arc<Guarded<AnalysisRun>>]) -> Vec<Analysis> {
    runs.iter().filter_map(|run| run.0.as_ref().ok()).map(analysis).collect()
}

fn analysis(run: &AnalysisRun) -> Analysis {
    let status = run.status.as_ref();
    let hash = run.labels().get(label::POD_TEMPLATE_HASH).map_or("", String::as_str);
    Analysis {
        name: run.name_any(),
        hash: Hash::from(hash),
        role: role(run),
        phase: status.map(|status| status.phase).unwrap_or_default(),
        message: status.and_then(|status| status.message.clone()).unwrap_or_default(),
        measured: status.is_some_and(measured),
        stopped: run.spec.terminate,
        cut_short: run.annotations().contains_key(annotation::CUT_SHORT),
        cannot_tell: run.annotations().get(annotation::CANNOT_TELL).cloned(),
        sight: status.map_or(Sight::Nothing, sight),
        would: status.and_then(would),
        failed: status.map(failed).unwrap_or_default(),
        asked: run.annotations().get(annotation::ASKED).cloned(),
        created: run.metadata.creation_timestamp.as_ref().map(|time| time.0),
    }
}

/// Whether each metric that decides something was measured.
pub(crate) fn measured(status: &AnalysisRunStatus) -> bool {
    let results = status.metric_results.iter().filter(|result| !result.dry_run && result.count > 0);
    is_of_all(status, results.count())
}

pub(super) fn role(run: &AnalysisRun) -> Role {
    let step = || run.labels().get(label::STEP_INDEX).and_then(|index| index.parse().ok());
    match run.labels().get(label::ROLLOUT_TYPE).map(String::as_str) {
        Some(rollout_type::STEP) => step().map_or(Role::Other, Role::Step),
        Some(rollout_type::BACKGROUND) => Role::Background,
        Some(rollout_type::PRE_PROMOTION) => Role::PrePromotion,
        Some(rollout_type::POST_PROMOTION) => Role::PostPromotion,
        Some(rollout_type::POLICY) => Role::Policy,
        Some(rollout_type::BAKE) => Role::Bake,
        Some(rollout_type::CHECKS) => Role::Checks,
        _ => Role::Other,
    }
}

/// What the newest measurement of each metric that decides something comes to: the first that is not good. A run that could not be
/// made sense of sees nothing.
fn sight(status: &AnalysisRunStatus) -> Sight {
    if status.phase == AnalysisPhase::Error {
        return Sight::Blind(status.message.clone().unwrap_or_default());
    }
    let decisive = status.metric_results.iter().filter(|result| !result.dry_run);
    if !has_looked(status) {
        return Sight::Nothing;
    }
    let newest = decisive.filter_map(|result| Some((&result.name, newest(result)?)));
    let (errors, unsure): (Vec<_>, Vec<_>) = newest
        .filter(|(_, one)| one.phase != AnalysisPhase::Successful)
        .partition(|(_, one)| one.phase == AnalysisPhase::Error);
    if let Some((name, one)) = errors.first() {
        return Sight::Blind(format!("{name}: {}", one.message.as_deref().unwrap_or("error")));
    }
    match unsure.first() {
        None => Sight::Good,
        Some((name, one)) if is_shared(one) => Sight::Shared((*name).clone()),
        Some((name, one)) => Sight::Unsure(format!("{name} is {}", called(one.phase))),
    }
}

/// Whether each metric that decides something was asked for once, whatever came of it.
fn has_looked(status: &AnalysisRunStatus) -> bool {
    let results = status.metric_results.iter().filter(|result| !result.dry_run && newest(result).is_some());
    is_of_all(status, results.count())
}

/// Whether so many are all the metrics that decide something. The summary counts them; it is there once a run has begun.
fn is_of_all(status: &AnalysisRunStatus, metrics: usize) -> bool {
    status.run_summary.as_ref().is_some_and(|all| usize::try_from(all.count).is_ok_and(|all| metrics >= all))
}

/// Whether the stable version does as badly.
fn is_shared(measurement: &Measurement) -> bool {
    measurement.message.as_deref().is_some_and(|message| message.ends_with(SHARED))
}

/// The newest measurement; one error now and then is put up with once there was a good one.
fn newest(result: &MetricResult) -> Option<&Measurement> {
    let mut done = result.measurements.iter().rev().filter(|one| one.finished_at.is_some());
    let is_error = |one: &&Measurement| one.phase == AnalysisPhase::Error;
    if result.count > 0 && result.consecutive_error < ERRORS {
        return done.find(|one| !is_error(one));
    }
    done.next()
}

/// So many errors in a row mean that nothing is seen.
const ERRORS: i32 = 3;

/// A measurement that says nothing yet has no phase of its own.
fn called(phase: AnalysisPhase) -> String {
    match phase {
        AnalysisPhase::Unset | AnalysisPhase::Pending | AnalysisPhase::Running => {
            "waiting for more requests".to_owned()
        }
        phase => format!("{phase:?}"),
    }
}

/// What the first metric that decides nothing would have failed the run for.
fn would(status: &AnalysisRunStatus) -> Option<String> {
    let failed = |result: &&MetricResult| result.dry_run && result.phase == AnalysisPhase::Failed;
    let result = status.metric_results.iter().find(failed)?;
    let last = result.measurements.iter().rev().find_map(|one| one.message.clone());
    Some(format!("{}: {}", result.name, last.unwrap_or_default()).trim_end_matches(": ").to_owned())
}

/// The metrics that failed, of those that decide something.
fn failed(status: &AnalysisRunStatus) -> Vec<String> {
    let failed = status.metric_results.iter().filter(|result| !result.dry_run && result.phase == AnalysisPhase::Failed);
    failed.map(|result| result.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_tell_what_a_run_was_started_for() {
        for (labels, expected) in [
            (json!({"rollout-type": "Step", "step-index": "2"}), Role::Step(2)),
            (json!({"rollout-type": "Step"}), Role::Other),
            (json!({"rollout-type": "Background", "step-index": "2"}), Role::Background),
            (json!({"rollout-type": "PrePromotion"}), Role::PrePromotion),
            (json!({"rollout-type": "PostPromotion"}), Role::PostPromotion),
            (json!({}), Role::Other),
        ] {
            let run = serde_json::from_value(json!({"metadata": {"labels": labels}, "spec": {"metrics": []}})).unwrap();
            assert_eq!(role(&run), expected, "{labels}");
        }
    }

    #[test]
    fn what_failed_a_run_are_the_metrics_that_decide() {
        let run = json!({"metadata": {"annotations": {"sluice/asked": "these"}}, "spec": {"metrics": []}, "status": {"metricResults": [
            {"name": "errors", "phase": "Failed"},
            {"name": "slow", "phase": "Successful"},
            {"name": "pods", "phase": "Failed", "dryRun": true},
        ]}});
        let run = analysis(&serde_json::from_value(run).unwrap());
        assert_eq!((run.failed, run.asked.as_deref()), (vec!["errors".to_owned()], Some("these")));
    }

    #[test]
    fn a_run_that_has_not_looked_yet_has_seen_nothing() {
        let new = serde_json::from_value(json!({"metadata": {}, "spec": {"metrics": []}})).unwrap();
        assert_eq!(analysis(&new).sight, Sight::Nothing);
        let ended = json!({"phase": "Error", "finishedAt": "2026-01-01T00:00:00Z"});
        for (measurements, expected) in [(json!([]), true), (json!([ended]), false)] {
            let results = json!([{"name": "a", "measurements": measurements}]);
            let status = json!({"runSummary": {"count": 1}, "metricResults": results});
            let run = serde_json::from_value(json!({"metadata": {}, "spec": {"metrics": []}, "status": status}));
            assert_eq!(analysis(&run.unwrap()).sight == Sight::Nothing, expected);
        }
    }

    #[test]
    fn a_run_is_measured_once_each_metric_that_counts_has_an_answer_without_error() {
        let result = |name: &str, count: i32, dry_run: bool| json!({"name": name, "count": count, "dryRun": dry_run, "error": 3});
        for (status, expected) in [
            (json!({}), false),
            (json!({"runSummary": {"count": 2}, "metricResults": [result("a", 1, false)]}), false),
            (
                json!({"runSummary": {"count": 2}, "metricResults": [result("a", 1, false), result("b", 0, false)]}),
                false,
            ),
            (
                json!({"runSummary": {"count": 2}, "metricResults": [result("a", 1, false), result("b", 2, false)]}),
                true,
            ),
            (
                json!({"runSummary": {"count": 1}, "metricResults": [result("a", 0, false), result("b", 2, true)]}),
                false,
            ),
            (json!({"runSummary": {"count": 1}, "metricResults": [result("a", 1, false), result("b", 0, true)]}), true),
        ] {
            let run = json!({"metadata": {}, "spec": {"metrics": []}, "status": status});
            assert_eq!(analysis(&serde_json::from_value(run).unwrap()).measured, expected, "{status}");
        }
    }
}
