//! The way to the cluster: kubeconfig and flags, then a client.

use std::fmt::Debug;

use anyhow::{Context, Result};
use k8s_openapi::NamespaceResourceScope;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config, Resource};
use serde::de::DeserializeOwned;

use crate::args::ClusterFlags;

/// A cluster, and the namespace in it.
pub(crate) struct Cluster {
    /// The way to its API server.
    pub(crate) client: Client,
    /// The namespace that all commands look into.
    pub(crate) namespace: String,
}

impl Cluster {
    /// Makes the client. Nothing is asked of the cluster yet.
    pub(crate) async fn connect(flags: &ClusterFlags) -> Result<Self> {
        // Fails only if there is one already, which does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = config(flags).await.context("find the cluster")?;
        if flags.as_user.is_some() {
            config.auth_info.impersonate.clone_from(&flags.as_user);
            config.auth_info.impersonate_groups = (!flags.as_groups.is_empty()).then(|| flags.as_groups.clone());
        }
        let namespace = flags.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).context("make a client for the cluster")?;
        Ok(Self { client, namespace })
    }

    /// The objects of one kind in the namespace.
    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }
}

async fn config(flags: &ClusterFlags) -> Result<Config> {
    let options =
        KubeConfigOptions { context: flags.context.clone(), cluster: flags.cluster.clone(), user: flags.user.clone() };
    let chosen = options.context.is_some() || options.cluster.is_some() || options.user.is_some();
    Ok(match &flags.kubeconfig {
        Some(file) => Config::from_custom_kubeconfig(Kubeconfig::read_from(file)?, &options).await?,
        None if chosen => Config::from_kubeconfig(&options).await?,
        None => Config::infer().await?,
    })
}
