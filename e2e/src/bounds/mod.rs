//! What the plugin and the dashboard cost, as people install them: figures beside the bounds that they are held to.
//!
//! Like the demo it runs twice: outside it builds what is missing, inside the private namespace it fills a cluster in which
//! nobody acts, and measures. `SLUICE_PLUGIN` names a plugin to measure in place of the one that is built here.

mod crowd;
mod fleet;
mod plugin;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::Runtime;

use crate::cluster::Cluster;
use crate::namespace::{self, Inside};
use crate::programs::Programs;
use crate::tools::Tools;

/// The cargo profile that the plugin is installed with.
const PROFILE: &str = "plugin";
/// Where the plugin is.
const PLUGIN: &str = "SLUICE_PLUGIN";

/// Its `main`: prints the figures. It fails where the plugin is too large, or something could not be measured. Times are no reason to:
/// no machine is always as quick.
pub fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run() -> Result<ExitCode> {
    if let Some(inside) = namespace::inside()? {
        let runtime = Runtime::new().context("start the runtime")?;
        runtime.block_on(measured(&inside))?;
        return Ok(ExitCode::SUCCESS);
    }
    let plugin = match std::env::var_os(PLUGIN) {
        Some(plugin) => PathBuf::from(plugin),
        None => Programs::build_plugin(PROFILE)?,
    };
    Tools::ensure()?;
    namespace::run_inside_with(&[], &[(PLUGIN, plugin.display().to_string())])
}

async fn measured(inside: &Inside) -> Result<()> {
    let plugin = PathBuf::from(std::env::var_os(PLUGIN).context("the outside names the plugin")?);
    plugin::size(&plugin)?;
    plugin::starts(&plugin).await?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cluster = Cluster::start_quiet(&Tools::ensure()?, &inside.run_dir).await?;
    crowd::fill(&cluster).await?;
    plugin::gets(&plugin, &cluster.kubeconfig()).await?;
    fleet::fill(&cluster).await?;
    fleet::pages(&plugin, &cluster).await
}

/// A line of the table: the best, the median and the worst of some times, and what they are held to.
fn tell(what: &str, bound: Duration, mut times: Vec<Duration>) {
    times.sort();
    let at = |part: usize| times.get((times.len().saturating_sub(1)) * part / 2).copied().unwrap_or_default();
    let (best, median, worst) = (at(0), at(1), at(2));
    let verdict = if median <= bound { "within" } else { "OVER" };
    println!("{what}: {best:.1?} / {median:.1?} / {worst:.1?} of {}; {verdict} {bound:?}", times.len());
}
