//! From JSON to values.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::list::Of;
use super::map::too_deep;
use super::{List, Map, Value};
use crate::error::Failure;
use crate::limits::VALUE_DEPTH;

impl Value {
    /// The value that Go's `encoding/json` makes of this document: every number is a `float64`.
    pub(crate) fn from_json(json: &serde_json::Value, depth: usize) -> Result<Self, Failure> {
        if depth == VALUE_DEPTH {
            return Err(too_deep());
        }
        Ok(match json {
            serde_json::Value::Null => Value::Nil,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(text) => Value::text(text),
            serde_json::Value::Array(items) => {
                let items = items.iter().map(|item| Value::from_json(item, depth + 1));
                Value::List(List::new(Of::Any, items.collect::<Result<_, _>>()?))
            }
            serde_json::Value::Object(fields) => {
                let entries =
                    fields.iter().map(|(key, value)| Ok((Rc::from(key.as_str()), Value::from_json(value, depth + 1)?)));
                Value::Map(Map::new(Of::Any, entries.collect::<Result<BTreeMap<_, _>, Failure>>()?))
            }
        })
    }
}

/// For functions of the caller; a document that nests deeper than templates can follow is refused.
impl TryFrom<&serde_json::Value> for Value {
    type Error = String;

    fn try_from(json: &serde_json::Value) -> Result<Self, String> {
        Value::from_json(json, 0).map_err(|failure| match failure {
            Failure::Says(message) | Failure::Limit(message) => message,
        })
    }
}
