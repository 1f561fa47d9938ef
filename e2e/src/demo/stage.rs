//! Everything that the releases are played on: cluster, router, metrics, controller, application, load.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};
use kube::Client;
use kube::api::DynamicObject;
use serde_json::Value;
use tokio::try_join;

use super::{PROFILE, progress};
use crate::cluster::{API_ADDRESS, Cluster};
use crate::controller::Controller;
use crate::kubelet::Kubelet;
use crate::load::Load;
use crate::namespace::{ADDRESS, Inside};
use crate::programs::Programs;
use crate::prometheus::Prometheus;
use crate::tools::{Tools, package_dir};
use crate::traefik::{Options, Traefik};
use crate::{fixtures, forward, manifests};

/// The Kubernetes namespace of the application.
pub(super) const NAMESPACE: &str = "demo";
/// The name of the Rollout and the TraefikService.
pub(super) const NAME: &str = "web";
/// Requests a second.
pub(super) const RATE: u32 = 200;
/// What is reachable from outside.
pub(super) const DOORS: [&str; 4] = ["api", "web", "traefik", "prometheus"];

/// The running parts. Dropping it ends them.
pub(super) struct Stage {
    pub(super) client: Client,
    pub(super) controller: Controller,
    pub(super) traefik: Traefik,
    pub(super) cluster: Cluster,
    _kubelet: Kubelet,
    _prometheus: Prometheus,
}

impl Stage {
    /// Starts everything but the application and the load.
    pub(super) async fn start(tools: &Tools, inside: &Inside) -> Result<Self> {
        // A second call finds the first one's choice, which is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = &inside.run_dir;
        open_doors(inside)?;
        let cluster = progress::of("etcd and the Kubernetes API server", Cluster::start(tools, dir)).await?;
        let (kubelet, traefik, prometheus) =
            progress::of("kubelet, Traefik and Prometheus", surroundings(tools, &cluster, dir)).await?;
        let apis = [traefik.api_url()];
        let controller = Controller::start(Programs::built(PROFILE).controller, &cluster, &apis);
        let controller = progress::of("the controller", controller).await?;
        let client = cluster.client();
        Ok(Self { client, controller, traefik, cluster, _kubelet: kubelet, _prometheus: prometheus })
    }

    /// Puts all of the application into the cluster but the Rollout.
    pub(super) async fn install(&self) -> Result<()> {
        self.cluster.create_namespace(NAMESPACE).await?;
        for file in ["app.yaml", "analysis.yaml"] {
            for object in objects(file)? {
                self.apply(&object).await?;
            }
        }
        Ok(())
    }

    /// Applies an object of the application; returns it as it is then.
    pub(super) async fn apply(&self, object: &Value) -> Result<DynamicObject> {
        fixtures::apply(&self.client, NAMESPACE, object).await
    }

    /// Sends requests through Traefik from now on.
    pub(super) fn load(&self) -> Result<Load> {
        Load::start(&self.traefik.web_url(), "web.demo", RATE)
    }
}

/// The objects of one of the demo's manifests.
pub(super) fn objects(file: &str) -> Result<Vec<Value>> {
    let file = package_dir().join("manifests/demo").join(file);
    let text = std::fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
    manifests::parse(&text).with_context(|| format!("in {}", file.display()))
}

async fn surroundings(tools: &Tools, cluster: &Cluster, dir: &Path) -> Result<(Kubelet, Traefik, Prometheus)> {
    let kubelet = Kubelet::start(cluster, dir).await?;
    let options = Options::as_charted();
    let scraped = [options.api_url()];
    let (traefik, prometheus) = try_join!(
        Traefik::start(tools, cluster, options),
        Prometheus::start(tools, cluster, &scraped, kubelet.scrape_targets()),
    )?;
    Ok((kubelet, traefik, prometheus))
}

fn open_doors(inside: &Inside) -> Result<()> {
    let traefik = Options::as_charted();
    let addresses = [
        API_ADDRESS.to_owned(),
        format!("{ADDRESS}:{}", traefik.web_port),
        format!("{ADDRESS}:{}", traefik.api_port),
        format!("{ADDRESS}:{}", Prometheus::PORT),
    ];
    for (name, address) in DOORS.iter().zip(addresses) {
        let address: SocketAddr = address.parse().context("read the address behind a door")?;
        forward::open_inside(name, &inside.run_dir, address)?;
    }
    Ok(())
}
