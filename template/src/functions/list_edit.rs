//! Lists made from lists; none of these changes the list that it is given.

use super::list::holds;
use super::math::to_int64;
use super::{Builtin, Outcome, takes, takes_more};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::number;
use crate::value::{List, Of, Value};

const LIST: &[Type] = &[Type::Any];
const LIST_AND_VALUE: &[Type] = &[Type::Any, Type::Any];
const SIZE_AND_LIST: &[Type] = &[Type::Int, Type::Any];

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("append", LIST_AND_VALUE, append),
    takes("mustAppend", LIST_AND_VALUE, append),
    takes("push", LIST_AND_VALUE, append),
    takes("mustPush", LIST_AND_VALUE, append),
    takes("prepend", LIST_AND_VALUE, prepend),
    takes("mustPrepend", LIST_AND_VALUE, prepend),
    takes("reverse", LIST, reverse),
    takes("mustReverse", LIST, reverse),
    takes("compact", LIST, compact),
    takes("mustCompact", LIST, compact),
    takes("uniq", LIST, uniq),
    takes("mustUniq", LIST, uniq),
    takes_more("without", LIST, Type::Any, without),
    takes_more("mustWithout", LIST, Type::Any, without),
    takes_more("slice", LIST, Type::Any, slice),
    takes_more("mustSlice", LIST, Type::Any, slice),
    takes("chunk", SIZE_AND_LIST, chunk),
    takes("mustChunk", SIZE_AND_LIST, chunk),
    takes_more("concat", &[], Type::Any, concat),
];

fn append(args: &Args, _: &mut Env) -> Outcome {
    let mut values = args.list(0)?.values().to_vec();
    values.push(args.any(1)?.clone());
    Ok(Value::list(values))
}

fn prepend(args: &Args, _: &mut Env) -> Outcome {
    let mut values = vec![args.any(1)?.clone()];
    values.extend_from_slice(args.list(0)?.values());
    Ok(Value::list(values))
}

fn reverse(args: &Args, _: &mut Env) -> Outcome {
    Ok(Value::list(args.list(0)?.values().iter().rev().cloned().collect()))
}

fn compact(args: &Args, _: &mut Env) -> Outcome {
    Ok(Value::list(args.list(0)?.values().iter().filter(|value| value.is_true()).cloned().collect()))
}

fn uniq(args: &Args, env: &mut Env) -> Outcome {
    let mut values = Vec::new();
    for value in args.list(0)?.values() {
        if !holds(&values, value, env)? {
            values.push(value.clone());
        }
    }
    Ok(Value::list(values))
}

fn without(args: &Args, env: &mut Env) -> Outcome {
    let mut values = Vec::new();
    for value in args.list(0)?.values() {
        if !holds(args.from(1), value, env)? {
            values.push(value.clone());
        }
    }
    Ok(Value::list(values))
}

fn slice(args: &Args, _: &mut Env) -> Outcome {
    let list = args.list(0)?;
    if list.is_empty() {
        return Ok(Value::Nil);
    }
    let bound = |index: usize, otherwise: usize| match args.from(1).get(index) {
        Some(value) => number::size(to_int64(value)),
        None => Some(otherwise),
    };
    let range = bound(0, 0).zip(bound(1, list.len()));
    let values = range.and_then(|(from, to)| list.values().get(from..to));
    match values {
        Some(values) => Ok(Value::List(List::new(list.of(), values.to_vec()))),
        None => Err(format!("the bounds lie outside of the list, which has {} elements", list.len()).into()),
    }
}

fn chunk(args: &Args, env: &mut Env) -> Outcome {
    let Some(size) = number::size(args.int(0)?).filter(|size| *size > 0) else {
        return Err("the size of a chunk must be above zero".into());
    };
    let list = args.list(1)?;
    env.budget.list(list.len())?;
    let chunks = list.values().chunks(size).map(|chunk| Value::list(chunk.to_vec()));
    Ok(Value::List(List::new(Of::Lists, chunks.collect())))
}

fn concat(args: &Args, env: &mut Env) -> Outcome {
    let mut values = Vec::new();
    for index in 0..args.len() {
        let list = args.list(index)?;
        env.budget.list(list.len())?;
        values.extend_from_slice(list.values());
    }
    let of = if values.is_empty() { Of::Nothing } else { Of::Any };
    Ok(Value::List(List::new(of, values)))
}
