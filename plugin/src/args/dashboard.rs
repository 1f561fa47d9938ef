//! Arguments of `dashboard`.

use clap::Args;
use sluice_dashboard::Root;

/// Arguments of `dashboard`.
#[derive(Args, Debug)]
pub(crate) struct DashboardArgs {
    /// The port, on this machine's loopback address. 0: any that is free.
    #[arg(short, long, value_name = "PORT", default_value_t = 3100)]
    pub(crate) port: u16,
    /// Shows the Rollouts of all namespaces; you must be allowed to list and watch them.
    #[arg(short = 'A', long)]
    pub(crate) all_namespaces: bool,
    /// The path that its pages are below, as in http://127.0.0.1:3100/PATH/.
    #[arg(long, value_name = "PATH", default_value = "", hide_default_value = true)]
    pub(crate) root_path: Root,
}
