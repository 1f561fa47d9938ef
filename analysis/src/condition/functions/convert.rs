//! Numbers, conversions, and the functions the Go controllers add.

use std::fmt::Write;

use super::super::machine::{Machine, Outcome, fail};
use super::super::number;
use super::super::types::Type;
use super::super::value::Value;
use super::{argument, as_text};

fn only(found: &[Type]) -> Result<&Type, String> {
    match found {
        [only] => Ok(only),
        _ => Err(format!("pass 1 argument, not {}", found.len())),
    }
}

fn refuse(found: &Type) -> Result<Type, String> {
    Err(format!("pass another type than {}", found.name()))
}

pub(super) fn len_type(found: &[Type]) -> Result<Type, String> {
    match only(found)? {
        Type::Map | Type::Text | Type::Unknown => Ok(Type::Int),
        list if list.is_list() => Ok(Type::Int),
        other => refuse(other),
    }
}

pub(super) fn abs_type(found: &[Type]) -> Result<Type, String> {
    match only(found)? {
        number @ (Type::Int | Type::Float | Type::Unknown) => Ok(number.clone()),
        other => refuse(other),
    }
}

pub(super) fn round_type(found: &[Type]) -> Result<Type, String> {
    abs_type(found).map(|_| Type::Float)
}

pub(super) fn int_type(found: &[Type]) -> Result<Type, String> {
    match only(found)? {
        Type::Int | Type::Float | Type::Text | Type::Unknown => Ok(Type::Int),
        other => refuse(other),
    }
}

pub(super) fn float_type(found: &[Type]) -> Result<Type, String> {
    int_type(found).map(|_| Type::Float)
}

/// `asInt(x)`: a whole number from a number or a decimal text.
pub(super) fn as_int(_: &mut Machine, arguments: &[Value]) -> Outcome {
    match argument(arguments, 0) {
        Value::Int(whole) => Ok(Value::Int(*whole)),
        Value::Float(float) => Ok(Value::Int(number::truncate(*float))),
        Value::String(text) => match number::parse_int(text) {
            Some(whole) => Ok(Value::Int(whole)),
            None => fail(format!("the text {text:?} is no whole number")),
        },
        other => fail(format!("a value of type {} has no whole number", other.type_name())),
    }
}

/// `asFloat(x)`: a float from a number or a text.
pub(super) fn as_float(_: &mut Machine, arguments: &[Value]) -> Outcome {
    match argument(arguments, 0) {
        Value::Int(whole) => Ok(Value::Float(number::widen(*whole))),
        Value::Float(float) => Ok(Value::Float(*float)),
        Value::String(text) => match number::parse_float(text) {
            Some(float) => Ok(Value::Float(float)),
            None => fail(format!("the text {text:?} is no number")),
        },
        other => fail(format!("a value of type {} has no number", other.type_name())),
    }
}

pub(super) fn is_nan(_: &mut Machine, arguments: &[Value]) -> Outcome {
    float_only(argument(arguments, 0), f64::is_nan)
}

pub(super) fn is_inf(_: &mut Machine, arguments: &[Value]) -> Outcome {
    float_only(argument(arguments, 0), f64::is_infinite)
}

fn float_only(value: &Value, question: fn(f64) -> bool) -> Outcome {
    match value {
        Value::Float(float) => Ok(Value::Bool(question(*float))),
        other => fail(format!("expected a float, found {}", other.type_name())),
    }
}

/// `isNil(_)`: whether the measurement itself is nil.
///
/// The Go controllers look at `result` whatever the argument is; so does this.
#[allow(clippy::unnecessary_wraps)] // the shape of every function
pub(super) fn is_nil(machine: &mut Machine, _: &[Value]) -> Outcome {
    Ok(Value::Bool(matches!(machine.result, Value::Nil)))
}

/// `default(_, d)`: the measurement itself, or `d` when it is nil; see [`is_nil`].
#[allow(clippy::unnecessary_wraps)] // the shape of every function
pub(super) fn default(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    Ok(match machine.result {
        Value::Nil => argument(arguments, 1).clone(),
        result => result.clone(),
    })
}

pub(super) fn len(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let length = match argument(arguments, 0) {
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::String(text) => {
            machine.read(text)?;
            text.chars().count()
        }
        other => return fail(format!("a value of type {} has no length", other.type_name())),
    };
    Ok(Value::Int(number::count(length)))
}

#[allow(clippy::unnecessary_wraps)] // the shape of every function
pub(super) fn type_of(_: &mut Machine, arguments: &[Value]) -> Outcome {
    Ok(Value::text(argument(arguments, 0).type_name()))
}

