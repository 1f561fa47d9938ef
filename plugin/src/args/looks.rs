//! Arguments of commands that look and change nothing.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::common::{Form, Names, labels};
use super::duration;

/// Arguments of `get`.
#[derive(Args, Debug)]
pub(crate) struct GetArgs {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Stays and shows it again when anything changes.
    #[arg(short, long, conflicts_with = "output")]
    pub(crate) watch: bool,
    /// Ends the watch after so many seconds. 0: never. Without --watch there is nothing to end.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) timeout_seconds: u32,
}

/// What to list.
#[derive(Debug, Subcommand)]
pub(crate) enum List {
    /// Lists Rollouts.
    #[command(visible_aliases = ["ro", "rollout"])]
    Rollouts(ListRollouts),
    /// Lists Experiments.
    #[command(visible_aliases = ["exp", "experiment"])]
    Experiments(ListExperiments),
}

/// Arguments of `list rollouts`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ListRollouts {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Lists the Rollout of this name only.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Stays and lists again what changes.
    #[arg(short, long, conflicts_with = "output")]
    pub(crate) watch: bool,
    /// Puts the time before each line.
    #[arg(long)]
    pub(crate) timestamps: bool,
}

/// Arguments of `list experiments`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ListExperiments {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Which objects to list.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Which {
    /// Lists those of all namespaces.
    #[arg(short = 'A', long)]
    pub(crate) all_namespaces: bool,
    /// Lists those that have these labels.
    #[arg(short = 'l', long, value_name = "LABELS", value_parser = labels)]
    pub(crate) selector: Option<String>,
}

/// Arguments of `status`.
#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Waits for the end; `--watch=false` says how it is now.
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true")]
    #[arg(action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) watch: bool,
    /// How long to wait at most, like 90s or 5m. 0: for ever.
    #[arg(short, long, default_value = "0", value_parser = duration, value_name = "DURATION")]
    pub(crate) timeout: Duration,
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Arguments of `history`.
#[derive(Args, Debug)]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Arguments of `doctor`.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) form: Form,
}
