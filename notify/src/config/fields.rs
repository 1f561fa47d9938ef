//! Takes a value of the ConfigMap apart, field by field. What nobody takes has no meaning, and is named.
//!
//! Go reads these values by way of JSON: a name may be written in any case (the documents of the established controllers have
//! `apiURL` and `apiUrl`, `Id` and `id`), and a text may be written as a number. No message repeats a value: it may come from
//! the Secret.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sluice_crds::Violation;

/// The largest value of one key, in bytes.
const MOST_BYTES: usize = 256 << 10;

/// All that is wrong with a ConfigMap.
#[derive(Default)]
pub(crate) struct Found {
    /// Each with the key and the field it stands in.
    pub(crate) violations: Vec<Violation>,
    /// How many of them spoil what they stand in; fields that do nothing do not.
    pub(crate) mistakes: usize,
}

impl Found {
    /// Notes a mistake.
    pub(crate) fn wrong(&mut self, path: impl Into<String>, message: impl std::fmt::Display) {
        self.violations.push(Violation::new(path, message));
        self.mistakes += 1;
    }

    /// Notes what does nothing.
    pub(crate) fn note(&mut self, path: impl Into<String>, message: impl std::fmt::Display) {
        self.violations.push(Violation::new(path, message));
    }
}

/// Fields with values, and where to tell what is wrong with them.
pub(crate) struct Fields<'f> {
    path: String,
    left: Map<String, Value>,
    found: &'f mut Found,
}

/// Reads the YAML of a key.
pub(crate) fn yaml(key: &str, text: &str, found: &mut Found) -> Option<Value> {
    let read = if text.len() > MOST_BYTES {
        Err(format!("has {} bytes; {MOST_BYTES} are the most", text.len()))
    } else {
        serde_saphyr::from_str(text).map_err(|error| {
            // Without the excerpt of the source that follows the first line.
            let error = error.without_snippet().to_string();
            format!("is no YAML: {}", error.lines().next().unwrap_or_default())
        })
    };
    read.map_err(|message| found.wrong(key, message)).ok()
}

impl<'f> Fields<'f> {
    /// The fields of a value; anything else is a mistake.
    pub(crate) fn of(path: &str, value: Value, found: &'f mut Found) -> Self {
        let left = match value {
            Value::Object(left) => left,
            Value::Null => Map::new(),
            other => {
                found.wrong(path, format!("is {}; must be fields with values", kind(&other)));
                Map::new()
            }
        };
        Self { path: path.to_owned(), left, found }
    }

    /// Notes what is wrong with a field.
    pub(crate) fn wrong(&mut self, name: &str, message: impl std::fmt::Display) {
        let path = self.at(name);
        self.found.wrong(path, message);
    }

    fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// How many mistakes are known so far.
    pub(crate) fn mistakes(&self) -> usize {
        self.found.mistakes
    }

