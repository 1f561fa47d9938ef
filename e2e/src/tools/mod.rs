//! The programs a real cluster is made of, found on this machine or made ready once under `target/tools`.

mod gateway;
mod go;
mod helm;
mod kubernetes;
mod kustomize;
mod prometheus;
mod sshd;
mod step;
mod store;
mod traefik;

use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};

use anyhow::{Result, anyhow};

use store::Store;

/// Paths of every program the cluster runs.
#[derive(Clone, Debug)]
pub struct Tools {
    kubernetes: PathBuf,
    traefik: PathBuf,
    prometheus: PathBuf,
    gateway: PathBuf,
    helm: PathBuf,
    kustomize: PathBuf,
    sshd: PathBuf,
}

impl Tools {
    /// Makes every tool ready, downloading and building what is missing; progress goes to stderr.
    ///
    /// Needs the network only where something is missing. Two processes may do this at once: one works, one waits.
    pub fn ensure() -> Result<Self> {
        let store = &Store::open(&target_dir().join("tools"))?;
        // All at once: one waits for the network, or links, while another compiles.
        thread::scope(|scope| {
            let make = |tool: fn(&Store) -> Result<PathBuf>| scope.spawn(move || tool(store));
            let (kubernetes, helm) = (make(kubernetes::ensure), make(helm::ensure));
            let (traefik, prometheus, gateway) =
                (make(traefik::ensure), make(prometheus::ensure), make(gateway::ensure));
            let (kustomize, sshd) = (make(kustomize::ensure), make(sshd::ensure));
            Ok(Self {
                kubernetes: made(kubernetes)?,
                traefik: made(traefik)?,
                prometheus: made(prometheus)?,
                gateway: made(gateway)?,
                helm: made(helm)?,
                kustomize: made(kustomize)?,
                sshd: made(sshd)?,
            })
        })
    }

    /// The etcd server.
    pub fn etcd(&self) -> PathBuf {
        self.kubernetes.join("etcd")
    }

    /// The Kubernetes API server.
    pub fn api_server(&self) -> PathBuf {
        self.kubernetes.join("kube-apiserver")
    }

    /// The controllers of ReplicaSets, EndpointSlices, Jobs and so on.
    pub fn controller_manager(&self) -> PathBuf {
        self.kubernetes.join("kube-controller-manager")
    }

    /// Traefik, the router.
    pub fn traefik(&self) -> &Path {
        &self.traefik
    }

    /// Prometheus.
    pub fn prometheus(&self) -> &Path {
        &self.prometheus
    }

    /// Prometheus' own tool, which tries rules.
    pub fn promtool(&self) -> PathBuf {
        self.prometheus.with_file_name("promtool")
    }

    /// Helm.
    pub fn helm(&self) -> &Path {
        &self.helm
    }

    /// Kustomize.
    pub fn kustomize(&self) -> &Path {
        &self.kustomize
    }

    /// A server of git repositories by ssh: see `e2e/go/sshd`.
    pub fn sshd(&self) -> &Path {
        &self.sshd
    }

    /// A folder with the definitions of the Gateway API's kinds, a file each.
    pub fn gateway_definitions(&self) -> &Path {
        &self.gateway
    }
}

fn made(tool: ScopedJoinHandle<'_, Result<PathBuf>>) -> Result<PathBuf> {
    tool.join().map_err(|_| anyhow!("a tool's making panicked"))?
}

/// The folder of this package, where its Go module and manifests are.
pub fn package_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder that cargo builds into. Deleting it removes everything this package ever made.
pub fn target_dir() -> PathBuf {
    let workspace = package_dir().join("..");
    let named = std::env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty());
    workspace.join(named.map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

/// The first folder of PATH that has `program` in it, joined with it.
fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}
