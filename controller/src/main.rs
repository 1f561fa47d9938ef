//! `sluice`: progressive delivery for Kubernetes.

use std::io::IsTerminal;
use std::process::{ExitCode, Termination};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use sluice_controller::options::{LogFormat, Options, file};
use sluice_controller::run::run;
use tracing_subscriber::EnvFilter;

/// Progressive delivery for Kubernetes.
#[derive(Parser)]
#[command(name = "sluice", version)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Roll out new versions step by step, and take bad ones back.
    Controller(Box<Options>),
}

/// The first argument of a child that takes limits on and becomes what is to run within them.
const JAIL: &str = "jail";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|word| word == JAIL) {
        return sluice_render::jail::main(arguments);
    }
    controller().report()
}

fn controller() -> anyhow::Result<()> {
    let Line { command: Command::Controller(options) } = told()?;
    log(&options)?;
    // Before the first handshake: with no provider installed, rustls panics there.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        anyhow::bail!("install the TLS provider: another one is installed already");
    }
    // Two are enough: a pass is a millisecond of work. Each more has a stack and an arena of its own.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ran = runtime.block_on(run(*options));
    // Passes have ended; what else runs, such as a name being looked up, is not worth waiting for.
    runtime.shutdown_background();
    Ok(ran?)
}

/// What the command line says, with the environment and the file that it names.
fn told() -> anyhow::Result<Line> {
    let command = Line::command().mut_subcommand("controller", file::with_variables);
    let line = file::completed(&command, "controller", std::env::args_os().collect())?;
    // What does not parse is said, with help, and ends the process.
    Ok(Line::from_arg_matches(&command.get_matches_from(line))?)
}

/// What the libraries say of failed calls, Sluice says itself, once and with what it was doing.
const QUIET: &str = "kube_client=off,kube_runtime=off";

fn log(options: &Options) -> anyhow::Result<()> {
    let filter: EnvFilter = format!("{QUIET},{}", options.loglevel).parse()?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match options.logformat {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}
