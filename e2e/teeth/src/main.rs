//! `cargo teeth`: plants bugs in a copy of the controller, and sees storms find each of them.

mod bug;
mod bugs;
mod copy;
mod hunt;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use bug::{Bug, Storms};
use hunt::{Hunt, Storm};

/// Plants bugs, and sees storms find them.
#[derive(Parser)]
#[command(name = "teeth")]
struct Line {
    /// Only bugs whose name has one of these words in it.
    words: Vec<String>,
    /// How many storms may look for a bug.
    #[arg(long, default_value_t = 2000)]
    seeds: u64,
    /// How many crash plans, evenly out of all, may look for what no storm has found.
    #[arg(long, default_value_t = 4000)]
    plans: u64,
    /// How many storms must find nothing where no bug is planted.
    #[arg(long, default_value_t = 200)]
    clean: u64,
    /// How many bugs must be caught. Default: all that are looked for.
    #[arg(long)]
    least: Option<usize>,
    /// Says which bugs there are.
    #[arg(long)]
    list: bool,
}

fn main() -> Result<ExitCode> {
    let line = Line::parse();
    let all = bugs::all();
    if line.list {
        for bug in &all {
            println!("{}\n    {}", bug.name, bug.why);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().context("find the workspace")?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let copied = target.join("teeth/copy");
    copy::plant(&root, &copied, &all)?;
    let storm = Storm::build(&copied, &target)?;
    for storms in Storms::ALL {
        let clean = storm.hunt(storms, None, (line.clean, 0))?;
        tell("(none)", &clean);
        ensure!(clean.caught.is_none(), "without a bug the storms are not clean: mend that first");
    }
    let (mut count, mut caught) = (0, 0);
    let wanted = |bug: &Bug| line.words.is_empty() || line.words.iter().any(|word| bug.name.contains(word.as_str()));
    let each = |storms| bugs::of(storms).into_iter().map(move |bug| (storms, bug));
    for (storms, bug) in Storms::ALL.into_iter().flat_map(each).filter(|(_, bug)| wanted(bug)) {
        let hunt = storm.hunt(storms, Some(bug.name), (line.seeds, line.plans))?;
        tell(bug.name, &hunt);
        count += 1;
        caught += usize::from(hunt.caught.is_some());
    }
    println!("{count} bugs, {caught} caught within {} seeds and {} crash plans", line.seeds, line.plans);
    Ok(if caught >= line.least.unwrap_or(count) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(bug: &str, hunt: &Hunt) {
    let seconds = hunt.took.as_secs_f64();
    match &hunt.caught {
        Some(caught) => println!("{bug:<52} {seconds:>6.1} s  {:<14} {}", caught.again, caught.law),
        None => println!("{bug:<52} {seconds:>6.1} s  not found"),
    }
}
