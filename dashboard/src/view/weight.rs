//! The share of the traffic that the new version has.

use sluice_crds::{CanaryStrategy, Rollout};
use sluice_orders::standing::{is_alone, is_observed};

/// A share, of `full`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// What the new version has: at the router, or of the pods.
    pub actual: i32,
    /// What the steps ask for.
    pub asked: i32,
    /// What all of the traffic is.
    pub full: i32,
}

impl Weight {
    /// The share that a canary has by its status; none for other strategies, and for a spec that nobody has looked at yet.
    pub fn of(rollout: &Rollout) -> Option<Self> {
        let canary = rollout.spec.strategy.canary.as_ref()?;
        rollout.status.as_ref().filter(|_| is_observed(rollout))?;
        let full = canary.traffic_routing.as_ref().and_then(|routing| routing.max_traffic_weight).unwrap_or(100);
        Some(Self { actual: actual(rollout, canary, full), asked: asked(rollout, canary, full), full })
    }
}

/// That of the last setWeight up to the step in force.
fn asked(rollout: &Rollout, canary: &CanaryStrategy, full: i32) -> i32 {
    let status = rollout.status.clone().unwrap_or_default();
    let step = usize::try_from(status.current_step_index.unwrap_or(0)).unwrap_or(0);
    match canary.steps.get(..=step) {
        _ if status.abort => 0,
        _ if is_alone(rollout) || status.promote_full => full,
        Some(passed) => passed.iter().rev().find_map(|step| step.set_weight).unwrap_or(0),
        None => full,
    }
}

fn actual(rollout: &Rollout, canary: &CanaryStrategy, full: i32) -> i32 {
    let status = rollout.status.clone().unwrap_or_default();
    if is_alone(rollout) {
        return full;
    }
    if canary.traffic_routing.is_some() {
        return status.canary.weights.as_ref().map_or(0, |weights| weights.canary.weight);
    }
    (status.updated_replicas * 100).checked_div(status.replicas).unwrap_or(0)
}
