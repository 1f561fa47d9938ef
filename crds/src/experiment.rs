//! The Experiment: sets of pods beside each other for a while, and analyses of them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, Time};
use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{self, rule};
use crate::{
    AnalysisPhase, Argument, Condition, DryRun, ExperimentService, MeasurementRetention, Metadata, PodTemplate,
    Unknown, omit,
};

/// What an experiment runs.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[kube(
    group = "argoproj.io",
    version = "v1alpha1",
    kind = "Experiment",
    doc = "Runs sets of pods beside each other for a while and analyses them.",
    plural = "experiments",
    singular = "experiment",
    shortname = "exp",
    namespaced,
    status = "ExperimentStatus",
    printcolumn = r#"{"name":"Status","type":"string","jsonPath":".status.phase","description":"Phase of the experiment"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    derive = "Default",
    derive = "PartialEq",
    crates(kube_core = "::kube_core")
)]
pub struct ExperimentSpec {
    /// What to run.
    #[schemars(length(max = rule::TEMPLATES), extend("x-kubernetes-validations" = [rule::unique_names()]))]
    pub templates: Vec<ExperimentTemplate>,
    /// How long once all pods are available, like 1h. Left out: until the required analyses end, or terminate is set.
    #[schemars(length(max = rule::DURATION), extend("x-kubernetes-validations" = [rule::duration()]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// Seconds within which pods must become available. Default 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_deadline_seconds: Option<i32>,
    /// Set to end the experiment early.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub terminate: bool,
    /// Analyses to run meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub analyses: Vec<ExperimentAnalysis>,
    /// Seconds the pods stay after the end. Default 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_down_delay_seconds: Option<i32>,
    /// Metrics that are measured but decide nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dry_run: Vec<DryRun>,
    /// How many measurements are kept, by metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurement_retention: Vec<MeasurementRetention>,
    /// Labels and annotations of the AnalysisRuns.
    #[serde(default, skip_serializing_if = "Metadata::is_unset")]
    pub analysis_run_metadata: Metadata,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One set of pods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [rule(
    ".selector",
    "has(self.selector) && ((has(self.selector.matchLabels) && size(self.selector.matchLabels) > 0) || (has(self.selector.matchExpressions) && size(self.selector.matchExpressions) > 0))",
    "is missing or empty; name the labels of the pods, such as matchLabels: {app: NAME}",
)]))]
pub struct ExperimentTemplate {
    /// Its name within the experiment.
    #[schemars(length(max = rule::NAME))]
    pub name: String,
    /// How many pods. Default 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// Seconds a pod must be ready before it counts as available. Default 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_ready_seconds: Option<i32>,
    /// Which pods are its own. Must match its template's labels, and no other template's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
    /// The pod template.
    pub template: PodTemplate,
    /// A Service for its pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ExperimentService>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// An analysis of the experiment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExperimentAnalysis {
    /// Its name within the experiment.
    pub name: String,
    /// The AnalysisTemplate.
    pub template_name: String,
    /// Looks for a ClusterAnalysisTemplate instead.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub cluster_scope: bool,
    /// Values for the template's arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Argument>,
    /// The experiment ends when all analyses that say so have ended.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub required_for_completion: bool,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What the controller says about an Experiment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExperimentStatus {
    /// How far it is.
    #[serde(default, skip_serializing_if = "AnalysisPhase::is_unset")]
    pub phase: AnalysisPhase,
    /// Why it is in that phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The sets of pods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub template_statuses: Vec<ExperimentTemplateStatus>,
    /// Since when all pods are available; the duration counts from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_at: Option<Time>,
    /// What is so, since when and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The analyses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub analysis_runs: Vec<ExperimentAnalysisStatus>,
}

/// How one set of pods is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExperimentTemplateStatus {
    /// Its name within the experiment.
    pub name: String,
    /// Pods there are.
    #[serde(default)]
    pub replicas: i32,
    /// Pods of the template.
    #[serde(default)]
    pub updated_replicas: i32,
    /// Pods that are ready.
    #[serde(default)]
    pub ready_replicas: i32,
    /// Pods ready for at least minReadySeconds.
    #[serde(default)]
    pub available_replicas: i32,
    /// How often a hash was taken already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collision_count: Option<i32>,
    /// Progressing, Running, Successful, Failed or Error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Why it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When that last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Time>,
    /// Its Service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// Hash of its pod template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_template_hash: Option<String>,
}

/// How one analysis goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExperimentAnalysisStatus {
    /// Its name within the experiment.
    pub name: String,
    /// The AnalysisRun.
    pub analysis_run: String,
    /// The run's phase.
    #[serde(default, skip_serializing_if = "AnalysisPhase::is_unset")]
    pub phase: AnalysisPhase,
    /// Why it is in that phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
