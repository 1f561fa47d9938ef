//! Real Prometheus, scraping Traefik and the pods that ask for it.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::cluster::Cluster;
use crate::controller;
use crate::http::{self, Http};
use crate::namespace::ADDRESS;
use crate::process::Process;
use crate::tools::Tools;

const START_LIMIT: Duration = Duration::from_mins(1);
const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// Prometheus, running or stopped. Dropping it ends it.
#[derive(Debug)]
pub struct Prometheus {
    program: PathBuf,
    dir: PathBuf,
    logs: PathBuf,
    process: Option<Process>,
    http: Http,
}

impl Prometheus {
    /// The port it answers at.
    pub const PORT: u16 = 9090;

    /// Starts Prometheus and returns once it answers. It scrapes each second: the first controller, the metrics of
    /// `traefiks` (URLs of their APIs), and the pods listed in `pods` (a file of the form `file_sd`).
    pub async fn start(tools: &Tools, cluster: &Cluster, traefiks: &[String], pods: &Path) -> Result<Self> {
        let dir = cluster.dir().join("prometheus");
        fs::create_dir_all(&dir).context("create Prometheus' folder")?;
        let config = config(traefiks, pods).to_string();
        fs::write(dir.join("prometheus.yml"), config).context("write Prometheus' configuration")?;
        let (program, logs) = (tools.prometheus().to_owned(), cluster.logs());
        let mut prometheus = Self { program, dir, logs, process: None, http: http::one_shot() };
        prometheus.resume().await?;
        Ok(prometheus)
    }

    /// Its URL, without path.
    pub fn url(&self) -> String {
        format!("http://{ADDRESS}:{}", Self::PORT)
    }

    /// Kills Prometheus; what it knows stays on disk.
    pub async fn stop(&mut self) -> Result<()> {
        match self.process.take() {
            Some(mut process) => process.kill().await,
            None => Ok(()),
        }
    }

    /// Starts Prometheus again after [`Prometheus::stop`]; returns once it answers.
    pub async fn resume(&mut self) -> Result<()> {
        let mut process = Process::spawn("prometheus", &mut self.command(), &self.logs)?;
        let (url, client) = (format!("{}/-/ready", self.url()), self.http.clone());
        let ready = || async {
            let Ok(request) = http::get_request(&url, None) else {
                return false;
            };
            let answer = http::send(&client, request, Duration::from_secs(1)).await;
            answer.is_ok_and(|answer| answer.status.is_success())
        };
        process.until_ready(START_LIMIT, ready).await?;
        self.process = Some(process);
        Ok(())
    }

    /// How many series an instant query answers with. Fails with Prometheus' words where it refuses the query.
    pub async fn series(&self, query: &str) -> Result<usize> {
        let answer = self.answer(query).await?;
        ensure!(answer["status"] == "success", "{query}: {answer}");
        Ok(answer.pointer("/data/result").and_then(Value::as_array).map_or(0, Vec::len))
    }

    /// The value of the first series that an instant query answers with, if there is any.
    pub async fn query(&self, query: &str) -> Result<Option<f64>> {
        let answer = self.answer(query).await?;
        let value = answer.pointer("/data/result/0/value/1").and_then(Value::as_str);
        value.map(|value| value.parse().context("read the value")).transpose()
    }

    async fn answer(&self, query: &str) -> Result<Value> {
        let url = format!("{}/api/v1/query?query={}", self.url(), percent_encode(query));
        let answer = http::send(&self.http, http::get_request(&url, None)?, QUERY_LIMIT).await?;
        serde_json::from_str(&answer.body).context("read Prometheus' answer")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(format!("--config.file={}", self.dir.join("prometheus.yml").display()));
        command.arg(format!("--storage.tsdb.path={}", self.dir.join("data").display()));
        command.arg(format!("--web.listen-address={ADDRESS}:{}", Self::PORT)).arg("--log.level=warn");
        command
    }
}

/// JSON is YAML enough.
fn config(traefiks: &[String], pods: &Path) -> Value {
    let traefiks: Vec<&str> = traefiks.iter().map(|url| url.trim_start_matches("http://")).collect();
    json!({
        "global": {"scrape_interval": "1s", "scrape_timeout": "900ms"},
        "scrape_configs": [
            {"job_name": "traefik", "static_configs": [{"targets": traefiks}]},
            // Series of Rollouts carry their own namespace and name.
            {"job_name": "sluice", "honor_labels": true, "static_configs": [{"targets": [controller::METRICS]}]},
            {"job_name": "pods", "file_sd_configs": [{"files": [pods]}]},
        ],
    })
}

fn percent_encode(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
