//! However a program that entered the namespace ends, nothing of it is left: no process, no folder.
//!
//! Each trial starts this very binary again as a victim, which enters the namespace and starts a program there.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use sluice_e2e::{namespace, wait};

/// Names the victim, and in it the number of seconds that makes its program recognisable.
const VICTIM: &str = "SLUICE_E2E_VICTIM";

fn main() -> Result<ExitCode> {
    match std::env::var(VICTIM) {
        Ok(seconds) => victim(&seconds),
        Err(_) => Ok(trials()),
    }
}

fn trials() -> ExitCode {
    let trial = |name: &str, seconds: &'static str, signal: &'static str| {
        Trial::test(name, move || leaves_nothing(seconds, signal).map_err(|error| Failed::from(format!("{error:#}"))))
    };
    let all = vec![
        trial("a_killed_program_leaves_nothing_behind", "86401.25", "KILL"),
        trial("a_terminated_program_leaves_nothing_behind", "86402.25", "TERM"),
        trial("an_interrupted_program_leaves_nothing_behind", "86403.25", "INT"),
    ];
    libtest_mimic::run(&Arguments::from_args(), all).exit_code()
}

/// Enters, starts a program that would outlive everything, and waits to be ended.
fn victim(seconds: &str) -> Result<ExitCode> {
    if namespace::inside()?.is_none() {
        return namespace::run_inside(&[]);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let _program = tokio::process::Command::new("sleep").arg(seconds).spawn().context("start sleep")?;
        println!("ready");
        namespace::asked_to_end().await
    })?;
    Ok(ExitCode::SUCCESS)
}

fn leaves_nothing(seconds: &'static str, signal: &str) -> Result<()> {
    let mut victim = start(seconds)?;
    wait_for(|| running(seconds)).context("the program never ran")?;
    let pid = victim.0.id().to_string();
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {pid}")]).status().context("send the signal")?;
    ensure!(sent.success(), "kill -{signal} failed");
    victim.0.wait().context("wait for the victim")?;
    wait_for(|| !running(seconds)).context("the program still runs")?;
    let folder = std::env::temp_dir().join(format!("sluice-e2e-{pid}"));
    // Nobody can tidy up after SIGKILL; the next run does.
    ensure!(signal == "KILL" || !folder.exists(), "{} is left", folder.display());
    if folder.exists() { fs::remove_dir_all(&folder).context("tidy up") } else { Ok(()) }
}

/// Ended with the trial, also when that fails.
struct Victim(Child);

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

/// Starts the victim and returns once it says that its program runs.
fn start(seconds: &str) -> Result<Victim> {
    let program = std::env::current_exe().context("find this program's file")?;
    let child = Command::new(program).env(VICTIM, seconds).stdout(Stdio::piped()).spawn().context("start")?;
    let mut victim = Victim(child);
    let output = victim.0.stdout.take().context("take the victim's output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).context("wait for the victim")?;
    ensure!(line == "ready\n", "the victim said {line:?}");
    Ok(victim)
}

fn wait_for(holds: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + wait::PATIENCE;
    while !holds() {
        ensure!(Instant::now() < deadline, "not so after {:?}", wait::PATIENCE);
        sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Whether any process of this machine has the program's command line.
fn running(seconds: &str) -> bool {
    let folders = fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let lines = folders.filter_map(|folder| fs::read(folder.join("cmdline")).ok());
    lines.into_iter().any(|line| line == format!("sleep\0{seconds}\0").into_bytes())
}
