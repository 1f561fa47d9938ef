//! The schemas of the kinds that definitions bring, read once.
//!
//! Of the rules in the definitions only the one that a field must not change is kept here. An evaluator of CEL would bring
//! second versions of crates, and the controller must live with objects that are older than the rules: in this world
//! all are. The rules themselves are tested on the real API server.

mod check;
mod prune;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::OnceLock;

use regex::Regex;
use serde_json::Value;

use super::catalog::Resource;

pub(crate) use check::{Checked, check, unchecked_rules};
pub(crate) use prune::prune;

/// What values at one place may be.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    /// `object`, `string`, …; empty for any.
    kind: String,
    format: String,
    properties: BTreeMap<String, Schema>,
    /// Of a map's values.
    values: Option<Box<Schema>>,
    items: Option<Box<Schema>>,
    required: Vec<String>,
    values_allowed: Vec<Value>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    most_items: Option<usize>,
    longest: Option<usize>,
    pattern: Option<Regex>,
    unknown: Unknown,
    int_or_string: bool,
    /// What is said to who changes it, where it may not change.
    immutable: Option<String>,
    /// Whether it has rules of its own.
    ruled: bool,
}

/// What becomes of fields that a schema does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Unknown {
    #[default]
    Pruned,
    Kept,
}

/// The schema of a kind; none for built-in ones, and for definitions that keep everything.
pub(crate) fn of(of: &Resource) -> Option<&'static Schema> {
    static SCHEMAS: OnceLock<BTreeMap<String, Schema>> = OnceLock::new();
    if !of.custom {
        return None;
    }
    SCHEMAS.get_or_init(all).get(of.plural)
}

fn all() -> BTreeMap<String, Schema> {
    let definitions = sluice_crds::definitions();
    let schema = |definition| {
        // A definition of ours is data, and data can be written out.
        let definition: Value = serde_json::to_value(definition).unwrap_or_default();
        let plural = definition["spec"]["names"]["plural"].as_str().unwrap_or_default().to_owned();
        (plural, Schema::parse(&definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]))
    };
    definitions.into_iter().map(schema).collect()
}

impl Schema {
    fn parse(written: &Value) -> Self {
        let text = |key: &str| written[key].as_str().unwrap_or_default().to_owned();
        let list = |key: &str| written[key].as_array().cloned().unwrap_or_default();
        let says = |key: &str| written[key] == true;
        let most = |key: &str| written[key].as_u64().and_then(|most| usize::try_from(most).ok());
        let below = |key: &str| written[key].is_object().then(|| Box::new(Self::parse(&written[key])));
        let properties = written["properties"].as_object().into_iter().flatten();
        Self {
            kind: text("type"),
            format: text("format"),
            properties: properties.map(|(name, schema)| (name.clone(), Self::parse(schema))).collect(),
            values: below("additionalProperties"),
            items: below("items"),
            required: list("required").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            values_allowed: list("enum"),
            minimum: written["minimum"].as_f64(),
            maximum: written["maximum"].as_f64(),
            most_items: most("maxItems"),
            longest: most("maxLength"),
            pattern: written["pattern"].as_str().and_then(|pattern| Regex::new(pattern).ok()),
            unknown: if says("x-kubernetes-preserve-unknown-fields") { Unknown::Kept } else { Unknown::Pruned },
            int_or_string: says("x-kubernetes-int-or-string"),
            immutable: immutable(written),
            ruled: written["x-kubernetes-validations"].is_array(),
        }
    }

    /// Of a field's value.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        self.properties.get(name).or(self.values.as_deref())
    }

    /// Of a list's items.
    pub(crate) fn items(&self) -> Option<&Self> {
        self.items.as_deref()
    }

    /// Whether it names that field.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.properties.contains_key(name)
    }

    /// Whether some part of it has rules of its own, which need a valid object.
    fn has_rules(&self) -> bool {
        let below = [&self.items, &self.values].into_iter().flatten().map(|schema| &**schema);
        self.ruled || self.properties.values().chain(below).any(Self::has_rules)
    }
}

/// What is said to who changes a field that has that one rule.
fn immutable(written: &Value) -> Option<String> {
    let rules = written["x-kubernetes-validations"].as_array()?;
    let rule = rules.iter().find(|rule| rule["rule"] == "self == oldSelf")?;
    Some(rule["message"].as_str().unwrap_or_default().to_owned())
}

/// Goes on to a field: the length of the path before it, to come back.
fn into_field(path: &mut String, name: &str) -> usize {
    let outside = path.len();
    if outside > 0 {
        path.push('.');
    }
    path.push_str(name);
    outside
}

/// Goes on to an item of a list.
fn into_item(path: &mut String, at: usize) -> usize {
    let outside = path.len();
    // Writing into a String cannot fail.
    let _ = write!(path, "[{at}]");
    outside
}
