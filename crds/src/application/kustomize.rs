//! How a kustomization is built.
#![allow(clippy::struct_excessive_bools, reason = "the established switches")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::raw::any_object;
use crate::{IntOrString, Unknown, omit};

/// How a kustomization is built.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KustomizeSource {
    /// Put before every name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_prefix: Option<String>,
    /// Put after every name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_suffix: Option<String>,
    /// Other images, as [old=]image[:tag] or [old=]image@digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// Labels for all objects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub common_labels: BTreeMap<String, String>,
    /// Annotations for all objects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub common_annotations: BTreeMap<String, String>,
    /// Labels win over those that are there.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub force_common_labels: bool,
    /// Annotations win over those that are there.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub force_common_annotations: bool,
    /// $ARGOCD_APP_... in annotations are filled in.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub common_annotations_envsubst: bool,
    /// Labels do not become part of selectors.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub label_without_selector: bool,
    /// Labels are put on templates too.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub label_include_templates: bool,
    /// Which Kustomize.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The namespace of all objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Other numbers of replicas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<KustomizeReplica>,
    /// Patches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<KustomizePatch>,
    /// Components to add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<String>,
    /// A component that is not there is no mistake.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub ignore_missing_components: bool,
    /// The Kubernetes version that charts in it are rendered for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kube_version: Option<String>,
    /// The API versions that charts in it are rendered for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_versions: Vec<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Another number of replicas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KustomizeReplica {
    /// Of the objects of this name.
    pub name: String,
    /// How many.
    pub count: IntOrString,
}

/// A patch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KustomizePatch {
    /// The file of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// Which objects it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_object")]
    pub target: Option<Unknown>,
    /// Switches of Kustomize, such as allowNameChange.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, bool>,
}
