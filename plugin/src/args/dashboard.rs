//! Arguments of `dashboard`.

use clap::Args;

/// Arguments of `dashboard`.
#[derive(Args, Debug)]
pub(crate) struct DashboardArgs {
    /// The port, on this machine's loopback address. 0: any that is free.
    #[arg(short, long, value_name = "PORT", default_value_t = 3100)]
    pub(crate) port: u16,
    /// Shows the Rollouts of all namespaces; you must be allowed to list and watch them.
    #[arg(short = 'A', long)]
    pub(crate) all_namespaces: bool,
}
