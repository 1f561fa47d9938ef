//! Where metrics come from.

mod auth;
mod cloud_watch;
mod kayenta;
mod queries;

pub use auth::{Authentication, BasicAuth, Header, OAuth2, Sigv4};
pub use cloud_watch::{CloudWatchDimension, CloudWatchMetric, CloudWatchMetricStat, CloudWatchQuery, CloudWatchStat};
pub use kayenta::{KayentaMetric, KayentaScope, KayentaScopeDetail, KayentaThreshold};
pub use queries::{
    DatadogMetric, DatadogSecret, GraphiteMetric, InfluxdbMetric, NewRelicMetric, PrometheusMetric, PrometheusRange,
    SkyWalkingMetric, WavefrontMetric,
};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rule::here;
use crate::{RawObject, Unknown, omit, raw::any_object};

/// Where a metric is measured: set exactly one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [here(
    "[has(self.prometheus), has(self.kayenta), has(self.web), has(self.datadog), has(self.wavefront), has(self.newRelic), has(self.job), has(self.pods), has(self.cloudWatch), has(self.graphite), has(self.influxdb), has(self.skywalking), has(self.plugin)].filter(one, one).size() == 1",
    "needs exactly one provider, such as prometheus",
)]))]
pub struct MetricProvider {
    /// A Prometheus server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<PrometheusMetric>,
    /// Kayenta, the canary judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kayenta: Option<KayentaMetric>,
    /// Any HTTP server that answers JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web: Option<WebMetric>,
    /// Datadog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datadog: Option<DatadogMetric>,
    /// Wavefront.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wavefront: Option<WavefrontMetric>,
    /// New Relic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_relic: Option<NewRelicMetric>,
    /// A Job: good when it succeeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<JobMetric>,
    /// The pods of two revisions, for the judge health.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<PodsMetric>,
    /// AWS CloudWatch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_watch: Option<CloudWatchMetric>,
    /// Graphite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graphite: Option<GraphiteMetric>,
    /// InfluxDB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub influxdb: Option<InfluxdbMetric>,
    /// Apache SkyWalking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skywalking: Option<SkyWalkingMetric>,
    /// Providers outside the controller, by name, each with its own configuration.
    #[schemars(schema_with = "any_object")]
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub plugin: BTreeMap<String, Value>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A request to an HTTP server that answers JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebMetric {
    /// Where.
    pub url: String,
    /// GET (default), POST or PUT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Headers of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    /// Body of the request, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Body of the request, as JSON. Excludes body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_body: Option<RawObject>,
    /// Which part of the answer is the value. Default {$}.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_path: Option<String>,
    /// Seconds to wait for the answer. Default 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i64>,
    /// Trusts any certificate.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub insecure: bool,
    /// How to log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// The pods of two revisions of the Rollout that the analysis belongs to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodsMetric {
    /// The hash of the new version, such as {{args.latest-hash}}.
    pub canary: String,
    /// The hash of the stable version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stable: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A Job: good when it succeeds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobMetric {
    /// Labels and annotations of the Job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<RawObject>,
    /// The Job's spec, as in batch/v1.
    pub spec: RawObject,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}
