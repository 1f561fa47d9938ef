//! The controller under test, as a process that can be killed and started again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::process::Command;
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::http;
use crate::namespace::ADDRESS;
use crate::process::{Process, Usage};
use crate::prometheus::Prometheus;
use crate::tools::Tools;

const START_LIMIT: Duration = Duration::from_mins(1);
/// Where the first controller answers for its health; its metrics are one port above, further controllers above those.
const FIRST_PORT: u16 = 9440;
/// Where the first controller's metrics are.
pub(crate) const METRICS: &str = "127.0.0.1:9441";

/// A running controller. Dropping it ends it.
#[derive(Debug)]
pub struct Controller {
    program: PathBuf,
    arguments: Vec<String>,
    logs: PathBuf,
    /// Where it answers for its health; its metrics are one port above.
    port: u16,
    process: Process,
}

/// Which Applications a controller keeps, and how.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// Tells it apart from others that run beside it.
    pub number: u16,
    /// Where its Applications, projects and Secrets are.
    pub namespace: &'a str,
    /// Further arguments.
    pub further: &'a [String],
}

impl Controller {
    /// Starts the controller and returns once its caches are filled. `traefik` are the URLs of the APIs of every
    /// Traefik; without any, its reload time is waited out.
    pub async fn start(program: PathBuf, cluster: &Cluster, traefik: &[String]) -> Result<Self> {
        Self::start_by(&cluster.controller_kubeconfig(), program, cluster, traefik).await
    }

    /// Like [`Controller::start`], with another way to the API server.
    pub async fn start_by(kubeconfig: &Path, program: PathBuf, cluster: &Cluster, traefik: &[String]) -> Result<Self> {
        // One process alone: after a kill it need not wait for its own Lease to run out.
        let alone = vec!["--leader-elect=false".to_owned()];
        Self::start_at(FIRST_PORT, alone, kubeconfig, program, cluster, traefik).await
    }

    /// A controller that keeps Applications, with its repositories in a folder of its own beside the cluster's data.
    pub async fn start_with_applications(
        program: PathBuf,
        tools: &Tools,
        cluster: &Cluster,
        kept: &Kept<'_>,
    ) -> Result<Self> {
        let path = |flag: &str, path: &Path| format!("--{flag}={}", path.display());
        let arguments = vec![
            "--leader-elect=false".to_owned(),
            "--gitops".to_owned(),
            format!("--gitops-namespace={}", kept.namespace),
            path("repo-cache-dir", &cluster.dir().join(format!("repositories-{}", kept.number))),
            path("helm", tools.helm()),
            path("kustomize", tools.kustomize()),
        ];
        let arguments = arguments.into_iter().chain(kept.further.iter().cloned()).collect();
        let port = FIRST_PORT + 2 * kept.number;
        Self::start_at(port, arguments, &cluster.controller_kubeconfig(), program, cluster, &[]).await
    }

    /// What it took of the machine so far.
    pub fn usage(&self) -> Result<Usage> {
        self.process.usage()
    }

    /// One of several (`number` tells them apart) of which a Lease says who acts, soon after its holder is gone. They mind
    /// what carries that instance id, and leave the rest to others; the Lease is in `lease_namespace`.
    pub async fn start_elected(
        number: u16,
        instance: &str,
        lease_namespace: &str,
        program: PathBuf,
        cluster: &Cluster,
        traefik: &[String],
    ) -> Result<Self> {
        let times = ["lease-duration=7s", "renew-deadline=5s", "retry-period=2s"];
        let times = times.map(|time| format!("--leader-election-{time}"));
        let whose = [format!("--leader-election-namespace={lease_namespace}"), format!("--instance-id={instance}")];
        let arguments = times.into_iter().chain(whose).collect();
        let port = FIRST_PORT + 2 * number;
        Self::start_at(port, arguments, &cluster.controller_kubeconfig(), program, cluster, traefik).await
    }

