//! What analyses of a release came to.

use sluice_crds::names::{event, label, rollout_type};
use sluice_crds::{AnalysisPhase, AnalysisRun, MetricResult, Rollout, RolloutStatus};

use super::{Occurrence, seconds};
use crate::release::{Analysis, Happening, Metric, Verdict};
use crate::trigger;

/// The runs of this release that began or ended. Those of the rollback policy are told by what follows from them.
pub(super) fn told(rollout: &Rollout, status: &RolloutStatus, runs: &[&AnalysisRun]) -> Vec<Occurrence> {
    let began = status.duration.as_ref().and_then(|duration| duration.rollout_started_at.as_ref());
    let mine = runs.iter().filter(|run| {
        let labels = run.metadata.labels.as_ref();
        let of = |name: &str| labels.and_then(|labels| labels.get(name)).map(String::as_str);
        let is_policy = of(label::ROLLOUT_TYPE)
            .is_some_and(|role| [rollout_type::POLICY, rollout_type::BAKE, rollout_type::CHECKS].contains(&role));
        let is_of_this =
            of(label::POD_TEMPLATE_HASH).is_some_and(|hash| Some(hash) == status.current_pod_hash.as_deref());
        // Runs of an earlier try of the same version were told with that.
        let is_new = seconds(run.metadata.creation_timestamp.as_ref()) >= began.map_or(0, |time| time.0.as_second());
        is_of_this && is_new && !is_policy
    });
    mine.filter_map(|run| one(rollout, run)).collect()
}

fn one(rollout: &Rollout, run: &AnalysisRun) -> Option<Occurrence> {
    let name = run.metadata.name.clone()?;
    let phase = run.status.as_ref().map(|status| status.phase).filter(|phase| *phase != AnalysisPhase::Unset)?;
    if phase == AnalysisPhase::Pending {
        return None;
    }
    let own = name.strip_prefix(&format!("{}-", rollout.metadata.name.as_deref()?)).unwrap_or(&name).to_owned();
    Some(Occurrence {
        id: format!("analysis/{own}/{phase:?}"),
        trigger: trigger::of_reason(&format!("{}{phase:?}", event::ANALYSIS_RUN_PREFIX)),
        what: Some(Happening::Analysis(analysis(name, run, phase))),
    })
}

fn analysis(name: String, run: &AnalysisRun, phase: AnalysisPhase) -> Analysis {
    let status = run.status.clone().unwrap_or_default();
    let metrics = status.metric_results.iter().take(MOST_METRICS).map(|result| metric(run, result));
    let message: String = status.message.unwrap_or_default().chars().take(LONGEST).collect();
    Analysis { name, verdict: verdict(phase), metrics: metrics.collect(), message }
}

/// A note is kept in the cluster, and a reply shows no more.
const MOST_METRICS: usize = 10;
const LONGEST: usize = 300;

fn metric(run: &AnalysisRun, result: &MetricResult) -> Metric {
    let asked = run.spec.metrics.iter().find(|metric| metric.name == result.name);
    let condition =
        asked.and_then(|metric| metric.success_condition.clone().or_else(|| metric.failure_condition.clone()));
    let value = result.measurements.last().and_then(|last| last.value.clone()).unwrap_or_default();
    let count = |count: i32| u64::try_from(count).unwrap_or_default();
    Metric {
        name: result.name.clone(),
        verdict: verdict(result.phase),
        value: value.chars().take(LONGEST).collect(),
        condition: condition.unwrap_or_default().chars().take(LONGEST).collect(),
        bad: count(result.failed),
        measured: count(result.count),
    }
}

fn verdict(phase: AnalysisPhase) -> Verdict {
    match phase {
        AnalysisPhase::Successful => Verdict::Passed,
        AnalysisPhase::Failed => Verdict::Failed,
        AnalysisPhase::Inconclusive => Verdict::Inconclusive,
        AnalysisPhase::Error => Verdict::Error,
        AnalysisPhase::Unset | AnalysisPhase::Pending | AnalysisPhase::Running => Verdict::Running,
    }
}
