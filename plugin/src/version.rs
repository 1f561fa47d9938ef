//! The version of this program.

use std::process::ExitCode;

use anyhow::Result;

use crate::args::VersionArgs;
use crate::out::Out;

/// Prints it.
pub(crate) fn print(wanted: &VersionArgs, out: Out) -> Result<ExitCode> {
    let version = env!("CARGO_PKG_VERSION");
    let text = if wanted.short { format!("v{version}") } else { format!("kubectl-sluice: v{version}") };
    out.line(&text)?;
    Ok(ExitCode::SUCCESS)
}
