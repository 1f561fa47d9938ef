//! Canary: the new revision takes a growing part of the traffic, or of the pods.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{self, here, rule};
use crate::{
    AntiAffinity, CanaryStep, DryRun, MeasurementRetention, Metadata, RolloutArgument, TemplateRef, TrafficRouting,
    Unknown, omit,
};

/// Step by step, by traffic weight or by number of pods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule(
        ".canaryService",
        "!has(self.canaryService) || !has(self.stableService) || self.canaryService == '' || self.canaryService != self.stableService",
        "is the same as stableService; each arm needs its own",
    ),
    rule(
        ".maxSurge",
        "!has(self.maxSurge) || !has(self.maxUnavailable) || !(self.maxSurge == 0 || self.maxSurge == '0' || self.maxSurge == '0%') || !(self.maxUnavailable == 0 || self.maxUnavailable == '0' || self.maxUnavailable == '0%')",
        "and maxUnavailable are both 0; no pod could ever be exchanged",
    ),
    rule(".scaleDownDelaySeconds", "!has(self.scaleDownDelaySeconds) || has(self.trafficRouting)", "needs trafficRouting"),
    rule(
        ".dynamicStableScale",
        "!has(self.dynamicStableScale) || !self.dynamicStableScale || (has(self.trafficRouting) && !has(self.scaleDownDelaySeconds))",
        "needs trafficRouting, and does not go with scaleDownDelaySeconds",
    ),
    rule(
        ".steps",
        "!has(self.steps) || self.steps.all(step, !has(step.setWeight) || step.setWeight <= (has(self.trafficRouting) && has(self.trafficRouting.maxTrafficWeight) ? self.trafficRouting.maxTrafficWeight : 100))",
        "has a setWeight that is too large; must be 0 to 100, or to spec.strategy.canary.trafficRouting.maxTrafficWeight",
    ),
    rule(
        ".steps",
        "has(self.trafficRouting) || !has(self.steps) || self.steps.all(step, !has(step.setCanaryScale))",
        "has a setCanaryScale, which needs trafficRouting; without it the number of pods is the weight",
    ),
]))]
pub struct CanaryStrategy {
    /// A Service that the controller points at the new pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary_service: Option<String>,
    /// A Service that the controller points at the stable pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stable_service: Option<String>,
    /// What to do, in order. None: straight to the new template.
    #[schemars(length(max = rule::STEPS))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<CanaryStep>,
    /// Sets weights at a traffic router. Without it, weights are approximated by numbers of pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic_routing: Option<TrafficRouting>,
    /// Pods above replicas during an update, number or percentage (rounded up). Default 25% without a router; with one, all
    /// pods are bounded only where it is set, and stable ones then make room.
    #[schemars(extend("x-kubernetes-validations" = [rule::pods()]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_surge: Option<IntOrString>,
    /// Pods that may be missing during an update, number or percentage (rounded down). Default 25%.
    #[schemars(extend("x-kubernetes-validations" = [rule::pods()]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_unavailable: Option<IntOrString>,
    /// Analysis that runs beside the steps; when it fails the update is aborted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analysis: Option<BackgroundAnalysis>,
    /// Keeps new pods off the nodes of the stable ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anti_affinity: Option<AntiAffinity>,
    /// Labels and annotations of pods while they are the canary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary_metadata: Option<Metadata>,
    /// Labels and annotations of pods while they are stable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stable_metadata: Option<Metadata>,
    /// Seconds the old pods stay after promotion. Default 30. With a router only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_down_delay_seconds: Option<i32>,
    /// How many old revisions may wait for their scale-down at once. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_down_delay_revision_limit: Option<i32>,
    /// Seconds the new pods stay after an abort. Default 30; 0 keeps them. With a router only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort_scale_down_delay_seconds: Option<i32>,
    /// Shrinks the stable revision as traffic leaves it. Saves pods; an abort then waits for them. Default false.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub dynamic_stable_scale: bool,
    /// Two Services that take turns, in place of canaryService and stableService: at the end of a release the one that has
    /// all traffic by then is the stable one, and no selector changes under traffic. With a router only, and not with nginx,
    /// smi or the subsets of a DestinationRule; with alb set rootService.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ping_pong: Option<PingPong>,
    /// The least number of pods of a revision that has any. With a router only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_pods_per_replica_set: Option<i32>,
    /// How many of the new pods that a step needs must be available for it to go on. Default: all. A weight rises only as far
    /// as the pods that are available carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replica_progress_threshold: Option<ReplicaProgressThreshold>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Two Services that take turns in being the canary's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [here(
    "self.pingService != '' && self.pongService != '' && self.pingService != self.pongService",
    "needs two Services: pingService and pongService must be there and differ",
)]))]
pub struct PingPong {
    /// The one Service: the stable one first.
    pub ping_service: String,
    /// The other Service.
    pub pong_service: String,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How many new pods are enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaProgressThreshold {
    /// Percent (of the pods that the step needs, rounded up) or Pods.
    pub r#type: String,
    /// The number of them, from 1.
    pub value: i32,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which templates to run, with which arguments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutAnalysis {
    /// The templates whose metrics are measured together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateRef>,
    /// Values for the templates' arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<RolloutArgument>,
    /// Metrics that are measured but decide nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dry_run: Vec<DryRun>,
    /// How many measurements are kept, by metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurement_retention: Vec<MeasurementRetention>,
    /// Labels and annotations of the AnalysisRun.
    #[serde(default, skip_serializing_if = "Metadata::is_unset")]
    pub analysis_run_metadata: Metadata,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// An analysis that runs beside the steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackgroundAnalysis {
    /// Index of the step with which it starts. Default 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starting_step: Option<i32>,
    /// Which templates to run, with which arguments.
    #[serde(flatten)]
    pub analysis: RolloutAnalysis,
}
