//! `lint`: what is wrong with manifests, without a cluster.
//!
//! The controller's own checks, each by the function that the controller calls; and what the API server would refuse.

mod alone;
mod beside;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;
use sluice_crds::{Violation, names};

use crate::args::LintArgs;
use crate::report::Report;
use crate::simulate::read;

/// One mistake.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Mistake {
    kind: String,
    name: String,
    field: String,
    message: String,
}

/// Checks the files. `namespace` is where objects are that do not say so.
pub(crate) fn run(wanted: &LintArgs, namespace: Option<&str>) -> Result<Report> {
    let objects = read::objects(&wanted.files)?;
    let own: Vec<&Value> = objects.iter().filter(|object| text(object, "/apiVersion") == names::API_VERSION).collect();
    let mut mistakes = Vec::new();
    for object in &own {
        mistakes.extend(alone::violations(object).into_iter().map(|violation| mistake(object, violation)));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")?;
    let found = runtime.block_on(beside::violations(&objects, namespace.unwrap_or("default")))?;
    let found: Vec<Mistake> = found.into_iter().map(|(object, violation)| mistake(&object, violation)).collect();
    // What is wrong by itself is told once, at its own field.
    let known = |one: &Mistake| mistakes.iter().any(|other| (&other.kind, &other.name) == (&one.kind, &one.name));
    let fresh: Vec<Mistake> = found.into_iter().filter(|one| !known(one)).collect();
    mistakes.extend(fresh);
    mistakes.sort();
    mistakes.dedup();
    let mut report = Report::of(mistakes.iter().map(line).collect(), &mistakes)?;
    match mistakes.len() {
        0 if own.is_empty() => report.errors.push(format!("the files hold no object of {}", names::API_VERSION)),
        0 => {}
        1 => report.errors.push("1 mistake".to_owned()),
        many => report.errors.push(format!("{many} mistakes")),
    }
    Ok(report)
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn mistake(object: &Value, Violation { field, message }: Violation) -> Mistake {
    let (kind, name) = (text(object, "/kind").to_owned(), text(object, "/metadata/name").to_owned());
    Mistake { kind, name, field, message }
}

fn line(Mistake { kind, name, field, message }: &Mistake) -> String {
    let colon = if field.is_empty() { "" } else { ": " };
    format!("{kind} {name}: {field}{colon}{message}").replace('\n', " ")
}

#[cfg(test)]
mod tests;
