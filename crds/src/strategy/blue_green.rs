//! Blue-green: the new revision comes up whole behind a preview Service, and the active Service is switched to it.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::rule;
use crate::{AntiAffinity, Metadata, RolloutAnalysis, Unknown};

/// All at once behind a second Service, switched when good.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [rule(
    ".previewService",
    "!has(self.previewService) || self.previewService == '' || self.previewService != self.activeService",
    "is the same as activeService; name another or remove it",
)]))]
pub struct BlueGreenStrategy {
    /// The Service that users reach; the controller points it at the stable revision.
    pub active_service: String,
    /// A Service that the controller points at the new revision before the switch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_service: Option<String>,
    /// How many pods the new revision has until the switch is due. Default: replicas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_replica_count: Option<i32>,
    /// Whether the switch happens without a person. Default true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_promotion_enabled: Option<bool>,
    /// Seconds to wait before that, once the new pods are available. Default 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_promotion_seconds: Option<i32>,
    /// How many pods a restart may take at a time, number or percentage. Default 25%.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_unavailable: Option<IntOrString>,
    /// Seconds the old pods stay after the switch. Default 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_down_delay_seconds: Option<i32>,
    /// How many old revisions may wait for their scale-down at once. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_down_delay_revision_limit: Option<i32>,
    /// Seconds the new pods stay after an abort. Default 30; 0 keeps them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort_scale_down_delay_seconds: Option<i32>,
    /// Analysis that must succeed before the switch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre_promotion_analysis: Option<RolloutAnalysis>,
    /// Analysis after the switch; when it fails the switch is undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_promotion_analysis: Option<RolloutAnalysis>,
    /// Keeps new pods off the nodes of the old.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anti_affinity: Option<AntiAffinity>,
    /// Labels and annotations of pods while they are active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_metadata: Option<Metadata>,
    /// Labels and annotations of pods while they are in preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_metadata: Option<Metadata>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}
