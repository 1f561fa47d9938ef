//! A Prometheus that is down, slow, empty, lying or huge: the run ends Error or Inconclusive, as its limits say.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use sluice_crds::{AnalysisPhase, AnalysisRun};
use sluice_e2e::harness::Scene;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, sleep};

use crate::release::controller;

/// What the sham Prometheus does with a request.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// Nobody listens.
    Down,
    /// No answer within the timeout.
    Slow,
    /// A good answer without a series.
    NoSeries,
    /// A value that is no number.
    NotANumber,
    /// 100 MB.
    Huge,
    /// HTTP 500.
    Failing,
}

const ALL: [(&str, Trouble); 6] = [
    ("down", Trouble::Down),
    ("slow", Trouble::Slow),
    ("no-series", Trouble::NoSeries),
    ("not-a-number", Trouble::NotANumber),
    ("huge", Trouble::Huge),
    ("failing", Trouble::Failing),
];

pub(crate) async fn never_successful(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let runs = ALL.map(|(name, trouble)| ends_without_success(&scene, name, trouble));
    futures::future::try_join_all(runs).await.map(drop)
}

async fn ends_without_success(scene: &Scene, name: &str, trouble: Trouble) -> Result<()> {
    let address = sham(trouble).await?;
    scene.apply(&run(name, address)).await?;
    let api = scene.api::<AnalysisRun>();
    let ended = || async { api.get(name).await.ok()?.status.filter(|status| status.phase.is_completed()) };
    let status = sluice_e2e::wait::until(&format!("the run {name} ends"), ended).await?;
    let sober = matches!(status.phase, AnalysisPhase::Error | AnalysisPhase::Inconclusive);
    ensure!(sober, "{name}: {:?} {:?}", status.phase, status.message);
    let message = status.message.unwrap_or_default();
    ensure!(message.contains("metric"), "{name} does not say which metric: {message}");
    Ok(())
}

fn run(name: &str, address: SocketAddr) -> serde_json::Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun", "metadata": {"name": name},
        "spec": {"metrics": [{
            "name": "metric", "interval": "1s", "count": 3, "consecutiveErrorLimit": 1, "successCondition": "result[0] >= 0",
            "provider": {"prometheus": {"address": format!("http://{address}"), "query": "up", "timeout": 1}},
        }]},
    })
}

/// Starts a server with that trouble. It ends with the test program.
async fn sham(trouble: Trouble) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
    let address = listener.local_addr()?;
    if !matches!(trouble, Trouble::Down) {
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, trouble));
            }
        });
    }
    Ok(address)
}

async fn answer(mut stream: TcpStream, trouble: Trouble) -> std::io::Result<()> {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await?;
    let vector =
        |result: &str| format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{result}]}}}}"#);
    let (status, body) = match trouble {
        Trouble::Down => return Ok(()),
        Trouble::Slow => {
            sleep(Duration::from_secs(30)).await;
            return Ok(());
        }
        Trouble::NoSeries => ("200 OK", vector("")),
        Trouble::NotANumber => ("200 OK", vector(r#"{"metric":{},"value":[1700000000,"NaN"]}"#)),
        Trouble::Failing => ("500 Internal Server Error", "out of order".to_owned()),
        Trouble::Huge => return flood(stream).await,
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await
}

async fn flood(mut stream: TcpStream) -> std::io::Result<()> {
    const SIZE: usize = 100_000_000;
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {SIZE}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let chunk = vec![b' '; 100_000];
    for _ in 0..SIZE / chunk.len() {
        stream.write_all(&chunk).await?;
    }
    Ok(())
}
