//! Arguments of `notifications`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::common::Form;

/// What to do with what notifications are made of.
#[derive(Debug, Subcommand)]
pub(crate) enum Notifications {
    /// Templates: what is said.
    #[command(subcommand)]
    Template(TemplateOf),
    /// Triggers: when it is said.
    #[command(subcommand)]
    Trigger(TriggerOf),
}

/// What to do with templates.
#[derive(Debug, Subcommand)]
pub(crate) enum TemplateOf {
    /// Lists templates, or shows one.
    Get(Named),
    /// Writes a template out for a Rollout, and prints it, or sends it where --recipient says.
    Notify(NotifyArgs),
}

/// What to do with triggers.
#[derive(Debug, Subcommand)]
pub(crate) enum TriggerOf {
    /// Lists triggers, or shows one.
    Get(Named),
    /// Says which conditions of a trigger hold for a Rollout now, and what it would send.
    Run(RunArgs),
}

/// Where they are configured.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Configured {
    /// A file with the ConfigMap, or - for standard input. Default: that of the controller.
    #[arg(long, value_name = "FILE")]
    pub(crate) config_map: Option<PathBuf>,
    /// A file with the Secret, or :empty for none. Default: that of the controller.
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: Option<PathBuf>,
    /// The namespace of the controller. Default: that of --namespace, else argo-rollouts.
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) controller_namespace: Option<String>,
}

/// Arguments of `get`.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// One of them only.
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) configured: Configured,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Arguments of `template notify`.
#[derive(Args, Debug)]
pub(crate) struct NotifyArgs {
    /// The template.
    pub(crate) template: String,
    /// The Rollout.
    pub(crate) rollout: String,
    /// Who gets it, as in slack:alerts; may be given several times. Default: it is printed, and sent to nobody.
    #[arg(long, value_name = "SERVICE:RECIPIENT", value_parser = recipient)]
    pub(crate) recipient: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) configured: Configured,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Arguments of `trigger run`.
#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// The trigger.
    pub(crate) trigger: String,
    /// The Rollout.
    pub(crate) rollout: String,
    #[command(flatten)]
    pub(crate) configured: Configured,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Reads SERVICE:RECIPIENT; webhooks need no recipient.
fn recipient(text: &str) -> Result<(String, String), String> {
    let (service, to) = text.split_once(':').unwrap_or((text, ""));
    if service.is_empty() {
        Err("write SERVICE:RECIPIENT, as in slack:alerts".to_owned())
    } else {
        Ok((service.to_owned(), to.to_owned()))
    }
}
