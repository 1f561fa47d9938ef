//! Flags that a file or the environment says instead of the command line.
//!
//! What is said nearer to the process wins: a flag before a variable, a variable before the file, the file before the default.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use serde_json::Value;
use thiserror::Error;

/// Larger files are not read: all flags together fit many times.
const LIMIT: u64 = 1 << 20;
/// How alike a name must be to be meant.
const ALIKE: f64 = 0.8;

/// Why a file of flags is not taken.
#[derive(Debug, Error)]
pub enum Error {
    /// It is not there, or must not be read.
    #[error("read --config {file}")]
    Read {
        /// Which.
        file: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It is no YAML of names and values.
    #[error("{file} is no list of flags, as in `metrics-port: 8090`: {why}")]
    Form {
        /// Which.
        file: PathBuf,
        /// What it is not.
        why: String,
    },
    /// It names what is no flag.
    #[error("{file}: there is no flag {name}{}; `sluice controller --help` has them all", maybe(.near.as_deref()))]
    Unknown {
        /// Which file.
        file: PathBuf,
        /// Which name.
        name: String,
        /// What may be meant.
        near: Option<String>,
    },
    /// It gives a flag what no command line could.
    #[error("{file}: {name} must be a text, a number, true or false, or a list of these")]
    Shape {
        /// Which file.
        file: PathBuf,
        /// Which flag.
        name: String,
    },
}

fn maybe(near: Option<&str>) -> String {
    near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default()
}

/// The command with a variable for each of its flags: `SLUICE_METRICS_PORT` for `--metrics-port`.
///
/// `SLUICE_METRICS_PORT=tcp://10.0.0.1:80` is no word of the operator's: the kubelet tells pods so of a Service `sluice-metrics`.
pub fn with_variables(command: Command) -> Command {
    let is_link = |name: &String| std::env::var(name).is_ok_and(|value| value.starts_with("tcp://"));
    command.mut_args(|arg| match arg.get_long().map(variable).filter(|name| !is_link(name)) {
        Some(name) => arg.env(name).hide_env_values(true),
        None => arg,
    })
}

fn variable(flag: &str) -> String {
    format!("SLUICE_{}", flag.replace('-', "_").to_uppercase())
}

/// The words of a command line, with what the file that `--config` names says of the subcommand's flags put in.
pub fn completed(command: &Command, subcommand: &str, line: Vec<OsString>) -> Result<Vec<OsString>, Error> {
    let place = line.iter().position(|word| word == subcommand);
    // A line that is wrong, or asks for help, is answered by whoever parses it next.
    let told = command.clone().ignore_errors(true).try_get_matches_from(&line).ok();
    let told = told.as_ref().and_then(|told| told.subcommand_matches(subcommand));
    let (Some(place), Some(told), Some(known)) = (place, told, command.find_subcommand(subcommand)) else {
        return Ok(line);
    };
    let Some(file) = told.get_one::<PathBuf>("config") else { return Ok(line) };
    let mut words = line;
    let after = words.split_off(place + 1);
    words.extend(said(known, told, file)?);
    words.extend(after);
    Ok(words)
}

/// The file's flags that nothing nearer says.
fn said(known: &Command, told: &ArgMatches, file: &Path) -> Result<Vec<OsString>, Error> {
    let mut words = Vec::new();
    for (name, value) in read(file)? {
        let arg = flag(known, file, &name)?;
        if !is_told(told, arg) {
            let values = texts(&value).ok_or_else(|| Error::Shape { file: file.to_owned(), name: name.clone() })?;
            words.extend(values.into_iter().map(|value| format!("--{name}={value}").into()));
        }
    }
    Ok(words)
}

fn is_told(told: &ArgMatches, arg: &Arg) -> bool {
    let source = told.value_source(arg.get_id().as_str());
    matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

fn read(file: &Path) -> Result<BTreeMap<String, Value>, Error> {
    let unread = |source| Error::Read { file: file.to_owned(), source };
    let unfit = |why: String| Error::Form { file: file.to_owned(), why };
    let mut text = String::new();
    File::open(file).map_err(unread)?.take(LIMIT + 1).read_to_string(&mut text).map_err(unread)?;
    if text.len() as u64 > LIMIT {
        return Err(unfit("it is larger than 1 MiB".to_owned()));
    }
    let flags: Option<_> = serde_saphyr::from_str(&text).map_err(|error| unfit(error.to_string()))?;
    Ok(flags.unwrap_or_default())
}

/// The flag of that name. The file's own is none of them: one file is enough.
fn flag<'a>(known: &'a Command, file: &Path, name: &str) -> Result<&'a Arg, Error> {
    let flags = || known.get_arguments().filter(|arg| arg.get_id() != "config");
    let named = |arg: &&Arg| names(arg).any(|one| one == name);
    flags().find(named).ok_or_else(|| Error::Unknown {
        file: file.to_owned(),
        name: name.to_owned(),
        near: nearest(flags().filter_map(Arg::get_long), name),
    })
}

fn names(arg: &Arg) -> impl Iterator<Item = &str> {
    arg.get_long().into_iter().chain(arg.get_all_aliases().unwrap_or_default())
}

fn nearest<'a>(names: impl Iterator<Item = &'a str>, name: &str) -> Option<String> {
    let rated = names.map(|one| (strsim::jaro_winkler(one, name), one)).filter(|(alike, _)| *alike > ALIKE);
    rated.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, one)| one.to_owned())
}

/// A value as command lines have it, or each of a list.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        one => text(one).map(|text| vec![text]),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
