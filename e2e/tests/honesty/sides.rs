//! The two API servers that behaviours are played against.

use std::path::Path;

use anyhow::{Context, Result};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use sluice_controller::clock::Clock;
use sluice_e2e::cluster::Cluster;
use sluice_e2e::tools::Tools;
use sluice_world::api::Store;
use tokio::runtime::Builder;

use crate::play;
use crate::script::Behaviour;

/// The real kube-apiserver, with the garbage collector beside it and nobody else who writes.
pub(crate) struct Real {
    _cluster: Cluster,
    client: Client,
}

impl Real {
    /// Starts it.
    pub(crate) async fn start(tools: &Tools, dir: &Path) -> Result<Self> {
        // A second call finds the first one's choice, which is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let cluster = Cluster::start_quiet(tools, dir).await?;
        let kubeconfig = Kubeconfig::read_from(cluster.kubeconfig()).context("read the kubeconfig")?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        let mut config = config.context("use the kubeconfig")?;
        // A retry would hide the answer that is to be compared.
        config.default_retry = false;
        let client = Client::try_from(config).context("make a client")?;
        Ok(Self { _cluster: cluster, client })
    }

    /// A client with all rights.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The transcript of a behaviour, played in a namespace of that name.
    pub(crate) async fn play(&self, behaviour: &Behaviour, space: &str) -> Result<String> {
        play::transcript(&self.client, behaviour, space).await
    }
}

/// The transcript of a behaviour, played against a simulated server of its own, in virtual time.
pub(crate) fn play_in_world(behaviour: &Behaviour, space: &str) -> Result<String> {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().context("start a runtime")?;
    runtime.block_on(async {
        let store = Store::new(Clock::System);
        let client = Client::new(store.service("admin"), "default");
        play::transcript(&client, behaviour, space).await
    })
}
