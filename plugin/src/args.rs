//! The command line.

use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

mod app;
mod called;
mod cluster;
mod common;
mod dashboard;
mod files;
mod looks;
mod notifications;
mod orders;
mod rest;
mod simulate;

pub(crate) use app::{
    App, AppForm, AppFormat, AppNames, AppWhich, Clusterwise, DiffArgs, GetAppArgs, HistoryAppArgs, LintAppsArgs,
    ListAppsArgs, LocalFlags, LogsArgs, RefreshArgs, ResourceFlag, RollbackArgs, Strategy, SyncArgs, WaitArgs,
};
pub(crate) use called::{Called, called};
pub(crate) use cluster::ClusterFlags;
#[cfg(test)]
pub(crate) use common::Form;
pub(crate) use common::{Format, Names};
pub(crate) use dashboard::DashboardArgs;
pub(crate) use files::{Create, CreateArgs, CreateRun, LintArgs};
pub(crate) use looks::{
    DoctorArgs, ExplainArgs, GetArgs, HistoryArgs, List, ListExperiments, ListRollouts, StatusArgs,
};
pub(crate) use notifications::{Configured, Named, Notifications, NotifyArgs, RunArgs, TemplateOf, TriggerOf};
pub(crate) use orders::{
    AbortArgs, PauseArgs, PromoteArgs, RestartArgs, RetryArgs, Set, TerminateArgs, UndoArgs, Wait,
};
pub(crate) use rest::{CompleteArgs, CompletionArgs, Shell, VersionArgs};
pub(crate) use simulate::{Output, SimulateArgs};

/// Looks at Rollouts and drives them by hand.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) cluster: ClusterFlags,
    /// Prints without colours. They are also left out when NO_COLOR is set, for TERM=dumb, and into pipes.
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows Rollouts or Experiments, and what belongs to them.
    Get(GetArgs),
    /// Lists objects, a line each.
    #[command(subcommand)]
    List(List),
    /// Says the phase of Rollouts, until they are Healthy or Degraded. Fails when Degraded or out of time.
    Status(StatusArgs),
    /// Says what the controller does next with Rollouts, what it waits for, and what a promote or an abort would do.
    Explain(ExplainArgs),
    /// Lists the releases of a Rollout with how they went.
    History(HistoryArgs),
    /// Lets held Rollouts go on, or skips what they wait for.
    Promote(PromoteArgs),
    /// Takes updates back: traffic and pods return to the stable revision.
    Abort(AbortArgs),
    /// Tries aborted updates, or Experiments that have ended, again from the beginning.
    Retry(RetryArgs),
    /// Holds Rollouts where they are (spec.paused).
    Pause(PauseArgs),
    /// Replaces all pods of Rollouts.
    Restart(RestartArgs),
    /// Goes back to an earlier pod template.
    Undo(UndoArgs),
    /// Changes a field.
    #[command(subcommand)]
    Set(Set),
    /// Makes objects from files.
    Create(CreateArgs),
    /// Ends AnalysisRuns or Experiments early.
    Terminate(TerminateArgs),
    /// Says what is wrong with manifests, without a cluster.
    Lint(LintArgs),
    /// Shows, without a cluster, the way that an update of a Rollout would take.
    Simulate(SimulateArgs),
    /// Looks at Applications and syncs them: what git describes, and what of it is in the cluster.
    #[command(subcommand)]
    App(App),
    /// Looks whether the cluster has what Sluice needs, and says what to mend.
    Doctor(DoctorArgs),
    /// Prints a script that has the shell complete commands, flags and names.
    Completion(CompletionArgs),
    /// Tries templates and triggers of notifications.
    #[command(subcommand)]
    Notifications(Notifications),
    /// Serves pages to look at and drive Rollouts by, to this machine alone.
    Dashboard(DashboardArgs),
    /// Prints the version of this program.
    Version(VersionArgs),
    /// What the shell asks while a line is typed.
    #[command(name = "__complete", hide = true, disable_help_flag = true)]
    Complete(CompleteArgs),
}

/// The command line as users know it by the name they called it by.
pub(crate) fn command(program: &str) -> clap::Command {
    Cli::command().bin_name(program.to_owned())
}

/// Reads the command line; on a mistake says so and ends the program.
pub(crate) fn parse(called: &Called) -> Cli {
    let matches = command(&called.program).try_get_matches_from(&called.line);
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).unwrap_or_else(|error| refuse(&error))
}

/// Help is no mistake; all else ends as the established plugin ends then, with 1.
fn refuse(error: &clap::Error) -> ! {
    let _ = error.print();
    std::process::exit(i32::from(error.use_stderr()))
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = sluice_crds::duration::parse_or_seconds(text).map_err(|error| error.to_string())?;
    Duration::try_from(duration).map_err(|_| "must not be negative".to_owned())
}

#[cfg(test)]
mod tests;
