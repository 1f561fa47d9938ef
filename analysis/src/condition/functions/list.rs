//! Functions on lists and maps.

use super::super::machine::{Machine, Outcome, Stop, fail};
use super::super::operators::{self, equal};
use super::super::sort;
use super::super::types::Type;
use super::super::value::{Elements, Value};
use super::{argument, as_list, as_text};

fn list_or_unknown(found: &Type) -> Result<(), String> {
    if found.is_list() || found.is_unknown() {
        return Ok(());
    }
    Err(format!("pass an array, not {}", found.name()))
}

fn count_is(found: &[Type], wanted: usize) -> Result<(), String> {
    if found.len() == wanted {
        return Ok(());
    }
    Err(format!("pass {wanted} arguments, not {}", found.len()))
}

/// What Go's type of a list says of its elements: nothing for `[]any`.
fn declared(list: &Type) -> Type {
    match list {
        Type::Floats | Type::Texts => list.clone(),
        Type::List(_) => Type::list(Type::Unknown),
        _ => Type::Unknown,
    }
}

pub(super) fn end_type(found: &[Type]) -> Result<Type, String> {
    one_list_type(found)?;
    Ok(found.first().map_or(Type::Unknown, |list| declared(list).element()))
}

pub(super) fn one_list_type(found: &[Type]) -> Result<Type, String> {
    count_is(found, 1)?;
    concat_type(found)
}

pub(super) fn concat_type(found: &[Type]) -> Result<Type, String> {
    if found.is_empty() {
        return Err("pass at least 1 argument".to_owned());
    }
    found.iter().try_for_each(list_or_unknown)?;
    Ok(Type::list(Type::Unknown))
}

pub(super) fn get_type(found: &[Type]) -> Result<Type, String> {
    match found {
        [Type::Unknown, _] | [Type::Map, Type::Text | Type::Unknown] => Ok(Type::Unknown),
        [list, Type::Int | Type::Unknown] if list.is_list() => Ok(list.element()),
        [base, key] => Err(format!("look up no {} in {}", key.name(), base.name())),
        _ => Err(format!("pass 2 arguments, not {}", found.len())),
    }
}

pub(super) fn take_type(found: &[Type]) -> Result<Type, String> {
    count_is(found, 2)?;
    match found {
        [list, Type::Int | Type::Unknown] => list_or_unknown(list).map(|()| declared(list)),
        _ => Err("say how many as an integer".to_owned()),
    }
}

pub(super) fn map_parts_type(found: &[Type]) -> Result<Type, String> {
    match found {
        [Type::Map | Type::Unknown] => Ok(Type::list(Type::Unknown)),
        _ => Err("pass 1 map".to_owned()),
    }
}

pub(super) fn sort_type(found: &[Type]) -> Result<Type, String> {
    match found {
        [list] | [list, Type::Text | Type::Unknown] => list_or_unknown(list)?,
        _ => return Err("pass an array and at most an order, \"asc\" or \"desc\"".to_owned()),
    }
    Ok(Type::list(Type::Unknown))
}

/// The first element, or nil where there is none.
pub(super) fn first(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    end(machine, argument(arguments, 0), 0)
}

/// The last element, or nil where there is none.
pub(super) fn last(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    end(machine, argument(arguments, 0), -1)
}

fn end(machine: &mut Machine, value: &Value, index: i64) -> Outcome {
    match operators::fetch(machine, value, &Value::Int(index)) {
        Err(Stop::Failed(..)) => Ok(Value::Nil),
        outcome => outcome,
    }
}

/// Like an index or a key, but nil where there is nothing.
pub(super) fn get(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let (base, key) = (argument(arguments, 0), argument(arguments, 1));
    match base {
        Value::List(_) | Value::String(_) => {
            operators::index(key)?;
            match operators::fetch(machine, base, key) {
                Err(Stop::Failed(..)) => Ok(Value::Nil),
                outcome => outcome,
            }
        }
        Value::Map(_) => operators::fetch(machine, base, key),
        _ => Ok(Value::Nil),
    }
}

pub(super) fn take(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let list = as_list(argument(arguments, 0))?;
    let Value::Int(wanted) = argument(arguments, 1) else { return fail("say how many as an integer") };
    let Ok(wanted) = usize::try_from(*wanted) else { return fail(format!("{wanted} elements cannot be taken")) };
    machine.list(list.iter().take(wanted).cloned().collect(), list.elements())
}

/// The keys of a map, in their order.
pub(super) fn keys(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let Value::Map(map) = argument(arguments, 0) else { return fail("expected a map") };
    let keys = map.keys().map(|key| Value::String(key.clone())).collect();
    machine.list(keys, Elements::Any)
}

/// The values of a map, in the order of their keys.
pub(super) fn values(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let Value::Map(map) = argument(arguments, 0) else { return fail("expected a map") };
    machine.list(map.values().cloned().collect(), Elements::Any)
}

pub(super) fn reverse(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let list = as_list(argument(arguments, 0))?;
    machine.list(list.iter().rev().cloned().collect(), Elements::Any)
}

pub(super) fn uniq(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for item in as_list(argument(arguments, 0))?.iter() {
        let mut seen = false;
        for other in &kept {
            seen = seen || equal(machine, item, other)?;
        }
        if !seen {
            kept.push(item.clone());
        }
    }
    machine.list(kept, Elements::Any)
}

pub(super) fn concat(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let mut all = Vec::new();
    for value in arguments {
        let list = as_list(value)?;
        machine.spend(list.len())?;
        all.extend(list.iter().cloned());
    }
    machine.list(all, Elements::Any)
}

pub(super) fn flatten(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let mut all = Vec::new();
    pour(machine, as_list(argument(arguments, 0))?, &mut all)?;
    machine.list(all, Elements::Any)
}

fn pour(machine: &mut Machine, list: &[Value], all: &mut Vec<Value>) -> Result<(), Stop> {
    for item in list {
        machine.spend(1)?;
        match item {
            Value::List(inner) => pour(machine, inner, all)?,
            plain => all.push(plain.clone()),
        }
    }
    Ok(())
}

/// `sort(list)` or `sort(list, "desc")`; what is no list sorts to an empty one, as in Go.
pub(super) fn sort(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let descending = match arguments.get(1) {
        None => false,
        Some(order) => sort::descending(as_text(order)?)?,
    };
    let items = match argument(arguments, 0) {
        Value::List(list) => list.iter().cloned().map(|item| (item.clone(), item)).collect(),
        _ => Vec::new(),
    };
    let sorted = sort::by_key(machine, items, descending)?;
    machine.list(sorted, Elements::Any)
}
