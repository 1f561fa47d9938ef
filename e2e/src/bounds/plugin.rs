//! The plugin: its size, its start, and a look at one Rollout.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;
use tokio::time::Instant;

use super::{crowd, tell};

/// What the program may have, in bytes.
const SIZE: u64 = 15 * 1024 * 1024;
/// How long a start may take.
const START: Duration = Duration::from_millis(30);
/// How long a look at one Rollout may take.
const GET: Duration = Duration::from_millis(300);
/// How often each is measured.
const TIMES: usize = 21;

pub(super) fn size(plugin: &Path) -> Result<()> {
    let bytes = plugin.metadata().with_context(|| format!("find {}", plugin.display()))?.len();
    let verdict = if bytes <= SIZE { "within" } else { "OVER" };
    println!("size of the plugin: {bytes} bytes ({} KiB); {verdict} {} KiB", bytes / 1024, SIZE / 1024);
    Ok(())
}

/// From the command to its end, with nothing to do.
pub(super) async fn starts(plugin: &Path) -> Result<()> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        times.push(timed(Command::new(plugin).arg("version"), "kubectl-sluice").await?);
    }
    tell("start of the plugin (version)", START, times);
    Ok(())
}

/// The tree of one Rollout among everything else in its namespace.
pub(super) async fn gets(plugin: &Path, kubeconfig: &Path) -> Result<()> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let mut command = Command::new(plugin);
        command.args(["get", "rollout", crowd::ROLLOUT, "--namespace", crowd::NAMESPACE]).env("KUBECONFIG", kubeconfig);
        times.push(timed(&mut command, "revision:2").await?);
    }
    tell(&format!("get of one Rollout among {} objects", crowd::OBJECTS), GET, times);
    Ok(())
}

async fn timed(command: &mut Command, text: &str) -> Result<Duration> {
    let began = Instant::now();
    let output = command.output().await.context("start the plugin")?;
    let took = began.elapsed();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && said.contains(text), "no {text:?} in {said}{complaint}");
    Ok(took)
}
