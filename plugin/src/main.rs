//! `kubectl sluice`: looks at Rollouts and drives them by hand.
//!
//! The same program answers to `kubectl argo rollouts` when it is installed, or linked, as `kubectl-argo-rollouts`.

mod act;
mod age;
mod args;
mod client;
mod clock;
mod dashboard;
mod explain;
mod get;
mod out;
mod phase;
mod seen;
mod selector;
mod simulate;
mod status;
mod tree;
mod version;

use std::io;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::args::{Cli, Command, Get};
use crate::client::Cluster;

fn main() -> ExitCode {
    let cli = args::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("Error: {}", explain::explain(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let out = out::Out::new(cli.no_color);
    let cluster = || Cluster::connect(&cli.cluster);
    match cli.command {
        Command::Get(Get::Rollout(get)) => wait(async { get::run(&cluster().await?, &get, out).await }),
        Command::Status(status) => wait(async { status::run(&cluster().await?, &status, out).await }),
        Command::Promote(promote) => {
            wait(async { act::run(&cluster().await?, promote.act(), &[promote.name], out).await })
        }
        Command::Abort(abort) => wait(async { act::run(&cluster().await?, act::Act::Abort, &abort.names, out).await }),
        Command::Retry(retry) => wait(async { act::run(&cluster().await?, act::Act::Retry, retry.names(), out).await }),
        Command::Simulate(wanted) => simulate::run(&wanted, cli.cluster.namespace.as_deref(), out),
        Command::Dashboard(wanted) => wait(async { dashboard::run(&cluster().await?, &wanted, out).await }),
        Command::Version(wanted) => version::print(&wanted, out),
    }
}

/// Waits for what is asked of a cluster.
fn wait(work: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(work)
}

/// Whether whoever read our output, such as `head`, has had enough.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
