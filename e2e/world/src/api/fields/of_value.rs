//! Which fields an applied object names.

use serde_json::Value;

use super::super::schema::List;
use super::super::shape::Shape;
use super::{Fields, item_step};

/// The fields of what a manager applies.
pub(crate) fn of_value(shape: Shape, value: &Value) -> Fields {
    let mut fields = Fields::default();
    collect(shape, value, &mut Vec::new(), &mut fields);
    fields
}

fn collect(shape: Shape, value: &Value, at: &mut Vec<String>, out: &mut Fields) {
    match value {
        Value::Object(fields) if !shape.is_atomic() => {
            for (name, value) in fields {
                at.push(format!("f:{name}"));
                collect(shape.field(name), value, at, out);
                let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
                if empty || !shape.knows(name) {
                    out.insert(at);
                }
                at.pop();
            }
        }
        Value::Array(items) if *shape.list() != List::Atomic => {
            for item in items {
                at.push(item_step(shape.list(), item));
                collect(shape.items(), item, at, out);
                out.insert(at);
                at.pop();
            }
        }
        _ => out.insert(at),
    }
}
