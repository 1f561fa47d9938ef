//! What the command line says.

use std::path::PathBuf;

use clap::Parser;

/// A good version goes out and a bad one comes back, on a real Kubernetes cluster that ends with this program.
///
/// The exit status is 0 when every bound held.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo demo", bin_name = "cargo demo")]
pub(super) struct Options {
    /// Write what was measured to this file.
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Write the report to this file.
    #[arg(long, value_name = "FILE", default_value = "demo-report.html")]
    pub(super) report: PathBuf,
    /// Leave the cluster up afterwards, until Ctrl-C.
    #[arg(long)]
    pub(super) keep: bool,
}
