//! Takes a file apart field by field. What nobody takes has no meaning, and is named.

use jiff::SignedDuration;
use serde_json::{Map, Value};
use sluice_crds::Violation;
use sluice_crds::duration;

/// All that is wrong with a file.
#[derive(Default)]
pub(crate) struct Found(pub(crate) Vec<Violation>);

impl Found {
    /// Notes a mistake.
    pub(crate) fn wrong(&mut self, path: &str, message: impl std::fmt::Display) {
        self.0.push(Violation::new(path, message));
    }

    /// Whether a mistake of that field was noted.
    pub(crate) fn names(&self, path: &str) -> bool {
        self.0.iter().any(|violation| violation.field == path)
    }

    /// The value, or the mistake noted.
    pub(crate) fn note<T>(&mut self, path: &str, value: Result<T, String>) -> Option<T> {
        value.map_err(|message| self.wrong(path, message)).ok()
    }
}

/// A map that is being read.
pub(crate) struct Fields {
    path: String,
    left: Map<String, Value>,
}

impl Fields {
    /// The fields of a map; anything else is a mistake.
    pub(crate) fn of(path: &str, value: Value, found: &mut Found) -> Self {
        let left = match value {
            Value::Object(left) => left,
            Value::Null => Map::new(),
            other => {
                let path = if path.is_empty() { crate::KEY } else { path };
                found.wrong(path, format!("is {}; must be fields with values", kind(&other)));
                Map::new()
            }
        };
        Self { path: path.to_owned(), left }
    }

    /// Where a field stands.
    pub(crate) fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// A field as it is, if it is there. `dry_run` may be written `dryRun`, as all else in a cluster is.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let value = self.left.remove(name).or_else(|| self.left.remove(&in_camel_case(name)));
        value.filter(|value| !value.is_null())
    }

    /// A text; numbers and truth values are texts too, as YAML leaves it open what `5` and `on` are.
    pub(crate) fn text(&mut self, name: &str, found: &mut Found) -> Option<String> {
        let value = self.take(name)?;
        let text = found.note(&self.at(name), text_of(&value))?;
        if text.is_empty() {
            found.wrong(&self.at(name), "is empty; give it a value or remove it");
            return None;
        }
        Some(text)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str, found: &mut Found) -> Option<bool> {
        let text = self.text(name, found)?;
        let flag = text.parse().map_err(|_| format!("is {text:?}; must be true or false"));
        found.note(&self.at(name), flag)
    }

    /// A time above zero, such as `5m`.
    pub(crate) fn time(&mut self, name: &str, found: &mut Found) -> Option<SignedDuration> {
        let text = self.text(name, found)?;
        let time = duration::parse(&text).map_err(|error| error.to_string()).and_then(|time| {
            if time > SignedDuration::ZERO { Ok(time) } else { Err(format!("is {text}; must be above zero")) }
        });
        found.note(&self.at(name), time)
    }

    /// One of these words.
    pub(crate) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)], found: &mut Found) -> Option<T> {
        let text = self.text(name, found)?;
        let word = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        found.note(&self.at(name), word.ok_or_else(|| format!("is {text:?}; must be one of {}", known.join(", "))))
    }

    /// The items of a list, each with its path.
    pub(crate) fn list(&mut self, name: &str, found: &mut Found) -> Option<Vec<(String, Value)>> {
        let path = self.at(name);
        match self.take(name)? {
            Value::Array(items) => {
                Some(items.into_iter().enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)).collect())
            }
            other => {
                found.wrong(&path, format!("is {}; must be a list", kind(&other)));
                None
            }
        }
    }

    /// What is left when all that has a meaning was taken.
    pub(crate) fn rest(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.left)
    }

    /// Names what has no meaning. To be called once all that has one was taken.
    pub(crate) fn end(mut self, found: &mut Found) {
        for name in self.rest().keys() {
            found.wrong(&self.at(name), "is no field of a rollback policy; correct its name or remove it");
        }
    }
}

fn in_camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        all + &head.to_ascii_uppercase() + tail
    })
}

/// The text of a value that can be written in one line.
pub(crate) fn text_of(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        other => Err(format!("is {}; must be one value", kind(other))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "fields with values",
    }
}
