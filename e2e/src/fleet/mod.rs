//! The fleet: many Applications of one repository on a real API server, and what they cost the controller.
//!
//! [`stage`] starts the cluster, the repository and the controller, [`board`] watches the Applications, [`course`] goes
//! through what is measured, [`table`] shows it beside what the established controllers need. `SLUICE_CONTROLLER` names a
//! controller to measure in place of the one that is built here. Its exit status is not 0 where a bound is broken: it says which.

mod board;
mod course;
mod stage;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::runtime::Runtime;

use crate::namespace::{self, Inside};
use crate::programs::Programs;
use crate::tools::Tools;
use course::Course;
use stage::Stage;

/// The cargo profile of the controller.
const PROFILE: &str = "demo";
/// The status of a program that was ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// What a fleet costs.
#[derive(Debug, Parser)]
#[command(name = "fleet")]
struct Options {
    /// A fleet of Applications.
    #[arg(long, required = true)]
    apps: bool,
    /// How many.
    #[arg(short, long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    number: u32,
    /// Objects of the one Application that is large; 0 leaves it out.
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(0..=20_000))]
    objects: u32,
    /// The cargo profile of the controller.
    #[arg(long, default_value = PROFILE)]
    profile: String,
}

/// The `main` of the fleet.
pub fn main() -> ExitCode {
    let options = Options::parse();
    run(&options).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(options: &Options) -> Result<ExitCode> {
    if let Some(inside) = namespace::inside()? {
        return within(options, &inside);
    }
    // Where the network is still to be had.
    if named().is_none() {
        Programs::build(&options.profile)?;
    }
    Tools::ensure()?;
    namespace::run_inside(&[])
}

/// The controller that is named to be measured.
fn named() -> Option<PathBuf> {
    std::env::var_os("SLUICE_CONTROLLER").map(PathBuf::from)
}

fn within(options: &Options, inside: &Inside) -> Result<ExitCode> {
    let tools = Tools::ensure()?;
    let runtime = Runtime::new().context("start the runtime")?;
    let code = runtime.block_on(async {
        tokio::select! {
            code = measure(options, &tools, inside) => code,
            asked = namespace::asked_to_end() => asked.map(|()| ExitCode::from(INTERRUPTED)),
        }
    });
    // What still waits for an answer is ended, not waited for.
    runtime.shutdown_background();
    code
}

async fn measure(options: &Options, tools: &Tools, inside: &Inside) -> Result<ExitCode> {
    let stage = Stage::start(tools, &inside.run_dir, options).await?;
    let figures = Course::new(&stage, options).run().await;
    let figures = figures.with_context(|| format!("the controller's log ends:\n{}", stage.log_tail()))?;
    println!("\n{}", table::of(&figures));
    let broken = table::broken(&figures);
    for one in &broken {
        eprintln!("over its bound: {one}");
    }
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
