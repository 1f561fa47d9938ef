//! The control plane: etcd, kube-apiserver and kube-controller-manager, with addresses that only the namespace has.

mod site;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ObjectMeta, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::time::sleep;

use self::site::Site;
use crate::audit::{self, Audit};
use crate::kubeconfig;
use crate::manifests;
use crate::process::Process;
use crate::tools::Tools;

/// Where the API server listens inside.
pub const API_ADDRESS: &str = "127.0.0.1:6443";
/// The bearer token of a member of system:masters, whom RBAC refuses nothing.
pub const ADMIN_TOKEN: &str = "sluice-e2e-admin";

/// The bearer token of the ServiceAccount that Sluice is installed with.
const CONTROLLER_TOKEN: &str = "sluice-e2e-controller";

const START_LIMIT: Duration = Duration::from_mins(1);
const CONTROLLERS: &str = "replicaset-controller,deployment-controller,job-controller,endpointslice-controller,\
                           statefulset-controller,disruption-controller,garbage-collector-controller,namespace-controller";
const COLLECTORS: &str = "garbage-collector-controller,namespace-controller";

/// A running control plane. Dropping it ends it.
pub struct Cluster {
    site: Site,
    client: Client,
    api_server: Process,
    etcd: Process,
    controllers: Process,
}

impl Cluster {
    /// Starts the three parts, with their data and logs in `dir`, and returns once the API answers and serves the
    /// kinds of `traefik.io` and `argoproj.io`.
    pub async fn start(tools: &Tools, dir: &Path) -> Result<Self> {
        Self::start_at(Site::first(tools, dir), CONTROLLERS).await
    }

    /// Like [`Cluster::start`], but nobody writes to objects of their own accord, except to remove what has lost its owner.
    pub async fn start_quiet(tools: &Tools, dir: &Path) -> Result<Self> {
        Self::start_at(Site::first(tools, dir), COLLECTORS).await
    }

    /// Like [`Cluster::start_quiet`], beside another one that runs. It answers at every address of the loopback network,
    /// too, under the name of its certificate, and knows whoever has the certificate of that file.
    pub async fn start_beside(tools: &Tools, dir: &Path, known: &Path) -> Result<Self> {
        Self::start_at(Site::second(tools, dir, known), COLLECTORS).await
    }

    async fn start_at(site: Site, controllers: &str) -> Result<Self> {
        prepare(site.dir())?;
        let (dir, logs, url) = (site.dir(), site.logs(), site.url());
        let etcd = Process::spawn("etcd", &mut site.etcd(), &logs)?;
        let mut api_server = start_api_server(&site)?;
        until_serving(&mut api_server, &site).await?;
        kubeconfig::write(dir, &kubeconfig_path(dir), &url, ADMIN_TOKEN)?;
        kubeconfig::write(dir, &controller_kubeconfig_path(dir), &url, CONTROLLER_TOKEN)?;
        let client = client_of(&kubeconfig::text(dir, &url, ADMIN_TOKEN)?).await?;
        // First the kinds: the garbage collector learns of later ones only every half minute.
        apply_crds(&client).await?;
        let mut controllers = site.controller_manager(&kubeconfig_path(dir), controllers);
        let controllers = Process::spawn("kube-controller-manager", &mut controllers, &logs)?;
        manifests::apply_role(&client).await?;
        Ok(Self { site, client, api_server, etcd, controllers })
    }

    /// A client with all rights.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// A kubeconfig with all rights, for programs inside.
    pub fn kubeconfig(&self) -> PathBuf {
        kubeconfig_path(self.dir())
    }

    /// A kubeconfig with the rights of the role that ships with Sluice, and no others.
    pub fn controller_kubeconfig(&self) -> PathBuf {
        controller_kubeconfig_path(self.dir())
    }

    /// Writes a kubeconfig with all rights for programs outside, who reach the API server at `port` of the host.
    pub fn write_outside_kubeconfig(&self, file: &Path, port: u16) -> Result<()> {
        kubeconfig::write(self.dir(), file, &format!("https://127.0.0.1:{port}"), ADMIN_TOKEN)
    }

    /// Like [`Cluster::controller_kubeconfig`], for a controller that reaches the API server at another URL.
    pub fn write_controller_kubeconfig(&self, file: &Path, url: &str) -> Result<()> {
        kubeconfig::write(self.dir(), file, url, CONTROLLER_TOKEN)
    }

