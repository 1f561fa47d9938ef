//! The control plane: etcd, kube-apiserver and kube-controller-manager, with addresses that only the namespace has.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ObjectMeta, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::process::Command;
use tokio::time::sleep;

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

const ETCD: &str = "http://127.0.0.1:2379";
const START_LIMIT: Duration = Duration::from_mins(1);
const CONTROLLERS: &str = "replicaset-controller,deployment-controller,job-controller,endpointslice-controller,\
                           disruption-controller,garbage-collector-controller,namespace-controller";
const COLLECTORS: &str = "garbage-collector-controller,namespace-controller";

/// A running control plane. Dropping it ends it.
pub struct Cluster {
    tools: Tools,
    dir: PathBuf,
    client: Client,
    api_server: Process,
    etcd: Process,
    controllers: Process,
}

impl Cluster {
    /// Starts the three parts, with their data and logs in `dir`, and returns once the API answers and serves the
    /// kinds of `traefik.io` and `argoproj.io`.
    pub async fn start(tools: &Tools, dir: &Path) -> Result<Self> {
        Self::start_with(tools, dir, CONTROLLERS).await
    }

    /// Like [`Cluster::start`], but nobody writes to objects of their own accord, except to remove what has lost its owner.
    pub async fn start_quiet(tools: &Tools, dir: &Path) -> Result<Self> {
        Self::start_with(tools, dir, COLLECTORS).await
    }

    async fn start_with(tools: &Tools, dir: &Path, controllers: &str) -> Result<Self> {
        prepare(dir)?;
        let etcd = start_etcd(tools, dir)?;
        let mut api_server = start_api_server(tools, dir)?;
        until_serving(&mut api_server, dir).await?;
        kubeconfig::write(dir, &kubeconfig_path(dir), &url(), ADMIN_TOKEN)?;
        kubeconfig::write(dir, &controller_kubeconfig_path(dir), &url(), CONTROLLER_TOKEN)?;
        let client = client(dir).await?;
        // First the kinds: the garbage collector learns of later ones only every half minute.
        apply_crds(&client).await?;
        let mut controllers = controller_manager(tools, dir, controllers);
        let controllers = Process::spawn("kube-controller-manager", &mut controllers, &logs(dir))?;
        let cluster = Self { tools: tools.clone(), dir: dir.to_owned(), client, api_server, etcd, controllers };
        manifests::apply_role(&cluster.client).await?;
        Ok(cluster)
    }

    /// A client with all rights.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// A kubeconfig with all rights, for programs inside.
    pub fn kubeconfig(&self) -> PathBuf {
        kubeconfig_path(&self.dir)
    }

    /// A kubeconfig with the rights of the role that ships with Sluice, and no others.
    pub fn controller_kubeconfig(&self) -> PathBuf {
        controller_kubeconfig_path(&self.dir)
    }

    /// Writes a kubeconfig with all rights for programs outside, who reach the API server at `port` of the host.
    pub fn write_outside_kubeconfig(&self, file: &Path, port: u16) -> Result<()> {
        kubeconfig::write(&self.dir, file, &format!("https://127.0.0.1:{port}"), ADMIN_TOKEN)
    }

    /// Like [`Cluster::controller_kubeconfig`], for a controller that reaches the API server at another URL.
    pub fn write_controller_kubeconfig(&self, file: &Path, url: &str) -> Result<()> {
        kubeconfig::write(&self.dir, file, url, CONTROLLER_TOKEN)
    }

    /// The folder of data and logs.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder that programs started beside the cluster log to.
    pub fn logs(&self) -> PathBuf {
        logs(&self.dir)
    }

    /// The certificate that signs the API server's, for programs that take it as a file.
    pub fn certificate_authority(&self) -> PathBuf {
        kubeconfig::certificate_authority(&self.dir)
    }

    /// The key of the API server's certificate, for servers of the same address.
    pub fn certificate_key(&self) -> PathBuf {
        self.dir.join("certs/apiserver.key")
    }

    /// What the controller asked of the API server so far.
    pub fn audit(&self) -> Audit {
        Audit::of(&self.dir)
    }

    /// Kills the API server and starts it again on the same data; returns once it serves.
    pub async fn restart_api_server(&mut self) -> Result<()> {
        self.api_server.kill().await?;
        self.api_server = start_api_server(&self.tools, &self.dir)?;
        until_serving(&mut self.api_server, &self.dir).await
    }

