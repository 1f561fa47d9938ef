//! What is to be rendered, and what comes of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use sluice_crds::ApplicationSource;
use sluice_gitops::project::{Integrity, Repos};

use crate::credentials::Credentials;
use crate::kustomize::Builds;
use crate::signature::Keyring;
use crate::source::Tool;

/// What is to be rendered.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The Application's name.
    pub application: &'a str,
    /// Its project.
    pub project: &'a str,
    /// The namespace that it is deployed to.
    pub namespace: &'a str,
    /// Its sources, in order. Whether its project permits them is the caller's to ask.
    pub sources: &'a [ApplicationSource],
    /// Commits and versions to take, one a source; empty means what the sources say.
    pub revisions: &'a [String],
    /// All credentials.
    pub credentials: &'a Credentials,
    /// The repositories that its project permits: what its sources need of others is fetched from these alone. `None`:
    /// that is not known, and it is a person's own look, with what that person may read.
    pub repos: Option<&'a Repos>,
    /// Which commits its project wants signed, and by whom.
    pub integrity: &'a Integrity,
    /// GPG keys that they may be signed by.
    pub keyring: &'a Keyring,
    /// The cluster that it is deployed to.
    pub cluster: &'a Cluster,
    /// How kustomizations are built.
    pub builds: &'a Builds,
    /// How old what repositories say of their branches and versions may be.
    pub age: Duration,
}

/// What charts may ask of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Its version, such as `1.33.1`.
    pub kube_version: String,
    /// Its API versions, such as `apps/v1`, and with kind, `apps/v1/Deployment`.
    pub api_versions: Vec<String>,
}

/// What was rendered. That there is one means that every source was rendered whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The objects of all sources, in the order of sources. Of two with one key the later counts.
    pub objects: Vec<Arc<Value>>,
    /// How each source was rendered.
    pub sources: Vec<RenderedSource>,
    /// What the writers of manifests should know.
    pub warnings: Vec<String>,
    /// A hash of all that went in. While it is the same, the objects are.
    pub key: String,
}

/// How a source was rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedSource {
    /// The commit, or the chart's version.
    pub revision: String,
    /// What rendered it; nothing, where it only lends its files to others.
    pub tool: Option<Tool>,
}
