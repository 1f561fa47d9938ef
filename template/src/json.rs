//! Writing JSON as Go's `encoding/json` does.

use crate::error::Failure;
use crate::limits::{Budget, Growing, VALUE_DEPTH};
use crate::number;
use crate::value::map::too_deep;
use crate::value::{Of, Value};

/// How JSON is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Compact,
    /// Indented by two spaces.
    Pretty,
    /// Compact, with `<`, `>` and `&` as they are.
    Raw,
}

/// Writes a value; functions, NaN and infinities have no JSON.
pub(crate) fn write(value: &Value, style: Style, budget: &mut Budget) -> Result<String, Failure> {
    let out = Growing::new(budget.limits().text);
    let mut writer = Writer { style, out, budget };
    writer.value(value, 0)?;
    Ok(writer.out.finish())
}

struct Writer<'b> {
    style: Style,
    out: Growing,
    budget: &'b mut Budget,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Failure> {
        if depth == VALUE_DEPTH {
            return Err(too_deep());
        }
        self.budget.step(1)?;
        match value {
            Value::Nil | Value::Missing => self.out.push("null"),
            Value::Bool(value) => self.out.push(if *value { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) | Value::Duration(number) => self.out.push(&number.to_string()),
            Value::Byte(number) => self.out.push(&number.to_string()),
            Value::Float(number) => match number::json(*number) {
                Some(text) => self.out.push(&text),
                None => Err("NaN and infinity have no JSON".into()),
            },
            Value::Text(text) => self.text(text),
            Value::Time(time) => self.text(&time.format("2006-01-02T15:04:05.999999999Z07:00")),
            Value::Version(version) => self.text(&version.to_string()),
            Value::Function(_) => Err("a function has no JSON".into()),
            Value::List(list) if matches!(list.of(), Of::Nothing | Of::NoText) => self.out.push("null"),
            Value::Map(map) if map.of() == Of::Nothing => self.out.push("null"),
            Value::List(list) => {
                self.out.push("[")?;
                for (index, value) in list.values().iter().enumerate() {
                    self.before(index, depth)?;
                    self.value(value, depth + 1)?;
                }
                self.end("]", list.is_empty(), depth)
            }
            Value::Map(map) => {
                self.out.push("{")?;
                for (index, (key, value)) in map.entries().iter().enumerate() {
                    self.before(index, depth)?;
                    self.text(key)?;
                    self.out.push(if self.style == Style::Pretty { ": " } else { ":" })?;
                    self.value(value, depth + 1)?;
                }
                self.end("}", map.is_empty(), depth)
            }
        }
    }

    /// What stands before an element.
    fn before(&mut self, index: usize, depth: usize) -> Result<(), Failure> {
        self.out.push(if index > 0 { "," } else { "" })?;
        self.line(depth + 1)
    }

    fn end(&mut self, bracket: &str, empty: bool, depth: usize) -> Result<(), Failure> {
        if !empty {
            self.line(depth)?;
        }
        self.out.push(bracket)
    }

    fn line(&mut self, depth: usize) -> Result<(), Failure> {
        if self.style != Style::Pretty {
            return Ok(());
        }
        self.out.push("\n")?;
        self.out.repeat("  ", depth)
    }

    fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.out.push("\"")?;
        for char in text.chars() {
            match char {
                '"' => self.out.push("\\\"")?,
                '\\' => self.out.push("\\\\")?,
                '\n' => self.out.push("\\n")?,
                '\r' => self.out.push("\\r")?,
                '\t' => self.out.push("\\t")?,
                '\u{8}' => self.out.push("\\b")?,
                '\u{c}' => self.out.push("\\f")?,
                '<' | '>' | '&' if self.style != Style::Raw => self.escape(char)?,
                '\0'..' ' | '\u{2028}' | '\u{2029}' => self.escape(char)?,
                _ => self.out.push_char(char)?,
            }
        }
        self.out.push("\"")
    }

    fn escape(&mut self, char: char) -> Result<(), Failure> {
        self.out.push(&format!("\\u{:04x}", u32::from(char)))
    }
}
