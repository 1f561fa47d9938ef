//! What people, autoscalers and fate do in a story.

use std::fmt;

use serde_json::{Value, json};

/// What Prometheus says when asked for the share of failed requests of the new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// One in a hundred fails.
    Good,
    /// One in five fails.
    Bad,
    /// Nothing: it cannot be reached.
    Missing,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Another version is applied.
    Image(&'static str),
    /// A person promotes: the pause ends, or the step that is waited for is skipped.
    Promote,
    /// A person promotes past everything.
    PromoteFull,
    /// A person aborts.
    Abort,
    /// A person retries.
    Retry,
    /// An autoscaler, or a person, asks for so many pods.
    Scale(i64),
    /// A merge patch to the Rollout's spec.
    Spec(Value),
    /// The Rollout is applied, which was not there before.
    Apply,
    /// Another version is applied to the Deployment that lends its template.
    LentImage(&'static str),
    /// A person asks for so many pods of that Deployment.
    ScaleLender(i64),
    /// That Deployment is deleted.
    DeleteLender,
    /// A person deletes the Experiments that are there.
    DeleteExperiments,
    /// A person has all pods restarted.
    Restart,
    /// The Rollout is deleted, and created again as it was.
    Recreate,
    /// A person gives the canary Service that weight at the router's object.
    Weights(i64),
    /// Pods of that version are never ready from now on.
    Sick(&'static str),
    /// Pods of that version are ready again.
    Well(&'static str),
    /// What Prometheus says from now on.
    Metric(Metric),
    /// These words of the rollback policy are changed into those.
    Policy(&'static str, &'static str),
    /// Time passes.
    Nothing,
}

impl Deed {
    /// Whether it is an order that the plugin gives only once the controller has looked at the newest spec.
    pub fn waits_for_a_look(&self) -> bool {
        matches!(self, Self::Promote | Self::PromoteFull)
    }

    /// The merge patch to the Rollout's status that an order given by hand comes to, as the plugin writes it.
    pub fn order(&self, rollout: &Value) -> Option<Value> {
        let paused =
            rollout.pointer("/status/pauseConditions").and_then(Value::as_array).is_some_and(|p| !p.is_empty());
        let step = rollout.pointer("/status/currentStepIndex").and_then(Value::as_i64).unwrap_or_default();
        Some(json!({"status": match self {
            Self::Promote if paused => json!({"pauseConditions": null}),
            Self::Promote => json!({"pauseConditions": null, "currentStepIndex": step + 1}),
            Self::PromoteFull => json!({"promoteFull": true}),
            Self::Abort => json!({"abort": true}),
            Self::Retry => json!({"abort": false}),
            _ => return None,
        }}))
    }

    /// The merge patch to the Deployment that lends its template.
    pub fn edit_lender(&self, deployment: &Value) -> Option<Value> {
        match self {
            Self::LentImage(version) => Self::Image(version).edit(deployment),
            Self::ScaleLender(pods) => Some(json!({"spec": {"replicas": pods}})),
            _ => None,
        }
    }

    /// The merge patch to the ConfigMap of the rollback policy.
    pub fn edit_policy(&self, config_map: &Value) -> Option<Value> {
        let Self::Policy(words, others) = self else { return None };
        let text = config_map.pointer("/data/rollback-policy.yaml")?.as_str()?;
        Some(json!({"data": {"rollback-policy.yaml": text.replace(words, others)}}))
    }

    /// The merge patch to the Rollout itself.
    pub fn edit(&self, rollout: &Value) -> Option<Value> {
        match self {
            Self::Image(version) => {
                let mut containers = rollout.pointer("/spec/template/spec/containers").cloned()?;
                *containers.pointer_mut("/0/image")? = json!(format!("web:{version}"));
                Some(json!({"spec": {"template": {"spec": {"containers": containers}}}}))
            }
            Self::Scale(replicas) => Some(json!({"spec": {"replicas": replicas}})),
            Self::Spec(patch) => Some(json!({"spec": patch})),
            _ => None,
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(version) => write!(f, "{version} is applied"),
            Self::Promote => f.write_str("promote"),
            Self::PromoteFull => f.write_str("promote --full"),
            Self::Abort => f.write_str("abort"),
            Self::Retry => f.write_str("retry"),
            Self::Scale(replicas) => write!(f, "scaled to {replicas}"),
            Self::Spec(patch) => write!(f, "spec {patch}"),
            Self::Apply => f.write_str("the Rollout is applied"),
            Self::LentImage(version) => write!(f, "{version} is applied to the Deployment"),
            Self::ScaleLender(pods) => write!(f, "the Deployment is scaled to {pods}"),
            Self::DeleteLender => f.write_str("the Deployment is deleted"),
            Self::Weights(canary) => write!(f, "somebody sets the canary's weight to {canary}"),
            Self::Sick(version) => write!(f, "pods of {version} fall sick"),
            Self::Well(version) => write!(f, "pods of {version} are well again"),
            Self::Metric(metric) => write!(f, "the metric is {metric:?} from now on"),
            Self::Policy(words, others) => write!(f, "the policy says {others:?} in place of {words:?}"),
            Self::DeleteExperiments => f.write_str("its Experiment is deleted"),
            Self::Restart => f.write_str("restart"),
            Self::Recreate => f.write_str("deleted and created again"),
            Self::Nothing => f.write_str("time passes"),
        }
    }
}
