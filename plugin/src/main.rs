//! `kubectl sluice`: looks at Rollouts and drives them by hand.
//!
//! The same program answers to `kubectl argo rollouts` when it is installed, or linked, as `kubectl-argo-rollouts` or
//! `kubectl-argo`. [`args`] is the command line; each command is a module of its name; [`target`] finds what a command is
//! about, and [`report`] is what it has to say.

mod act;
mod age;
mod app;
mod args;
mod clean;
mod client;
mod clock;
mod complete;
mod create;
mod dashboard;
mod doctor;
mod each;
mod explain;
mod get;
mod history;
mod holder;
mod kind;
mod lint;
mod list;
mod near;
mod notifications;
mod out;
mod planner;
mod report;
mod restart;
mod retry;
mod seen;
mod set_image;
mod simulate;
mod status;
mod table;
mod target;
mod terminate;
#[cfg(test)]
mod tests;
mod tree;
mod trial;
mod trouble;
mod undo;
mod version;

use std::io;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use sluice_orders::release::Act;
use sluice_orders::spec;

use crate::app::render::JAIL;
use crate::args::{App, Cli, Command, Format, List, Set};
use crate::client::Cluster;
use crate::out::Out;
use crate::report::Report;

fn main() -> ExitCode {
    let mut line = std::env::args_os();
    if line.nth(1).is_some_and(|word| word == JAIL) {
        return sluice_render::jail::main(line);
    }
    let done = args::called(std::env::args_os()).map_err(|why| anyhow!(why)).and_then(|called| {
        let cli = args::parse(&called);
        run(cli, &called.program)
    });
    match done {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("Error: {}", trouble::explain(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli, program: &str) -> Result<ExitCode> {
    let out = Out::new(cli.no_color);
    match cli.command {
        Command::Simulate(wanted) => simulate::run(&wanted, cli.cluster.namespace.as_deref(), out),
        Command::Lint(wanted) => lint::run(&wanted, cli.cluster.namespace.as_deref())?.print(wanted.form.output, out),
        Command::App(App::Lint(wanted)) if app::lint::is_of_files(&wanted) => {
            wait(async { app::lint::run(None, &wanted).await?.print(wanted.form.output, out) })
        }
        Command::Completion(wanted) => complete::script(program, wanted.shell, out),
        Command::Dashboard(wanted) => {
            wait(async { dashboard::run(&Cluster::connect(&cli.cluster).await?, &wanted, out).await })
        }
        Command::Version(wanted) => version::report(&wanted)?.print(wanted.form.output, out),
        Command::Complete(wanted) => wait(complete::answer(program, &wanted.words, out)),
        command => wait(async {
            match Cluster::connect(&cli.cluster).await {
                Ok(cluster) => asked(&cluster, command, out).await,
                Err(error) if matches!(command, Command::App(App::Diff(_))) => {
                    app::diff::untold(&error).print(None, out)
                }
                Err(error) => Err(error),
            }
        }),
    }
}

/// Does what is asked of a cluster.
async fn asked(cluster: &Cluster, command: Command, out: Out) -> Result<ExitCode> {
    match &command {
        Command::Get(wanted) if wanted.watch => return get::watched(cluster, wanted, out).await,
        Command::List(List::Rollouts(wanted)) if wanted.watch => return list::watched(cluster, wanted, out).await,
        Command::Create(wanted) if wanted.watch => return create::watched(cluster, wanted, out).await,
        _ => {}
    }
    let (report, format) = reported(cluster, command, out).await;
    report?.print(format, out)
}

/// Does what is asked of a cluster, and gives what there is to say once it is done. Only `status` says something before.
async fn reported(cluster: &Cluster, command: Command, out: Out) -> (Result<Report>, Option<Format>) {
    match command {
        Command::Get(wanted) => (get::report(cluster, &wanted.names).await, wanted.form.output),
        Command::List(List::Rollouts(wanted)) => (list::rollouts(cluster, &wanted).await, wanted.form.output),
        Command::List(List::Experiments(wanted)) => (list::experiments(cluster, &wanted).await, wanted.form.output),
        Command::Status(wanted) => (status::run(cluster, &wanted, out).await, wanted.form.output),
        Command::Create(wanted) => (create::report(cluster, &wanted).await, wanted.form()),
        Command::Explain(wanted) => (explain::run(cluster, &wanted.names).await, wanted.form.output),
        Command::History(wanted) => (history::run(cluster, &wanted.names).await, wanted.form.output),
        Command::App(wanted) => Box::pin(app::run(cluster, wanted, out)).await,
        Command::Notifications(wanted) => Box::pin(notifications::run(cluster, &wanted)).await,
        Command::Doctor(wanted) => (doctor::run(cluster).await, wanted.form.output),
        command => ordered(cluster, command).await,
    }
}

/// Does what changes something.
async fn ordered(cluster: &Cluster, command: Command) -> (Result<Report>, Option<Format>) {
    match command {
        Command::Promote(wanted) => {
            (act::release(cluster, &wanted.names, wanted.act(), None).await, wanted.form.output)
        }
        Command::Abort(wanted) => {
            let reason = wanted.reason.as_deref();
            (act::release(cluster, &wanted.names, Act::Abort, reason).await, wanted.form.output)
        }
        Command::Retry(wanted) => (retry::run(cluster, &wanted.names).await, wanted.form.output),
        Command::Pause(wanted) => (act::run(cluster, &wanted.names, spec::pause).await, wanted.form.output),
        Command::Restart(wanted) => {
            (restart::run(cluster, &wanted.names, &wanted.wait, clock::now()).await, wanted.form.output)
        }
        Command::Undo(wanted) => (undo::run(cluster, &wanted.names, wanted.to_revision).await, wanted.form.output),
        Command::Set(Set::Image(wanted)) => (set_image::run(cluster, &wanted.names).await, wanted.form.output),
        Command::Terminate(wanted) => (terminate::run(cluster, &wanted.names).await, wanted.form.output),
        _ => (Err(anyhow!("this command needs no cluster")), None),
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
