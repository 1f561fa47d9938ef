//! What somebody asks of an Application once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApplicationSource, Info, Retry};
use crate::raw::{any_object, any_objects};
use crate::{Unknown, omit};

/// What is to be done once. Written by whoever asks, taken away by the controller when it is over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Makes the cluster as git says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync: Option<SyncOperation>,
    /// Who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiated_by: Option<InitiatedBy>,
    /// Words for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub info: Vec<Info>,
    /// What becomes of it if it fails. Left out: it is not tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A sync.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncOperation {
    /// Which commit or version. Left out: what the source says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The same, of several sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<String>,
    /// Deletes what git no longer has.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub prune: bool,
    /// Asks the API server what would happen, and writes nothing.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub dry_run: bool,
    /// With hooks (the default) or without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_strategy: Option<SyncStrategy>,
    /// These objects only. No hooks run then, and no history is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<SyncResource>,
    /// Another source than the spec's, for a rollback.
    #[schemars(schema_with = "any_object")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Box<ApplicationSource>>,
    /// Other sources than the spec's, for a rollback.
    #[schemars(schema_with = "any_objects")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ApplicationSource>,
    /// These objects instead of what git says, each as JSON or YAML.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manifests: Vec<String>,
    /// Options beside those of the spec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sync_options: Vec<String>,
    /// How often the same commit was put right after changes in the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_heal_attempts_count: Option<i64>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One of the two ways to sync.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SyncStrategy {
    /// Without hooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apply: Option<Force>,
    /// With hooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hook: Option<Force>,
}

/// How hard it tries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Force {
    /// Deletes and makes anew what cannot be changed.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub force: bool,
}

/// An object to sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncResource {
    /// API group; empty is the core group.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Namespace. Left out: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// Who asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InitiatedBy {
    /// A person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The controller itself.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub automated: bool,
}
