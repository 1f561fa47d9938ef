//! Analysis templates: which metrics to measure, and what makes them good.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{self, here, rule};
use crate::{MetricProvider, Unknown, omit};

/// What a template measures.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[kube(
    group = "argoproj.io",
    version = "v1alpha1",
    kind = "AnalysisTemplate",
    doc = "Metrics to measure during a rollout, and what makes them good.",
    plural = "analysistemplates",
    singular = "analysistemplate",
    shortname = "at",
    namespaced,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    derive = "Default",
    derive = "PartialEq",
    crates(kube_core = "::kube_core")
)]
pub struct AnalysisTemplateSpec {
    /// What to measure.
    #[schemars(length(max = rule::METRICS))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    /// Arguments, used as {{args.name}}. One without a value must be given by whoever uses the template.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Argument>,
    /// Metrics that are measured but decide nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dry_run: Vec<DryRun>,
    /// How many measurements are kept, by metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurement_retention: Vec<MeasurementRetention>,
    /// Other templates whose metrics and arguments are added to these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateRef>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What a template for all namespaces measures.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[kube(
    group = "argoproj.io",
    version = "v1alpha1",
    kind = "ClusterAnalysisTemplate",
    doc = "An AnalysisTemplate for all namespaces.",
    plural = "clusteranalysistemplates",
    singular = "clusteranalysistemplate",
    shortname = "cat",
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    derive = "Default",
    derive = "PartialEq",
    crates(kube_core = "::kube_core")
)]
pub struct ClusterAnalysisTemplateSpec(pub AnalysisTemplateSpec);

