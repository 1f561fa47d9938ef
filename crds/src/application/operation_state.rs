//! What became of what was asked of an Application.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApplicationSource, InitiatedBy, Operation};
use crate::raw::{any_object, any_objects};
use crate::{Metadata, omit};

/// A past deployment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionHistory {
    /// Its number, by which it can be rolled back to.
    pub id: i64,
    /// The commit or version.
    #[serde(default)]
    pub revision: String,
    /// The same, of several sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<String>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deploy_started_at: Option<Time>,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployed_at: Option<Time>,
    /// The source as it was.
    #[schemars(schema_with = "any_object")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Box<ApplicationSource>>,
    /// The sources as they were.
    #[schemars(schema_with = "any_objects")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ApplicationSource>,
    /// Who asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiated_by: Option<InitiatedBy>,
}

/// An operation, and how far it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationState {
    /// What was asked for.
    #[serde(default)]
    #[schemars(schema_with = "any_object")]
    pub operation: Operation,
    /// Running, Terminating, Failed, Error or Succeeded.
    pub phase: String,
    /// What it waits for, or how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_result: Option<SyncResult>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended, or when the try before this one failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// How often it was tried again.
    #[serde(default, skip_serializing_if = "omit::zero")]
    pub retry_count: i64,
}

impl OperationState {
    /// Whether it is under way.
    pub fn runs(&self) -> bool {
        Self::is_running(&self.phase)
    }

    /// Whether an operation of that phase is under way.
    pub fn is_running(phase: &str) -> bool {
        ["Running", "Terminating"].contains(&phase)
    }
}

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncResult {
    /// Object by object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceResult>,
    /// The commit or version.
    #[serde(default)]
    pub revision: String,
    /// The same, of several sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<String>,
    /// The source.
    #[schemars(schema_with = "any_object")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Box<ApplicationSource>>,
    /// The sources.
    #[schemars(schema_with = "any_objects")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ApplicationSource>,
    /// Labels and annotations that were put on the namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_namespace_metadata: Option<Metadata>,
}

/// What a sync did with one object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceResult {
    /// API group; empty is the core group.
    #[serde(default)]
    pub group: String,
    /// API version.
    #[serde(default)]
    pub version: String,
    /// Kind.
    #[serde(default)]
    pub kind: String,
    /// Namespace; empty of objects of the whole cluster.
    #[serde(default)]
    pub namespace: String,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Synced, SyncFailed, Pruned or PruneSkipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What the API server said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Of a hook: when it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hook_type: Option<String>,
    /// How far it is: Running, Succeeded, Failed or Error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hook_phase: Option<String>,
    /// In which phase of the sync it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_phase: Option<String>,
    /// The images it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
}
