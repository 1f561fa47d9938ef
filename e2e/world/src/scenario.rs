//! What a user has, and what happens to it: the objects of one Rollout, and deeds at their moments.

mod build;
mod deed;
mod moment;

use serde_json::Value;

pub use build::{
    analysed_experiment, analysis, experiment, experiment_with_traffic, mirror, pause, pause_for, scale, testers,
    weight,
};
pub use deed::{Deed, Metric};
pub use moment::Moment;

/// The namespace that everything is in.
pub const NAMESPACE: &str = "shop";
/// The name of the Rollout, and of its TraefikService.
pub const NAME: &str = "web";
/// The Deployment that lends its template, where one does.
pub const LENDER: &str = "app";
/// The ConfigMap of the rollback policy, where there is one.
pub const POLICY: &str = "rollback-config";
/// The AnalysisTemplate that asks for the share of failed requests.
pub const TEMPLATE: &str = "errors";

/// What the rollback policy of a story asks for: numbers of the new version, and of the one before it.
pub const WATCHED: &str = "policy_share";

/// A Rollout with its surroundings, and its story.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// A sentence.
    pub name: String,
    /// The Rollout.
    pub rollout: Value,
    /// Everything else that a user would have applied before it.
    pub around: Vec<Value>,
    /// What happens, in order: each deed waits for its moment.
    pub story: Vec<(Moment, Deed)>,
}

impl Scenario {
    /// Adds a deed to the story.
    #[must_use]
    pub fn then(mut self, moment: Moment, deed: Deed) -> Self {
        self.story.push((moment, deed));
        self
    }

    /// Sets a field of the Rollout's spec, by JSON pointer; what lies between is made.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let mut at = self.rollout.get_mut("spec");
        for key in pointer.split('/').skip(1) {
            at = at.map(|parent| &mut parent[key]);
        }
        if let Some(at) = at {
            *at = value;
        }
        self
    }

    /// Whether the Rollout is there from the start.
    pub fn begins_with_it(&self) -> bool {
        self.story.iter().all(|(_, deed)| *deed != Deed::Apply)
    }

    /// Whether a router shares the traffic.
    pub fn is_routed(&self) -> bool {
        self.rollout.pointer("/spec/strategy/canary/trafficRouting").is_some()
    }
}
