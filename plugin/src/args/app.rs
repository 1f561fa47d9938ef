//! Arguments of `app`: Applications and what is done with them.

mod judge;
mod looks;
mod orders;
mod resource;

use clap::{Args, Subcommand, ValueEnum};

pub(crate) use judge::{Clusterwise, DiffArgs, LintAppsArgs, LocalFlags};
pub(crate) use looks::{GetAppArgs, HistoryAppArgs, ListAppsArgs, LogsArgs};
pub(crate) use orders::{RefreshArgs, RollbackArgs, Strategy, SyncArgs, TerminateAppArgs, WaitArgs};
pub(crate) use resource::ResourceFlag;
use resource::resource;

use super::common::{Format, labels};

/// What to do with Applications.
#[derive(Debug, Subcommand)]
pub(crate) enum App {
    /// Lists Applications, a line each.
    List(ListAppsArgs),
    /// Shows Applications: their objects with sync and health, hooks, what is wrong, and the releases inside.
    Get(GetAppArgs),
    /// Makes the cluster as git says, tells what is done as it is done, and fails when the sync does.
    Sync(SyncArgs),
    /// Lists past deployments of an Application.
    #[command(visible_alias = "hist")]
    History(HistoryAppArgs),
    /// Goes back to a past deployment, by its number in history.
    Rollback(RollbackArgs),
    /// Ends what is being done with Applications.
    #[command(visible_alias = "terminate-op")]
    Terminate(TerminateAppArgs),
    /// Has the controller look at git and the cluster anew.
    Refresh(RefreshArgs),
    /// Waits until Applications are synced, healthy, and nothing is being done with them.
    Wait(WaitArgs),
    /// Prints the logs of the pods that belong to an Application's objects.
    Logs(LogsArgs),
    /// Says what is wrong with Applications and projects before anything is written, and which objects a project blocks.
    Lint(LintAppsArgs),
    /// Shows what a sync would change, and writes nothing. Exit status: 0 nothing, 1 something, 2 it cannot be told.
    Diff(DiffArgs),
}

/// Which Applications.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct AppNames {
    /// The names; NAMESPACE/NAME for one that is in another namespace.
    #[arg(value_name = "NAME")]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) which: AppWhich,
}

/// Which Applications, where no names are given.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct AppWhich {
    /// All that have these labels, in the place of names.
    #[arg(short = 'l', long, value_name = "LABELS", value_parser = labels)]
    pub(crate) selector: Option<String>,
    /// The namespace of the Applications. Default: that of --namespace.
    #[arg(short = 'N', long, value_name = "NAMESPACE")]
    pub(crate) app_namespace: Option<String>,
}

/// A form to tell it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AppFormat {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// A table with all there is to say.
    Wide,
    /// Names only; of history, numbers only.
    #[value(alias = "id")]
    Name,
    /// A tree.
    #[value(alias = "tree=detailed")]
    Tree,
}

/// In which form to tell it.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct AppForm {
    /// How to tell it.
    #[arg(short, long = "output", value_enum, value_name = "FORM")]
    pub(crate) output: Option<AppFormat>,
}

impl AppForm {
    /// The form for programs, if one is asked for.
    pub(crate) fn document(self) -> Option<Format> {
        match self.output? {
            AppFormat::Json => Some(Format::Json),
            AppFormat::Yaml => Some(Format::Yaml),
            AppFormat::Wide | AppFormat::Name | AppFormat::Tree => None,
        }
    }

    /// Whether it is this one.
    pub(crate) fn is(self, format: AppFormat) -> bool {
        self.output == Some(format)
    }
}
