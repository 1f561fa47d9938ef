//! The version of this program.

use anyhow::Result;
use serde_json::json;

use crate::args::VersionArgs;
use crate::report::Report;

/// The version, alone or with what it is of.
pub(crate) fn report(wanted: &VersionArgs) -> Result<Report> {
    let version = env!("CARGO_PKG_VERSION");
    let line = if wanted.short { format!("v{version}") } else { format!("kubectl-sluice: v{version}") };
    Report::of(vec![line], &json!({"name": "kubectl-sluice", "version": format!("v{version}")}))
}