    /// A field as it is, if it is there.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let alike = || self.left.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
        let name = if self.left.contains_key(name) { name.to_owned() } else { alike()? };
        self.left.remove(&name).filter(|value| !value.is_null())
    }

    /// A text; an empty one is none.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let value = self.take(name)?;
        match text_of(&value) {
            Ok(text) => Some(text).filter(|text| !text.is_empty()),
            Err(message) => {
                self.wrong(name, message);
                None
            }
        }
    }

    /// A text that has to be there.
    pub(crate) fn needed(&mut self, name: &str, example: &str) -> String {
        let before = self.mistakes();
        let text = self.text(name);
        if text.is_none() && self.mistakes() == before {
            self.wrong(name, format!("is missing; give it a value, such as {example}"));
        }
        text.unwrap_or_default()
    }

    /// `true` or `false`; false where it is left out.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let flag = self.text(name).map(|text| text.parse::<bool>());
        if let Some(Err(_)) = flag {
            self.wrong(name, "must be true or false");
        }
        matches!(flag, Some(Ok(true)))
    }

    /// A whole number from 1 to `most`.
    pub(crate) fn number(&mut self, name: &str, most: u16) -> Option<u16> {
        let text = self.text(name)?;
        let number = text.parse::<u16>().ok().filter(|number| (1..=most).contains(number));
        if number.is_none() {
            self.wrong(name, format!("must be a whole number from 1 to {most}"));
        }
        number
    }

    /// One of these words; the first where it is left out.
    pub(crate) fn word<T: Copy + Default>(&mut self, name: &str, words: &[(&str, T)]) -> T {
        let Some(text) = self.text(name) else { return T::default() };
        let word = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text)).map(|(_, meaning)| *meaning);
        if word.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(name, format!("must be one of {}", known.join(", ")));
        }
        word.unwrap_or_default()
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        let at = self.at(name);
        self.take(name).map(|value| texts(&at, value, self.found)).unwrap_or_default()
    }

    /// Texts by name.
    pub(crate) fn map(&mut self, name: &str) -> BTreeMap<String, String> {
        self.inner(name, |fields| {
            let names: Vec<_> = fields.left.keys().cloned().collect();
            names.into_iter().filter_map(|name| fields.text(&name).map(|text| (name, text))).collect()
        })
        .unwrap_or_default()
    }

    /// Fields within a field, read to their end.
    pub(crate) fn inner<T>(&mut self, name: &str, read: impl FnOnce(&mut Fields<'_>) -> T) -> Option<T> {
        let at = self.at(name);
        let value = self.take(name)?;
        Some(whole(&at, value, self.found, read))
    }

    /// Fields of each item of a list, read to their end.
    pub(crate) fn items<T>(&mut self, name: &str, read: impl FnMut(&mut Fields<'_>) -> T) -> Vec<T> {
        let at = self.at(name);
        self.take(name).map(|value| items(&at, value, self.found, read)).unwrap_or_default()
    }

    /// The names of fields that nobody took yet.
    pub(crate) fn names(&self) -> Vec<String> {
        self.left.keys().cloned().collect()
    }

    /// Names fields that the established controllers know and that do nothing here. They spoil nothing.
    pub(crate) fn without_effect(&mut self, names: &[&str], why: &str) {
        for name in names {
            if self.take(name).is_some() {
                let path = self.at(name);
                self.found.note(path, format!("has no effect: {why}; remove it"));
            }
        }
    }

    /// Names what has no meaning.
    pub(crate) fn end(&mut self) {
        for name in std::mem::take(&mut self.left).keys() {
            self.wrong(name, "is no field that is known here; correct its name or remove it");
        }
    }
}

/// Fields, read to their end.
pub(crate) fn whole<T>(path: &str, value: Value, found: &mut Found, read: impl FnOnce(&mut Fields<'_>) -> T) -> T {
    let mut fields = Fields::of(path, value, found);
    let read = read(&mut fields);
    fields.end();
    read
}

/// The items of a list, each read to its end.
pub(crate) fn items<T>(
    path: &str,
    value: Value,
    found: &mut Found,
    mut read: impl FnMut(&mut Fields<'_>) -> T,
) -> Vec<T> {
    let items = list(path, value, found).into_iter().enumerate();
    items.map(|(at, item)| whole(&format!("{path}[{at}]"), item, found, &mut read)).collect()
}

/// A list of texts.
pub(crate) fn texts(path: &str, value: Value, found: &mut Found) -> Vec<String> {
    let mut texts = Vec::new();
    for (at, item) in list(path, value, found).iter().enumerate() {
        match text_of(item) {
            Ok(text) if !text.is_empty() => texts.push(text),
            Ok(_) => found.wrong(format!("{path}[{at}]"), "is empty; give it a value or remove it"),
            Err(message) => found.wrong(format!("{path}[{at}]"), message),
        }
    }
    texts
}

fn list(path: &str, value: Value, found: &mut Found) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        other => {
            found.wrong(path, format!("is {}; must be a list", kind(&other)));
            Vec::new()
        }
    }
}

/// The text of a value that can be written in one line.
fn text_of(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        other => Err(format!("is {}; must be a text", kind(other))),
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
