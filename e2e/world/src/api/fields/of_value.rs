//! Which fields an applied object names.

use serde_json::Value;

use super::super::shape::{ListKind, Shape};
use super::{Fields, key_step, value_step};

/// The fields of what a manager applies.
pub(crate) fn of_value(shape: Shape, value: &Value) -> Fields {
    let mut fields = Fields::default();
    collect(shape, value, &mut Vec::new(), &mut Vec::new(), &mut fields);
    fields
}

fn collect<'v>(shape: Shape, value: &'v Value, at: &mut Vec<String>, names: &mut Vec<&'v str>, out: &mut Fields) {
    match value {
        Value::Object(fields) if !shape.is_atomic(names) => {
            for (name, value) in fields {
                at.push(format!("f:{name}"));
                names.push(name);
                collect(shape.field(name), value, at, names, out);
                let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
                if empty || !shape.knows(name) {
                    out.insert(at);
                }
                names.pop();
                at.pop();
            }
        }
        Value::Array(items) if shape.list(names) != ListKind::Atomic => {
            for item in items {
                at.push(match shape.list(names) {
                    ListKind::Map(keys) => key_step(item, keys),
                    ListKind::Set | ListKind::Atomic => value_step(item),
                });
                collect(shape, item, at, names, out);
                out.insert(at);
                at.pop();
            }
        }
        _ => out.insert(at),
    }
}
