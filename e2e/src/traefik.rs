//! Real Traefik, reading IngressRoutes and TraefikServices from the cluster, or Gateways and their routes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::process::Command;

use crate::cluster::{ADMIN_TOKEN, API_ADDRESS, Cluster};
use crate::http::{self, Http};
use crate::namespace::ADDRESS;
use crate::process::Process;
use crate::tools::Tools;

const START_LIMIT: Duration = Duration::from_mins(1);
const API_LIMIT: Duration = Duration::from_secs(5);

/// How Traefik treats a Service without ready pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyServices {
    /// It answers 503 for their share, as Traefik's Helm chart has it.
    Allowed,
    /// It drops the whole route, as the bare program has it.
    Refused,
}

/// What a Traefik reads its routes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// IngressRoutes and TraefikServices.
    Own(EmptyServices),
    /// Gateways and the routes of the Gateway API.
    Gateway,
}

/// What one Traefik is started with. Two at once need different ports.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name of its log.
    pub name: String,
    /// The port that takes traffic.
    pub web_port: u16,
    /// The port of its API and metrics.
    pub api_port: u16,
    /// What it reads its routes from.
    pub provider: Provider,
    /// `providersThrottleDuration`; Traefik's own default is 2 s.
    pub throttle: Option<Duration>,
}

impl Options {
    /// As Traefik's Helm chart has it, at ports 8000 and 8080.
    pub fn as_charted() -> Self {
        Self {
            name: "traefik".to_owned(),
            web_port: 8000,
            api_port: 8080,
            provider: Provider::Own(EmptyServices::Allowed),
            throttle: None,
        }
    }

    /// As the bare program has it, at ports 8001 and 8081.
    pub fn as_bare() -> Self {
        Self {
            name: "traefik-bare".to_owned(),
            web_port: 8001,
            api_port: 8081,
            provider: Provider::Own(EmptyServices::Refused),
            throttle: None,
        }
    }

    /// As a Gateway of class `traefik` at ports 8002 and 8082.
    pub fn as_gateway() -> Self {
        Self {
            name: "traefik-gateway".to_owned(),
            web_port: 8002,
            api_port: 8082,
            provider: Provider::Gateway,
            throttle: None,
        }
    }

    /// The URL of traffic, without path.
    pub fn web_url(&self) -> String {
        format!("http://{ADDRESS}:{}", self.web_port)
    }

    /// The URL of Traefik's API, without path.
    pub fn api_url(&self) -> String {
        format!("http://{ADDRESS}:{}", self.api_port)
    }
}

/// A running Traefik. Dropping it ends it.
#[derive(Debug)]
pub struct Traefik {
    program: PathBuf,
    arguments: Vec<String>,
    logs: PathBuf,
    options: Options,
    process: Process,
    http: Http,
}

impl Traefik {
    /// Starts Traefik and returns once it has read the cluster and answers pings.
    pub async fn start(tools: &Tools, cluster: &Cluster, options: Options) -> Result<Self> {
        let arguments = arguments(cluster, &options)?;
        let (program, logs) = (tools.traefik().to_owned(), cluster.logs());
        let process = Process::spawn(&options.name, Command::new(&program).args(&arguments), &logs)?;
        let mut traefik = Self { program, arguments, logs, options, process, http: http::one_shot() };
        traefik.until_ready().await?;
        Ok(traefik)
    }

    /// Kills Traefik and starts it again; returns once it answers pings.
    pub async fn restart(&mut self) -> Result<()> {
        self.process.kill().await?;
        let mut command = Command::new(&self.program);
        self.process = Process::spawn(&self.options.name, command.args(&self.arguments), &self.logs)?;
        self.until_ready().await
    }

    /// Stops Traefik for that time (SIGSTOP), and lets it go on.
    pub async fn freeze(&self, time: Duration) -> Result<()> {
        self.process.freeze(time).await
    }

