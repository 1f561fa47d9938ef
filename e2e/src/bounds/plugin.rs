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

/// Tells its size, and fails where that is too much: no machine makes it another.
pub(super) fn size(plugin: &Path) -> Result<()> {
    let bytes = plugin.metadata().with_context(|| format!("find {}", plugin.display()))?.len();
    let told = format!("size of the plugin: {bytes} bytes ({} KiB) of {} KiB", bytes / 1024, SIZE / 1024);
    ensure!(bytes <= SIZE, "{told}; it was made for size by the profile `plugin`: see what it has taken in since");
    println!("{told}");
    Ok(())
}

/// From the command to its end, with nothing to do.
pub(super) async fn starts(plugin: &Path) -> Result<()> {
    let (mut times, before) = (Vec::new(), worked()?);
    for _ in 0..TIMES {
        times.push(timed(Command::new(plugin).arg("version"), "kubectl-sluice").await?);
    }
    tell("start of the plugin (version)", START, times);
    tell_work(before)
}

/// The tree of one Rollout among everything else in its namespace.
pub(super) async fn gets(plugin: &Path, kubeconfig: &Path) -> Result<()> {
    let (mut times, before) = (Vec::new(), worked()?);
    for _ in 0..TIMES {
        let mut command = Command::new(plugin);
        command.args(["get", "rollout", crowd::ROLLOUT, "--namespace", crowd::NAMESPACE]).env("KUBECONFIG", kubeconfig);
        times.push(timed(&mut command, "revision:2").await?);
    }
    tell(&format!("get of one Rollout among {} objects", crowd::OBJECTS), GET, times);
    tell_work(before)
}

/// What a run costs in processor time, which a busy machine does not make longer.
fn tell_work(before: Duration) -> Result<()> {
    let each = worked()?.saturating_sub(before) / u32::try_from(TIMES).unwrap_or(1);
    println!("  each of them {each:.1?} of processor time");
    Ok(())
}

/// The processor time of this program's children that have ended.
fn worked() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("read /proc/self/stat")?;
    // The second field is the program's name, in which there may be spaces; cutime and cstime are the 16th and 17th.
    let (_, fields) = stat.rsplit_once(')').context("read /proc/self/stat")?;
    let ticks = fields.split_whitespace().skip(13).take(2).map(str::parse::<u64>);
    let ticks: u64 = ticks.sum::<Result<_, _>>().context("read /proc/self/stat")?;
    Ok(Duration::from_millis(ticks * 10))
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