/// One metric: where it comes from, when it is measured, what makes it good.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule(
        ".interval",
        "!has(self.count) || type(self.count) != int || self.count == 0 || self.count == 1 || (has(self.interval) && self.interval != '')",
        "is needed when count is above 1",
    ),
    rule(
        ".count",
        "!has(self.count) || type(self.count) != int || self.count == 0 || int(self.count) >= (has(self.failureLimit) && type(self.failureLimit) == int && self.failureLimit != -1 ? int(self.failureLimit) : 0) + (has(self.consecutiveSuccessLimit) && type(self.consecutiveSuccessLimit) == int ? int(self.consecutiveSuccessLimit) : 0)",
        "must be at least failureLimit and consecutiveSuccessLimit together",
    ),
    rule(
        ".count",
        "!has(self.count) || type(self.count) != int || self.count == 0 || !has(self.inconclusiveLimit) || type(self.inconclusiveLimit) != int || int(self.count) >= int(self.inconclusiveLimit)",
        "must be at least inconclusiveLimit",
    ),
    rule(
        ".failureLimit",
        "!has(self.failureLimit) || self.failureLimit != -1 || (has(self.consecutiveSuccessLimit) && self.consecutiveSuccessLimit != 0)",
        "is -1, which needs a consecutiveSuccessLimit above 0, else nothing can fail the metric",
    ),
]))]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Between measurements, like 30s. Left out: one measurement.
    #[schemars(length(max = rule::DURATION), extend("x-kubernetes-validations" = [rule::duration()]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// Before the first measurement, like 5m.
    #[schemars(length(max = rule::DURATION), extend("x-kubernetes-validations" = [rule::duration()]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_delay: Option<String>,
    /// How many measurements. Default: 1, or with an interval no end.
    #[schemars(extend("minimum" = 0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<IntOrString>,
    /// An expression over `result` that is true for a good measurement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_condition: Option<String>,
    /// An expression over `result` that is true for a bad measurement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_condition: Option<String>,
    /// What a measurement without any number is: fail, inconclusive or pass. Default: an error. Sluice only.
    #[schemars(extend("x-kubernetes-validations" = [here("self in ['fail', 'inconclusive', 'pass']", "must be fail, inconclusive or pass")]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_no_data: Option<String>,
    /// So many samples, counted by `samples`, without which nothing is said: onNoData, or else more are waited for. Sluice only.
    #[schemars(extend("minimum" = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_samples: Option<IntOrString>,
    /// A query, to the same provider, for the number of samples that the value rests on: the sum of its answer. Sluice only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<String>,
    /// How long more samples are waited for, like 30m; then the measurement is inconclusive. Default 1h. Sluice only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_wait: Option<String>,
    /// How many bad measurements are put up with. Default 0; -1: any number.
    #[schemars(extend("minimum" = -1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_limit: Option<IntOrString>,
    /// How many measurements neither good nor bad are put up with. Default 0.
    #[schemars(extend("minimum" = 0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inconclusive_limit: Option<IntOrString>,
    /// How many errors in a row are put up with. Default 4.
    #[schemars(extend("minimum" = 0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consecutive_error_limit: Option<IntOrString>,
    /// How many good measurements in a row are enough. Default 0: no number is.
    #[schemars(extend("minimum" = 0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consecutive_success_limit: Option<IntOrString>,
    /// Compares the new version with the stable one, instead of judging a value by conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<Judge>,
    /// Where it is measured: set exactly one.
    pub provider: MetricProvider,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How two versions are compared: set exactly one. Sluice only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Judge {
    /// By a test that may be looked at as often as one likes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequential: Option<SequentialJudge>,
    /// By an ordinary test of latencies, for a fixed number of measurements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mann_whitney: Option<MannWhitneyJudge>,
    /// By a bound that the new version must not reach, unless the stable one is as bad.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<ThresholdJudge>,
    /// By how often pods fail their health checks. Needs the provider pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthJudge>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Counts bad or slow requests of both versions, and fails when the new one has more than chance explains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SequentialJudge {
    /// Queries for the new version's counters.
    pub canary: ArmQueries,
    /// Queries for the stable version's counters.
    pub stable: ArmQueries,
    /// How often a version that is no worse may be failed, over all measurements together. Default 0.01.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_positive_rate: Option<f64>,
    /// How many times worse the new version must be to be worth finding. Default 1.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_ratio: Option<f64>,
    /// Requests of the new version without which nothing is said of it. Default 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_samples: Option<i64>,
    /// How long those are waited for, like 30m; then the metric is Inconclusive. Default 1h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_wait: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Ranks the requests of both versions by how long they took, and fails when the new one's are slower than chance explains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MannWhitneyJudge {
    /// The query for the new version's latency.
    pub canary: ArmQueries,
    /// The query for the stable version's latency.
    pub stable: ArmQueries,
    /// How often a version that is no slower may be failed, over all measurements together. Default 0.01.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_positive_rate: Option<f64>,
    /// How much more often than half of the time the new version's request may be the slower one of two. Default 0.05.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// Requests of each version without which nothing is said. Default 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_samples: Option<i64>,
    /// How long those are waited for, like 30m; then the metric is Inconclusive. Default 1h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_wait: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Fails the new version when its number reaches a bound and the stable one's is better.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThresholdJudge {
    /// Queries for the new version.
    pub canary: NumberQueries,
    /// Queries for the stable version, or for the time before the release.
    pub stable: NumberQueries,
    /// From here on a number is bad, unless the stable version's is as bad.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// So many times the stable version's number is bad. Set this or limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<f64>,
    /// How far above the stable version's number one must be to be bad, whatever times says: two small numbers differ by little.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_difference: Option<f64>,
    /// Requests of the new version without which nothing is said of it, where they are asked for; with times, of the stable version
    /// too. Default 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_samples: Option<i64>,
    /// With times: requests of each version without which a number fails nothing. Default minSamples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_samples_to_fail: Option<i64>,
    /// How long those are waited for, like 30m; then the metric is Inconclusive. Default 1h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_wait: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Fails the new version when its pods fail their health checks too often, and the stable one's do not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthJudge {
    /// So many failures are too many: containers that restarted, pods that were ready and are not.
    pub failures: i64,
    /// Within this time, like 5m.
    pub within: String,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One number of one version, and what it rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NumberQueries {
    /// The number: a share of failed requests, seconds, …; the greater the worse.
    pub value: String,
    /// How many requests it is of. With those of both versions, value is taken for a share of them, and chance is allowed for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Counters of one version: bad and requests, or latency. Counters, not rates: what they grow by between two measurements
/// is what counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArmQueries {
    /// Requests that went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bad: Option<String>,
    /// All requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<String>,
    /// The buckets of a histogram, told apart by the label le: compares by rank how long requests take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// An argument of a template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Where its value is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_from: Option<ArgumentSource>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where a template's argument is read: set exactly one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArgumentSource {
    /// A key of a Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_key_ref: Option<SecretKeyRef>,
    /// A field of the object that uses the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_ref: Option<FieldRef>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A key of a Secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyRef {
    /// The Secret.
    pub name: String,
    /// The key in it.
    pub key: String,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A field of an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldRef {
    /// Its path, like metadata.name or `metadata.labels['app']`.
    pub field_path: String,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A value that a Rollout gives to a template's argument.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutArgument {
    /// The argument.
    pub name: String,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Where its value is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_from: Option<RolloutArgumentSource>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where a Rollout finds an argument's value: set exactly one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutArgumentSource {
    /// The hash of a revision: Stable or Latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_template_hash_value: Option<String>,
    /// A field of the Rollout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_ref: Option<FieldRef>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A template to use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateRef {
    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub template_name: String,
    /// Looks for a ClusterAnalysisTemplate. Default false.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub cluster_scope: bool,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Metrics that are measured but decide nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DryRun {
    /// A regular expression for their names.
    pub metric_name: String,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How many measurements are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeasurementRetention {
    /// A regular expression for the metrics' names.
    pub metric_name: String,
    /// How many. Default 10.
    pub limit: i32,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decode;

    #[test]
    fn a_number_that_is_too_large_is_named_by_its_field() {
        let spec = json!({"metrics": [{"name": "a", "provider": {}}, {"name": "b", "provider": {}, "count": 5_000_000_000_i64}]});
        let words = "metrics[1].count: invalid value: integer `5000000000`, expected a 32-bit integer";
        for error in [
            decode::<AnalysisTemplateSpec>(spec.clone()).err().map(|error| error.to_string()),
            decode::<ClusterAnalysisTemplateSpec>(spec).err().map(|error| error.to_string()),
        ] {
            assert_eq!(error.as_deref(), Some(words));
        }
    }
}
