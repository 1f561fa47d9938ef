//! What of an object is not as its schema has it, in the server's words.

use jiff::Timestamp;
use serde_json::Value;

use super::super::status::Cause;
use super::{INT_OR_STRING, Schema, into_field, into_item};

/// Which part of an object is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    Whole,
    /// The status, whose paths the server shortens.
    Status,
}

/// Everything that is wrong; `live` is what it was, for what must not change.
pub(crate) fn check(schema: &Schema, object: &Value, live: Option<&Value>, part: Checked) -> Vec<Cause> {
    let mut look = Look { path: String::new(), cut: "", causes: Vec::new() };
    match part {
        Checked::Whole => look.object(schema, object),
        Checked::Status => {
            look.cut = "status.";
            if let (Some(schema), Some(status)) = (schema.field("status"), object.get("status")) {
                look.field("status", schema, status);
            }
        }
    }
    if let Some(live) = live {
        changes(schema, "", object, live, &mut look.causes);
    }
    look.causes
}

/// What is said where rules could not be checked; nothing where there are none, or nothing is in their way.
pub(crate) fn unchecked_rules(schema: &Schema, causes: &[Cause]) -> Option<Cause> {
    const BLOCKING: [&str; 5] = [
        "FieldValueRequired",
        "FieldValueTypeInvalid",
        "FieldValueNotSupported",
        "FieldValueTooLong",
        "FieldValueTooMany",
    ];
    let blocked = causes.iter().any(|cause| BLOCKING.contains(&cause.reason));
    let why = "some validation rules were not checked because the object was invalid; correct the existing errors to \
               complete validation";
    (blocked && schema.ruled).then(|| Cause::invalid("<nil>", &Value::Null, why))
}

struct Look {
    /// Where it is: one text for all places, as there are thousands of them in every write.
    path: String,
    /// What messages leave out at the front of paths.
    cut: &'static str,
    causes: Vec<Cause>,
}

impl Look {
    fn object(&mut self, schema: &Schema, object: &Value) {
        let Some(fields) = object.as_object() else { return };
        for name in schema.required.iter().filter(|name| !fields.contains_key(*name)) {
            self.causes.push(Cause::required(join(&self.path, name), ""));
        }
        for (name, value) in fields {
            if let (Some(schema), false) = (schema.field(name), self.path.is_empty() && name == "metadata") {
                self.field(name, schema, value);
            }
        }
    }

    fn field(&mut self, name: &str, schema: &Schema, value: &Value) {
        let outside = into_field(&mut self.path, name);
        self.value(schema, value);
        self.path.truncate(outside);
    }

    fn value(&mut self, schema: &Schema, value: &Value) {
        if (value.is_null() && schema.nullable) || !self.kind(schema, value) {
            return;
        }
        if !schema.values_allowed.is_empty() && !schema.values_allowed.contains(value) {
            let known: Vec<String> =
                schema.values_allowed.iter().map(|value| value.as_str().unwrap_or_default().to_owned()).collect();
            self.causes.push(Cause::unsupported(&self.path, value, &known));
        }
        match value {
            Value::Number(_) => self.bounds(schema, value),
            Value::String(text) => self.text(schema, value, text),
            Value::Object(_) => self.object(schema, value),
            Value::Array(items) => {
                self.crowd(schema, items.len());
                let Some(schema) = schema.items() else { return };
                for (at, item) in items.iter().enumerate() {
                    let outside = into_item(&mut self.path, at);
                    self.value(schema, item);
                    self.path.truncate(outside);
                }
            }
            _ => {}
        }
    }

    /// Whether it is of the kind that is wanted.
    fn kind(&mut self, schema: &Schema, value: &Value) -> bool {
        let found = kind(value);
        match schema.kind.as_str() {
            INT_OR_STRING => {
                ["integer", "string"].contains(&found) || self.wrong("integer,string", &found.into(), found)
            }
            "" => true,
            "integer" if found == "float64" => {
                let wanted = if schema.format.is_empty() { "integer" } else { &schema.format };
                self.wrong(wanted, &found.into(), found);
                self.no_int32(schema);
                false
            }
            "number" if ["integer", "float64"].contains(&found) => true,
            wanted if wanted != found => self.wrong(wanted, &found.into(), found),
            "string" if schema.format == "date-time" && !is_time(value) => {
                self.wrong("date-time", value, value.as_str().unwrap_or_default())
            }
            _ => true,
        }
    }

    /// Notes a wrong kind; always false.
    fn wrong(&mut self, wanted: &str, shown: &Value, found: &str) -> bool {
        let told = self.told();
        let message = format!("Invalid value: {shown}: {told} in body must be of type {wanted}: \"{found}\"");
        self.causes.push(Cause::new("FieldValueTypeInvalid", &self.path, message));
        false
    }

    fn told(&self) -> &str {
        self.path.strip_prefix(self.cut).unwrap_or(&self.path)
    }

    fn bounds(&mut self, schema: &Schema, value: &Value) {
        let Some(number) = value.as_f64() else { return };
        if schema.format == "int32" && value.as_i64().is_some_and(|number| i32::try_from(number).is_err()) {
            self.no_int32(schema);
        }
        if let Some(bound) = schema.minimum.filter(|bound| number < *bound) {
            let why = format!("{} in body should be greater than or equal to {bound}", self.told());
            self.causes.push(Cause::invalid(&self.path, value, &why));
        }
        if let Some(bound) = schema.maximum.filter(|bound| number > *bound) {
            let why = format!("{} in body should be less than or equal to {bound}", self.told());
            self.causes.push(Cause::invalid(&self.path, value, &why));
        }
    }

    fn text(&mut self, schema: &Schema, value: &Value, text: &str) {
        if let Some(longest) = schema.longest.filter(|longest| text.chars().count() > *longest) {
            let message = format!("Too long: may not be more than {longest} bytes");
            self.causes.push(Cause::new("FieldValueTooLong", &self.path, message));
        }
        if let Some(pattern) = schema.pattern.as_ref().filter(|pattern| !pattern.is_match(text)) {
            let why = format!("{} in body should match '{pattern}'", self.told());
            self.causes.push(Cause::invalid(&self.path, value, &why));
        }
    }

    fn crowd(&mut self, schema: &Schema, items: usize) {
        if let Some(most) = schema.most_items.filter(|most| items > *most) {
            let message = format!("Too many: {items}: must have at most {most} items");
            self.causes.push(Cause::new("FieldValueTooMany", &self.path, message));
        }
    }

    fn no_int32(&mut self, schema: &Schema) {
        if schema.format == "int32" {
            let why = format!("Checked value must be of type integer with format int32 in {}", self.path);
            self.causes.push(Cause::invalid("<nil>", &"".into(), &why));
        }
    }
}

/// What changed that must not.
fn changes(schema: &Schema, path: &str, object: &Value, live: &Value, causes: &mut Vec<Cause>) {
    if let Some(message) = schema.immutable.as_ref().filter(|_| object != live) {
        causes.push(Cause::new("FieldValueInvalid", path, format!("Invalid value: {message}")));
    }
    for (name, schema) in schema.properties.iter().filter(|(_, schema)| schema.ruled) {
        if let (Some(object), Some(live)) = (object.get(name), live.get(name)) {
            changes(schema, &join(path, name), object, live, causes);
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn is_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok())
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
