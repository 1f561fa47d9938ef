//! How and when an Application's objects get to the cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{IntOrString, Metadata, Unknown, omit};

/// How and when objects get to the cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncPolicy {
    /// By itself, when git or the cluster changes. Left out: only when somebody asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automated: Option<Automated>,
    /// Options, such as CreateNamespace=true, PruneLast=true, ApplyOutOfSyncOnly=true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sync_options: Vec<String>,
    /// What becomes of a sync that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Labels and annotations of the namespace that CreateNamespace=true makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_namespace_metadata: Option<Metadata>,
    /// Objects to run before, during or after a sync, beside those in git.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<SyncHook>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Syncs by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Automated {
    /// Deletes objects that git no longer has. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prune: Option<bool>,
    /// Undoes changes that are made in the cluster. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_heal: Option<bool>,
    /// May delete everything, when git has nothing any more. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_empty: Option<bool>,
    /// false switches it off without losing the rest. Default true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What becomes of a sync that failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Retry {
    /// How often it is tried again; below zero: without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<IntOrString>,
    /// How long it waits in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<RetryBackoff>,
    /// Tries the newest commit, not the one that failed. Default false.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub refresh: bool,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How long a failed sync waits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetryBackoff {
    /// The first wait, such as 5s. A bare number is seconds. Default 5s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// What each further wait is multiplied by. Default 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<i64>,
    /// The longest wait. Default 3m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// An object to run before, during or after a sync.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SyncHook {
    /// Its name, for people. The object's own name is in its manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When: PreSync, Sync, PostSync, SyncFail, PreDelete or PostDelete.
    #[serde(rename = "type")]
    pub r#type: String,
    /// The object, as the text of a YAML file.
    pub manifest: String,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}
