//! What of an object of a built-in kind cannot be read into its Go type, in the words of the server's decoder.

use serde_json::Value;

use super::{INT_OR_STRING, QUANTITY, Schema, quantity};

/// Why an object cannot be read; the first thing found.
pub(crate) fn undecodable(schema: &Schema, object: &Value) -> Option<String> {
    of_fields(schema, &schema.go, "", object)
}

fn of_fields(schema: &Schema, of: &str, path: &str, object: &Value) -> Option<String> {
    object.as_object().into_iter().flatten().find_map(|(name, value)| {
        let inside = schema.field(name)?;
        let struct_of = if schema.go.is_empty() { of } else { &schema.go };
        // Of a map's values the decoder knows the map alone.
        let path = match (schema.knows(name), path) {
            (false, path) => path.to_owned(),
            (true, "") => name.clone(),
            (true, path) => format!("{path}.{name}"),
        };
        of_value(inside, struct_of, &path, value)
    })
}

fn of_value(schema: &Schema, of: &str, path: &str, value: &Value) -> Option<String> {
    let fits = match (schema.kind.as_str(), value) {
        (_, Value::Null) => return None,
        _ if schema.format == QUANTITY => return quantity::canonical(value).err(),
        (INT_OR_STRING, value) => value.is_string() || value.is_i64(),
        ("object", Value::Object(_)) => return of_fields(schema, of, path, value),
        ("array", Value::Array(items)) => {
            let inside = schema.items()?;
            return items.iter().find_map(|item| of_value(inside, of, path, item));
        }
        ("object" | "array", _) => false,
        ("string", value) => value.is_string(),
        ("boolean", value) => value.is_boolean(),
        ("integer", value) => value.is_i64(),
        _ => true,
    };
    let (found, of, wanted) = (found(value), of.rsplit('.').next().unwrap_or(of), wanted(schema));
    (!fits).then(|| format!("json: cannot unmarshal {found} into Go struct field {of}.{path} of type {wanted}"))
}

fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(number) if number.is_f64() => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    }
}

/// The Go type.
fn wanted(schema: &Schema) -> String {
    match schema.kind.as_str() {
        _ if !schema.go.is_empty() => schema.go.clone(),
        "boolean" => "bool".to_owned(),
        "integer" if !schema.format.is_empty() => schema.format.clone(),
        "array" => format!("[]{}", schema.items().map(wanted).unwrap_or_default()),
        "object" => format!("map[string]{}", schema.values.as_deref().map(wanted).unwrap_or_default()),
        kind => kind.to_owned(),
    }
}
