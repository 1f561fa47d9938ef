//! What the controller says about a strategy: the parts of a Rollout's status that only one strategy has.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AnalysisPhase, RawObject, omit};

/// The canary's own status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanaryStatus {
    /// The analysis of the step being done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_step_analysis_run_status: Option<AnalysisRunRef>,
    /// The analysis beside the steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_background_analysis_run_status: Option<AnalysisRunRef>,
    /// The experiment of the step being done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_experiment: Option<String>,
    /// The weights last set at the router.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<TrafficWeights>,
    /// Which of two Services that take turns is the stable one now: ping or pong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stable_ping_pong: Option<String>,
    /// How far step plugins are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub step_plugin_statuses: Vec<StepPluginStatus>,
}

impl CanaryStatus {
    /// Whether nothing is said.
    pub fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

/// Blue-green's own status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlueGreenStatus {
    /// Hash of the revision that the active Service selects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_selector: Option<String>,
    /// Hash of the revision that the preview Service selects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_selector: Option<String>,
    /// Whether the preview grows, or has grown, to its full size.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub scale_up_preview_check_point: bool,
    /// The analysis before the switch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre_promotion_analysis_run_status: Option<AnalysisRunRef>,
    /// The analysis after the switch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_promotion_analysis_run_status: Option<AnalysisRunRef>,
}

impl BlueGreenStatus {
    /// Whether nothing is said.
    pub fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

/// An AnalysisRun and how it goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisRunRef {
    /// Its name.
    pub name: String,
    /// Its phase.
    #[serde(default, skip_serializing_if = "AnalysisPhase::is_unset")]
    pub status: AnalysisPhase,
    /// Why it is in that phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The weights last set at the router.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficWeights {
    /// The new revision's.
    #[serde(default)]
    pub canary: WeightDestination,
    /// The stable revision's.
    #[serde(default)]
    pub stable: WeightDestination,
    /// Those of experiments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additional: Vec<WeightDestination>,
    /// Whether the router was seen to have them. Absent: it cannot be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
}

/// Where a weight goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WeightDestination {
    /// The share.
    #[serde(default)]
    pub weight: i32,
    /// The Service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// Hash of the revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_template_hash: Option<String>,
}

/// How far a step plugin is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepPluginStatus {
    /// Index of its step.
    pub index: i32,
    /// The plugin's name.
    pub name: String,
    /// Why it is in its phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// When it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it last said something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// What it was doing: Run, Terminate or Abort.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// How often it was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executions: Option<i32>,
    /// Until its next call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<String>,
    /// Whether it is switched off.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub disabled: bool,
    /// What it wants to remember.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RawObject>,
}

/// The AWS load balancer in use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbStatus {
    /// The load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<AwsResource>,
    /// The canary's target group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary_target_group: Option<AwsResource>,
    /// The stable target group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stable_target_group: Option<AwsResource>,
    /// The Ingress.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingress: Option<String>,
}

/// Something at AWS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AwsResource {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its ARN.
    #[serde(default)]
    pub arn: String,
    /// Its full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
}
