//! The command line.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::act::Act;

mod dashboard;
mod simulate;

pub(crate) use dashboard::DashboardArgs;
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

/// Which cluster to talk to, and as whom: kubectl's flags.
#[derive(Args, Debug)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct ClusterFlags {
    /// The namespace. Default: that of the kubeconfig's context.
    #[arg(short, long, global = true)]
    pub(crate) namespace: Option<String>,
    /// The kubeconfig's context to use.
    #[arg(long, global = true)]
    pub(crate) context: Option<String>,
    /// The kubeconfig's cluster to use.
    #[arg(long, global = true)]
    pub(crate) cluster: Option<String>,
    /// The kubeconfig's user to use.
    #[arg(long, global = true)]
    pub(crate) user: Option<String>,
    /// The kubeconfig file. Default: KUBECONFIG, ~/.kube/config, or the pod's own account.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// A user to act as.
    #[arg(long = "as", global = true, value_name = "USER")]
    pub(crate) as_user: Option<String>,
    /// A group to act as a member of; may be given several times.
    #[arg(long = "as-group", global = true, value_name = "GROUP", requires = "as_user")]
    pub(crate) as_groups: Vec<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows an object and what belongs to it.
    #[command(subcommand)]
    Get(Get),
    /// Says the phase of a Rollout, until it is Healthy or Degraded. Fails when Degraded or out of time.
    Status(StatusArgs),
    /// Lets a held Rollout go on, or skips what it waits for.
    Promote(PromoteArgs),
    /// Takes updates back: traffic and pods return to the stable revision.
    Abort(AbortArgs),
    /// Tries aborted updates again, from the first step.
    Retry(RetryArgs),
    /// Shows, without a cluster, the way that an update of a Rollout would take.
    Simulate(SimulateArgs),
    /// Serves pages to look at and drive Rollouts by, to this machine alone.
    Dashboard(DashboardArgs),
    /// Prints the version of this program.
    Version(VersionArgs),
}

/// What to show.
#[derive(Debug, Subcommand)]
pub(crate) enum Get {
    /// Shows a Rollout with its revisions, pods and analyses.
    #[command(visible_aliases = ["ro", "rollouts"])]
    Rollout(GetRollout),
}

/// Arguments of `get rollout`.
#[derive(Args, Debug)]
pub(crate) struct GetRollout {
    /// The Rollout.
    pub(crate) name: String,
    /// Stays and shows it again when anything changes.
    #[arg(short, long)]
    pub(crate) watch: bool,
}

/// Arguments of `status`.
#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// The Rollout.
    pub(crate) name: String,
    /// Waits for the end; `--watch=false` says how it is now.
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true")]
    #[arg(action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) watch: bool,
    /// How long to wait at most, like 90s or 5m. 0: for ever.
    #[arg(short, long, default_value = "0", value_parser = duration, value_name = "DURATION")]
    pub(crate) timeout: Duration,
}

/// Arguments of `promote`.
#[derive(Args, Debug)]
pub(crate) struct PromoteArgs {
    /// The Rollout.
    pub(crate) name: String,
    /// Skips all that is left: steps, pauses and analyses.
    #[arg(long)]
    pub(crate) full: bool,
}

impl PromoteArgs {
    /// What is asked for.
    pub(crate) fn act(&self) -> Act {
        if self.full { Act::PromoteFull } else { Act::Promote }
    }
}

/// Arguments of `abort`.
#[derive(Args, Debug)]
pub(crate) struct AbortArgs {
    /// The Rollouts.
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

/// Arguments of `retry`.
#[derive(Args, Debug)]
pub(crate) struct RetryArgs {
    /// The Rollouts; the word `rollout` may stand before them.
    #[arg(required = true, value_name = "[rollout] NAME")]
    words: Vec<String>,
}

impl RetryArgs {
    /// The names, without the kind before them.
    pub(crate) fn names(&self) -> &[String] {
        match self.words.split_first() {
            Some((kind, names)) if is_kind(kind) && !names.is_empty() => names,
            _ => &self.words,
        }
    }
}

fn is_kind(word: &str) -> bool {
    matches!(word, "rollout" | "rollouts" | "ro" | "rollout.argoproj.io" | "rollouts.argoproj.io")
}

/// Arguments of `version`.
#[derive(Args, Debug)]
pub(crate) struct VersionArgs {
    /// Prints the number only.
    #[arg(long)]
    pub(crate) short: bool,
}

/// Reads the command line; on a mistake says so and ends the program.
pub(crate) fn parse() -> Cli {
    let called = std::env::args_os().next().unwrap_or_default();
    let matches = Cli::command().bin_name(program(&called)).get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// How users call the program of that file: kubectl finds plugins by file name.
fn program(called: &OsStr) -> String {
    let stem = Path::new(called).file_stem().unwrap_or_default().to_string_lossy();
    match stem.strip_prefix("kubectl-") {
        Some(plugin) => format!("kubectl {}", plugin.replace('-', " ")),
        None => stem.into_owned(),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = sluice_crds::duration::parse_or_seconds(text).map_err(|error| error.to_string())?;
    Duration::try_from(duration).map_err(|_| "must not be negative".to_owned())
}

#[cfg(test)]
mod tests;
