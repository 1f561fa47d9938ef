//! Takes out of a transcript what no two runs share, and keeps what can be compared of it: uids by the order in which
//! they appear, versions by which is newer, times by their form.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::noise;
use crate::transcript::Transcript;

/// Years that scripts write: times in it are theirs, and stay.
const OF_SCRIPTS: &str = "2020-";

/// Makes the transcripts of two runs that went alike the same.
pub(crate) fn normalise(told: &mut Transcript) {
    let mut tokens = Tokens::default();
    for body in told.entries.iter_mut().flat_map(|entry| &mut entry.bodies) {
        noise::remove(body);
        order_causes(body);
        tokens.learn(body);
    }
    for body in told.entries.iter_mut().flat_map(|entry| &mut entry.bodies) {
        *body = tokens.replaced("", body);
        versions(body, &tokens.versions);
    }
}

/// What was made up by the servers.
#[derive(Default)]
struct Tokens {
    /// Uids and generated names, in the order in which they appeared, and what they are called instead.
    names: Vec<(String, String)>,
    uids: usize,
    generated: usize,
    /// Of objects. That of a list is the server's newest and may be anybody's.
    versions: BTreeSet<u64>,
}

impl Tokens {
    fn learn(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::Object(metadata)) = fields.get("metadata") {
                    self.learn_metadata(metadata, is_of_many(fields));
                }
                if let Some(uid) = fields.get("uid").and_then(Value::as_str) {
                    self.learn_uid(uid);
                }
                fields.values().for_each(|value| self.learn(value));
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            _ => {}
        }
    }

    fn learn_uid(&mut self, uid: &str) {
        if !uid.is_empty() && !self.names.iter().any(|(known, _)| known == uid) {
            self.uids += 1;
            self.names.push((uid.to_owned(), format!("uid-{}", self.uids)));
        }
    }

    fn learn_metadata(&mut self, metadata: &Map<String, Value>, of_many: bool) {
        let text = |key: &str| metadata.get(key).and_then(Value::as_str).unwrap_or_default();
        if let (false, Ok(version)) = (of_many, text("resourceVersion").parse()) {
            self.versions.insert(version);
        }
        let (name, prefix) = (text("name"), text("generateName"));
        let made_up = !prefix.is_empty() && name.len() > prefix.len() && name.starts_with(prefix);
        if made_up && !self.names.iter().any(|(known, _)| known == name) {
            self.generated += 1;
            self.names.push((
                name.to_owned(),
                format!("{prefix}<{} letters, {}>", name.len() - prefix.len(), self.generated),
            ));
        }
    }

    /// The value under `key` with every token replaced and every object's keys in order.
    fn replaced(&self, key: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(key, text)),
            Value::Array(items) => {
                let mut items: Vec<Value> = items.iter().map(|item| self.replaced(key, item)).collect();
                match key {
                    // The server sorts them by time first, and times differ.
                    "managedFields" => items.sort_by_key(manager),
                    // Of a group's kinds: in no order.
                    "resources" => items.sort_by_key(|item| item["name"].as_str().unwrap_or_default().to_owned()),
                    _ => {}
                }
                Value::Array(items)
            }
            Value::Object(fields) => {
                let mut sorted: Vec<_> = fields.iter().collect();
                sorted.sort_by_key(|(key, _)| *key);
                Value::Object(sorted.into_iter().map(|(k, v)| (self.renamed(k), self.replaced(k, v))).collect())
            }
            other => other.clone(),
        }
    }

    fn renamed(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    fn text(&self, key: &str, text: &str) -> String {
        if let Some(time) = time(text) {
            return time.to_owned();
        }
        let text = &without_dump(text);
        match key {
            "continue" if !text.is_empty() => "more".to_owned(),
            "message" if text.to_lowercase().contains("resource version") || text.contains("esourceVersion") => {
                self.numbers(&self.renamed(text))
            }
            _ => self.renamed(text),
        }
    }

    /// The text with versions in it named: that of an object by its rank, another as N.
    fn numbers(&self, text: &str) -> String {
        let mut words: Vec<String> = Vec::new();
        for word in text.split(' ') {
            let digits = word.trim_matches(|letter: char| !letter.is_alphanumeric());
            // The server's newest one may be anybody's.
            let of_server = words.last().is_some_and(|last| last == "current:");
            words.push(match digits.parse() {
                Ok(0) | Err(_) => word.to_owned(),
                Ok(number) if self.versions.contains(&number) && !of_server => {
                    word.replace(digits, &exact(number, &self.versions))
                }
                Ok(_) => word.replace(digits, "N"),
            });
        }
        words.join(" ")
    }
}

