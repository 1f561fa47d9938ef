//! How many new pods a step asks for.

use super::weight_at;
use crate::spec::{Canary, Scale, Step};
use crate::weight::Weight;

/// New pods at a step.
///
/// Guarantees: at least one where there is traffic, and where there are any, `minPodsPerReplicaSet` of them (but no more
/// than `replicas`).
pub(super) fn at(canary: &Canary, step: usize, replicas: u32) -> u32 {
    let weight = weight_at(&canary.steps, step);
    let pods = match scale_at(&canary.steps, step) {
        Scale::MatchWeight => weight.pods_of(replicas),
        Scale::Part(part) => part.pods_of(replicas),
        Scale::Pods(pods) => pods,
    };
    let pods = if weight > Weight::ZERO { pods.max(1) } else { pods };
    match (pods, replicas) {
        (0, _) | (_, 0) => 0,
        _ => pods.max(canary.min_pods.min(replicas)),
    }
}

/// The scale in force at a step: that of the last setCanaryScale up to it.
pub(super) fn scale_at(steps: &[Step], at: usize) -> Scale {
    let mut passed = steps.iter().take(at.saturating_add(1)).rev();
    let scale = |step: &Step| if let Step::SetScale(scale) = step { Some(*scale) } else { None };
    passed.find_map(scale).unwrap_or(Scale::MatchWeight)
}
