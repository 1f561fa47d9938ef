//! AnalysisRuns as a release sees them.

use std::sync::Arc;

use kube::ResourceExt;
use sluice_core::observed::{Analysis, Hash, Role};
use sluice_crds::names::{annotation, label, rollout_type};
use sluice_crds::{AnalysisRun, AnalysisRunStatus};

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
        created: run.metadata.creation_timestamp.as_ref().map(|time| time.0),
    }
}

/// Whether each metric that decides something was measured. The summary counts them; it is there once a run has begun.
fn measured(status: &AnalysisRunStatus) -> bool {
    let results = status.metric_results.iter().filter(|result| !result.dry_run && result.count > 0);
    status.run_summary.as_ref().is_some_and(|all| usize::try_from(all.count).is_ok_and(|all| results.count() >= all))
}

fn role(run: &AnalysisRun) -> Role {
    let step = || run.labels().get(label::STEP_INDEX).and_then(|index| index.parse().ok());
    match run.labels().get(label::ROLLOUT_TYPE).map(String::as_str) {
        Some(rollout_type::STEP) => step().map_or(Role::Other, Role::Step),
        Some(rollout_type::BACKGROUND) => Role::Background,
        Some(rollout_type::PRE_PROMOTION) => Role::PrePromotion,
        Some(rollout_type::POST_PROMOTION) => Role::PostPromotion,
        _ => Role::Other,
    }
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
