//! `notifications`: what people who come from the established plugin ask for.

use std::process::ExitCode;

use anyhow::{Result, bail};

/// Says that there are none yet.
pub(crate) fn refuse() -> Result<ExitCode> {
    bail!(
        "notifications come with the controller's own, which this version does not send yet; \
         what happens to a Rollout is told by its events and by history until then"
    )
}
