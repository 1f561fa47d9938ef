//! Maps.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Builtin, Outcome, takes, takes_more};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::format;
use crate::limits::VALUE_DEPTH;
use crate::value::map::too_deep;
use crate::value::{List, Map, Of, Value};

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes_more("dict", &[], Type::Any, dict),
    takes("get", &[Type::Map, Type::Text], |args, _| {
        Ok(args.map(0)?.get(args.text(1)?).unwrap_or_else(|| Value::text("")))
    }),
    takes("set", &[Type::Map, Type::Text, Type::Any], set),
    takes("unset", &[Type::Map, Type::Text], |args, _| {
        args.map(0)?.remove(args.text(1)?);
        Ok(args.any(0)?.clone())
    }),
    takes("hasKey", &[Type::Map, Type::Text], |args, _| Ok(args.map(0)?.get(args.text(1)?).is_some().into())),
    takes_more("pluck", &[Type::Text], Type::Map, pluck),
    takes_more("keys", &[], Type::Map, keys),
    takes("values", &[Type::Map], |args, _| {
        Ok(Value::list(args.map(0)?.entries().into_iter().map(|(_, value)| value).collect()))
    }),
    takes_more("pick", &[Type::Map], Type::Text, |args, env| filtered(args, env, |named| named)),
    takes_more("omit", &[Type::Map], Type::Text, |args, env| filtered(args, env, |named| !named)),
    takes_more("merge", &[Type::Map], Type::Map, |args, env| merge(args, env, Winner::First)),
    takes_more("mustMerge", &[Type::Map], Type::Map, |args, env| merge(args, env, Winner::First)),
    takes_more("mergeOverwrite", &[Type::Map], Type::Map, |args, env| merge(args, env, Winner::Last)),
    takes_more("mustMergeOverwrite", &[Type::Map], Type::Map, |args, env| merge(args, env, Winner::Last)),
    takes("deepCopy", &[Type::Any], deep_copy),
    takes("mustDeepCopy", &[Type::Any], deep_copy),
    takes_more("dig", &[Type::Any, Type::Any, Type::Any], Type::Any, dig),
];

fn dict(args: &Args, env: &mut Env) -> Outcome {
    env.budget.list(args.len())?;
    let mut entries = BTreeMap::new();
    for pair in args.values().chunks(2) {
        if let [key, value @ ..] = pair {
            let key = format::text_of(key, &mut env.budget)?;
            entries.insert(Rc::from(key), value.first().cloned().unwrap_or_else(|| Value::text("")));
        }
    }
    Ok(Value::Map(Map::new(Of::Any, entries)))
}

fn set(args: &Args, env: &mut Env) -> Outcome {
    args.map(0)?.set(args.text(1)?, args.any(2)?.clone(), &mut env.budget)?;
    Ok(args.any(0)?.clone())
}

fn pluck(args: &Args, _: &mut Env) -> Outcome {
    let mut found = Vec::new();
    for index in 1..args.len() {
        found.extend(args.map(index)?.get(args.text(0)?));
    }
    Ok(Value::list(found))
}

fn keys(args: &Args, env: &mut Env) -> Outcome {
    let mut names = Vec::new();
    for index in 0..args.len() {
        let map = args.map(index)?;
        env.budget.list(map.len())?;
        names.extend(map.entries().into_iter().map(|(key, _)| key));
    }
    Ok(Value::texts(names))
}

/// The entries that stay, by whether the arguments name them.
fn filtered(args: &Args, env: &mut Env, stays: fn(bool) -> bool) -> Outcome {
    let mut names = Vec::new();
    for index in 1..args.len() {
        names.push(args.text(index)?);
    }
    names.sort_unstable();
    let map = args.map(0)?;
    env.budget.list(map.len())?;
    let chosen = map.entries().into_iter().filter(|(key, _)| stays(names.binary_search(&key.as_ref()).is_ok()));
    Ok(Value::Map(Map::new(Of::Any, chosen.collect())))
}

/// Whose value counts where two maps have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Winner {
    First,
    Last,
}

fn merge(args: &Args, env: &mut Env, winner: Winner) -> Outcome {
    let into = match args.map(0)? {
        map if map.of() == Of::Nothing && args.len() > 1 => Map::new(Of::Any, BTreeMap::new()),
        map => map.clone(),
    };
    for index in 1..args.len() {
        merge_into(&into, args.map(index)?, winner, 0, env)?;
    }
    Ok(Value::Map(into))
}

/// Merges a map into another as mergo does: maps in both are merged, empty values give way to any.
fn merge_into(into: &Map, from: &Map, winner: Winner, depth: usize, env: &mut Env) -> Result<(), Failure> {
    if depth == VALUE_DEPTH {
        return Err(too_deep());
    }
    if into.is(from) {
        return Ok(());
    }
    for (key, value) in from.entries() {
        env.budget.step(1)?;
        let before = into.get(&key);
        if value.is_nil() {
            if winner == Winner::Last {
                into.set(&key, value, &mut env.budget)?;
            }
            continue;
        }
        if let (Some(Value::Map(inner)), Value::Map(value)) = (&before, &value) {
            merge_into(inner, value, winner, depth + 1, env)?;
            if !inner.is_empty() {
                continue;
            }
        }
        let gives_way = before.is_none_or(|before| is_empty(&before));
        if gives_way || winner == Winner::Last {
            into.set(&key, value, &mut env.budget)?;
        }
    }
    Ok(())
}

fn is_empty(value: &Value) -> bool {
    !value.is_true()
}

fn deep_copy(args: &Args, env: &mut Env) -> Outcome {
    match args.any(0)? {
        Value::Nil => Err("there is nothing to copy".into()),
        value => copy(value, 0, env),
    }
}

fn copy(value: &Value, depth: usize, env: &mut Env) -> Outcome {
    if depth == VALUE_DEPTH {
        return Err(too_deep());
    }
    env.budget.step(1)?;
    env.budget.hold(64)?;
    Ok(match value {
        Value::List(list) => {
            let values = list.values().iter().map(|value| copy(value, depth + 1, env));
            Value::List(List::new(list.of(), values.collect::<Result<_, _>>()?))
        }
        Value::Map(map) => {
            let entries = map.entries().into_iter().map(|(key, value)| Ok((key, copy(&value, depth + 1, env)?)));
            Value::Map(Map::new(map.of(), entries.collect::<Result<_, Failure>>()?))
        }
        other => other.clone(),
    })
}

/// Follows keys into maps; the last two arguments are what to give if one is missing, and the map.
fn dig(args: &Args, _: &mut Env) -> Outcome {
    let [keys @ .., otherwise, map] = args.values() else { return Err("there are too few arguments".into()) };
    let mut value = map.clone();
    for key in keys {
        let Value::Text(key) = key else { return Err(format!("a key is {}, no string", key.type_name()).into()) };
        let inner = match &value {
            Value::Map(map) if map.of() != Of::Text => map.get(key),
            other => return Err(format!("{} has no keys", other.type_name()).into()),
        };
        match inner {
            Some(inner) => value = inner,
            None => return Ok(otherwise.clone()),
        }
    }
    Ok(value)
}