    /// One that minds what carries that instance id, as the account of that kubeconfig and with these further arguments.
    pub async fn start_minding(
        number: u16,
        instance: &str,
        further: &[String],
        kubeconfig: &Path,
        program: PathBuf,
        cluster: &Cluster,
        traefik: &[String],
    ) -> Result<Self> {
        let alone = "--leader-elect=false".to_owned();
        let arguments =
            [alone, format!("--instance-id={instance}")].into_iter().chain(further.iter().cloned()).collect();
        Self::start_at(FIRST_PORT + 2 * number, arguments, kubeconfig, program, cluster, traefik).await
    }

    async fn start_at(
        port: u16,
        arguments: Vec<String>,
        kubeconfig: &Path,
        program: PathBuf,
        cluster: &Cluster,
        traefik: &[String],
    ) -> Result<Self> {
        let (health, metrics) = (format!("--healthz-port={port}"), format!("--metrics-port={}", port + 1));
        let ways = ["controller".to_owned(), health, metrics, format!("--kubeconfig={}", kubeconfig.display())];
        let apis = traefik.iter().map(|url| format!("--traefik-api={url}"));
        let arguments: Vec<String> = ways.into_iter().chain(apis).chain(arguments).collect();
        let logs = cluster.logs();
        let process = spawn(&program, &arguments, &logs)?;
        let mut controller = Self { program, arguments, logs, port, process };
        controller.until_ready().await?;
        Ok(controller)
    }

    /// Kills it (SIGKILL) and starts it again; returns once its caches are filled.
    pub async fn restart(&mut self) -> Result<()> {
        self.restart_after(Duration::ZERO).await
    }

    /// Kills it and starts it again after that time; returns once its caches are filled. Fails if it had ended by itself.
    pub async fn restart_after(&mut self, down: Duration) -> Result<()> {
        self.process.still_runs()?;
        self.process.kill().await?;
        sleep(down).await;
        self.process = spawn(&self.program, &self.arguments, &self.logs)?;
        self.until_ready().await
    }

    /// Asks it to end (SIGTERM), and returns once it has. Fails if it ends with an error.
    pub async fn stop(&mut self) -> Result<()> {
        self.process.still_runs()?;
        self.process.terminate().await
    }

    /// Stops it for that time as if its machine stood still (SIGSTOP), and lets it go on.
    pub async fn freeze(&mut self, time: Duration) -> Result<()> {
        self.process.still_runs()?;
        self.process.freeze(time).await
    }

    /// Fails, with the end of its log, if it has ended by itself.
    pub fn still_runs(&mut self) -> Result<()> {
        self.process.still_runs()
    }

    /// The resident memory, in bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        self.process.resident_bytes()
    }

    /// Its metrics, as Prometheus reads them.
    pub async fn metrics(&self) -> Result<String> {
        let request = http::get_request(&format!("http://127.0.0.1:{}/metrics", self.port + 1), None)?;
        let answer = http::send(&http::one_shot(), request, Duration::from_secs(5)).await;
        Ok(answer.context("read the controller's metrics")?.body)
    }

    /// Whether it says that it leads.
    pub async fn leads(&self) -> Result<bool> {
        let leads = |line: &str| line.starts_with("leader_election_master_status") && line.ends_with(" 1");
        Ok(self.metrics().await?.lines().any(leads))
    }

    async fn until_ready(&mut self) -> Result<()> {
        let client = http::one_shot();
        let readiness = format!("http://127.0.0.1:{}/readyz", self.port);
        let ready = || async {
            let Ok(request) = http::get_request(&readiness, None) else { return false };
            http::send(&client, request, Duration::from_secs(2)).await.is_ok_and(|answer| answer.status == 200)
        };
        self.process.until_ready(START_LIMIT, ready).await
    }
}

fn spawn(program: &PathBuf, arguments: &[String], logs: &Path) -> Result<Process> {
    let prometheus = format!("http://{ADDRESS}:{}", Prometheus::PORT);
    let mut command = Command::new(program);
    command.args(arguments).env("ARGO_ROLLOUTS_PROMETHEUS_ADDRESS", prometheus).env("POD_NAMESPACE", "sluice");
    Process::spawn("sluice", &mut command, logs)
}
