//! Jsonnet, evaluated in a process of its own: a program can ask for any time and memory, and only a process can be stopped.
//!
//! The child sees no file system. It is handed files, and says which others it wants; whoever asked looks for them in the
//! repository, and starts it again.

mod evaluate;
mod failure;
mod host;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

pub(crate) use self::host::{Asked, evaluate_in};

/// What the child is asked.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Question {
    /// The file to evaluate.
    main: String,
    /// Files by path from the repository's root.
    files: BTreeMap<String, Vec<u8>>,
    /// Paths at which there is no file.
    absent: BTreeSet<String>,
    /// Folders that imports are looked for in, the last first, after the importing file's own.
    folders: Vec<String>,
    external: BTreeMap<String, Variable>,
    arguments: BTreeMap<String, Variable>,
}

/// A variable: text, or jsonnet itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Variable {
    pub value: String,
    pub code: bool,
}

/// What the child answers.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Answer {
    /// The value, as JSON.
    Value(String),
    /// It wants to import the file at this path, if there is one.
    Wants(String),
    /// What is wrong with the program.
    Refused(String),
    /// An import leads out of the repository.
    Escapes(String),
}

/// The child: a question on its standard input, the answer on its output.
pub(crate) fn child() -> ExitCode {
    let mut text = Vec::new();
    let read = std::io::stdin().read_to_end(&mut text).map_err(|error| error.to_string());
    let question = read.and_then(|_| serde_json::from_slice::<Question>(&text).map_err(|error| error.to_string()));
    let answer = question
        .and_then(|question| serde_json::to_string(&evaluate::evaluate(&question)).map_err(|error| error.to_string()));
    match answer {
        Ok(answer) => {
            print!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests;
