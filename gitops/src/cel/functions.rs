//! Functions, each as `f(x)` or `x.f()`, or both.

use regex::RegexBuilder;

use super::EvalError;
use super::evaluate::Run;
use super::value::{Text, Value, shortest};
use crate::go;

/// The largest program that a regular expression may become, and what one costs to become it.
const REGEX_SIZE: usize = 1 << 16;
const REGEX_COST: usize = 2000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    Int,
    Double,
    String,
    Bool,
    Dyn,
}

/// A function's name, how many values it takes, and whether it may be written `f(x)` and `x.f()`.
const ALL: [(&str, Function, usize, bool, bool); 10] = [
    ("size", Function::Size, 1, true, true),
    ("contains", Function::Contains, 2, false, true),
    ("startsWith", Function::StartsWith, 2, false, true),
    ("endsWith", Function::EndsWith, 2, false, true),
    ("matches", Function::Matches, 2, true, true),
    ("int", Function::Int, 1, true, false),
    ("double", Function::Double, 1, true, false),
    ("string", Function::String, 1, true, false),
    ("bool", Function::Bool, 1, true, false),
    ("dyn", Function::Dyn, 1, true, false),
];

/// The function of that name, or what is wrong with it.
pub(super) fn named(name: &str, given: usize, is_method: bool) -> Result<Function, String> {
    let written = |free: bool, method: bool| if is_method { method } else { free };
    let known = ALL.iter().find(|(known, _, _, free, method)| *known == name && written(*free, *method));
    match known {
        Some((_, function, takes, ..)) if *takes == given => Ok(*function),
        Some((_, _, takes, ..)) => Err(format!("{name} is given {given} values, and takes {takes}")),
        None => {
            let names: Vec<_> = ALL.iter().map(|(name, ..)| *name).collect();
            Err(format!(
                "{name} is not supported; there are has, all, exists, exists_one, map, filter, {}",
                names.join(", ")
            ))
        }
    }
}

pub(super) fn call<'a>(run: &mut Run<'a>, function: Function, given: &[Value<'a>]) -> Result<Value<'a>, EvalError> {
    match (function, given) {
        (Function::Dyn, [value]) => Ok(value.clone()),
        (Function::Size, [value]) => size(run, value),
        (Function::Int, [value]) => int(value).map(Value::Int).ok_or_else(|| unlike(value, "a whole number")),
        (Function::Double, [value]) => double(value).map(Value::Double).ok_or_else(|| unlike(value, "a fraction")),
        (Function::String, [value]) => string(value).ok_or_else(|| unlike(value, "a text")),
        (Function::Bool, [value]) => bool(value).map(Value::Bool).ok_or_else(|| unlike(value, "a bool")),
        (_, [Value::Text(text), Value::Text(other)]) => texts(run, function, text, other).map(Value::Bool),
        (_, given) => {
            let kinds: Vec<_> = given.iter().map(Value::kind).collect();
            Err(EvalError::Wrong(format!("it takes two texts, not {}", kinds.join(" and "))))
        }
    }
}

fn unlike(value: &Value, wanted: &str) -> EvalError {
    EvalError::Wrong(format!("{} cannot be made {wanted}", value.kind()))
}

fn texts(run: &mut Run, function: Function, text: &Text, other: &Text) -> Result<bool, EvalError> {
    let (text, other) = (text.as_str(), other.as_str());
    run.spend((text.len() + other.len()) / 16)?;
    match function {
        Function::Contains => Ok(text.contains(other)),
        Function::StartsWith => Ok(text.starts_with(other)),
        Function::EndsWith => Ok(text.ends_with(other)),
        _ => {
            run.spend(REGEX_COST + text.len())?;
            let regex = RegexBuilder::new(&sluice_dialect::translate(other)).size_limit(REGEX_SIZE).build();
            let regex = regex.map_err(|_| EvalError::Wrong(format!("{other:?} is no regular expression")))?;
            Ok(regex.is_match(text))
        }
    }
}

fn size<'a>(run: &mut Run<'a>, value: &Value<'a>) -> Result<Value<'a>, EvalError> {
    let size = match value {
        Value::Text(text) => {
            run.spend(text.as_str().len() / 16)?;
            text.as_str().chars().count()
        }
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        other => return Err(EvalError::Wrong(format!("{} has no size", other.kind()))),
    };
    Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

#[allow(clippy::cast_possible_truncation, reason = "within the bounds that are asked for")]
fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Double(number) if number.abs() < 9_223_372_036_854_774_784.0 => Some(*number as i64),
        Value::Text(text) => text.as_str().parse().ok(),
        _ => None,
    }
}

#[allow(clippy::cast_precision_loss, reason = "it is what the function is for")]
fn double(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Double(number) => Some(*number),
        Value::Text(text) => text.as_str().parse().ok(),
        _ => None,
    }
}

fn string<'a>(value: &Value<'a>) -> Option<Value<'a>> {
    match value {
        Value::Text(_) => Some(value.clone()),
        Value::Int(number) => Some(Value::made(number.to_string())),
        Value::Double(number) => Some(Value::made(shortest(*number))),
        Value::Bool(bool) => Some(Value::made(bool.to_string())),
        _ => None,
    }
}

/// As Go reads a bool.
fn bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(bool) => Some(*bool),
        Value::Text(text) => go::bool(text.as_str()),
        _ => None,
    }
}
