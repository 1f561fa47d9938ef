//! Arguments of commands that have something done with Applications.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::super::duration;
use super::{AppForm, AppNames, AppWhich, ResourceFlag, resource};

/// Arguments of `app sync`.
#[derive(Args, Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "the established switches")]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(crate) names: AppNames,
    #[command(flatten)]
    pub(crate) form: AppForm,
    /// The branch, tag, commit or version to sync to, in the place of what the source says.
    #[arg(long, value_name = "REVISION", conflicts_with = "revisions")]
    pub(crate) revision: Option<String>,
    /// The same, one for each of several sources, in their order; may be given several times.
    #[arg(long, value_name = "REVISION")]
    pub(crate) revisions: Vec<String>,
    /// Deletes what git no longer has.
    #[arg(long)]
    pub(crate) prune: bool,
    /// Asks the API server what would happen, and writes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Deletes and makes anew what cannot be changed.
    #[arg(long)]
    pub(crate) force: bool,
    /// Replaces objects instead of changing them.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Leaves alone what is as git says.
    #[arg(long)]
    pub(crate) apply_out_of_sync_only: bool,
    /// Has objects applied by the server, as they always are here; kept for scripts.
    #[arg(long)]
    pub(crate) server_side: bool,
    /// Only this object, or with ! before it all but this; may be given several times. NAMESPACE/ may stand before the name, and *
    /// for any group, kind, namespace or name. No hooks run then.
    #[arg(long, value_name = "GROUP:KIND:NAME", value_parser = resource)]
    pub(crate) resource: Vec<ResourceFlag>,
    /// With hooks (the default), or without.
    #[arg(long, value_enum, value_name = "STRATEGY")]
    pub(crate) strategy: Option<Strategy>,
    /// How often it is tried again if it fails; below zero: without end.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) retry_limit: Option<i32>,
    /// A word for people, kept with the sync; may be given several times.
    #[arg(long, value_name = "NAME=VALUE", value_parser = info)]
    pub(crate) info: Vec<(String, String)>,
    /// Begins it, and does not wait for its end.
    #[arg(long = "async")]
    pub(crate) is_async: bool,
    /// How long to wait for its end at most, like 90s or 5m. 0: for ever. The sync itself goes on.
    #[arg(short, long, default_value = "0", value_parser = duration, value_name = "DURATION")]
    pub(crate) timeout: Duration,
}

/// How objects are synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strategy {
    /// Without hooks.
    Apply,
    /// With hooks.
    Hook,
}

fn info(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

/// Arguments of `app rollback`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct RollbackArgs {
    /// The name; NAMESPACE/NAME for one that is in another namespace.
    pub(crate) name: String,
    /// The number in history. Default: the deployment before the last.
    pub(crate) id: Option<i64>,
    /// The namespace of the Application. Default: that of --namespace.
    #[arg(short = 'N', long, value_name = "NAMESPACE")]
    pub(crate) app_namespace: Option<String>,
    #[command(flatten)]
    pub(crate) form: AppForm,
    /// Deletes what that deployment did not have.
    #[arg(long)]
    pub(crate) prune: bool,
    /// Asks the API server what would happen, and writes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How long to wait for its end at most, like 90s or 5m. 0: for ever. The rollback itself goes on.
    #[arg(short, long, default_value = "0", value_parser = duration, value_name = "DURATION")]
    pub(crate) timeout: Duration,
}

impl RollbackArgs {
    /// The Application that is named.
    pub(crate) fn names(&self) -> AppNames {
        let which = AppWhich { selector: None, app_namespace: self.app_namespace.clone() };
        AppNames { words: vec![self.name.clone()], which }
    }
}

/// Arguments of `app terminate`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct TerminateAppArgs {
    #[command(flatten)]
    pub(crate) names: AppNames,
    #[command(flatten)]
    pub(crate) form: AppForm,
}

/// Arguments of `app refresh`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct RefreshArgs {
    #[command(flatten)]
    pub(crate) names: AppNames,
    #[command(flatten)]
    pub(crate) form: AppForm,
    /// Takes nothing from what the controller remembers of repositories.
    #[arg(long)]
    pub(crate) hard: bool,
    /// How long to wait for it at most, like 90s or 5m. 0: for ever.
    #[arg(short, long, default_value = "1m", value_parser = duration, value_name = "DURATION")]
    pub(crate) timeout: Duration,
}

/// Arguments of `app wait`.
#[derive(Args, Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "the established switches")]
pub(crate) struct WaitArgs {
    #[command(flatten)]
    pub(crate) names: AppNames,
    #[command(flatten)]
    pub(crate) form: AppForm,
    /// Waits until the cluster is as git says.
    #[arg(long)]
    pub(crate) sync: bool,
    /// Waits until it is healthy.
    #[arg(long)]
    pub(crate) health: bool,
    /// Counts suspended as good, as a release is that waits for somebody.
    #[arg(long)]
    pub(crate) suspended: bool,
    /// Waits until it is degraded.
    #[arg(long)]
    pub(crate) degraded: bool,
    /// Waits until nothing is being done with it.
    #[arg(long)]
    pub(crate) operation: bool,
    /// Waits until it is gone.
    #[arg(long, conflicts_with_all = ["sync", "health", "suspended", "degraded", "operation"])]
    pub(crate) delete: bool,
    /// Waits for this object only, or with ! before it for all but this; may be given several times. NAMESPACE/ may stand before
    /// the name, and * for any group, kind, namespace or name.
    #[arg(long, value_name = "GROUP:KIND:NAME", value_parser = resource)]
    pub(crate) resource: Vec<ResourceFlag>,
    /// How long to wait at most, like 90s or 5m. 0: for ever.
    #[arg(short, long, default_value = "0", value_parser = duration, value_name = "DURATION")]
    pub(crate) timeout: Duration,
}
