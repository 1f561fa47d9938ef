//! The dashboard before 1,000 Rollouts: its first page, and how soon a change is on it.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper::header::{COOKIE, HOST, SET_COOKIE};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

use super::{crowd, tell};
use crate::cluster::Cluster;
use crate::http::{self, Http};
use crate::wait::{PATIENCE, until};

const NAMESPACE: &str = "fleet";
/// How many Rollouts there are.
const ROLLOUTS: usize = 1000;
/// How long the page of them all may take.
const PAGE: Duration = Duration::from_millis(200);
/// How long it may take from an event to its being told to an open page.
const UPDATE: Duration = Duration::from_millis(300);
/// How often each is measured.
const TIMES: usize = 11;
const PORT: u16 = 3100;

/// Makes the Rollouts.
pub(super) async fn fill(cluster: &Cluster) -> Result<()> {
    cluster.create_namespace(NAMESPACE).await?;
    let rollouts = (0..ROLLOUTS).map(|number| {
        let mut rollout = crowd::rollout();
        rollout["metadata"]["name"] = json!(name(number));
        rollout
    });
    crowd::made(&cluster.client(), NAMESPACE, rollouts).await
}

fn name(number: usize) -> String {
    format!("app-{number:04}")
}

/// Serves the dashboard, and measures.
pub(super) async fn pages(plugin: &Path, cluster: &Cluster) -> Result<()> {
    let dashboard = Dashboard::start(plugin, &cluster.kubeconfig()).await?;
    until("all Rollouts are on the page", || async {
        let page = dashboard.get("/").await.ok()?;
        page.contains(&format!("{ROLLOUTS} Rollouts")).then_some(())
    })
    .await?;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        dashboard.get("/").await?;
        times.push(began.elapsed());
    }
    tell(&format!("page of {ROLLOUTS} Rollouts"), PAGE, times);
    updates(&dashboard, cluster).await
}

async fn updates(dashboard: &Dashboard, cluster: &Cluster) -> Result<()> {
    let mut events = dashboard.open("/events").await?;
    told(&mut events, &name(ROLLOUTS - 1)).await?;
    let mut times = Vec::new();
    for turn in 0..TIMES {
        // A page rests for a while after each message; people's changes come farther apart.
        sleep(Duration::from_secs(2)).await;
        let (text, began) = (format!("turn-{turn}."), Instant::now());
        let status = json!({"status": {"phase": "Progressing", "message": text, "observedGeneration": "1"}});
        crowd::with_status(&cluster.client(), NAMESPACE, &name(ROLLOUTS / 2), &status).await?;
        told(&mut events, &text).await?;
        times.push(began.elapsed());
    }
    tell("from a write to its being told to the open page", UPDATE, times);
    Ok(())
}

/// Reads on until a text has come.
async fn told(events: &mut Incoming, text: &str) -> Result<()> {
    let reading = async {
        let mut all = String::new();
        while !all.contains(text) {
            let Some(frame) = events.frame().await else { bail!("the events ended") };
            if let Some(data) = frame.context("read events")?.data_ref() {
                all.push_str(&String::from_utf8_lossy(data));
            }
        }
        Ok(())
    };
    timeout(PATIENCE, reading).await.with_context(|| format!("not told of {text}"))?
}

/// A dashboard as people start it on their own machine.
struct Dashboard {
    _process: Child,
    /// It ends once nobody reads what it says.
    _output: Lines<BufReader<ChildStdout>>,
    http: Http,
    cookie: String,
}

impl Dashboard {
    async fn start(plugin: &Path, kubeconfig: &Path) -> Result<Self> {
        let mut command = Command::new(plugin);
        command
            .args(["dashboard", "--namespace", NAMESPACE, "--port", &PORT.to_string()])
            .env("KUBECONFIG", kubeconfig);
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().context("start the dashboard")?;
        let output = process.stdout.take().context("the dashboard says nothing")?;
        let mut output = BufReader::new(output).lines();
        let line = output.next_line().await.context("read the address")?;
        let address = line.as_deref().and_then(|line| line.rsplit(' ').next()).context("no address")?.to_owned();
        let http = http::keep_alive();
        let answer = http::send(&http, http::get_request(&address, None)?, PATIENCE).await?;
        let cookie = answer.headers.get(SET_COOKIE).context("no session")?.to_str().context("read the cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { _process: process, _output: output, http, cookie })
    }

    fn request(&self, path: &str) -> Result<Request<Full<Bytes>>> {
        let host = format!("127.0.0.1:{PORT}");
        let request = Request::get(format!("http://{host}{path}")).header(HOST, host).header(COOKIE, &self.cookie);
        request.body(Full::default()).context("make a request")
    }

    async fn get(&self, path: &str) -> Result<String> {
        Ok(http::send(&self.http, self.request(path)?, PATIENCE).await?.body)
    }

    async fn open(&self, path: &str) -> Result<Incoming> {
        Ok(self.http.request(self.request(path)?).await.context("open the events")?.into_body())
    }
}
