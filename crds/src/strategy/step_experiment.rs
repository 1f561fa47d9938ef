//! The experiment of a canary step: other revisions beside the rollout for a while.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule;
use crate::{DryRun, Metadata, RolloutArgument, Unknown, omit};

/// Runs revisions beside each other and analyses them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepExperiment {
    /// What to run.
    #[schemars(length(max = rule::TEMPLATES), extend("x-kubernetes-validations" = [rule::unique_names()]))]
    pub templates: Vec<StepExperimentTemplate>,
    /// How long, like 1h. Left out: until the required analyses end.
    #[schemars(length(max = rule::DURATION), extend("x-kubernetes-validations" = [rule::duration()]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// Analyses to run meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub analyses: Vec<StepExperimentAnalysis>,
    /// Metrics that are measured but decide nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dry_run: Vec<DryRun>,
    /// Labels and annotations of the AnalysisRuns.
    #[serde(default, skip_serializing_if = "Metadata::is_unset")]
    pub analysis_run_metadata: Metadata,
    /// Seconds the pods stay after the end. Default 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_down_delay_seconds: Option<i32>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One set of pods in the experiment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepExperimentTemplate {
    /// Its name within the experiment.
    #[schemars(length(max = rule::NAME))]
    pub name: String,
    /// Whose pod template: stable or canary.
    pub spec_ref: String,
    /// How many pods. Default 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// Labels and annotations of its pods.
    #[serde(default, skip_serializing_if = "Metadata::is_unset")]
    pub metadata: Metadata,
    /// Which pods are its own. Default: the Rollout's selector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
    /// Its share of the traffic in percent. With a router only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<i32>,
    /// A Service for its pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ExperimentService>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Asks for a Service in front of an experiment's pods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExperimentService {
    /// Its name. Default: the ReplicaSet's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// An analysis of the experiment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepExperimentAnalysis {
    /// Its name within the experiment.
    pub name: String,
    /// The AnalysisTemplate.
    pub template_name: String,
    /// Looks for a ClusterAnalysisTemplate instead.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub cluster_scope: bool,
    /// Values for the template's arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<RolloutArgument>,
    /// The experiment ends when all analyses that say so have ended.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub required_for_completion: bool,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}
