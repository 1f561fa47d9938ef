//! Arguments of commands that look at Applications and change nothing but, where asked, have them looked at anew.

use std::time::Duration;

use clap::Args;

use super::super::duration;
use super::{AppForm, AppNames, AppWhich, Clusterwise, ResourceFlag, resource};

/// Arguments of `app list`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ListAppsArgs {
    #[command(flatten)]
    pub(crate) which: AppWhich,
    #[command(flatten)]
    pub(crate) form: AppForm,
    /// Lists those of all namespaces.
    #[arg(short = 'A', long)]
    pub(crate) all_namespaces: bool,
    /// Lists those of this project only; may be given several times.
    #[arg(short, long, value_name = "PROJECT")]
    pub(crate) project: Vec<String>,
    /// Lists those of this repository only.
    #[arg(short, long, value_name = "URL")]
    pub(crate) repo: Option<String>,
}

/// Arguments of `app get`.
#[derive(Args, Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "the established switches")]
pub(crate) struct GetAppArgs {
    #[command(flatten)]
    pub(crate) names: AppNames,
    #[command(flatten)]
    pub(crate) form: AppForm,
    /// Has the controller look at git and the cluster first.
    #[arg(long)]
    pub(crate) refresh: bool,
    /// The same, with nothing taken from what it remembers.
    #[arg(long)]
    pub(crate) hard_refresh: bool,
    /// Shows what was done last, or is being done, object by object.
    #[arg(long)]
    pub(crate) show_operation: bool,
    /// Shows the parameters of the sources.
    #[arg(long)]
    pub(crate) show_params: bool,
    /// Shows the table of objects too.
    #[arg(long)]
    pub(crate) show_managed_resources: bool,
    /// How long to wait for a refresh at most, like 90s or 5m. 0: for ever.
    #[arg(short, long, default_value = "1m", value_parser = duration, value_name = "DURATION")]
    pub(crate) timeout: Duration,
}

/// Arguments of `app history`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct HistoryAppArgs {
    #[command(flatten)]
    pub(crate) names: AppNames,
    #[command(flatten)]
    pub(crate) form: AppForm,
}

/// Arguments of `app logs`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct LogsArgs {
    #[command(flatten)]
    pub(crate) names: AppNames,
    /// Only pods of this object, or with ! before it of all but this; may be given several times. NAMESPACE/ may stand before the
    /// name, and * for any group, kind, namespace or name.
    #[arg(long, value_name = "GROUP:KIND:NAME", value_parser = resource)]
    pub(crate) resource: Vec<ResourceFlag>,
    /// Only pods of objects of this API group.
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,
    /// Only pods of objects of this kind.
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// Only pods of objects of this name, or the pod of this name.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Only this container.
    #[arg(short, long, value_name = "CONTAINER")]
    pub(crate) container: Option<String>,
    /// Stays and prints what comes.
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// The last so many lines of each container. 0: all.
    #[arg(long, value_name = "LINES", default_value_t = 0)]
    pub(crate) tail: u32,
    /// Lines of the last so many seconds. 0: all.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) since_seconds: u32,
    /// Logs of the containers before they were restarted.
    #[arg(short, long)]
    pub(crate) previous: bool,
    /// Only lines that have this text in them.
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    #[command(flatten)]
    pub(crate) place: Clusterwise,
}