    /// Where traffic goes.
    pub fn web_address(&self) -> Result<SocketAddr> {
        address(self.options.web_port)
    }

    /// The URL of traffic, without path.
    pub fn web_url(&self) -> String {
        self.options.web_url()
    }

    /// The URL of Traefik's API, without path.
    pub fn api_url(&self) -> String {
        self.options.api_url()
    }

    /// The URLs of the pods that it sends a Service's requests to, as its API has them: what the API shows is what it does.
    pub async fn servers(&self, namespace: &str, service: &str, port: u16) -> Result<Vec<String>> {
        let seen = self.service(&format!("{namespace}-{service}-{port}")).await?;
        let servers = seen.pointer("/loadBalancer/servers").and_then(Value::as_array);
        let urls = servers.into_iter().flatten().filter_map(|server| server.get("url")?.as_str());
        Ok(urls.map(str::to_owned).collect())
    }

    /// The weights that it shares a TraefikService's requests by, in the order of its entries.
    pub async fn weights(&self, namespace: &str, traefik_service: &str) -> Result<Vec<u32>> {
        let seen = self.service(&format!("{namespace}-{traefik_service}")).await?;
        let entries = seen.pointer("/weighted/services").and_then(Value::as_array);
        let weights = entries.into_iter().flatten().filter_map(|entry| entry.get("weight")?.as_u64());
        Ok(weights.filter_map(|weight| u32::try_from(weight).ok()).collect())
    }

    async fn service(&self, name: &str) -> Result<Value> {
        let url = format!("{}/api/http/services/{name}@kubernetescrd", self.api_url());
        let answer = http::send(&self.http, http::get_request(&url, None)?, API_LIMIT).await?;
        serde_json::from_str(&answer.body).context("read Traefik's answer")
    }

    /// The last lines of its log.
    pub fn log_tail(&self, lines: usize) -> String {
        self.process.log_tail(lines)
    }

    async fn until_ready(&mut self) -> Result<()> {
        let (url, client) = (format!("{}/ping", self.api_url()), self.http.clone());
        let pinged = || async {
            let Ok(request) = http::get_request(&url, None) else {
                return false;
            };
            let answer = http::send(&client, request, Duration::from_secs(1)).await;
            answer.is_ok_and(|answer| answer.status.is_success())
        };
        self.process.until_ready(START_LIMIT, pinged).await
    }
}

fn address(port: u16) -> Result<SocketAddr> {
    format!("{ADDRESS}:{port}").parse().context("read Traefik's address")
}

fn arguments(cluster: &Cluster, options: &Options) -> Result<Vec<String>> {
    let authority = cluster.certificate_authority();
    let authority = authority.to_str().context("name the certificate authority to Traefik")?;
    let provider = match options.provider {
        Provider::Own(_) => "kubernetescrd",
        Provider::Gateway => "kubernetesgateway",
    };
    let mut arguments = vec![
        format!("--entryPoints.web.address={ADDRESS}:{}", options.web_port),
        format!("--entryPoints.traefik.address={ADDRESS}:{}", options.api_port),
        format!("--providers.{provider}.endpoint=https://{API_ADDRESS}"),
        format!("--providers.{provider}.token={ADMIN_TOKEN}"),
        format!("--providers.{provider}.certauthfilepath={authority}"),
    ];
    arguments.extend(FIXED.map(str::to_owned));
    if let Provider::Own(empty) = options.provider {
        let allowed = empty == EmptyServices::Allowed;
        arguments.push(format!("--providers.kubernetescrd.allowemptyservices={allowed}"));
    }
    let throttle = options.throttle.map(|time| format!("--providers.providersthrottleduration={}ms", time.as_millis()));
    arguments.extend(throttle);
    Ok(arguments)
}

const FIXED: [&str; 6] = [
    "--api.insecure=true",
    "--ping=true",
    "--metrics.prometheus=true",
    "--global.checknewversion=false",
    "--global.sendanonymoususage=false",
    "--log.level=WARN",
];
