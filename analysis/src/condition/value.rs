//! The values a condition works on, with the representation the Go controllers give them.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::number;

/// A value a condition sees or computes; cloning is cheap, the contents are shared.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value: JSON `null`, a missing key.
    Nil,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number: literals, `len`, `int`, `asInt`. Measurements are never of this kind.
    Int(i64),
    /// A 64-bit float: every number of Prometheus and of JSON.
    Float(f64),
    /// A text.
    String(Arc<str>),
    /// An ordered list.
    List(List),
    /// A JSON object.
    Map(Map),
}

/// What the elements of a list are known to be, as Go's slice types say.
///
/// It matters to the type check (`"a" in result` is refused for a list of floats) and to equality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elements {
    /// Anything: a JSON array.
    Any,
    /// Whole numbers: a range such as `1..3`.
    Int,
    /// Floats: a vector of Prometheus.
    Float,
    /// Texts: what `split` gives.
    String,
}

/// A shared list that knows its kind of elements and its nesting depth.
#[derive(Debug, Clone)]
pub struct List {
    items: Arc<[Value]>,
    elements: Elements,
    depth: usize,
}

/// A shared map that knows its nesting depth.
#[derive(Debug, Clone)]
pub struct Map {
    entries: Arc<BTreeMap<Arc<str>, Value>>,
    depth: usize,
}

impl Value {
    /// The name of the value's type as `type(x)` gives it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::String(_) => "string",
            Value::List(_) => "array",
            Value::Map(_) => "map",
        }
    }

    /// A list of any elements.
    pub fn list(items: Vec<Value>) -> Self {
        Value::List(List::new(items, Elements::Any))
    }

    pub(super) fn text(text: &str) -> Self {
        Value::String(text.into())
    }

    /// How deeply lists and maps are nested in this value; a plain value has depth 0.
    pub(super) fn depth(&self) -> usize {
        match self {
            Value::List(list) => list.depth,
            Value::Map(map) => map.depth,
            _ => 0,
        }
    }
}

impl List {
    pub(super) fn new(items: Vec<Value>, elements: Elements) -> Self {
        let depth = 1 + items.iter().map(Value::depth).max().unwrap_or(0);
        List { items: items.into(), elements, depth }
    }

    /// What the elements are known to be.
    pub fn elements(&self) -> Elements {
        self.elements
    }
}

impl Map {
    pub(super) fn new(entries: BTreeMap<Arc<str>, Value>) -> Self {
        let depth = 1 + entries.values().map(Value::depth).max().unwrap_or(0);
        Map { entries: Arc::new(entries), depth }
    }
}

impl FromIterator<f64> for List {
    /// A list known to hold floats only: a vector of Prometheus.
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        List::new(numbers.into_iter().map(Value::Float).collect(), Elements::Float)
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl Deref for Map {
    type Target = BTreeMap<Arc<str>, Value>;

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        self.elements == other.elements && self.items == other.items
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Float(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::text(text)
    }
}

impl From<Vec<f64>> for Value {
    /// The vector of Prometheus: a list known to hold floats only.
    fn from(numbers: Vec<f64>) -> Self {
        Value::List(numbers.into_iter().collect())
    }
}

impl From<serde_json::Value> for Value {
    /// JSON as the Go controllers read it: every number is a float.
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Value::Nil,
            serde_json::Value::Bool(flag) => Value::Bool(flag),
            serde_json::Value::Number(number) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(text) => Value::String(text.into()),
            serde_json::Value::Array(items) => Value::list(items.into_iter().map(Value::from).collect()),
            serde_json::Value::Object(entries) => {
                Value::Map(Map::new(entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect()))
            }
        }
    }
}

impl fmt::Display for Value {
    /// Writes the value as Go's `%v` does, which is what `string(x)` gives.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => out.write_str("<nil>"),
            Value::Bool(flag) => write!(out, "{flag}"),
            Value::Int(number) => write!(out, "{number}"),
            Value::Float(number) => out.write_str(&number::format(*number)),
            Value::String(text) => out.write_str(text),
            Value::List(list) => {
                out.write_str("[")?;
                for (index, item) in list.iter().enumerate() {
                    write!(out, "{}{item}", if index == 0 { "" } else { " " })?;
                }
                out.write_str("]")
            }
            Value::Map(map) => {
                out.write_str("map[")?;
                for (index, (key, value)) in map.iter().enumerate() {
                    write!(out, "{}{key}:{value}", if index == 0 { "" } else { " " })?;
                }
                out.write_str("]")
            }
        }
    }
}
