//! Everything at once: control plane, kubelet, both kinds of Traefik, Prometheus.

use std::path::Path;

use anyhow::Result;
use tokio::sync::Mutex;
use tokio::try_join;

use crate::cluster::Cluster;
use crate::kubelet::Kubelet;
use crate::prometheus::Prometheus;
use crate::tools::Tools;
use crate::traefik::{Options, Traefik};

/// The running parts. Those that can be restarted are behind a lock.
pub struct World {
    /// The control plane.
    pub cluster: Mutex<Cluster>,
    /// Traefik as its Helm chart has it.
    pub traefik: Mutex<Traefik>,
    /// Traefik as the bare program has it.
    pub bare_traefik: Mutex<Traefik>,
    /// Prometheus.
    pub prometheus: Mutex<Prometheus>,
    /// What runs the pods.
    pub kubelet: Kubelet,
    /// A client with all rights.
    pub client: kube::Client,
}

impl World {
    /// Starts all parts, with their data and logs in `dir`; returns once each of them answers.
    pub async fn start(tools: &Tools, dir: &Path) -> Result<Self> {
        // A second call finds the first one's choice, which is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let cluster = Cluster::start(tools, dir).await?;
        let client = cluster.client();
        let kubelet = Kubelet::start(&cluster, dir).await?;
        let (charted, bare) = (Options::as_charted(), Options::as_bare());
        // The one that is a Gateway is started by the tests that need it.
        let scraped = [charted.api_url(), bare.api_url(), Options::as_gateway().api_url()];
        let (traefik, bare_traefik, prometheus) = try_join!(
            Traefik::start(tools, &cluster, charted),
            Traefik::start(tools, &cluster, bare),
            Prometheus::start(tools, &cluster, &scraped, kubelet.scrape_targets()),
        )?;
        Ok(Self {
            cluster: Mutex::new(cluster),
            traefik: Mutex::new(traefik),
            bare_traefik: Mutex::new(bare_traefik),
            prometheus: Mutex::new(prometheus),
            kubelet,
            client,
        })
    }
}
