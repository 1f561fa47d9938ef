//! Running one step of a tool's making: quiet when quick, with progress when long, with its output when it fails.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::tail;

/// A step is announced when it takes longer than this.
const QUICK: Duration = Duration::from_secs(2);
/// How often a long step says that it is still at it.
const EVERY: Duration = Duration::from_secs(15);

/// Runs `command` to its end. `what` says what it does, as in "download Traefik"; its output goes to `log`.
pub(super) fn run(what: &str, command: &mut Command, log: &Path) -> Result<()> {
    let output = File::create(log).with_context(|| format!("create {}", log.display()))?;
    let errors = output.try_clone().context("share the log file")?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .with_context(|| format!("{what}: start {}", command.get_program().display()))?;
    let status = watch(what, &mut child)?;
    if !status.success() {
        bail!("{what} failed ({status}):\n{}", tail(log, 20));
    }
    Ok(())
}

/// Waits for the child, telling stderr about it from time to time.
fn watch(what: &str, child: &mut Child) -> Result<ExitStatus> {
    let began = Instant::now();
    let mut next_line = QUICK;
    loop {
        if let Some(status) = child.try_wait().with_context(|| format!("{what}: wait"))? {
            return Ok(status);
        }
        if began.elapsed() >= next_line {
            eprintln!("{what} … {} s", began.elapsed().as_secs());
            next_line += EVERY;
        }
        sleep(Duration::from_millis(50));
    }
}
