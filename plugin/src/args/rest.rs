//! Arguments of commands about the program itself.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::common::Form;

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
    /// PowerShell.
    Powershell,
}

/// Arguments of `completion`.
#[derive(Args, Debug)]
pub(crate) struct CompletionArgs {
    /// For which shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Arguments of the hidden command that completes.
#[derive(Args, Debug)]
pub(crate) struct CompleteArgs {
    /// The words so far, the one being typed last.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORD")]
    pub(crate) words: Vec<OsString>,
}

/// Arguments of `version`.
#[derive(Args, Debug)]
pub(crate) struct VersionArgs {
    #[command(flatten)]
    pub(crate) form: Form,
    /// Prints the number only.
    #[arg(long)]
    pub(crate) short: bool,
}
