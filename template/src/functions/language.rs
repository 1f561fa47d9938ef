//! Functions of Go's text/template itself.

use super::{Builtin, Outcome, takes, takes_more};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::format;
use crate::number;
use crate::value::{Of, Value};

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("not", &[Type::Any], |args, _| Ok(Value::Bool(!args.any(0)?.is_true()))),
    takes("len", &[Type::Any], len),
    takes_more("index", &[Type::Any], Type::Any, index),
    takes_more("call", &[Type::Any], Type::Any, call),
    takes_more("print", &[], Type::Any, |args, env| Ok(format::print(args.values(), &mut env.budget)?.into())),
    takes_more("println", &[], Type::Any, |args, env| Ok(format::println(args.values(), &mut env.budget)?.into())),
    takes_more("printf", &[Type::Text], Type::Any, |args, env| {
        Ok(format::printf(args.text(0)?, args.from(1), &mut env.budget)?.into())
    }),
];

fn len(args: &Args, _: &mut Env) -> Outcome {
    let length = match args.any(0)? {
        Value::Text(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        other => return Err(format!("{} has no length", other.type_name()).into()),
    };
    Ok(Value::Int(number::count(length)))
}

fn index(args: &Args, _: &mut Env) -> Outcome {
    let mut item = args.any(0)?.clone();
    if item.is_nil() {
        return Err(nothing());
    }
    for key in args.from(1) {
        item = element(&item, key)?;
    }
    Ok(item)
}

fn element(item: &Value, key: &Value) -> Outcome {
    match item {
        Value::List(list) => {
            let at = place(key)?;
            at.and_then(|at| list.values().get(at)).cloned().ok_or_else(out_of_range)
        }
        Value::Text(text) => {
            let at = place(key)?;
            at.and_then(|at| text.as_bytes().get(at)).map(|byte| Value::Byte(*byte)).ok_or_else(out_of_range)
        }
        Value::Map(map) => match key {
            Value::Text(name) => Ok(map.get(name).unwrap_or_else(|| match map.of() {
                Of::Text => Value::text(""),
                _ => Value::Nil,
            })),
            other => Err(format!("a map is indexed by a string, but this is {}", other.type_name()).into()),
        },
        Value::Nil | Value::Missing => Err(nothing()),
        other => Err(format!("{} cannot be indexed", other.type_name()).into()),
    }
}

/// An index as a place; none if it is negative.
fn place(key: &Value) -> Result<Option<usize>, Failure> {
    match key {
        Value::Int(number) | Value::Int64(number) | Value::Duration(number) => Ok(number::size(*number)),
        Value::Byte(number) => Ok(Some(usize::from(*number))),
        other => Err(format!("a list is indexed by an int, but this is {}", other.type_name()).into()),
    }
}

fn nothing() -> Failure {
    "there is nothing to index; test it by if or with before".into()
}

fn out_of_range() -> Failure {
    "the index is out of range".into()
}

fn call(args: &Args, _: &mut Env) -> Outcome {
    match args.any(0)? {
        Value::Function(native) => Ok(native.call(args.from(1))?),
        other => Err(format!("its first argument must be a function, but is {}", other.type_name()).into()),
    }
}
