//! Arguments of commands that change something.

use std::time::Duration;

use clap::{Args, Subcommand};
use sluice_orders::release::Act;

use super::common::{Form, Names};
use super::duration;

/// Arguments of `promote`.
#[derive(Args, Debug)]
pub(crate) struct PromoteArgs {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Skips all that is left: steps, pauses and analyses.
    #[arg(long, group = "how")]
    pub(crate) full: bool,
    /// Goes on at this step, counted from 1, and skips those before it.
    #[arg(long, value_name = "STEP", group = "how", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) to_step: Option<u16>,
    /// Skips the step in force. The same as no flag but for pauses of the spec; kept for scripts.
    #[arg(short = 'c', long, group = "how")]
    pub(crate) skip_current_step: bool,
    /// Skips all steps, not the analysis beside them. Kept for scripts; --full is what is mostly meant.
    #[arg(short = 'a', long, group = "how")]
    pub(crate) skip_all_steps: bool,
}

impl PromoteArgs {
    /// What is asked for.
    pub(crate) fn act(&self) -> Act {
        match self.to_step {
            Some(step) => Act::PromoteTo(step.into()),
            None if self.full => Act::PromoteFull,
            None if self.skip_current_step => Act::SkipStep,
            None if self.skip_all_steps => Act::SkipSteps,
            None => Act::Promote,
        }
    }
}

/// Arguments of `abort`.
#[derive(Args, Debug)]
pub(crate) struct AbortArgs {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Why. Kept in the status with who said it, and told in its message until the next try or version.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: Option<String>,
}

/// The most letters of a reason: it stands in messages, events and lists.
const LONGEST_REASON: usize = 500;

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("is empty; say why, or leave --reason out".to_owned()),
        long if long > LONGEST_REASON => Err(format!("has {long} letters; at most {LONGEST_REASON} are kept")),
        _ if text.chars().any(char::is_control) => Err("must be one line of text".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

/// Arguments of `retry`.
#[derive(Args, Debug)]
pub(crate) struct RetryArgs {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Arguments of `pause`.
#[derive(Args, Debug)]
pub(crate) struct PauseArgs {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Arguments of `restart`.
#[derive(Args, Debug)]
pub(crate) struct RestartArgs {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Begins after so long, like 30s, 5m or 1h.
    #[arg(short = 'i', long = "in", value_name = "DURATION", value_parser = wait, default_value = "0s")]
    pub(crate) wait: Wait,
}

/// How long something is put off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// As it was typed.
    pub(crate) text: String,
    /// As it counts.
    pub(crate) length: Duration,
}

fn wait(text: &str) -> Result<Wait, String> {
    Ok(Wait { text: text.to_owned(), length: duration(text)? })
}

/// Arguments of `undo`.
#[derive(Args, Debug)]
pub(crate) struct UndoArgs {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
    /// The revision to go back to. 0: the one before the newest.
    #[arg(long, value_name = "REVISION", default_value_t = 0)]
    pub(crate) to_revision: u64,
}

/// What to change.
#[derive(Debug, Subcommand)]
pub(crate) enum Set {
    /// Changes images of containers.
    Image(SetImage),
}

/// Arguments of `set image`.
#[derive(Args, Debug)]
pub(crate) struct SetImage {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Arguments of `terminate`.
#[derive(Args, Debug)]
pub(crate) struct TerminateArgs {
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) form: Form,
}
