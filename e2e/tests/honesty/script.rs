//! Behaviours as they are written in `cases/*.yaml`, parsed once.
//!
//! A file maps sentences to steps. A step is a line, or a map of a line (`do`) and what goes with it:
//!
//! | line | what it does |
//! |---|---|
//! | `GET path -> 200` (POST, PUT, DELETE, …) | sends a request; the number is the status that the real server must answer with |
//! | `MERGE`, `JSONPATCH`, `STRATEGIC`, `APPLY` | a PATCH of that content type |
//! | `UNTIL path -> 404` | reads again and again until the status is that, and the answer has what is under `shows` |
//! | `WATCH name path -> 200` | opens a watch |
//! | `READ name 2` | the next 2 events of it |
//! | `END name` | the events up to where the server ends it |
//!
//! The body is `like` (an object of `cases/objects.yaml`) or `from` (an answer kept earlier), changed by `body` as a merge
//! patch changes it; or `raw` text. `keep` names the answer: `{uid:NAME}`, `{rv:NAME}`, `{name:NAME}` and
//! `{continue:NAME}` are then replaced everywhere, and so is `{ns}`. `each` repeats the step for each value of `{each}`.
//! `as` names a user whom the request is made for. `only` leaves of a list in the answer what has a value: the real server
//! serves more kinds than the simulated one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use sluice_e2e::manifests;

/// A sentence about the API, and the requests that show it.
#[derive(Debug)]
pub(crate) struct Behaviour {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
}

/// One line of a script and what goes with it.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) line: String,
    pub(crate) deed: Deed,
    pub(crate) extra: Extra,
}

/// What a step does.
#[derive(Debug)]
pub(crate) enum Deed {
    Send { method: String, path: String, content_type: &'static str, status: u16 },
    Until { path: String, status: u16 },
    Watch { name: String, path: String, status: u16 },
    Read { name: String, events: usize },
    End { name: String },
}

/// The parts of a step beside its line.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extra {
    #[serde(rename = "do", default)]
    line: String,
    pub(crate) like: Option<Value>,
    pub(crate) from: Option<String>,
    pub(crate) body: Option<Value>,
    pub(crate) raw: Option<String>,
    #[serde(rename = "type")]
    pub(crate) content_type: Option<String>,
    pub(crate) accept: Option<String>,
    /// Whom the request is made for.
    #[serde(rename = "as")]
    pub(crate) user: Option<String>,
    /// Of an answer: at a list's pointer, the items that have the value at another pointer.
    #[serde(default)]
    pub(crate) only: Vec<Only>,
    pub(crate) keep: Option<String>,
    pub(crate) shows: Option<Value>,
    #[serde(default)]
    pub(crate) each: Vec<String>,
}

/// What of a list is told, where a server has more than the other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Only {
    pub(crate) list: String,
    pub(crate) at: String,
    pub(crate) is: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Line(String),
    Full(Box<Extra>),
}

/// Every behaviour of every file, in the order of the files' names.
pub(crate) fn all() -> Result<Vec<Behaviour>> {
    let objects: BTreeMap<String, Value> = serde_saphyr::from_str(&read("objects.yaml")?).context("in objects.yaml")?;
    let mut behaviours = Vec::new();
    for file in manifests::yaml_files(&cases())? {
        let topic = file.file_stem().unwrap_or_default().to_string_lossy();
        if topic != "objects" {
            behaviours.extend(of_topic(&topic, &objects).with_context(|| format!("in {}", file.display()))?);
        }
    }
    let names: BTreeSet<&str> = behaviours.iter().map(|behaviour| behaviour.name.as_str()).collect();
    ensure!(names.len() == behaviours.len(), "a sentence is used twice");
    Ok(behaviours)
}

fn cases() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/honesty/cases")
}

fn read(file: &str) -> Result<String> {
    fs::read_to_string(cases().join(file)).with_context(|| format!("read {file}"))
}

fn of_topic(topic: &str, objects: &BTreeMap<String, Value>) -> Result<Vec<Behaviour>> {
    // By way of a value, in which anchors and merge keys are resolved.
    let written: Value = serde_saphyr::from_str(&read(&format!("{topic}.yaml"))?)?;
    let written: BTreeMap<String, Vec<Written>> = serde_json::from_value(written)?;
    let behaviour = |(sentence, steps): (String, Vec<Written>)| {
        let steps = steps.into_iter().map(|step| parse(step, objects)).collect::<Result<_>>();
        let steps = steps.with_context(|| format!("`{sentence}`"))?;
        Ok(Behaviour { name: format!("{topic}: {sentence}"), steps })
    };
    written.into_iter().map(behaviour).collect()
}

fn parse(written: Written, objects: &BTreeMap<String, Value>) -> Result<Step> {
    let mut extra = match written {
        Written::Line(line) => Extra { line, ..Extra::default() },
        Written::Full(extra) => *extra,
    };
    let line = extra.line.clone();
    if let Some(name) = extra.like.as_ref().and_then(Value::as_str) {
        extra.like = Some(objects.get(name).with_context(|| format!("no object {name}"))?.clone());
    }
    let deed = deed(&line).with_context(|| format!("read the line `{line}`"))?;
    Ok(Step { line, deed, extra })
}

fn deed(line: &str) -> Result<Deed> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let owned = |text: &str| text.to_owned();
    Ok(match *words.as_slice() {
        ["UNTIL", path, "->", status] => Deed::Until { path: owned(path), status: status.parse()? },
        ["WATCH", name, path, "->", status] => {
            Deed::Watch { name: owned(name), path: owned(path), status: status.parse()? }
        }
        ["READ", name, events] => Deed::Read { name: owned(name), events: events.parse()? },
        ["END", name] => Deed::End { name: owned(name) },
        [verb, path, "->", status] => {
            let (method, content_type) = method(verb);
            Deed::Send { method: owned(method), path: owned(path), content_type, status: status.parse()? }
        }
        _ => bail!("no such line"),
    })
}

fn method(verb: &str) -> (&str, &'static str) {
    match verb {
        "MERGE" => ("PATCH", "application/merge-patch+json"),
        "JSONPATCH" => ("PATCH", "application/json-patch+json"),
        "STRATEGIC" => ("PATCH", "application/strategic-merge-patch+json"),
        "APPLY" => ("PATCH", "application/apply-patch+yaml"),
        other => (other, "application/json"),
    }
}
