//! Values: as they stand in the object, or made of those.

use std::fmt;
use std::rc::Rc;

use serde_json::{Map as JsonMap, Value as Json};

/// What an expression is worth.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Text<'a>),
    List(List<'a>),
    Map(Map<'a>),
}

/// A text of the object or the expression, or one that was made.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "see above")]
pub enum Text<'a> {
    Seen(&'a str),
    Made(Rc<str>),
}

/// A list.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "see above")]
pub enum List<'a> {
    Seen(&'a [Json]),
    Made(Rc<[Value<'a>]>),
}

/// A map. One that was made has few entries: they are looked for one after the other, each at its cost.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "see above")]
pub enum Map<'a> {
    Seen(&'a JsonMap<String, Json>),
    Made(Rc<[(Value<'a>, Value<'a>)]>),
}

impl<'a> Value<'a> {
    /// What stands in an object.
    pub(super) fn seen(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| Self::Double(number.as_f64().unwrap_or(f64::NAN)), Self::Int)
            }
            Json::String(text) => Self::Text(Text::Seen(text)),
            Json::Array(list) => Self::List(List::Seen(list)),
            Json::Object(map) => Self::Map(Map::Seen(map)),
        }
    }

    pub(super) fn made(text: impl Into<Rc<str>>) -> Self {
        Self::Text(Text::Made(text.into()))
    }

    /// The name of its type.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "a whole number",
            Self::Double(_) => "a fraction",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

impl Text<'_> {
    /// Its characters.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Seen(text) => text,
            Self::Made(text) => text,
        }
    }
}

impl<'a> List<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Seen(list) => list.len(),
            Self::Made(list) => list.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Value<'a>> {
        match self {
            Self::Seen(list) => list.get(index).map(Value::seen),
            Self::Made(list) => list.get(index).cloned(),
        }
    }
}

impl<'a> Map<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Seen(map) => map.len(),
            Self::Made(entries) => entries.len(),
        }
    }

    pub(super) fn field(&self, name: &str) -> Option<Value<'a>> {
        match self {
            Self::Seen(map) => map.get(name).map(Value::seen),
            Self::Made(entries) => {
                let named = entries.iter().find(|(key, _)| matches!(key, Value::Text(key) if key.as_str() == name));
                named.map(|(_, value)| value.clone())
            }
        }
    }

    pub(super) fn entry(&self, index: usize) -> Option<(Value<'a>, Value<'a>)> {
        match self {
            Self::Seen(map) => {
                map.iter().nth(index).map(|(key, value)| (Value::Text(Text::Seen(key)), Value::seen(value)))
            }
            Self::Made(entries) => entries.get(index).cloned(),
        }
    }

    pub(super) fn keys(&self) -> Vec<Value<'a>> {
        match self {
            Self::Seen(map) => map.keys().map(|key| Value::Text(Text::Seen(key))).collect(),
            Self::Made(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
        }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(bool) => write!(f, "{bool}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Double(number) => f.write_str(&shortest(*number)),
            Self::Text(text) => write!(f, "{:?}", text.as_str()),
            Self::List(list) => {
                let items: Vec<_> = (0..list.len()).filter_map(|at| Some(list.get(at)?.to_string())).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Map(map) => {
                let entries = (0..map.len()).filter_map(|at| map.entry(at));
                let entries: Vec<_> = entries.map(|(key, value)| format!("{key}: {value}")).collect();
                write!(f, "{{{}}}", entries.join(", "))
            }
        }
    }
}

/// A fraction as Go writes it (`strconv.FormatFloat(x, 'g', -1, 64)`): with an exponent where that is below -4 or above 5.
pub(super) fn shortest(number: f64) -> String {
    let scientific = format!("{number:e}");
    match scientific.split_once('e').and_then(|(digits, exponent)| Some((digits, exponent.parse::<i32>().ok()?))) {
        Some((digits, exponent)) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        Some(_) => number.to_string(),
        None if number.is_nan() => "NaN".to_owned(),
        None => if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned(),
    }
}
