//! Drops what a schema does not name.

use serde_json::Value;

use super::{Schema, Unknown, into_field, into_item};

/// Drops nulls, and the fields that nobody knows; tells which those were.
pub(crate) fn prune(schema: &Schema, object: &mut Value) -> Vec<String> {
    let mut look = Look { path: String::new(), dropped: Vec::new() };
    let Some(fields) = object.as_object_mut() else { return look.dropped };
    let whole = ["apiVersion", "kind", "metadata"];
    fields.retain(|key, value| whole.contains(&key.as_str()) || look.keeps(schema, key, value));
    look.dropped.sort();
    look.dropped
}

struct Look {
    /// Where it is: one text for all places, as there are thousands of them in every write.
    path: String,
    dropped: Vec<String>,
}

impl Look {
    fn keeps(&mut self, schema: &Schema, key: &str, value: &mut Value) -> bool {
        let outside = into_field(&mut self.path, key);
        let keeps = match schema.field(key) {
            // Where null is no value it counts as left out.
            Some(schema) if value.is_null() => schema.nullable,
            Some(schema) => {
                self.inside(schema, value);
                true
            }
            None if schema.unknown == Unknown::Kept => true,
            None => {
                self.dropped.push(self.path.clone());
                false
            }
        };
        self.path.truncate(outside);
        keeps
    }

    fn inside(&mut self, schema: &Schema, value: &mut Value) {
        match value {
            Value::Object(fields) => fields.retain(|key, value| self.keeps(schema, key, value)),
            Value::Array(items) => {
                let Some(schema) = schema.items() else { return };
                for (at, item) in items.iter_mut().enumerate() {
                    let outside = into_item(&mut self.path, at);
                    self.inside(schema, item);
                    self.path.truncate(outside);
                }
            }
            _ => {}
        }
    }
}
