//! What of an applied object its schema has no place for, in the words of the server's merge.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::fields::{item_step, shown};
use super::{INT_OR_STRING, List, QUANTITY, Schema, Unknown};

/// Everything of an object that cannot be merged; nothing of metadata and kind, which every schema has.
pub(crate) fn mistakes(schema: &Schema, object: &Value) -> Vec<String> {
    let mut look = Look { found: Vec::new() };
    for (name, value) in object.as_object().into_iter().flatten() {
        match (name.as_str(), super::metadata()) {
            ("apiVersion" | "kind", _) => {}
            ("metadata", Some(metadata)) => look.value(metadata, ".metadata", value),
            _ => look.field(schema, "", name, value),
        }
    }
    look.found
}

struct Look {
    found: Vec<String>,
}

impl Look {
    fn field(&mut self, schema: &Schema, at: &str, name: &str, value: &Value) {
        let path = format!("{at}.{name}");
        match schema.field(name) {
            Some(schema) => self.value(schema, &path, value),
            None if schema.unknown == Unknown::Kept => {}
            None => self.found.push(format!("{path}: field not declared in schema")),
        }
    }

    fn value(&mut self, schema: &Schema, path: &str, value: &Value) {
        if value.is_null() {
            return;
        }
        match (schema.kind.as_str(), value) {
            ("object", Value::Object(fields)) => {
                fields.iter().for_each(|(name, value)| self.field(schema, path, name, value));
            }
            ("array", Value::Array(items)) => self.list(schema, path, items),
            _ => self.found.extend(unfit(schema, value).map(|wrong| format!("{path}: {wrong}"))),
        }
    }

    fn list(&mut self, schema: &Schema, path: &str, items: &[Value]) {
        let Some(of_items) = schema.items() else { return };
        let mut seen = BTreeSet::new();
        for (at, item) in items.iter().enumerate() {
            if schema.list == List::Atomic {
                self.value(of_items, &format!("{path}[{at}]"), item);
                continue;
            }
            if let Some(why) = unkeyed(&schema.list, item) {
                self.found.push(format!("{path}: element {at}: {why}"));
                continue;
            }
            let step = item_step(&schema.list, item);
            if !seen.insert(step.clone()) {
                self.found.push(format!("{path}: duplicate entries for key {}", shown(&step)));
                continue;
            }
            self.value(of_items, &format!("{path}{}", shown(&step)), item);
        }
    }
}

/// Why an item of a list that is a map has no place in it.
fn unkeyed(list: &List, item: &Value) -> Option<String> {
    let List::Map(keys) = list else { return None };
    let Some(fields) = item.as_object() else {
        let what = if item.is_null() { "may not have a null element" } else { "may not have non-map elements" };
        return Some(format!("associative list with keys {what}"));
    };
    let told_apart = keys.iter().any(|(key, default)| fields.contains_key(key) || default.is_some());
    (!told_apart).then(|| {
        let keys: Vec<String> = keys.iter().map(|(key, _)| format!("\"{key}\"")).collect();
        let what = "associative list with keys has an element that omits all key fields";
        format!("{what} [{}] (and doesn't have default values for any key fields)", keys.join(" "))
    })
}

/// Why a value is not of its schema's kind.
fn unfit(schema: &Schema, value: &Value) -> Option<String> {
    let compound = value.is_object() || value.is_array();
    match schema.kind.as_str() {
        kind if kind == INT_OR_STRING || schema.format == QUANTITY => {
            compound.then(|| format!("expected any scalar, got &{{{}}}", plain(value)))
        }
        "object" => Some(format!("expected map, got &{{{}}}", plain(value))),
        "array" => Some(format!("expected list, got &{{{}}}", plain(value))),
        "boolean" if !value.is_boolean() => Some(format!("expected boolean, got &{{{}}}", plain(value))),
        "integer" | "number" if !value.is_number() => {
            Some(format!("expected numeric (int or float), got {}", kind(value)))
        }
        "string" if !value.is_string() => {
            Some(format!("expected string, got &value.valueUnstructured{{Value:{}}}", syntax(value)))
        }
        _ => None,
    }
}

/// As Go's `%v` writes it.
fn plain(value: &Value) -> String {
    let many = |words: Vec<String>| words.join(" ");
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", many(items.iter().map(plain).collect())),
        Value::Object(fields) => {
            format!("map[{}]", many(fields.iter().map(|(key, value)| format!("{key}:{}", plain(value))).collect()))
        }
        other => other.to_string(),
    }
}

/// As Go's `%T` writes it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
        Value::Null => "<nil>",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
    }
}

/// As Go's `%#v` writes it.
fn syntax(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => format!("{}{{{}}}", kind(value), inner(value)),
        other => other.to_string(),
    }
}

fn inner(value: &Value) -> String {
    let items = value.as_array().into_iter().flatten().map(syntax);
    let fields = value.as_object().into_iter().flatten().map(|(key, value)| format!("\"{key}\":{}", syntax(value)));
    items.chain(fields).collect::<Vec<_>>().join(", ")
}
