//! The asking side: starts the child, and looks for the files that it wants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Answer, Question, Variable};
use crate::child::{ChildError, Jail, Job};
use crate::error::{Kind, RenderError};
use crate::limits::{Limits, bytes};
use crate::tree::Files;

/// How many files one program may import that were not handed to it at once.
const ROUNDS: usize = 100;

/// What is asked of a program.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub main: &'a str,
    pub folders: &'a [String],
    pub external: &'a BTreeMap<String, Variable>,
    pub arguments: &'a BTreeMap<String, Variable>,
}

/// Evaluates a program to JSON. `more` reads a file of the repository, if there is one.
pub(crate) async fn evaluate_in<F>(
    jail: &Jail,
    (program, home, limits): (&[PathBuf], &Path, &Limits),
    asked: &Asked<'_>,
    files: &mut Files,
    more: impl Fn(String) -> F,
) -> Result<String, RenderError>
where
    F: Future<Output = Result<Option<Files>, RenderError>>,
{
    let mut absent = BTreeSet::new();
    for _ in 0..ROUNDS {
        let question = Question {
            main: asked.main.to_owned(),
            files: files.iter().map(|(path, content)| (path.to_owned(), content.to_vec())).collect(),
            absent: absent.clone(),
            folders: asked.folders.to_vec(),
            external: asked.external.clone(),
            arguments: asked.arguments.clone(),
        };
        match ask(jail, (program, home, limits), asked.main, &question).await? {
            Answer::Value(json) => return Ok(json),
            Answer::Refused(text) => return Err(RenderError::new(Kind::Tool, format!("{}: {text}", asked.main))),
            Answer::Escapes(path) => return Err(crate::path::escape(&format!("{}: import", asked.main), &path)),
            Answer::Wants(path) => match more(path.clone()).await? {
                Some(found) => files.extend(found),
                None => drop(absent.insert(path)),
            },
        }
    }
    Err(RenderError::new(Kind::Limit, format!("{}: it imports too many files from other folders", asked.main)))
}

async fn ask(
    jail: &Jail,
    (program, home, limits): (&[PathBuf], &Path, &Limits),
    main: &str,
    question: &Question,
) -> Result<Answer, RenderError> {
    let machine = |error: &dyn std::fmt::Display| RenderError::new(Kind::Machine, format!("{main}: {error}"));
    let Some((first, rest)) = program.split_first() else {
        return Err(machine(&"there is no program that evaluates jsonnet"));
    };
    let mut job = Job::new(first, home, limits).args(rest).args(["jsonnet"]);
    job.input = serde_json::to_vec(question).map_err(|error| machine(&error))?;
    let text = jail.run(job).await.map_err(|error| {
        let kind = match error {
            ChildError::TimedOut(_) => Kind::TimedOut,
            ChildError::TooMuch(_) | ChildError::TooLarge(_) | ChildError::Failed { .. } => Kind::Limit,
            _ => Kind::Machine,
        };
        let memory = bytes(limits.memory);
        RenderError::new(kind, format!("{main}: jsonnet was stopped (it may take {memory} of memory): {error}"))
    })?;
    serde_json::from_slice(&text).map_err(|error| machine(&error))
}
