//! What must be signed before the Applications of a project deploy it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Unknown;

/// A key that commits may be signed by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignatureKey {
    /// The key's id, in hexadecimal.
    #[serde(rename = "keyID")]
    pub key_id: String,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What must be signed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SourceIntegrity {
    /// Commits and tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git: Option<GitIntegrity>,
    /// Charts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helm: Option<HelmIntegrity>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which commits and tags must be signed. A repository is in one policy at most.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GitIntegrity {
    /// By repository.
    pub policies: Vec<GitIntegrityPolicy>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How commits of some repositories must be signed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GitIntegrityPolicy {
    /// The repositories.
    pub repos: Vec<IntegrityRepo>,
    /// Signed how, and by whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpg: Option<Signatures>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which charts must be signed. A repository is in one policy at most.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HelmIntegrity {
    /// By repository.
    pub policies: Vec<HelmIntegrityPolicy>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How charts of some repositories must be signed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HelmIntegrityPolicy {
    /// The repositories.
    pub repos: Vec<IntegrityRepo>,
    /// Signed how, and by whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Signatures>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Repositories, as a pattern. A leading ! takes out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntegrityRepo {
    /// The repository's URL.
    pub url: String,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How something must be signed, and by whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Signatures {
    /// Of git: none, head (the commit or tag itself) or strict (all since the last deployment). Of Helm: none or provenance.
    pub mode: String,
    /// Ids of the keys.
    pub keys: Vec<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}