    /// Kills etcd and starts it again on the same data after that time; returns once the API server serves.
    pub async fn restart_etcd(&mut self, down: Duration) -> Result<()> {
        self.etcd.kill().await?;
        sleep(down).await;
        self.etcd = start_etcd(&self.tools, &self.dir)?;
        until_serving(&mut self.api_server, &self.dir).await
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

fn logs(dir: &Path) -> PathBuf {
    dir.join("logs")
}

fn kubeconfig_path(dir: &Path) -> PathBuf {
    dir.join("kubeconfig")
}

fn controller_kubeconfig_path(dir: &Path) -> PathBuf {
    dir.join("kubeconfig-controller")
}

fn url() -> String {
    format!("https://{API_ADDRESS}")
}

fn prepare(dir: &Path) -> Result<()> {
    fs::create_dir_all(logs(dir)).with_context(|| format!("create {}", logs(dir).display()))?;
    let admin = format!("{ADMIN_TOKEN},admin,admin,system:masters\n");
    let controller = format!("{CONTROLLER_TOKEN},{},sluice\n", audit::CONTROLLER);
    let tokens = admin + &controller;
    fs::write(dir.join("tokens.csv"), tokens).context("write the API server's tokens")
}

fn start_etcd(tools: &Tools, dir: &Path) -> Result<Process> {
    Process::spawn("etcd", &mut etcd(tools, dir), &logs(dir))
}

fn start_api_server(tools: &Tools, dir: &Path) -> Result<Process> {
    let mut command = api_server(tools, dir);
    Audit::of(dir).keep(&mut command)?;
    Process::spawn("kube-apiserver", &mut command, &logs(dir))
}

/// The client is made anew at each look: its certificate authority is written by the API server as it starts.
async fn until_serving(api_server: &mut Process, dir: &Path) -> Result<()> {
    let probe = || async {
        let Ok(config) = kubeconfig::text(dir, &url(), ADMIN_TOKEN) else {
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

async fn client(dir: &Path) -> Result<Client> {
    client_of(&kubeconfig::text(dir, &url(), ADMIN_TOKEN)?).await
}

async fn client_of(kubeconfig: &str) -> Result<Client> {
    let kubeconfig = Kubeconfig::from_yaml(kubeconfig).context("read the kubeconfig")?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    Client::try_from(config.context("use the kubeconfig")?).context("make a client")
}

fn etcd(tools: &Tools, dir: &Path) -> Command {
    let mut command = Command::new(tools.etcd());
    command.arg("--data-dir").arg(dir.join("etcd"));
    command.args(["--unsafe-no-fsync", "--log-level", "warn", "--listen-client-urls", ETCD]);
    command.args(["--advertise-client-urls", ETCD, "--listen-peer-urls", "http://127.0.0.1:2380"]);
    command
}

/// It makes its own certificate. The key of that also signs the tokens of service accounts: one file fewer to make.
fn api_server(tools: &Tools, dir: &Path) -> Command {
    let key = dir.join("certs/apiserver.key");
    let mut command = Command::new(tools.api_server());
    command.args(["--etcd-servers", ETCD, "--bind-address", "127.0.0.1", "--secure-port", "6443"]);
    command.args(["--advertise-address", crate::namespace::ADDRESS, "--endpoint-reconciler-type", "none"]);
    command.arg("--cert-dir").arg(dir.join("certs")).arg("--token-auth-file").arg(dir.join("tokens.csv"));
    command.args(["--authorization-mode", "RBAC", "--disable-admission-plugins", "ServiceAccount"]);
    command.args(["--service-account-issuer", "https://kubernetes.default.svc"]);
    command.arg("--service-account-key-file").arg(&key).arg("--service-account-signing-key-file").arg(key);
    command.args(["--service-cluster-ip-range", "10.96.0.0/16", "--enable-priority-and-fairness=false"]);
    command
}

fn controller_manager(tools: &Tools, dir: &Path, controllers: &str) -> Command {
    let mut command = Command::new(tools.controller_manager());
    command.arg("--kubeconfig").arg(kubeconfig_path(dir)).args(["--controllers", controllers]);
    command.args(["--leader-elect=false", "--secure-port=0", "--kube-api-qps=500", "--kube-api-burst=1000"]);
    command
}
