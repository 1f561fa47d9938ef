//! The schemas of all kinds, read once: of what definitions bring, and of what is built in.
//!
//! Of the rules in the definitions only the one that a field must not change is kept here. An evaluator of CEL would bring
//! second versions of crates, and the controller must live with objects that are older than the rules: in this world
//! all are. The rules themselves are tested on the real API server.

mod built_in;
mod check;
mod decode;
mod fill;
mod keywords;
mod packed;
mod prune;
mod quantity;
mod typed;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use regex::Regex;
use serde_json::Value;

use super::catalog::Resource;

pub(crate) use check::{Checked, check, unchecked_rules};
pub(crate) use decode::undecodable;
pub(crate) use fill::fill;
pub(crate) use keywords::unserved;
pub(crate) use prune::prune;
pub(crate) use quantity::settle;
pub(crate) use typed::mistakes;

/// The format of quantities, which are numbers with units.
const QUANTITY: &str = "quantity";

/// The kind of what may be either.
const INT_OR_STRING: &str = "int-or-string";

/// What values at one place may be.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    /// `object`, `string`, …, or [`INT_OR_STRING`]; empty for any.
    kind: String,
    format: String,
    properties: BTreeMap<String, Arc<Schema>>,
    /// Of a map's values.
    values: Option<Arc<Schema>>,
    items: Option<Arc<Schema>>,
    list: List,
    /// Whether a map is owned and merged as one value.
    atomic: bool,
    /// What patches tell the items of a list apart by: empty where they add to it, none where they replace it.
    merge_key: Option<String>,
    /// What counts where nothing is said.
    default: Option<Value>,
    /// The name of its Go type, as messages have it; empty where there is none.
    go: String,
    required: Vec<String>,
    values_allowed: Vec<Value>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    most_items: Option<usize>,
    longest: Option<usize>,
    pattern: Option<Regex>,
    unknown: Unknown,
    /// Whether null is a value of its own.
    nullable: bool,
    /// What is said to who changes it, where it may not change.
    immutable: Option<String>,
    /// Whether it, or some part of it, has rules, which need a valid object.
    ruled: bool,
}

/// How the items of a list are told apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum List {
    /// They are not: the list is one value.
    #[default]
    Atomic,
    /// By what they are.
    Set,
    /// By these fields, with what a missing one counts as.
    Map(Vec<(String, Option<Value>)>),
}

/// What becomes of fields that a schema does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Unknown {
    #[default]
    Pruned,
    Kept,
}

/// The schema of a kind; none of definitions that keep everything, and of what is only answered.
pub(crate) fn of(of: &Resource) -> Option<&'static Schema> {
    static OURS: OnceLock<BTreeMap<String, Schema>> = OnceLock::new();
    if !of.custom {
        return built_in::of(of);
    }
    of.schema.or_else(|| OURS.get_or_init(ours).get(of.plural))
}

/// The schema of everybody's metadata.
pub(crate) fn metadata() -> Option<&'static Schema> {
    built_in::metadata()
}

fn ours() -> BTreeMap<String, Schema> {
    let written = packed::unpacked(packed::DEFINED).into_iter();
    written.map(|(plural, schema)| (plural, Schema::of_definition(&schema))).collect()
}

impl Schema {
    /// What a definition writes. It names no other.
    pub(crate) fn of_definition(written: &Value) -> Self {
        Self::read(written, &mut |_| Arc::default())
    }

    /// What is written, with `named` for what it refers to.
    fn read(written: &Value, named: &mut dyn FnMut(&str) -> Arc<Self>) -> Self {
        let mut inside = |written: &Value| match written["$ref"].as_str() {
            Some(name) => named(name),
            None => Arc::new(Self::read(written, &mut *named)),
        };
        let properties = written["properties"].as_object().into_iter().flatten();
        let properties = properties.map(|(name, schema)| (name.clone(), inside(schema))).collect();
        let values = written["additionalProperties"].is_object().then(|| inside(&written["additionalProperties"]));
        let items = written["items"].is_object().then(|| inside(&written["items"]));
        let list = List::read(written, items.as_deref());
        Self { properties, values, items, list, ..Self::alone(written) }.with_rules_below()
    }

    /// What is said of a value itself.
    fn alone(written: &Value) -> Self {
        let text = |key: &str| written[key].as_str().unwrap_or_default().to_owned();
        let list = |key: &str| written[key].as_array().cloned().unwrap_or_default();
        let says = |key: &str| written[key] == true;
        let merged = text("x-kubernetes-patch-strategy").split(',').any(|strategy| strategy == "merge");
        let int_or_string = says("x-kubernetes-int-or-string") || written["format"] == INT_OR_STRING;
        let most = |key: &str| written[key].as_u64().and_then(|most| usize::try_from(most).ok());
        Self {
            kind: if int_or_string { INT_OR_STRING.to_owned() } else { text("type") },
            format: text("format"),
            atomic: written["x-kubernetes-map-type"] == "atomic",
            merge_key: merged.then(|| text("x-kubernetes-patch-merge-key")),
            default: written.get("default").cloned(),
            required: list("required").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            values_allowed: list("enum"),
            minimum: written["minimum"].as_f64(),
            maximum: written["maximum"].as_f64(),
            most_items: most("maxItems"),
            longest: most("maxLength"),
            pattern: written["pattern"].as_str().and_then(|pattern| Regex::new(pattern).ok()),
            unknown: if says("x-kubernetes-preserve-unknown-fields") { Unknown::Kept } else { Unknown::Pruned },
            nullable: says("nullable"),
            immutable: immutable(written),
            ruled: written["x-kubernetes-validations"].is_array(),
            ..Self::default()
        }
    }

    /// Of a field's value.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        self.properties.get(name).or(self.values.as_ref()).map(Arc::as_ref)
    }

    /// Of a list's items.
    pub(crate) fn items(&self) -> Option<&Self> {
        self.items.as_deref()
    }

    /// Whether it names that field.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.properties.contains_key(name)
    }

    /// Whether a map is one value.
    pub(crate) fn is_atomic(&self) -> bool {
        self.atomic
    }

    /// How a list's items are told apart.
    pub(crate) fn list(&self) -> &List {
        &self.list
    }

    /// What patches tell a list's items apart by; none where they replace the list, and nothing where they add to it.
    pub(crate) fn merge_key(&self) -> Option<&str> {
        self.merge_key.as_deref()
    }

    fn with_rules_below(mut self) -> Self {
        let of = |below: &Option<Arc<Self>>| below.as_ref().is_some_and(|schema| schema.ruled);
        self.ruled |= of(&self.items) || of(&self.values) || self.properties.values().any(|schema| schema.ruled);
        self
    }
}

impl List {
    fn read(written: &Value, items: Option<&Schema>) -> Self {
        let key = |name: &Value| {
            let name = name.as_str().unwrap_or_default().to_owned();
            let default = items.and_then(|items| items.properties.get(&name)).and_then(|key| key.default.clone());
            (name, default)
        };
        match written["x-kubernetes-list-type"].as_str() {
            Some("map") => {
                let keys = written["x-kubernetes-list-map-keys"].as_array();
                Self::Map(keys.into_iter().flatten().map(key).collect())
            }
            Some("set") => Self::Set,
            _ => Self::Atomic,
        }
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
