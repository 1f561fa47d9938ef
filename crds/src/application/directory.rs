//! How a folder of plain manifests is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Unknown, omit};

/// How a folder of plain manifests is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectorySource {
    /// Folders below it too.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub recurse: bool,
    /// Settings for jsonnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jsonnet: Option<JsonnetSource>,
    /// Files to leave out, as a pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude: Option<String>,
    /// Files to read and no others, as a pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Settings for jsonnet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JsonnetSource {
    /// External variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ext_vars: Vec<JsonnetVar>,
    /// Arguments of the top function.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tlas: Vec<JsonnetVar>,
    /// Folders to import from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub libs: Vec<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A variable for jsonnet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JsonnetVar {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The value is jsonnet, not text.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub code: bool,
}
