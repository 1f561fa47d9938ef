//! Fills in the defaults that a definition names.

use serde_json::{Map, Value};

use super::Schema;

/// Fills in what is left out, down to the leaves, and within what is filled in.
pub(crate) fn fill(schema: &Schema, object: &mut Value) {
    match object {
        Value::Object(fields) => fill_fields(schema, fields),
        Value::Array(items) => {
            let Some(schema) = schema.items() else { return };
            for item in items {
                fill(schema, item);
            }
        }
        _ => {}
    }
}

fn fill_fields(schema: &Schema, fields: &mut Map<String, Value>) {
    for (name, schema) in &schema.properties {
        if let (Some(default), false) = (&schema.default, fields.contains_key(name)) {
            fields.insert(name.clone(), default.clone());
        }
    }
    for (name, value) in fields {
        if let Some(schema) = schema.field(name) {
            fill(schema, value);
        }
    }
}
