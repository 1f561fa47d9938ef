//! Kayenta, the canary judge.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Unknown, omit};

/// A judgement by Kayenta.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KayentaMetric {
    /// Where Kayenta is.
    pub address: String,
    /// The application.
    pub application: String,
    /// The canary configuration.
    pub canary_config_name: String,
    /// The account for metrics.
    pub metrics_account_name: String,
    /// The account for configurations.
    pub configuration_account_name: String,
    /// The account for storage.
    pub storage_account_name: String,
    /// Which scores are good.
    pub threshold: KayentaThreshold,
    /// What is compared.
    pub scopes: Vec<KayentaScope>,
    /// Compares with the past of the same scope.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub lookback: bool,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which scores are good.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KayentaThreshold {
    /// From here on good.
    pub pass: i64,
    /// From here on not bad.
    pub marginal: i64,
}

/// What is compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KayentaScope {
    /// Its name.
    pub name: String,
    /// The stable side.
    pub control_scope: KayentaScopeDetail,
    /// The canary side.
    pub experiment_scope: KayentaScopeDetail,
}

/// One side of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KayentaScopeDetail {
    /// What.
    pub scope: String,
    /// Where.
    pub region: String,
    /// Seconds between data points.
    pub step: i64,
    /// From when.
    pub start: String,
    /// Until when.
    pub end: String,
}
