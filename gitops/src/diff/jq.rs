//! Paths into an object as jq writes them, such as `.spec.template.spec.containers[] | select(.name == "proxy") | .image`.
//!
//! Of jq this takes paths: fields, indices, `[]`, `?`, pipes, commas, parentheses, and `select` with comparisons, `and`, `or`, `not`,
//! `has`, `test`, `startswith`, `endswith` and `contains`. That is what differences are ignored by. A whole jq could run for
//! ever: it was a way to stop the established controller (CVE-2024-32476). Anything else is refused, and says so.

mod condition;
mod parse;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde_json::Value;

use self::condition::Condition;
use super::ignore;

/// The most places that one expression may lead to.
const MOST: usize = 10_000;

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot be read as a jq path at {rest:?}: {why}")]
pub struct JqError {
    /// What is left at that place.
    pub rest: String,
    /// What is wrong there.
    pub why: &'static str,
}

/// Paths into an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Paths(Expression);

impl Eq for Paths {}

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    /// One after the other, each from where the one before led.
    Pipe(Vec<Expression>),
    /// Each from the same place.
    Each(Vec<Expression>),
    Path(Vec<Step>),
    Select(Condition),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Index(i64),
    All,
}

/// A place in a value.
#[derive(Clone, Debug)]
struct Place<'a> {
    pointer: String,
    value: &'a Value,
}

impl Paths {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Self, JqError> {
        parse::paths(text).map(Self)
    }

    /// Where it leads in a value, as JSON pointers.
    pub fn pointers(&self, value: &Value) -> Vec<String> {
        let places = self.0.from(vec![Place { pointer: String::new(), value }]);
        let mut seen = BTreeSet::new();
        let pointers = places.into_iter().map(|place| place.pointer);
        pointers.filter(|pointer| !pointer.is_empty() && seen.insert(pointer.clone())).collect()
    }

    /// Takes out all that it leads to.
    pub fn remove(&self, value: &mut Value) {
        // The last first, in whatever order they were named: those before keep their places in lists.
        let mut pointers = self.pointers(value);
        pointers.sort_by_cached_key(|pointer| Reverse(pointer.split('/').map(place).collect::<Vec<_>>()));
        for pointer in &pointers {
            ignore::remove(value, pointer);
        }
    }
}

impl Expression {
    fn from<'a>(&self, places: Vec<Place<'a>>) -> Vec<Place<'a>> {
        match self {
            Self::Pipe(parts) => parts.iter().fold(places, |places, part| part.from(places)),
            Self::Each(parts) => {
                let led = places.iter().flat_map(|place| parts.iter().flat_map(|part| part.from(vec![place.clone()])));
                led.take(MOST).collect()
            }
            Self::Path(steps) => steps.iter().fold(places, |places, step| step.from(places)),
            Self::Select(condition) => places.into_iter().filter(|place| condition.holds(place.value)).collect(),
        }
    }
}

impl Step {
    /// A place that is not there leads nowhere, with or without `?`.
    fn from<'a>(&self, places: Vec<Place<'a>>) -> Vec<Place<'a>> {
        places.into_iter().flat_map(|place| self.below(&place)).take(MOST).collect()
    }

    fn below<'a>(&self, place: &Place<'a>) -> Vec<Place<'a>> {
        let to = |name: &str, value: &'a Value| {
            let name = name.replace('~', "~0").replace('/', "~1");
            Place { pointer: format!("{}/{name}", place.pointer), value }
        };
        match (self, place.value) {
            (Self::Field(name), Value::Object(fields)) => {
                fields.get(name).map(|value| to(name, value)).into_iter().collect()
            }
            (Self::Index(index), Value::Array(items)) => {
                let index = if *index < 0 { i64::try_from(items.len()).unwrap_or(i64::MAX) + index } else { *index };
                let item = usize::try_from(index).ok().and_then(|at| Some((at, items.get(at)?)));
                item.map(|(at, value)| to(&at.to_string(), value)).into_iter().collect()
            }
            (Self::All, Value::Array(items)) => {
                items.iter().enumerate().map(|(at, value)| to(&at.to_string(), value)).collect()
            }
            (Self::All, Value::Object(fields)) => fields.iter().map(|(name, value)| to(name, value)).collect(),
            _ => Vec::new(),
        }
    }
}

/// One part of a pointer as it is ordered: places in a list as numbers.
fn place(part: &str) -> (Option<usize>, String) {
    (part.parse().ok(), part.to_owned())
}

/// What a path leads to first; null where it leads nowhere.
fn first<'a>(steps: &[Step], value: &'a Value) -> &'a Value {
    const NOTHING: &Value = &Value::Null;
    let start = vec![Place { pointer: String::new(), value }];
    let led = steps.iter().fold(start, |places, step| step.from(places));
    led.first().map_or(NOTHING, |place| place.value)
}