    /// A kubeconfig for whoever holds that token.
    pub fn write_kubeconfig(&self, file: &Path, token: &str) -> Result<()> {
        kubeconfig::write(self.dir(), file, &self.site.url(), token)
    }

    /// The URL of its API server.
    pub fn url(&self) -> String {
        self.site.url()
    }

    /// The folder of data and logs.
    pub fn dir(&self) -> &Path {
        self.site.dir()
    }

    /// The folder that programs started beside the cluster log to.
    pub fn logs(&self) -> PathBuf {
        self.site.logs()
    }

    /// The certificate that signs the API server's, for programs that take it as a file.
    pub fn certificate_authority(&self) -> PathBuf {
        kubeconfig::certificate_authority(self.dir())
    }

    /// The key of the API server's certificate, for servers of the same address.
    pub fn certificate_key(&self) -> PathBuf {
        self.site.key()
    }

    /// What the controller asked of the API server so far.
    pub fn audit(&self) -> Audit {
        Audit::of(self.dir())
    }

    /// Kills the API server and starts it again on the same data; returns once it serves.
    pub async fn restart_api_server(&mut self) -> Result<()> {
        self.kill_api_server().await?;
        self.revive_api_server().await
    }

    /// Kills the API server.
    pub async fn kill_api_server(&mut self) -> Result<()> {
        self.api_server.kill().await
    }

    /// Starts the API server that was killed on the same data; returns once it serves.
    pub async fn revive_api_server(&mut self) -> Result<()> {
        self.api_server = start_api_server(&self.site)?;
        until_serving(&mut self.api_server, &self.site).await
    }

    /// Kills etcd and starts it again on the same data after that time; returns once the API server serves.
    pub async fn restart_etcd(&mut self, down: Duration) -> Result<()> {
        self.etcd.kill().await?;
        sleep(down).await;
        self.etcd = Process::spawn("etcd", &mut self.site.etcd(), &self.site.logs())?;
        until_serving(&mut self.api_server, &self.site).await
    }

    /// Stops kube-controller-manager for that time, and lets it go on.
    pub async fn freeze_controllers(&self, time: Duration) -> Result<()> {
        self.controllers.freeze(time).await
    }

    /// Makes a Kubernetes namespace.
    pub async fn create_namespace(&self, name: &str) -> Result<()> {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let namespace = Namespace { metadata, ..Namespace::default() };
        let api = Api::all(self.client());
        api.create(&PostParams::default(), &namespace).await.with_context(|| format!("create namespace {name}"))?;
        Ok(())
    }
}

async fn apply_crds(client: &Client) -> Result<()> {
    let mut files = manifests::own_crds()?;
    files.push(manifests::traefik_crds());
    manifests::apply_crds(client, &files).await
}

fn kubeconfig_path(dir: &Path) -> PathBuf {
    dir.join("kubeconfig")
}

fn controller_kubeconfig_path(dir: &Path) -> PathBuf {
    dir.join("kubeconfig-controller")
}

fn prepare(dir: &Path) -> Result<()> {
    let logs = dir.join("logs");
    fs::create_dir_all(&logs).with_context(|| format!("create {}", logs.display()))?;
    let admin = format!("{ADMIN_TOKEN},admin,admin,system:masters\n");
    let controller = format!("{CONTROLLER_TOKEN},{},sluice\n", audit::CONTROLLER);
    let tokens = admin + &controller;
    fs::write(dir.join("tokens.csv"), tokens).context("write the API server's tokens")
}

fn start_api_server(site: &Site) -> Result<Process> {
    let mut command = site.api_server();
    Audit::of(site.dir()).keep(&mut command)?;
    Process::spawn("kube-apiserver", &mut command, &site.logs())
}

/// The client is made anew at each look: its certificate authority is written by the API server as it starts.
async fn until_serving(api_server: &mut Process, site: &Site) -> Result<()> {
    let probe = || async {
        let Ok(config) = kubeconfig::text(site.dir(), &site.url(), ADMIN_TOKEN) else {
            return false;
        };
        let Ok(client) = client_of(&config).await else {
            return false;
        };
        let request = http::Request::get("/readyz").body(Vec::new());
        let Ok(request) = request else { return false };
        client.request_text(request).await.is_ok_and(|answer| answer == "ok")
    };
    api_server.until_ready(START_LIMIT, probe).await
}

async fn client_of(kubeconfig: &str) -> Result<Client> {
    let kubeconfig = Kubeconfig::from_yaml(kubeconfig).context("read the kubeconfig")?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    Client::try_from(config.context("use the kubeconfig")?).context("make a client")
}
