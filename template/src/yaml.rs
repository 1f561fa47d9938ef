//! YAML as Kubernetes' own library reads and writes it.

mod scalar;
mod sort;

use crate::error::Failure;
use crate::limits::{Budget, Growing, VALUE_DEPTH};
use crate::number;
use crate::value::map::too_deep;
use crate::value::{Of, Value};

/// Reads one document, as JSON: every number is a float64.
pub(crate) fn read(text: &str, budget: &mut Budget) -> Result<Value, Failure> {
    budget.hold(text.len().saturating_mul(32))?;
    budget.step(text.len() / 8)?;
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    let document: Option<serde_json::Value> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| match error.location() {
            Some(place) => format!("the text is no YAML at line {}, column {}", place.line(), place.column()),
            None => "the text is no YAML".to_owned(),
        })?;
    Value::from_json(&document.unwrap_or_default(), 0)
}

/// Writes a value, without the end of the last line.
pub(crate) fn write(value: &Value, budget: &mut Budget) -> Result<String, Failure> {
    let out = Growing::new(budget.limits().text);
    let mut writer = Writer { out, budget };
    writer.top(value)?;
    Ok(writer.out.finish())
}

struct Writer<'b> {
    out: Growing,
    budget: &'b mut Budget,
}

impl Writer<'_> {
    fn top(&mut self, value: &Value) -> Result<(), Failure> {
        match value {
            Value::List(list) if !list.is_empty() => self.block(value, 0, 0),
            Value::Map(map) if !map.is_empty() => self.block(value, 0, 0),
            _ => self.inline(value, 2),
        }
    }

    /// The elements of a list or a map that has some, each but the first on a line of its own.
    fn block(&mut self, value: &Value, indent: usize, depth: usize) -> Result<(), Failure> {
        if depth == VALUE_DEPTH {
            return Err(too_deep());
        }
        match value {
            Value::List(list) => {
                for (index, element) in list.values().iter().enumerate() {
                    self.line(index, indent)?;
                    self.out.push("- ")?;
                    if is_block(element) {
                        self.block(element, indent + 2, depth + 1)?;
                    } else {
                        self.inline(element, indent + 2)?;
                    }
                }
            }
            Value::Map(map) => {
                let entries = map.entries();
                self.budget.step(entries.len() * 4)?;
                let entries = sort::sorted(entries);
                for (index, (key, element)) in entries.iter().enumerate() {
                    self.line(index, indent)?;
                    self.key(key)?;
                    match element {
                        // A list stands as far left as the key that it belongs to.
                        Value::List(_) if is_block(element) => {
                            self.out.push("\n")?;
                            self.out.repeat(" ", indent)?;
                            self.block(element, indent, depth + 1)?;
                        }
                        Value::Map(_) if is_block(element) => {
                            self.out.push("\n")?;
                            self.out.repeat(" ", indent + 2)?;
                            self.block(element, indent + 2, depth + 1)?;
                        }
                        _ => {
                            self.out.push(" ")?;
                            self.inline(element, indent + 2)?;
                        }
                    }
                }
            }
            _ => (),
        }
        Ok(())
    }

    fn line(&mut self, index: usize, indent: usize) -> Result<(), Failure> {
        self.budget.step(1)?;
        if index == 0 {
            return Ok(());
        }
        self.out.push("\n")?;
        self.out.repeat(" ", indent)
    }

    fn key(&mut self, key: &str) -> Result<(), Failure> {
        // Keys that are long or of several lines are marked as such.
        if key.len() > 128 || key.contains('\n') {
            return Err("a key is too long for YAML, or has several lines".into());
        }
        scalar::key(key, &mut self.out)?;
        self.out.push(":")
    }

    fn inline(&mut self, value: &Value, indent: usize) -> Result<(), Failure> {
        match value {
            Value::List(list) if matches!(list.of(), Of::Nothing | Of::NoText) => self.out.push("null"),
            Value::Map(map) if map.of() == Of::Nothing => self.out.push("null"),
            Value::List(_) => self.out.push("[]"),
            Value::Map(_) => self.out.push("{}"),
            Value::Nil | Value::Missing => self.out.push("null"),
            Value::Bool(value) => self.out.push(if *value { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) | Value::Duration(number) => self.out.push(&number.to_string()),
            Value::Byte(number) => self.out.push(&number.to_string()),
            Value::Float(number) => self.float(*number),
            Value::Text(text) => scalar::text(text, indent, &mut self.out),
            Value::Time(time) => {
                scalar::text(&time.format("2006-01-02T15:04:05.999999999Z07:00"), indent, &mut self.out)
            }
            Value::Version(version) => scalar::text(&version.to_string(), indent, &mut self.out),
            Value::Function(_) => Err("a function has no YAML".into()),
        }
    }

    /// A float goes through JSON first, where whole numbers of at most 21 digits are integers.
    fn float(&mut self, number: f64) -> Result<(), Failure> {
        let Some(json) = number::json(number) else { return Err("NaN and infinity have no YAML".into()) };
        if json.parse::<i64>().is_ok() || json.parse::<u64>().is_ok() {
            return self.out.push(&json);
        }
        self.out.push(&number::format(number))
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::List(list) => !list.is_empty(),
        Value::Map(map) => !map.is_empty(),
        _ => false,
    }
}
