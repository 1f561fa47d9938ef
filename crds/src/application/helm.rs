//! How a chart is rendered.
#![allow(clippy::struct_excessive_bools, reason = "the established switches")]

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{RawObject, Unknown, omit};

/// How a chart is rendered. What comes later wins: the chart's values.yaml, valueFiles in their order, values or
/// valuesObject, parameters, fileParameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelmSource {
    /// Files of values: within the chart, from the repository's root with a leading slash, or of another source as $ref/path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub value_files: Vec<String>,
    /// Single values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<HelmParameter>,
    /// Values taken from files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub file_parameters: Vec<HelmFileParameter>,
    /// The release's name. Left out: that of the Application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_name: Option<String>,
    /// Values as the text of a YAML file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
    /// Values as an object. Wins over values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values_object: Option<RawObject>,
    /// Which Helm: v3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Sends the repository's credentials to all hosts that it refers to.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub pass_credentials: bool,
    /// A file of values that is not there is no mistake.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub ignore_missing_value_files: bool,
    /// Leaves out the chart's crds folder.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub skip_crds: bool,
    /// The namespace it is rendered for. Left out: that of the destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The Kubernetes version it is rendered for. Left out: that of the destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kube_version: Option<String>,
    /// The API versions it is rendered for. Left out: those of the destination.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_versions: Vec<String>,
    /// Leaves out the chart's tests.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub skip_tests: bool,
    /// Does not hold values against the chart's schema.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub skip_schema_validation: bool,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One value for a chart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelmParameter {
    /// Its path, such as image.tag.
    #[serde(default)]
    pub name: String,
    /// The value.
    #[serde(default)]
    pub value: String,
    /// Text, even if it looks like a number or a boolean.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub force_string: bool,
}

/// One value for a chart, taken from a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HelmFileParameter {
    /// Its path among the values.
    #[serde(default)]
    pub name: String,
    /// The file.
    #[serde(default)]
    pub path: String,
}
