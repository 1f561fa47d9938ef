//! `notifications`: what people who come from the established plugin ask for.

use std::process::ExitCode;

use anyhow::{Result, bail};

/// Says where they are to be seen.
pub(crate) fn refuse() -> Result<ExitCode> {
    bail!(
        "the controller sends notifications, and tells mistakes in them by events (NotificationFailed) and in its log; templates and \
         triggers are not tried from here yet: see the ConfigMap argo-rollouts-notification-configmap"
    )
}
