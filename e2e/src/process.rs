//! One running program of the cluster: its log in a file, ended when dropped.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// A program that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Process {
    /// Starts `command`; what it writes is added to `<logs>/<name>.log`.
    pub fn spawn(name: &str, command: &mut Command, logs: &Path) -> Result<Self> {
        let log = logs.join(format!("{name}.log"));
        let output = append(&log)?;
        let errors = output.try_clone().context("share the log file")?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {name}"))?;
        Ok(Self { name: name.to_owned(), log, child })
    }

    /// Waits until `ready` says so. Fails with the end of the log when the program exits first or takes too long.
    pub async fn until_ready<F>(&mut self, limit: Duration, ready: impl Fn() -> F) -> Result<()>
    where
        F: Future<Output = bool>,
    {
        let deadline = Instant::now() + limit;
        while !ready().await {
            if let Some(status) = self.child.try_wait().context("look after the child")? {
                bail!("{} ended while starting ({status}):\n{}", self.name, tail(&self.log, 30));
            }
            if Instant::now() > deadline {
                bail!("{} is not ready after {limit:?}:\n{}", self.name, tail(&self.log, 30));
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Fails, with the end of the log, if the program has ended.
    pub fn still_runs(&mut self) -> Result<()> {
        match self.child.try_wait().context("look after the child")? {
            None => Ok(()),
            Some(status) => bail!("{} ended by itself ({status}):\n{}", self.name, tail(&self.log, 30)),
        }
    }

    /// Asks the program to end (SIGTERM) and waits for it. Fails if it ends with an error.
    pub async fn terminate(&mut self) -> Result<()> {
        kill_process(self.pid()?, Signal::TERM).with_context(|| format!("ask {} to end", self.name))?;
        let status = self.child.wait().await.with_context(|| format!("wait for {}", self.name))?;
        ensure!(status.success(), "{} ended with {status}:\n{}", self.name, tail(&self.log, 30));
        Ok(())
    }

    fn pid(&self) -> Result<Pid> {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
        pid.with_context(|| format!("{} has ended", self.name))
    }

    /// Stops the program for that time (SIGSTOP), and lets it go on.
    pub async fn freeze(&self, time: Duration) -> Result<()> {
        let pid = self.pid()?;
        kill_process(pid, Signal::STOP).with_context(|| format!("stop {}", self.name))?;
        sleep(time).await;
        kill_process(pid, Signal::CONT).with_context(|| format!("let {} go on", self.name))
    }

    /// Kills the program and waits for its end.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.with_context(|| format!("kill {}", self.name))
    }

    /// The resident memory, in bytes, as the kernel counts it now.
    pub fn resident_bytes(&self) -> Result<u64> {
        let pid = self.child.id().with_context(|| format!("{} has ended", self.name))?;
        resident_bytes(pid).with_context(|| format!("find the memory of {}", self.name))
    }

    /// What it took of the machine so far.
    pub fn usage(&self) -> Result<Usage> {
        let pid = self.child.id().with_context(|| format!("{} has ended", self.name))?;
        usage(pid).with_context(|| format!("find what {} took", self.name))
    }

    /// The last lines of what the program wrote.
    pub fn log_tail(&self, lines: usize) -> String {
        tail(&self.log, lines)
    }
}

fn append(log: &Path) -> Result<File> {
    OpenOptions::new().create(true).append(true).open(log).with_context(|| format!("open {}", log.display()))
}

/// The last `lines` lines of a file; empty when it cannot be read.
pub(crate) fn tail(file: &Path, lines: usize) -> String {
    let text = String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned();
    let all: Vec<&str> = text.lines().collect();
    let from = all.len().saturating_sub(lines);
    all.get(from..).unwrap_or_default().join("\n")
}

/// What a program took of the machine since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Processor seconds, with those of the programs that it started and that have ended.
    pub cpu: f64,
    /// The most memory that was resident at a time, in bytes. Programs that it started are not in it.
    pub peak: u64,
}

fn usage(pid: u32) -> Option<Usage> {
    let folder = folder(pid)?;
    let status = fs::read_to_string(folder.join("status")).ok()?;
    let kib = field(&status, "VmHWM:")?.split_whitespace().next()?.parse::<u64>().ok()?;
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // After the name, which may have spaces in it, come the fields from the third on: times are the 14th to the 17th.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(4).map(|ticks| ticks.parse::<u32>().ok());
    let ticks: u32 = ticks.sum::<Option<u32>>()?;
    let second = u32::try_from(rustix::param::clock_ticks_per_second()).ok()?;
    Some(Usage { cpu: f64::from(ticks) / f64::from(second), peak: kib * 1024 })
}

fn resident_bytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(folder(pid)?.join("status")).ok()?;
    let kib = field(&status, "VmRSS:")?.split_whitespace().next()?.parse::<u64>().ok()?;
    Some(kib * 1024)
}

/// A process's folder. `/proc` may be that of the outer process namespace: the process is known there by another number,
/// and named ours last in its line `NSpid`.
fn folder(pid: u32) -> Option<PathBuf> {
    let here = fs::read_link("/proc/self/ns/pid").ok()?;
    let folders = fs::read_dir("/proc").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut ours = folders.filter(|dir| fs::read_link(dir.join("ns/pid")).is_ok_and(|there| there == here));
    ours.find(|dir| {
        let status = fs::read_to_string(dir.join("status")).unwrap_or_default();
        let number =
            field(&status, "NSpid:").and_then(|numbers| numbers.split_whitespace().last()?.parse::<u32>().ok());
        number == Some(pid)
    })
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name))
}