pub(super) fn abs(_: &mut Machine, arguments: &[Value]) -> Outcome {
    match argument(arguments, 0) {
        Value::Int(whole) => Ok(Value::Int(whole.wrapping_abs())),
        Value::Float(float) => Ok(Value::Float(if *float < 0.0 { -float } else { *float })),
        other => fail(format!("expected a number, found {}", other.type_name())),
    }
}

pub(super) fn ceil(_: &mut Machine, arguments: &[Value]) -> Outcome {
    rounded(argument(arguments, 0), f64::ceil)
}

pub(super) fn floor(_: &mut Machine, arguments: &[Value]) -> Outcome {
    rounded(argument(arguments, 0), f64::floor)
}

pub(super) fn round(_: &mut Machine, arguments: &[Value]) -> Outcome {
    rounded(argument(arguments, 0), f64::round)
}

fn rounded(value: &Value, way: fn(f64) -> f64) -> Outcome {
    match value {
        Value::Int(whole) => Ok(Value::Float(number::widen(*whole))),
        Value::Float(float) => Ok(Value::Float(way(*float))),
        other => fail(format!("expected a number, found {}", other.type_name())),
    }
}

pub(super) fn int(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    as_int(machine, arguments)
}

pub(super) fn float(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    as_float(machine, arguments)
}

pub(super) fn string(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let value = argument(arguments, 0);
    pay_for_all(machine, value, 0)?;
    machine.text(value.to_string())
}

pub(super) fn from_json(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let text = as_text(argument(arguments, 0))?;
    // Each byte of JSON makes at most one value.
    machine.spend(text.len())?;
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) => Ok(json.into()),
        Err(error) => fail(format!("read the JSON text: {error}")),
    }
}

/// JSON indented by two spaces, as Go writes it.
pub(super) fn to_json(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let value = argument(arguments, 0);
    pay_for_all(machine, value, 0)?;
    let mut out = String::new();
    write_json(value, 0, &mut out)?;
    machine.text(out)
}

/// Spends a step for each value inside, and the bytes of its texts, keys and indentation, before all of it is
/// written out.
fn pay_for_all(machine: &mut Machine, value: &Value, depth: usize) -> Result<(), super::Stop> {
    machine.spend(1)?;
    machine.reserve(2 * depth)?;
    match value {
        Value::List(list) => list.iter().try_for_each(|item| pay_for_all(machine, item, depth + 1)),
        Value::Map(map) => map.iter().try_for_each(|(key, item)| {
            machine.reserve(key.len())?;
            pay_for_all(machine, item, depth + 1)
        }),
        Value::String(text) => machine.reserve(text.len()),
        _ => Ok(()),
    }
}

fn write_json(value: &Value, depth: usize, out: &mut String) -> Result<(), super::Stop> {
    match value {
        Value::Nil => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(whole) => out.push_str(&whole.to_string()),
        Value::Float(float) => match number::json(*float) {
            Some(text) => out.push_str(&text),
            None => return fail(format!("{float} has no form in JSON")),
        },
        Value::String(text) => quote(text, out),
        Value::List(list) => {
            write_group(out, depth, ['[', ']'], list.iter(), |item, out| write_json(item, depth + 1, out))?;
        }
        Value::Map(map) => write_group(out, depth, ['{', '}'], map.iter(), |(key, item), out| {
            quote(key, out);
            out.push_str(": ");
            write_json(item, depth + 1, out)
        })?,
    }
    Ok(())
}

fn write_group<T>(
    out: &mut String,
    depth: usize,
    [open, close]: [char; 2],
    items: impl ExactSizeIterator<Item = T>,
    mut write: impl FnMut(T, &mut String) -> Result<(), super::Stop>,
) -> Result<(), super::Stop> {
    let empty = items.len() == 0;
    out.push(open);
    for (index, item) in items.enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        write(item, out)?;
    }
    if !empty {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
    out.push(close);
    Ok(())
}

/// Go's encoder also escapes what is special in HTML and JavaScript.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}

/// A time as Kubernetes writes it, in seconds since 1970.
pub(super) fn parse_time(_: &mut Machine, arguments: &[Value]) -> Outcome {
    let text = as_text(argument(arguments, 0))?;
    match text.parse::<jiff::Timestamp>() {
        Ok(time) => Ok(Value::Float(time.as_duration().as_secs_f64())),
        Err(_) => fail(format!("{text:?} is no time; write it as 2026-11-29T03:04:05Z")),
    }
}
