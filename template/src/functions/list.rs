//! Lists: making them and looking into them.

use super::{Builtin, Outcome, takes, takes_more};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::format;
use crate::limits::Growing;
use crate::value::{List, Of, Value};

const LIST: &[Type] = &[Type::Any];

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes_more("list", &[], Type::Any, |args, _| Ok(Value::list(args.values().to_vec()))),
    takes_more("tuple", &[], Type::Any, |args, _| Ok(Value::list(args.values().to_vec()))),
    takes("first", LIST, |args, _| Ok(args.list(0)?.values().first().cloned().unwrap_or(Value::Nil))),
    takes("mustFirst", LIST, |args, _| Ok(args.list(0)?.values().first().cloned().unwrap_or(Value::Nil))),
    takes("last", LIST, |args, _| Ok(args.list(0)?.values().last().cloned().unwrap_or(Value::Nil))),
    takes("mustLast", LIST, |args, _| Ok(args.list(0)?.values().last().cloned().unwrap_or(Value::Nil))),
    takes("rest", LIST, rest),
    takes("mustRest", LIST, rest),
    takes("initial", LIST, initial),
    takes("mustInitial", LIST, initial),
    takes("has", &[Type::Any, Type::Any], has),
    takes("mustHas", &[Type::Any, Type::Any], has),
    takes("join", &[Type::Text, Type::Any], join),
    takes("toStrings", LIST, |args, env| {
        let texts = texts(args.any(0)?, env)?;
        env.budget.list(texts.len())?;
        Ok(Value::texts(texts))
    }),
    takes("sortAlpha", LIST, |args, env| {
        let mut texts = match args.any(0)? {
            Value::List(_) => texts(args.any(0)?, env)?,
            other => vec![format::text_of(other, &mut env.budget)?],
        };
        env.budget.step(texts.len() * 8)?;
        texts.sort();
        Ok(Value::texts(texts))
    }),
];

/// A list of any values, or none at all where Go's function gives none for an empty list.
fn part(values: Option<&[Value]>) -> Value {
    match values {
        Some(values) => Value::list(values.to_vec()),
        None => Value::List(List::new(Of::Nothing, Vec::new())),
    }
}

fn rest(args: &Args, _: &mut Env) -> Outcome {
    Ok(part(args.list(0)?.values().split_first().map(|(_, rest)| rest)))
}

fn initial(args: &Args, _: &mut Env) -> Outcome {
    Ok(part(args.list(0)?.values().split_last().map(|(_, initial)| initial)))
}

fn has(args: &Args, env: &mut Env) -> Outcome {
    if args.any(1)?.is_nil() {
        return Ok(Value::Bool(false));
    }
    let found = holds(args.list(1)?.values(), args.any(0)?, env)?;
    Ok(Value::Bool(found))
}

/// Whether one of the values is the same in depth.
pub(super) fn holds(values: &[Value], wanted: &Value, env: &mut Env) -> Result<bool, Failure> {
    for value in values {
        if value.deep_equal(wanted, &mut env.budget)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The elements of a list as texts, without nil ones; anything else as one text.
fn texts(value: &Value, env: &mut Env) -> Result<Vec<String>, Failure> {
    match value {
        Value::Nil | Value::Missing => Ok(Vec::new()),
        Value::List(list) => {
            let present = list.values().iter().filter(|value| !value.is_nil());
            present.map(|value| format::text_of(value, &mut env.budget)).collect()
        }
        other => Ok(vec![format::text_of(other, &mut env.budget)?]),
    }
}

fn join(args: &Args, env: &mut Env) -> Outcome {
    let separator = args.text(0)?;
    let mut out = Growing::new(env.budget.limits().text);
    for (index, text) in texts(args.any(1)?, env)?.iter().enumerate() {
        out.push(if index > 0 { separator } else { "" })?;
        out.push(text)?;
    }
    Ok(out.finish().into())
}
