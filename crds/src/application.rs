//! The Application: what in git should be in which cluster, and how it gets there.

mod directory;
mod helm;
mod kustomize;
mod operation;
mod operation_state;
mod plugin;
mod source;
mod status;
mod sync_policy;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube_derive::{CustomResource, Resource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::directory::*;
pub use self::helm::*;
pub use self::kustomize::*;
pub use self::operation::*;
pub use self::operation_state::*;
pub use self::plugin::*;
pub use self::source::*;
pub use self::status::*;
pub use self::sync_policy::*;
use crate::rule::here;
use crate::{IntOrString, Unknown, names};

/// Keeps the objects that git describes in a cluster.
///
/// Beside `spec` and `status` it has `operation`: what somebody asks to be done once. The controller takes it away when it
/// is over. None of them is a subresource.
#[derive(Resource, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[resource(inherit = ApplicationDefinition, crates(kube_core = "::kube_core"))]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Its API version and kind.
    #[serde(flatten)]
    pub types: ApplicationType,
    /// Name, namespace, labels, annotations and the like.
    pub metadata: ObjectMeta,
    /// What is asked for.
    #[serde(default)]
    pub spec: ApplicationSpec,
    /// What is to be done once, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// How it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ApplicationStatus>,
}

/// What every Application says of its type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationType {
    /// `argoproj.io/v1alpha1`.
    #[serde(default)]
    pub api_version: String,
    /// `Application`.
    #[serde(default)]
    pub kind: String,
}

impl Default for ApplicationType {
    fn default() -> Self {
        Self { api_version: names::API_VERSION.to_owned(), kind: "Application".to_owned() }
    }
}

/// All that an Application has beside its metadata, of which its definition is made: a derived definition knows `spec` and
/// `status` alone.
#[derive(CustomResource, Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "argoproj.io",
    version = "v1alpha1",
    kind = "Application",
    root = "ApplicationDefinition",
    doc = "Keeps the objects that git describes in a cluster.",
    plural = "applications",
    singular = "application",
    shortname = "app",
    shortname = "apps",
    namespaced,
    printcolumn = r#"{"name":"Sync Status","type":"string","jsonPath":".status.sync.status","description":"Whether the cluster is as git says"}"#,
    printcolumn = r#"{"name":"Health Status","type":"string","jsonPath":".status.health.status","description":"The worst health of its objects"}"#,
    printcolumn = r#"{"name":"Revision","type":"string","jsonPath":".status.sync.revision","description":"The commit that was compared","priority":10}"#,
    printcolumn = r#"{"name":"Project","type":"string","jsonPath":".spec.project","description":"The AppProject it belongs to","priority":10}"#,
    crates(kube_core = "::kube_core")
)]
pub struct ApplicationParts {
    /// What is asked for.
    pub spec: ApplicationSpec,
    /// What is to be done once, now. Taken away when it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// How it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<ApplicationStatus>,
}

/// What a user asks of an Application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSpec {
    /// The AppProject whose rules it keeps to. Left out or empty: default.
    #[serde(default)]
    pub project: String,
    /// Where its objects are described.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ApplicationSource>,
    /// The same, of several places together. Wins over source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ApplicationSource>,
    /// Where they go.
    #[serde(default)]
    pub destination: Destination,
    /// How and when they get there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_policy: Option<SyncPolicy>,
    /// Differences that count as none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore_differences: Vec<IgnoreDifferences>,
    /// How to tell whether objects of a kind are healthy, in this Application. Goes before what is known of the kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Vec<HealthCheck>>,
    /// Words and links for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub info: Vec<Info>,
    /// How many past deployments are kept in the status. Default 10; 0 keeps none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_history_limit: Option<IntOrString>,
    /// Renders into a branch first, and deploys from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_hydrator: Option<SourceHydrator>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A cluster and a namespace. The cluster is named by exactly one of server and name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    /// The URL of the cluster's API server. `https://kubernetes.default.svc` is the one this runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The cluster's name. `in-cluster` is the one this runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The namespace of objects that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Fields in which an object may differ from git.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IgnoreDifferences {
    /// API group, as a pattern: `*` is any. Left out: the core group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Kind, as a pattern: `*` is any.
    pub kind: String,
    /// Name. Left out: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Namespace. Left out: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Fields by JSON pointer, such as /spec/replicas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub json_pointers: Vec<String>,
    /// Fields by jq path, such as .spec.template.spec.containers[].image.
    #[serde(default, rename = "jqPathExpressions", skip_serializing_if = "Vec::is_empty")]
    pub jq_path_expressions: Vec<String>,
    /// Fields that these managers own, by the exact name of the manager.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub managed_fields_managers: Vec<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How to tell whether objects of a kind are healthy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthCheck {
    /// API group. Left out or empty: the core group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Kind.
    #[schemars(length(min = 1))]
    pub kind: String,
    /// A CEL expression over `self`, the object: true is Healthy, false is Progressing; a text names the status.
    pub check: String,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A word for people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Info {
    /// What it is about.
    pub name: String,
    /// What it says: a link, if it is a URL.
    pub value: String,
}

/// Renders what one branch describes, and commits that to another, which is deployed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceHydrator {
    /// Where the objects are described.
    pub dry_source: ApplicationSource,
    /// From where they are deployed.
    pub sync_source: HydratedSource,
    /// To where they are committed. Left out: where they are deployed from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hydrate_to: Option<HydrateTo>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where rendered objects are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HydratedSource {
    /// Another repository. Left out: that of the dry source.
    #[serde(rename = "repoURL", skip_serializing_if = "Option::is_none")]
    pub repo_url: Option<String>,
    /// The branch.
    pub target_branch: String,
    /// The folder.
    #[schemars(extend("x-kubernetes-validations" = [here("self != ''", "names the folder of rendered objects")]))]
    pub path: String,
}

/// A branch for rendered objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HydrateTo {
    /// The branch.
    pub target_branch: String,
}
