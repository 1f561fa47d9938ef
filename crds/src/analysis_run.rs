//! The AnalysisRun: metrics being measured.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Argument, DryRun, MeasurementRetention, Metric, Unknown, omit};

/// What a run measures.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[kube(
    group = "argoproj.io",
    version = "v1alpha1",
    kind = "AnalysisRun",
    doc = "Metrics being measured, and what came of it.",
    plural = "analysisruns",
    singular = "analysisrun",
    shortname = "ar",
    namespaced,
    status = "AnalysisRunStatus",
    printcolumn = r#"{"name":"Status","type":"string","jsonPath":".status.phase","description":"Phase of the run"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    derive = "Default",
    derive = "PartialEq",
    crates(kube_core = "::kube_core")
)]
pub struct AnalysisRunSpec {
    /// What to measure.
    pub metrics: Vec<Metric>,
    /// Arguments with their values, used as {{args.name}}.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Argument>,
    /// Metrics that are measured but decide nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dry_run: Vec<DryRun>,
    /// How many measurements are kept, by metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurement_retention: Vec<MeasurementRetention>,
    /// Set to end the run early.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub terminate: bool,
    /// When the finished run is deleted. Default: when its Rollout says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_strategy: Option<TtlStrategy>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// When a finished run is deleted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TtlStrategy {
    /// Seconds after any end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_after_completion: Option<i32>,
    /// Seconds after a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_after_failure: Option<i32>,
    /// Seconds after a success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_after_success: Option<i32>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How far a run, a metric or a measurement is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AnalysisPhase {
    /// Not said yet.
    #[default]
    #[serde(rename = "")]
    Unset,
    /// Not started.
    Pending,
    /// Under way.
    Running,
    /// Ended well.
    Successful,
    /// Ended badly.
    Failed,
    /// Could not be measured.
    Error,
    /// Ended neither well nor badly.
    Inconclusive,
}

impl AnalysisPhase {
    /// Whether no phase is said.
    pub fn is_unset(&self) -> bool {
        *self == Self::Unset
    }

    /// Whether it is over.
    pub fn is_completed(self) -> bool {
        matches!(self, Self::Successful | Self::Failed | Self::Error | Self::Inconclusive)
    }
}

/// What came of a run so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisRunStatus {
    /// How far it is.
    #[serde(default, skip_serializing_if = "AnalysisPhase::is_unset")]
    pub phase: AnalysisPhase,
    /// Why it is in that phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Time>,
    /// How many metrics ended how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_summary: Option<RunSummary>,
    /// The same for metrics that decide nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run_summary: Option<RunSummary>,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metric_results: Vec<MetricResult>,
}

/// How many metrics ended how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// All of them.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub count: i32,
    /// Those that ended well.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub successful: i32,
    /// Those that ended badly.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub failed: i32,
    /// Those that ended neither way.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub inconclusive: i32,
    /// Those that could not be measured.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub error: i32,
}

/// What was measured of one metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricResult {
    /// The metric.
    pub name: String,
    /// How far it is.
    #[serde(default, skip_serializing_if = "AnalysisPhase::is_unset")]
    pub phase: AnalysisPhase,
    /// The newest measurements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurements: Vec<Measurement>,
    /// Why it is in that phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Measurements without error.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub count: i32,
    /// Good ones.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub successful: i32,
    /// Bad ones.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub failed: i32,
    /// Those neither good nor bad.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub inconclusive: i32,
    /// Errors.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub error: i32,
    /// Errors in a row, up to now.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub consecutive_error: i32,
    /// Good ones in a row, up to now.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub consecutive_success: i32,
    /// Whether it decides nothing.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub dry_run: bool,
    /// What the provider wants to say, like the query with its arguments filled in.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// One measurement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    /// How it went.
    #[serde(default, skip_serializing_if = "AnalysisPhase::is_unset")]
    pub phase: AnalysisPhase,
    /// Why it went so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// The value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What the provider needs to go on, like a job's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// When to ask the provider again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume_at: Option<Time>,
}
