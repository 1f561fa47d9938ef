//! x
use std::process::ExitCode;
pub(crate) fn child() -> ExitCode { ExitCode::SUCCESS }
