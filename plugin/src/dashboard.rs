//! `dashboard`: pages to look at and drive Rollouts by, served to this machine alone, as the kubeconfig's user.

use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use sluice_dashboard::access::{Access, Secret};
use sluice_dashboard::server::{self, Settings};
use sluice_dashboard::watch::Scope;
use tokio::net::TcpListener;

use crate::args::DashboardArgs;
use crate::client::Cluster;
use crate::clock;
use crate::out::Out;

/// Serves it until interrupted, and says by which address it opens.
pub(crate) async fn run(cluster: &Cluster, wanted: &DashboardArgs, out: Out) -> Result<ExitCode> {
    let randomness = |_| anyhow!("this machine has no randomness to make a secret of");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted.port))
        .await
        .with_context(|| format!("listen on port {}: choose another with --port", wanted.port))?;
    let port = listener.local_addr().context("listen")?.port();
    let secret = Secret::new().map_err(randomness)?;
    let namespace = (!wanted.all_namespaces).then(|| cluster.namespace.clone());
    let what = namespace.as_ref().map_or_else(|| "all namespaces".to_owned(), |name| format!("namespace {name}"));
    let page = wanted.root_path.at(&format!("/open/{}", secret.text()));
    out.line(&format!("The dashboard of {what} opens at http://127.0.0.1:{port}{page}"))?;
    out.line("Whoever has this address acts as you. Ctrl-C ends it.")?;
    let scope = Scope { namespace, ..Scope::default() };
    let settings = Settings {
        client: cluster.client.clone(),
        applications: Some(scope.clone()),
        scope,
        // Nothing is compared here.
        differing: Arc::new(|_| Vec::new()),
        access: Access::Local { secret, port },
        root: wanted.root_path.clone(),
        now: Arc::new(clock::now),
    };
    server::serve(listener, settings).await.map_err(randomness)?;
    Ok(ExitCode::SUCCESS)
}
