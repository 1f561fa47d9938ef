//! The Experiments of a Rollout's steps, as a release sees them.

use std::sync::Arc;

use kube::ResourceExt;
use sluice_core::observed::{Analysis, Hash, Role, Sight};
use sluice_crds::AnalysisPhase::{Error, Failed};
use sluice_crds::Experiment;
use sluice_crds::names::{annotation, label};

use crate::caches::Guarded;

/// Those that a step of that Rollout asked for, as far as they decode. The loop of Experiments reports the others on themselves.
pub(super) fn of(rollout: &str, experiments: &[Arc<Guarded<Experiment>>]) -> Vec<Analysis> {
    experiments.iter().filter_map(|one| one.0.as_ref().ok()).filter_map(|one| trial(rollout, one)).collect()
}

fn trial(rollout: &str, experiment: &Experiment) -> Option<Analysis> {
    let hash = experiment.labels().get(label::POD_TEMPLATE_HASH)?;
    let status = experiment.status.as_ref();
    let phase = status.map(|status| status.phase).unwrap_or_default();
    // One that somebody deletes has its pods until they get no traffic; another one begins in its place. A failure stays one.
    let leaves = experiment.metadata.deletion_timestamp.is_some() && !matches!(phase, Failed | Error);
    Some(Analysis {
        name: experiment.name_any(),
        hash: Hash::from(hash.as_str()),
        role: Role::Experiment(step(rollout, hash, experiment)?),
        phase,
        message: status.and_then(|status| status.message.clone()).unwrap_or_default(),
        measured: true,
        cannot_tell: None,
        sight: Sight::Good,
        would: None,
        failed: Vec::new(),
        asked: None,
        stopped: experiment.spec.terminate || leaves,
        cut_short: experiment.annotations().contains_key(annotation::CUT_SHORT) || leaves,
        created: experiment.metadata.creation_timestamp.as_ref().map(|time| time.0),
    })
}

/// The step that asked for it: by its label, or by its name, which is the established controller's only hint.
fn step(rollout: &str, hash: &str, experiment: &Experiment) -> Option<usize> {
    if let Some(index) = experiment.labels().get(label::STEP_INDEX) {
        return index.parse().ok();
    }
    let name = experiment.name_any();
    let numbers = name.strip_prefix(rollout)?.strip_prefix('-')?.strip_prefix(hash)?.strip_prefix('-')?;
    let (_revision, rest) = numbers.split_once('-')?;
    rest.split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn the_step_of_an_experiment_is_told_by_its_label_or_its_name() {
        for (name, labels, expected) in [
            ("web-6b56c8cdb4-2-1", json!({"rollouts-pod-template-hash": "6b56c8cdb4"}), Some(1)),
            ("web-6b56c8cdb4-2-1-3", json!({"rollouts-pod-template-hash": "6b56c8cdb4"}), Some(1)),
            ("any", json!({"rollouts-pod-template-hash": "6b56c8cdb4", "step-index": "4"}), Some(4)),
            ("web-6b56c8cdb4-2", json!({"rollouts-pod-template-hash": "6b56c8cdb4"}), None),
            ("web-other-2-1", json!({"rollouts-pod-template-hash": "6b56c8cdb4"}), None),
            ("web-6b56c8cdb4-2-1", json!({}), None),
        ] {
            let experiment = json!({"metadata": {"name": name, "labels": labels}, "spec": {"templates": []}});
            let found = trial("web", &serde_json::from_value(experiment).unwrap());
            assert_eq!(found.map(|found| found.role), expected.map(Role::Experiment), "{name} {labels}");
        }
    }
}
