//! The demo: three versions of a web application under 200 requests a second. The first settles, the second is good and
//! goes out step by step, the third fails 8 % of its requests and is taken back.
//!
//! [`main`] runs twice. Outside it makes the programs that are missing, and starts itself again inside the private
//! namespace. There [`stage`] starts everything, [`story`] plays the releases while [`watch`] and the load write down
//! what happens and [`board`] shows it, and [`figures`] judges it afterwards. [`page`] is the report.

mod board;
mod bounds;
mod chart;
mod exposition;
mod figures;
mod inside;
mod options;
mod page;
mod plateau;
mod progress;
mod series;
mod stage;
mod story;
mod watch;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use jiff::Timestamp;

use crate::namespace;
use crate::programs::Programs;
use crate::tools::Tools;
use options::Options;

/// The cargo profile of the controller.
const PROFILE: &str = "demo";
/// The environment variables that tell the inside when the outside began, and how long making the programs took.
const BEGAN: &str = "SLUICE_DEMO_BEGAN";
const MADE: &str = "SLUICE_DEMO_MADE_MS";

/// The `main` of the demo. Its exit status says whether every bound held.
pub fn main() -> ExitCode {
    let options = Options::parse();
    run(&options).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(options: &Options) -> Result<ExitCode> {
    match namespace::inside()? {
        Some(inside) => inside::run(options, &inside),
        None => outside(),
    }
}

/// Makes what is missing, where the network is still to be had, and goes inside.
fn outside() -> Result<ExitCode> {
    let began = now();
    Programs::build(PROFILE)?;
    Tools::ensure()?;
    let made = now().duration_since(began).as_millis();
    namespace::run_inside_with(&stage::DOORS, &[(BEGAN, began.to_string()), (MADE, made.to_string())])
}

/// The clock that both sides of the wall have.
#[allow(clippy::disallowed_methods)] // It measures the real world: nothing here decides by time given to it.
fn now() -> Timestamp {
    Timestamp::now()
}
