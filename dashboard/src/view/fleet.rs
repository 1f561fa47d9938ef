//! The list of Rollouts.

use kube::ResourceExt;
use sluice_crds::{Rollout, RolloutPhase};
use sluice_orders::standing::standing;

use super::release::strategy;
use super::{Line, Tone, Weight};

/// One Rollout in a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its phase.
    pub phase: RolloutPhase,
    /// Why it is in that phase.
    pub message: String,
    /// How it goes out.
    pub strategy: &'static str,
    /// The step under way and how many there are.
    pub step: Option<(i32, usize)>,
    /// The new version's share.
    pub weight: Option<Weight>,
    /// Pods that are ready, and that are asked for.
    pub ready: (i32, i32),
    /// The images that its template asks for.
    pub images: Vec<String>,
}

impl Row {
    /// The line of a Rollout.
    pub fn of(rollout: &Rollout) -> Self {
        let standing = standing(rollout);
        let status = rollout.status.clone().unwrap_or_default();
        let steps = rollout.spec.strategy.canary.as_ref().map_or(0, |canary| canary.steps.len());
        let template = rollout.spec.template.as_ref();
        Self {
            namespace: rollout.namespace().unwrap_or_default(),
            name: rollout.name_any(),
            phase: standing.phase,
            message: standing.message,
            strategy: strategy(rollout),
            step: status.current_step_index.filter(|_| steps > 0).map(|step| (step, steps)),
            weight: Weight::of(rollout),
            ready: (status.ready_replicas, rollout.spec.replicas.unwrap_or(1)),
            images: template.map(|template| template.images().into_values().collect()).unwrap_or_default(),
        }
    }
}

impl Line for Row {
    const STATES: &'static [(&'static str, Tone)] =
        &[("Degraded", Tone::Bad), ("Paused", Tone::Held), ("Progressing", Tone::Busy), ("Healthy", Tone::Good)];

    fn place(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }

    fn is_in(&self, state: &str) -> bool {
        format!("{:?}", self.phase) == state
    }

    fn holds(&self, text: &str) -> bool {
        self.name.contains(text) || self.images.iter().any(|image| image.contains(text))
    }
}
