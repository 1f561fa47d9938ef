//! The private namespace that everything runs in: own users, own network, own processes.
//!
//! A program calls [`inside`] first. Outside it is `None`, and [`run_inside`] starts the same program again within,
//! passes its exit status on, and stays as a thin parent. When the parent dies, by whatever signal, the kernel ends all
//! that runs inside: the parent's death kills `unshare` (`setpriv --pdeathsig`), whose death kills the first process of
//! the inner process namespace (`--kill-child`), and with that one every other.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::forward::{self, Door};
use crate::rundir::RunDir;

const RUN_DIR: &str = "SLUICE_E2E_RUN_DIR";
const DOORS: &str = "SLUICE_E2E_DOORS";
const UNSHARE: [&str; 6] = ["unshare", "--user", "--map-root-user", "--net", "--pid", "--fork"];
/// How long the inside may take to end by itself once it is told to.
const GRACE: Duration = Duration::from_secs(10);

/// The address of the namespace's own services, such as Traefik's.
pub const ADDRESS: &str = "10.250.0.1";

/// What the inside knows of the outside.
#[derive(Debug)]
pub struct Inside {
    /// The folder of this run; the outside removes it.
    pub run_dir: PathBuf,
    /// The doors that the outside has opened.
    pub doors: Vec<Door>,
}

impl Inside {
    /// The host's port that leads to `name`, if the outside opened one.
    pub fn door(&self, name: &str) -> Option<u16> {
        self.doors.iter().find(|door| door.name == name).map(|door| door.port)
    }
}

/// Says whether this process runs inside the namespace, and sets the network up when it does.
pub fn inside() -> Result<Option<Inside>> {
    let Some(run_dir) = std::env::var_os(RUN_DIR) else {
        return Ok(None);
    };
    let doors = std::env::var(DOORS).unwrap_or_default();
    let doors = doors.split_whitespace().map(str::parse).collect::<Result<_>>()?;
    set_network_up()?;
    Ok(Some(Inside { run_dir: run_dir.into(), doors }))
}

/// Runs this program again inside, with the same arguments, and returns its exit status.
///
/// `doors` names what is to be reachable from outside; the inside opens its half with [`forward::open_inside`].
pub fn run_inside(doors: &[&str]) -> Result<ExitCode> {
    run_inside_with(doors, &[])
}

/// Like [`run_inside`], and tells the inside more in its environment.
pub fn run_inside_with(doors: &[&str], told: &[(&str, String)]) -> Result<ExitCode> {
    check_permitted()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(parent(doors, told))
}

/// Waits until the inside is asked to end: Ctrl-C, SIGTERM, or the outside having let go of its end of stdin.
///
/// Without this somewhere, nothing but SIGKILL ends the inside: the kernel gives the first process of a process
/// namespace no signal that it has no handler for.
pub async fn asked_to_end() -> Result<()> {
    let (mut interrupt, mut terminate) = signals()?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = end_of_stdin() => {}
    }
    Ok(())
}

/// Reads in a thread of its own: one of the runtime's would keep the runtime from ending.
fn end_of_stdin() -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        ended.send(())
    });
    end
}

async fn parent(names: &[&str], told: &[(&str, String)]) -> Result<ExitCode> {
    let run = RunDir::create()?;
    let mut doors = Vec::new();
    for name in names {
        doors.push(forward::open_outside(name, run.path()).await?);
    }
    let mut command = command(run.path(), &doors)?;
    let child = command.envs(told.iter().cloned()).spawn().context("start setpriv (package util-linux)")?;
    let status = supervise(child).await?;
    Ok(exit_code(status))
}

/// This program, told by the environment that it is inside.
fn command(run: &Path, doors: &[Door]) -> Result<Command> {
    let program = std::env::current_exe().context("find this program's file")?;
    let doors: Vec<String> = doors.iter().map(ToString::to_string).collect();
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).args(UNSHARE).arg("--kill-child").arg("--").arg(program);
    command.args(std::env::args_os().skip(1)).env(RUN_DIR, run).env(DOORS, doors.join(" "));
    command.stdin(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

/// Waits for the child. On a signal it is asked to end by closing its stdin, and killed if it does not.
async fn supervise(mut child: Child) -> Result<ExitStatus> {
    let (mut interrupt, mut terminate) = signals()?;
    // `Child::wait` would close a stdin that is still the child's.
    let stdin = child.stdin.take();
    tokio::select! {
        status = child.wait() => return status.context("wait for the inside"),
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    drop(stdin);
    if let Ok(status) = timeout(GRACE, child.wait()).await {
        return status.context("wait for the inside to end");
    }
    child.kill().await.context("kill the inside")?;
    child.wait().await.context("wait for the killed inside")
}

fn signals() -> Result<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)> {
    let interrupt = signal(SignalKind::interrupt()).context("listen for Ctrl-C")?;
    Ok((interrupt, signal(SignalKind::terminate()).context("listen for SIGTERM")?))
}

/// The child's own status, or as a shell has it for one that a signal ended.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Tries a namespace out, so that a system that refuses them is told apart from a failure inside.
fn check_permitted() -> Result<()> {
    let [unshare, flags @ ..] = UNSHARE;
    let tried = std::process::Command::new(unshare)
        .args(flags)
        .args(["ip", "link", "set", "lo", "up"])
        .output()
        .context("start unshare (package util-linux)")?;
    if !tried.status.success() {
        bail!(
            "make a private network namespace: {}\nThis needs `ip` (package iproute2) and user namespaces for users: \
             sysctl kernel.unprivileged_userns_clone=1, on Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0; \
             in a container start it with --security-opt seccomp=unconfined",
            String::from_utf8_lossy(&tried.stderr).trim()
        );
    }
    Ok(())
}

/// Brings the loopback up and makes every pod address one of this machine's own, with nothing to do per pod.
fn set_network_up() -> Result<()> {
    ip(&["link", "set", "lo", "up"])?;
    ip(&["route", "replace", "local", "10.244.0.0/16", "dev", "lo"])?;
    ip(&["addr", "replace", &format!("{ADDRESS}/32"), "dev", "lo"])
}

fn ip(arguments: &[&str]) -> Result<()> {
    let done = std::process::Command::new("ip").args(arguments).output().context("start ip (package iproute2)")?;
    if !done.status.success() {
        bail!("ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}