/// A message without the template in it that the server writes out as Go has it, with a hundred fields that say nothing.
fn without_dump(text: &str) -> String {
    const BEGIN: &str = "spec.template: Invalid value: {";
    const END: &str = "}: field is immutable";
    let (told, rest) = match text.split_once(BEGIN) {
        Some((told, rest)) => (format!("{told}{BEGIN}"), rest),
        None if text.starts_with("Invalid value: {") && text.contains("\"Spec\":{") => {
            ("Invalid value: {".to_owned(), text)
        }
        None => return text.to_owned(),
    };
    rest.split_once(END).map_or_else(|| text.to_owned(), |(_, rest)| format!("{told}…{END}{rest}"))
}

/// The server finds what is wrong in the fields of a definition in no order: causes, and the message made of them.
fn order_causes(status: &mut Value) {
    let Some(Value::Array(causes)) = status.pointer_mut("/details/causes") else { return };
    let found = written(causes);
    causes.sort_by_key(ToString::to_string);
    let sorted = written(causes);
    if let Some(Value::String(message)) = status.get_mut("message") {
        *message = message.replace(&found, &sorted);
    }
}

fn written(causes: &[Value]) -> String {
    let text = |cause: &Value, key: &str| cause[key].as_str().unwrap_or_default().to_owned();
    causes
        .iter()
        .map(|cause| format!("{}: {}", text(cause, "field"), text(cause, "message")))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Lists and bookmarks: their version says up to when they know, not when something was written.
fn is_of_many(fields: &Map<String, Value>) -> bool {
    let only_version = |metadata: &Map<String, Value>| !metadata.contains_key("name");
    fields.get("metadata").and_then(Value::as_object).is_some_and(only_version)
}

fn manager(entry: &Value) -> String {
    ["operation", "manager", "apiVersion", "subresource"].map(|key| entry[key].as_str().unwrap_or_default()).join(" ")
}

/// Replaces versions by their rank among those of objects.
fn versions(value: &mut Value, known: &BTreeSet<u64>) {
    match value {
        Value::Object(fields) => {
            let of_many = is_of_many(fields);
            if let Some(Value::Object(metadata)) = fields.get_mut("metadata")
                && let Some(Value::String(version)) = metadata.get_mut("resourceVersion")
                && let Ok(number) = version.parse()
            {
                *version = if of_many { since(number, known) } else { exact(number, known) };
            }
            fields.values_mut().for_each(|value| versions(value, known));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| versions(item, known)),
        _ => {}
    }
}

fn exact(version: u64, known: &BTreeSet<u64>) -> String {
    format!("version-{}", known.range(..=version).count())
}

fn since(version: u64, known: &BTreeSet<u64>) -> String {
    format!("version-{} or later", known.range(..=version).count())
}

/// How a time is written, if the text is one that is not the script's.
fn time(text: &str) -> Option<&'static str> {
    let shape: String = text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    match shape.as_str() {
        _ if text.starts_with(OF_SCRIPTS) => None,
        "0000-00-00T00:00:00Z" => Some("a time in seconds"),
        "0000-00-00T00:00:00.000000Z" => Some("a time in microseconds"),
        _ => None,
    }
}
