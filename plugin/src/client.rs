//! The way to the cluster: kubeconfig and flags, then a client.

use std::path::Path;

use anyhow::{Context, Result, bail};
use http::Request;
use k8s_openapi::NamespaceResourceScope;
use kube::client::{Body, ClientBuilder};
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, DynamicObject};
use kube::{Api, Client, Config, Resource};
use sluice_read::Objects;
use tower::util::MapRequestLayer;

use crate::args::ClusterFlags;
use crate::kind::Kind;
use crate::near;

/// A cluster, and the namespace in it.
#[derive(Clone)]
pub(crate) struct Cluster {
    /// The way to its API server.
    pub(crate) client: Client,
    /// The namespace that all commands look into.
    pub(crate) namespace: String,
    /// How it is reached.
    pub(crate) flags: ClusterFlags,
}

impl Cluster {
    /// Makes the client. Nothing is asked of the cluster yet.
    pub(crate) async fn connect(flags: &ClusterFlags) -> Result<Self> {
        // Fails only if there is one already, which does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = config(flags).await.context("find the cluster")?;
        overrule(&mut config, flags)?;
        let namespace = flags.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let builder = ClientBuilder::try_from(config).context("make a client for the cluster")?;
        let client =
            if flags.is_verbose() { builder.with_layer(&MapRequestLayer::new(told)).build() } else { builder.build() };
        Ok(Self { client, namespace, flags: flags.clone() })
    }

    /// The objects of one kind in the namespace.
    pub(crate) fn objects<K>(&self) -> Objects<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Objects::namespaced(self.client.clone(), &self.namespace)
    }

    /// The same as they are written, with whatever fields they have.
    pub(crate) fn of_kind(&self, kind: Kind) -> Api<DynamicObject> {
        self.of_resource(&kind.resource())
    }

    /// Objects of any kind in the namespace, as they are written.
    pub(crate) fn of_resource(&self, resource: &ApiResource) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, resource)
    }
}

/// Says what is asked of the API server.
fn told(request: Request<Body>) -> Request<Body> {
    anstream::eprintln!("{} {}", request.method(), request.uri());
    request
}

async fn config(flags: &ClusterFlags) -> Result<Config> {
    let options =
        KubeConfigOptions { context: flags.context.clone(), cluster: flags.cluster.clone(), user: flags.user.clone() };
    let chosen = options.context.is_some() || options.cluster.is_some() || options.user.is_some();
    match &flags.kubeconfig {
        Some(file) => of(Kubeconfig::read_from(file)?, &options).await,
        None if chosen => of(Kubeconfig::read()?, &options).await,
        None => match (Config::infer().await, &flags.server) {
            (Ok(config), _) => Ok(config),
            (Err(_), Some(server)) => Ok(Config::new(server.parse().context("--server is no address")?)),
            (Err(error), None) => Err(error.into()),
        },
    }
}

async fn of(kubeconfig: Kubeconfig, options: &KubeConfigOptions) -> Result<Config> {
    if let Some(why) = options.context.as_ref().and_then(|context| unknown(context, &kubeconfig)) {
        bail!(why);
    }
    Ok(Config::from_custom_kubeconfig(kubeconfig, options).await?)
}

/// Says that the kubeconfig has no context of that name, where it has none, and which one may have been meant.
fn unknown(context: &str, kubeconfig: &Kubeconfig) -> Option<String> {
    let names: Vec<String> = kubeconfig.contexts.iter().map(|one| one.name.clone()).collect();
    if names.iter().any(|name| name == context) {
        return None;
    }
    let hint = near::question(context, &names).unwrap_or_else(|| "kubectl config get-contexts lists them".to_owned());
    Some(format!("the kubeconfig has no context \"{context}\"; {hint}"))
}

/// Puts flags in the place of what the kubeconfig says.
fn overrule(config: &mut Config, flags: &ClusterFlags) -> Result<()> {
    if let Some(server) = &flags.server {
        config.cluster_url = server.parse().context("--server is no address")?;
    }
    if let Some(name) = &flags.tls_server_name {
        config.tls_server_name = Some(name.clone());
    }
    config.accept_invalid_certs |= flags.insecure_skip_tls_verify;
    if let Some(file) = &flags.certificate_authority {
        (config.root_cert, config.root_cert_file) = (None, Some(file.clone()));
    }
    if !flags.request_timeout.is_zero() {
        (config.connect_timeout, config.read_timeout) = (Some(flags.request_timeout), Some(flags.request_timeout));
    }
    config.headers.extend(flags.as_extras.iter().cloned());
    config.auth_info = shown(std::mem::take(&mut config.auth_info), flags);
    Ok(())
}

/// Who it says that it is.
fn shown(auth: AuthInfo, flags: &ClusterFlags) -> AuthInfo {
    let mut auth = match (&flags.token, &flags.client_certificate, &flags.client_key) {
        (Some(token), ..) => AuthInfo { token: Some(token.clone().into()), ..AuthInfo::default() },
        (None, Some(certificate), Some(key)) => {
            AuthInfo { client_certificate: Some(file(certificate)), client_key: Some(file(key)), ..AuthInfo::default() }
        }
        _ => auth,
    };
    if flags.as_user.is_some() {
        auth.impersonate.clone_from(&flags.as_user);
        auth.impersonate_uid.clone_from(&flags.as_uid);
        auth.impersonate_groups = (!flags.as_groups.is_empty()).then(|| flags.as_groups.clone());
    }
    auth
}

fn file(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_that_is_not_there_is_asked_back() {
        let kubeconfig = Kubeconfig::from_yaml("contexts: [{name: prod-eu}, {name: staging}]").unwrap();
        let told = |context| unknown(context, &kubeconfig).unwrap_or_default();
        assert_eq!(told("staging"), "");
        assert_eq!(told("stagign"), "the kubeconfig has no context \"stagign\"; did you mean \"staging\"?");
        assert_eq!(told("home"), "the kubeconfig has no context \"home\"; kubectl config get-contexts lists them");
    }
}
