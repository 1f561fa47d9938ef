//! One value by one verb.

use std::fmt::Write;

use super::spec::Spec;
use super::{float, integer, quote};
use crate::error::Failure;
use crate::limits::{Budget, Growing, VALUE_DEPTH};
use crate::time::duration;
use crate::value::map::too_deep;
use crate::value::{Of, Value};

/// Prints a value by a verb, or says what is wrong with the verb for this type.
pub(super) fn put(
    value: &Value,
    spec: &Spec,
    depth: usize,
    out: &mut Growing,
    budget: &mut Budget,
) -> Result<(), Failure> {
    if depth == VALUE_DEPTH {
        return Err(too_deep());
    }
    budget.step(1)?;
    match (value, spec.verb) {
        (Value::Missing | Value::Nil, 'v') if spec.is_syntax() && depth > 0 => out.push("interface {}(nil)"),
        (Value::Missing | Value::Nil, _) if depth > 0 => out.push("<nil>"),
        (Value::Missing | Value::Nil, 'T' | 'v') if depth == 0 => spec.pad_spaces("<nil>", out),
        (_, 'w') => bad(value, spec, out, budget),
        (_, 'T') if depth == 0 => spec.pad(value.type_name(), out),
        (_, 'p') if depth == 0 => match value {
            Value::List(_) | Value::Map(_) | Value::Version(_) | Value::Function(_) => {
                Err("%p shows where a value lies in memory, which means nothing here; use %v".into())
            }
            _ => bad(value, spec, out, budget),
        },
        (Value::Bool(truth), 't' | 'v') => spec.pad(if *truth { "true" } else { "false" }, out),
        (Value::Text(text), 'v' | 's' | 'x' | 'X' | 'q') => put_text(text, spec, out),
        (Value::Time(time), 'v' | 's' | 'x' | 'X' | 'q') => put_text(&time.to_string(), &stringer(spec), out),
        (Value::Version(version), 'v' | 's' | 'x' | 'X' | 'q') => put_text(&version.to_string(), &stringer(spec), out),
        (Value::Duration(nanoseconds), 'v' | 's' | 'x' | 'X' | 'q') if !spec.is_syntax() => {
            put_text(&duration::write(*nanoseconds), spec, out)
        }
        (Value::Int(number) | Value::Int64(number) | Value::Duration(number), verb) if integer::is_verb(verb) => {
            integer::put(i128::from(*number), spec, out)
        }
        (Value::Byte(number), 'v') if spec.is_syntax() => out.push(&format!("0x{number:x}")),
        (Value::Byte(number), verb) if integer::is_verb(verb) => integer::put(i128::from(*number), spec, out),
        (Value::Float(number), verb) if float::is_verb(verb) => float::put(*number, spec, out),
        (Value::Float(_), 'x' | 'X' | 'b') => {
            Err("a float is not shown in hexadecimal or binary digits; use %g, or convert it by int".into())
        }
        (Value::List(_) | Value::Map(_), _) => put_all(value, spec, depth, out, budget),
        (Value::Function(_), 'v') => out.push("func"),
        _ => bad(value, spec, out, budget),
    }
}

/// `%#v` of a type that has a text of its own shows the text: its inner fields mean nothing here.
fn stringer(spec: &Spec) -> Spec {
    Spec { sharp: spec.sharp && spec.verb != 'v', ..*spec }
}

fn put_text(text: &str, spec: &Spec, out: &mut Growing) -> Result<(), Failure> {
    let cut = |text: &str| -> String {
        match spec.precision {
            Some(most) => text.chars().take(most).collect(),
            None => text.to_owned(),
        }
    };
    match spec.verb {
        'x' | 'X' => put_hex(text, spec, out),
        'q' if spec.sharp && quote::fits_raw(&cut(text)) => spec.pad(&format!("`{}`", cut(text)), out),
        'q' => spec.pad(&quote::by_verb(&cut(text), spec), out),
        'v' if spec.sharp => spec.pad(&quote::quoted(&cut(text)), out),
        _ => spec.pad(&cut(text), out),
    }
}

fn put_hex(text: &str, spec: &Spec, out: &mut Growing) -> Result<(), Failure> {
    let prefix = match (spec.sharp, spec.verb) {
        (false, _) => "",
        (true, 'x') => "0x",
        (true, _) => "0X",
    };
    let mut hex = String::new();
    for (index, byte) in text.bytes().take(spec.precision.unwrap_or(usize::MAX)).enumerate() {
        if index == 0 || spec.space {
            hex.push_str(if index > 0 { " " } else { "" });
            hex.push_str(prefix);
        }
        // Writing to a text never fails.
        let _ = if spec.verb == 'x' { write!(hex, "{byte:02x}") } else { write!(hex, "{byte:02X}") };
    }
    spec.pad(&hex, out)
}

/// Prints the elements of a list or a map, each by the same verb.
fn put_all(value: &Value, spec: &Spec, depth: usize, out: &mut Growing, budget: &mut Budget) -> Result<(), Failure> {
    let (of, is_map) = match value {
        Value::List(list) => (list.of(), false),
        Value::Map(map) => (map.of(), true),
        _ => return Ok(()),
    };
    let syntax = spec.is_syntax();
    if syntax {
        out.push(value.type_name())?;
        if of == Of::Nothing {
            return out.push("(nil)");
        }
    }
    out.push(match (syntax, is_map) {
        (true, _) => "{",
        (false, true) => "map[",
        (false, false) => "[",
    })?;
    let between = if syntax { ", " } else { " " };
    match value {
        Value::List(list) => {
            for (index, element) in list.values().iter().enumerate() {
                out.push(if index > 0 { between } else { "" })?;
                put(element, spec, depth + 1, out, budget)?;
            }
        }
        Value::Map(map) => {
            for (index, (key, element)) in map.entries().into_iter().enumerate() {
                out.push(if index > 0 { between } else { "" })?;
                put(&Value::Text(key), spec, depth + 1, out, budget)?;
                out.push(":")?;
                put(&element, spec, depth + 1, out, budget)?;
            }
        }
        _ => (),
    }
    out.push(if syntax { "}" } else { "]" })
}

/// Go's words for a verb that does not fit: `%!d(string=hi)`.
fn bad(value: &Value, spec: &Spec, out: &mut Growing, budget: &mut Budget) -> Result<(), Failure> {
    out.push("%!")?;
    out.push_char(spec.verb)?;
    out.push("(")?;
    if value.is_nil() {
        out.push("<nil>")?;
    } else {
        out.push(value.type_name())?;
        out.push("=")?;
        let verb = match value {
            Value::Float(_) => 'g',
            Value::Bool(_) => 't',
            Value::Int(_) | Value::Int64(_) | Value::Byte(_) => 'd',
            Value::List(_) | Value::Map(_) | Value::Function(_) => 'v',
            _ => 's',
        };
        put(value, &Spec { verb, ..*spec }, 0, out, budget)?;
    }
    out.push(")")
}
