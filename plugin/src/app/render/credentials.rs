//! What repositories are reached and rendered with: the Secrets and ConfigMaps that the controller reads, as far as whoever asks
//! may.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::ResourceExt;
use kube::api::ListParams;
use sluice_controller::gitops::config::{SECRET_TYPE, Setting};
use sluice_read::Objects;
use sluice_render::Builds;
use sluice_render::credentials::{Credentials, SecretType, Trust};

use crate::client::Cluster;
use crate::trouble::explain;

/// Credentials, and what to do where they do not suffice.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Credentials.
    pub(crate) credentials: Credentials,
    /// How kustomizations are built.
    pub(crate) builds: Builds,
    /// Told with the refusal of a repository.
    pub(crate) advice: Option<String>,
}

impl Found {
    /// None, for who works without a cluster.
    pub(crate) fn nothing() -> Self {
        let advice = "without a cluster repositories are reached without credentials, those of your own git are not taken: \
                      check the repository out and name its folder with --local";
        Self { advice: Some(advice.to_owned()), ..Self::default() }
    }
}

/// Reads those of the controller's namespace. That they cannot be read is no error: a repository may need none.
pub(crate) async fn of(cluster: &Cluster, namespace: &str) -> Found {
    let mut credentials = Credentials::new(trust(cluster, namespace).await);
    let builds = builds(cluster, namespace).await;
    let secrets: Objects<Secret> = Objects::namespaced(cluster.client.clone(), namespace);
    let kinds = format!("{SECRET_TYPE} in (repository, repo-creds)");
    match secrets.list(&ListParams::default().labels(&kinds)).await {
        Ok(found) => {
            for secret in found.items {
                let kind = secret.labels().get(SECRET_TYPE).and_then(|label| SecretType::of(label));
                if let Some(kind) = kind {
                    credentials.add(kind, &secret.name_any(), &text(secret.data.unwrap_or_default()));
                }
            }
            Found { credentials, builds, advice: None }
        }
        Err(error) => {
            let why = explain(&anyhow::Error::new(error).context(format!("read the Secrets of namespace {namespace}")));
            let advice = format!(
                "the cluster's credentials of repositories were not to be had ({why}), and those of your own git are not taken: \
                 check the repository out and name its folder with --local"
            );
            Found { credentials, builds, advice: Some(advice) }
        }
    }
}

/// What is no text is no credential.
fn text(data: BTreeMap<String, ByteString>) -> BTreeMap<String, String> {
    data.into_iter().filter_map(|(key, value)| Some((key, String::from_utf8(value.0).ok()?))).collect()
}

async fn trust(cluster: &Cluster, namespace: &str) -> Trust {
    let known_hosts =
        setting(cluster, namespace, Setting::KnownHosts).await.remove("ssh_known_hosts").unwrap_or_default();
    Trust { known_hosts, authorities: setting(cluster, namespace, Setting::Authorities).await }
}

/// The usual options alone: a program that the cluster names for a version is one of the controller's machine, not of this one.
async fn builds(cluster: &Cluster, namespace: &str) -> Builds {
    let mut keys = setting(cluster, namespace, Setting::General).await;
    keys.retain(|key, _| key == Builds::OPTIONS);
    Builds::take(&mut keys).0
}

async fn setting(cluster: &Cluster, namespace: &str, setting: Setting) -> BTreeMap<String, String> {
    let api: Objects<ConfigMap> = Objects::namespaced(cluster.client.clone(), namespace);
    api.get_opt(setting.name()).await.ok().flatten().and_then(|found| found.data).unwrap_or_default()
}
