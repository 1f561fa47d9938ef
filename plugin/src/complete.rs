//! Completion: a script for the shell, and the answers it asks for while a line is typed.
//!
//! The answers have the form that kubectl expects of a plugin's `kubectl_complete-…`: a candidate a line, with what it means
//! behind a tab, and last a line with a number that says what the shell is to do beside.

mod names;
mod script;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::FromArgMatches;

use crate::args::{self, Cli, Shell};
use crate::out::Out;
use words::Next;

/// The shell is to complete nothing by itself.
const NO_FILES: &str = ":4";
/// The shell is to complete names of files.
const FILES: &str = ":0";

/// Prints the script.
pub(crate) fn script(program: &str, shell: Shell, out: Out) -> Result<ExitCode> {
    out.block(&[script::of(program, shell)])?;
    Ok(ExitCode::SUCCESS)
}

/// Prints what may come in the place of the last word.
pub(crate) async fn answer(program: &str, words: &[OsString], out: Out) -> Result<ExitCode> {
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let (typed, before) = words.split_last().map_or((String::new(), &[][..]), |(last, rest)| (last.clone(), rest));
    let command = args::command(program);
    let mut lines = Vec::new();
    let rule = match words::next(&command, before, &typed) {
        Next::Files => FILES,
        Next::Words(words) => {
            lines.extend(words);
            NO_FILES
        }
        Next::Names(kinds) => {
            lines.extend(names::of(&flags(command, before), &kinds).await);
            NO_FILES
        }
        Next::Applications => {
            lines.extend(names::applications(&flags(command, before)).await);
            NO_FILES
        }
        Next::Namespaces => {
            lines.extend(names::namespaces(&flags(command, before)).await);
            NO_FILES
        }
        Next::Contexts => {
            lines.extend(names::contexts(&flags(command, before)));
            NO_FILES
        }
        Next::Nothing => NO_FILES,
    };
    lines.retain(|line| line.starts_with(&typed));
    lines.push(rule.to_owned());
    out.block(&lines)?;
    Ok(ExitCode::SUCCESS)
}

/// The flags of the cluster that are on the line already, as far as it can be read.
fn flags(command: clap::Command, before: &[String]) -> args::ClusterFlags {
    let line = std::iter::once(String::new()).chain(before.iter().cloned());
    let matches = command.ignore_errors(true).try_get_matches_from(line).ok();
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches).ok());
    cli.map(|cli| cli.cluster).unwrap_or_default()
}
