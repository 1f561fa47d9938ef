//! What the controller says about a Rollout.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AlbStatus, BlueGreenStatus, CanaryStatus, omit};

/// What the controller says about a Rollout.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutStatus {
    /// One word for it all: Healthy, Progressing, Paused or Degraded.
    #[serde(default, skip_serializing_if = "RolloutPhase::is_unset")]
    pub phase: RolloutPhase,
    /// Why it is in that phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Set to abort the update; cleared to try again.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub abort: bool,
    /// When it was aborted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aborted_at: Option<Time>,
    /// Why a person aborted it, in their words. Sluice's own field; the established controller keeps none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort_reason: Option<String>,
    /// Who promoted, aborted or retried this release by hand, each once, as the API server knows them. Sluice's own field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ordered_by: Vec<String>,
    /// Set to promote at once, without the remaining steps, pauses and analyses.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub promote_full: bool,
    /// Whether the controller itself holds the rollout.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub controller_pause: bool,
    /// Why it is held. Emptied by a promote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pause_conditions: Vec<PauseCondition>,
    /// Hash of the newest pod template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_pod_hash: Option<String>,
    /// Hash of the list of steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_step_hash: Option<String>,
    /// Index of the step being done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_step_index: Option<i32>,
    /// Hash of the stable revision.
    #[serde(rename = "stableRS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stable_rs: Option<String>,
    /// Pods there are.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub replicas: i32,
    /// Pods of the newest template.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub updated_replicas: i32,
    /// Pods that are ready.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub ready_replicas: i32,
    /// Pods ready for at least minReadySeconds.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub available_replicas: i32,
    /// The most pods that were available since the update last made progress, while there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_available: Option<MostAvailable>,
    /// Pods that an autoscaler counts.
    #[serde(rename = "HPAReplicas")]
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub hpa_replicas: i32,
    /// The pods' label selector, for an autoscaler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// How often a hash was taken already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collision_count: Option<i32>,
    /// The generation this status is about, as a string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<String>,
    /// The workloadRef's generation this status is about, as a string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_observed_generation: Option<String>,
    /// What is so, since when and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Up to when pods were restarted, as spec.restartAt asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restarted_at: Option<Time>,
    /// The canary's own.
    #[serde(default, skip_serializing_if = "CanaryStatus::is_unset")]
    pub canary: CanaryStatus,
    /// Blue-green's own.
    #[serde(default, skip_serializing_if = "BlueGreenStatus::is_unset")]
    pub blue_green: BlueGreenStatus,
    /// The AWS load balancer in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alb: Option<AlbStatus>,
    /// The AWS load balancers in use, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub albs: Vec<AlbStatus>,
    /// How long the update took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<RolloutDuration>,
}

/// The most pods that were available at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MostAvailable {
    /// Of the newest template.
    #[serde(default)]
    pub updated: i32,
    /// Of all others.
    #[serde(default)]
    pub others: i32,
}

/// One word for a whole rollout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum RolloutPhase {
    /// Not said yet.
    #[default]
    #[serde(rename = "")]
    Unset,
    /// All pods are of the newest template, which is stable.
    Healthy,
    /// An update is under way.
    Progressing,
    /// An update is held.
    Paused,
    /// The spec is wrong, or the update was aborted or is stuck.
    Degraded,
}

impl RolloutPhase {
    /// Whether no phase is said.
    pub fn is_unset(&self) -> bool {
        *self == Self::Unset
    }
}

/// Why a rollout is held, and since when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PauseCondition {
    /// CanaryPauseStep, BlueGreenPause, InconclusiveAnalysisRun or InconclusiveExperiment.
    pub reason: String,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,
}

/// Something that is so, or not, since when and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What.
    pub r#type: String,
    /// True, False or Unknown.
    pub status: String,
    /// When this was last written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<Time>,
    /// When the status last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Time>,
    /// Why, in one word.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// How long an update took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutDuration {
    /// Hash of the revision whose release it is. Sluice's own field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_hash: Option<String>,
    /// When it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout_started_at: Option<Time>,
    /// When a person paused it, while it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manual_pause_started_at: Option<Time>,
    /// Seconds it waited for people so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_manual_pause_duration_seconds: Option<i64>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// How: Promoted, FastPromoted, Aborted, Superseded, RolledBack or FastRolledBack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_status: Option<String>,
}

/// How a release went, as the ReplicaSet of its revision keeps it once it is over. Sluice's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseRecord {
    /// When it started.
    pub began: Time,
    /// When it ended.
    pub ended: Time,
    /// How: a `completionStatus`.
    pub how: String,
    /// Seconds it waited for people.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub waited_seconds: i64,
    /// Who promoted, aborted or retried it by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ordered_by: Vec<String>,
    /// Why it was taken back.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}
