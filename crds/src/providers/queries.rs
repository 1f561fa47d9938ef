//! Metric servers that take a query in a language of their own.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Authentication, Header, Unknown, omit};

/// A query to a Prometheus server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrometheusMetric {
    /// Where the server is, like http://prometheus.monitoring:9090.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The query. A vector's values are the list `result`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Asks for a range of time instead of now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range_query: Option<PrometheusRange>,
    /// Seconds to wait for the answer. Default 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Trusts any certificate.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub insecure: bool,
    /// Headers of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    /// How to log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A range of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrometheusRange {
    /// An expression for its start, like now() - duration('1h').
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// An expression for its end, like now().
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// Between its points, like 1m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A query to Datadog.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DatadogMetric {
    /// How far back to look, like 5m. Default 5m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// The query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Queries by name, for a formula.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub queries: BTreeMap<String, String>,
    /// What to make of the queries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// v1 (default) or v2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// How points become one value: avg, min, max, sum, last, percentile, mean, l2norm or area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregator: Option<String>,
    /// How long to wait for the answer, like 30s. Default 10s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_timeout: Option<String>,
    /// The Secret with the keys. Default: datadog, in the controller's namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<DatadogSecret>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// The Secret with the keys to Datadog.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DatadogSecret {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Looks in the run's namespace instead of the controller's.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub namespaced: bool,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A query to Wavefront.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WavefrontMetric {
    /// Where the server is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A query to New Relic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewRelicMetric {
    /// The Secret with the account. Default: newrelic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The query, in NRQL.
    pub query: String,
    /// Seconds to wait for the answer. Default 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A query to Graphite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GraphiteMetric {
    /// Where the server is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A query to InfluxDB.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InfluxdbMetric {
    /// The Secret with the account. Default: influxdb.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The query, in Flux.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A query to Apache SkyWalking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SkyWalkingMetric {
    /// Where the server is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The query, in GraphQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// How far back to look, like 5m. Default 5m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}
