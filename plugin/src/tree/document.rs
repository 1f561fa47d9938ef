//! The tree for programs: what stands above the table by name, and the table as nested objects.

use serde_json::{Map, Value, json};

use super::node::{Info, Node};
use super::text::Text;

/// The document of a tree.
pub(super) fn of(summary: &[(&'static str, Text)], root: &Node) -> Value {
    let mut fields = Map::new();
    let mut images: Vec<Value> = Vec::new();
    let mut last = "";
    for (label, text) in summary {
        last = if label.is_empty() { last } else { label };
        match key(last).as_str() {
            "images" => images.push(json!(text.bare())),
            // A title of lines below it.
            _ if text.is_empty() => {}
            "status" => drop(fields.insert("status".to_owned(), json!(word(&text.bare())))),
            key => drop(fields.insert(key.to_owned(), value(&text.bare()))),
        }
    }
    fields.insert("images".to_owned(), Value::Array(images));
    fields.insert("tree".to_owned(), node(root));
    Value::Object(fields)
}

/// `  ActualWeight:` is `actualWeight`.
fn key(label: &str) -> String {
    let name = label.trim().trim_end_matches(':');
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn value(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number))
}

/// A status without the sign before it.
fn word(text: &str) -> &str {
    text.split_once(' ').map_or(text, |(_, word)| word)
}

fn node(node: &Node) -> Value {
    let mut fields = Map::new();
    if !node.kind.is_empty() {
        fields.insert("kind".to_owned(), json!(node.kind));
    }
    fields.insert("name".to_owned(), json!(node.name.bare()));
    if let Some(status) = node.status.as_ref().filter(|status| !status.text.is_empty()) {
        fields.insert("status".to_owned(), json!(status.text));
    }
    if let Some(created) = node.created {
        fields.insert("created".to_owned(), json!(created.to_string()));
    }
    let info: Vec<String> = node.info.iter().map(told).collect();
    if !info.is_empty() {
        fields.insert("info".to_owned(), json!(info));
    }
    if !node.children.is_empty() {
        fields.insert("children".to_owned(), node.children.iter().map(self::node).collect());
    }
    Value::Object(fields)
}

fn told(info: &Info) -> String {
    match info {
        Info::Text(text) => text.bare(),
        Info::Delay(until) => format!("until:{until}"),
    }
}
