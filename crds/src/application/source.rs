//! Where an Application's objects are described.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DirectorySource, HelmSource, KustomizeSource, PluginSource};
use crate::Unknown;

/// A folder of a git repository, or a Helm chart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSource {
    /// The URL of the git repository, the Helm repository or the OCI registry.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// The folder in the git repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A branch, tag, commit or range of versions. Left out: HEAD, or for a chart its newest version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_revision: Option<String>,
    /// The chart in the Helm repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<String>,
    /// A name by which other sources' value files are read from this one: $NAME/values.yaml.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its name among several sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Rendered by Helm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helm: Option<HelmSource>,
    /// Rendered by Kustomize.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kustomize: Option<KustomizeSource>,
    /// Plain manifests and jsonnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<DirectorySource>,
    /// Rendered by a plugin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<PluginSource>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}
