//! Comparisons of text/template: of one kind only, and an error where Go's would be one.

use std::cmp::Ordering;

use super::{Builtin, Outcome, takes, takes_more};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::value::equal::same_number;
use crate::value::{Of, Value};

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes_more("eq", &[Type::Any], Type::Any, eq),
    takes("ne", &[Type::Any, Type::Any], |args, _| Ok(Value::Bool(!equal(args.any(0)?, args.any(1)?)?))),
    takes("lt", &[Type::Any, Type::Any], |args, _| Ok(Value::Bool(less(args.any(0)?, args.any(1)?)?))),
    takes("le", &[Type::Any, Type::Any], |args, _| Ok(Value::Bool(less_or_equal(args)?))),
    takes("gt", &[Type::Any, Type::Any], |args, _| Ok(Value::Bool(!less_or_equal(args)?))),
    takes("ge", &[Type::Any, Type::Any], |args, _| Ok(Value::Bool(!less(args.any(0)?, args.any(1)?)?))),
];

/// What Go compares with each other.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Basic<'v> {
    Bool(bool),
    /// All whole numbers, whatever their size and sign.
    Int(i64),
    Float(f64),
    Text(&'v str),
}

fn basic(value: &Value) -> Option<Basic<'_>> {
    Some(match value {
        Value::Bool(value) => Basic::Bool(*value),
        Value::Int(number) | Value::Int64(number) | Value::Duration(number) => Basic::Int(*number),
        Value::Byte(number) => Basic::Int((*number).into()),
        Value::Float(number) => Basic::Float(*number),
        Value::Text(text) => Basic::Text(text),
        _ => return None,
    })
}

fn eq(args: &Args, env: &mut Env) -> Outcome {
    let first = args.any(0)?;
    if args.len() == 1 {
        return Err("there is nothing to compare with".into());
    }
    for other in args.from(1) {
        env.budget.step(1)?;
        if equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn equal(one: &Value, other: &Value) -> Result<bool, Failure> {
    match (basic(one), basic(other)) {
        (Some(Basic::Bool(one)), Some(Basic::Bool(other))) => Ok(one == other),
        (Some(Basic::Int(one)), Some(Basic::Int(other))) => Ok(one == other),
        (Some(Basic::Float(one)), Some(Basic::Float(other))) => Ok(same_number(one, other)),
        (Some(Basic::Text(one)), Some(Basic::Text(other))) => Ok(one == other),
        (None, None) => equal_others(one, other),
        _ if one.is_nil() || other.is_nil() => Ok(false),
        _ => Err(incompatible(one, other)),
    }
}

/// Lists, maps and the like can be compared with nil only, times and versions with their like.
fn equal_others(one: &Value, other: &Value) -> Result<bool, Failure> {
    let nothing = |value: &Value| match value {
        Value::Nil | Value::Missing => true,
        Value::List(list) => list.of() == Of::Nothing,
        Value::Map(map) => map.of() == Of::Nothing,
        _ => false,
    };
    let one_kind = one.kind_name() == other.kind_name() || one.is_nil() || other.is_nil();
    match (one, other) {
        _ if one_kind && (nothing(one) || nothing(other)) => Ok(nothing(one) && nothing(other)),
        (Value::Time(one), Value::Time(other)) => Ok(one == other),
        (Value::Version(one), Value::Version(other)) => Ok(std::rc::Rc::ptr_eq(one, other)),
        _ => Err(incompatible(one, other)),
    }
}

fn less(one: &Value, other: &Value) -> Result<bool, Failure> {
    let order = match (basic(one), basic(other)) {
        (Some(Basic::Int(one)), Some(Basic::Int(other))) => Some(one.cmp(&other)),
        (Some(Basic::Float(one)), Some(Basic::Float(other))) => one.partial_cmp(&other),
        (Some(Basic::Text(one)), Some(Basic::Text(other))) => Some(one.cmp(other)),
        (Some(_), Some(_)) => return Err(incompatible(one, other)),
        (None, _) => return Err(unordered(one)),
        (_, None) => return Err(unordered(other)),
    };
    Ok(order == Some(Ordering::Less))
}

fn less_or_equal(args: &Args) -> Result<bool, Failure> {
    let (one, other) = (args.any(0)?, args.any(1)?);
    Ok(less(one, other)? || equal(one, other)?)
}

fn incompatible(one: &Value, other: &Value) -> Failure {
    let (one, other) = (one.type_name(), other.type_name());
    format!("{one} and {other} cannot be compared; convert one by int64, float64 or toString").into()
}

fn unordered(value: &Value) -> Failure {
    format!("{} has no order", value.type_name()).into()
}
