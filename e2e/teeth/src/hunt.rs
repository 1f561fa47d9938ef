//! Lets storms look for a bug.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::bug::Storms;

/// Names the bug that is at work.
const PLANTED: &str = "SLUICE_PLANTED";
/// Longest hunt, on a machine that has other work too.
const PATIENCE: Duration = Duration::from_mins(6);

/// The program with all bugs in it.
pub(crate) struct Storm {
    program: PathBuf,
    logs: PathBuf,
}

/// What came of a hunt.
pub(crate) struct Hunt {
    /// What plays the run again that found it; `None` when none did.
    pub(crate) caught: Option<Caught>,
    /// How long it took.
    pub(crate) took: Duration,
}

/// A run that went wrong.
pub(crate) struct Caught {
    /// The command that plays it again.
    pub(crate) again: String,
    /// The first law that it broke.
    pub(crate) law: String,
}

impl Storm {
    /// Builds the program from the copy. Everything between is shared with the workspace's own builds; the program itself
    /// is put beside the copy.
    pub(crate) fn build(copy: &Path, target: &Path) -> Result<Self> {
        let (out, logs) = (target.join("teeth/out"), target.join("teeth/logs"));
        let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--quiet", "--profile", "demo", "--package", "sluice-storm", "--bin", "storm"])
            .env("CARGO_BUILD_BUILD_DIR", target)
            .env("CARGO_TARGET_DIR", &out)
            .current_dir(copy)
            .status()
            .context("build the copy")?;
        ensure!(built.success(), "the copy does not compile: mend the texts that are put into it");
        fs::create_dir_all(&logs)?;
        Ok(Self { program: out.join("demo/storm"), logs })
    }

    /// Plays storms, and of Rollouts then crash plans, until one goes wrong, with that bug at work; without one, none may.
    #[allow(clippy::disallowed_methods, reason = "people wait for it by their own clock")]
    pub(crate) fn hunt(&self, storms: Storms, bug: Option<&str>, (seeds, plans): (u64, u64)) -> Result<Hunt> {
        let log = self.logs.join(bug.unwrap_or("none").replace([' ', '-'], "_"));
        let began = Instant::now();
        let mut storm = Command::new(&self.program);
        storm.args(["--failures", "1", "--seeds", &seeds.to_string()]);
        match storms {
            Storms::Rollouts => storm.args(["--plans", &plans.to_string()]),
            Storms::Applications => storm.arg("--apps"),
        };
        storm.env(PLANTED, bug.unwrap_or_default());
        storm.stdout(File::create(log.with_extension("out"))?).stderr(File::create(log.with_extension("err"))?);
        let child = storm.spawn().context("start the storm")?;
        let went_well = ended(child, began)?;
        let said = fs::read_to_string(log.with_extension("err"))?;
        let caught = said.lines().find_map(Caught::read);
        if caught.is_none() && !went_well {
            bail!("the storm ended without a word of what is wrong; see {}", log.with_extension("err").display());
        }
        Ok(Hunt { caught, took: began.elapsed() })
    }
}

#[allow(clippy::disallowed_methods, reason = "people wait for it by their own clock")]
fn ended(mut child: Child, began: Instant) -> Result<bool> {
    while began.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        sleep(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    Ok(true)
}

impl Caught {
    /// Reads the line that tells of a failure: the command, the story in brackets, and what was wrong.
    fn read(line: &str) -> Option<Self> {
        let (again, wrong) = line.strip_prefix("cargo storm ")?.split_once("): ")?;
        let (again, _) = again.split_once(" (")?;
        let law = wrong.split("; ").next().unwrap_or(wrong);
        Some(Self { again: again.to_owned(), law: law.to_owned() })
    }
}
