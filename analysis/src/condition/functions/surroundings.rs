//! What conditions about an object may ask of what it names: its repository, and what was noted of its sync.

use super::super::machine::{Machine, Outcome};
use super::super::value::{Map, Value};
use super::{argument, as_text};
use crate::address;

pub(super) fn full_name(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let text = as_text(argument(arguments, 0))?;
    machine.text(address::full_name(text))
}

pub(super) fn in_https(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let text = as_text(argument(arguments, 0))?;
    machine.text(address::in_https(text))
}

pub(super) fn query_escape(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let text = as_text(argument(arguments, 0))?;
    machine.text(address::query_escape(text))
}

/// The text that was noted under a name of the operation that is asked for, runs, or ran last; empty where there is none.
pub(super) fn info_item(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let (app, name) = (argument(arguments, 0), as_text(argument(arguments, 1))?);
    let asked = field(app, "operation");
    let last = || field(field(field(app, "status")?, "operationState")?, "operation");
    let found = asked.or_else(last).and_then(|operation| item(field(operation, "info")?, name));
    machine.text(found.unwrap_or_default().to_owned())
}

fn item<'v>(info: &'v Value, name: &str) -> Option<&'v str> {
    let Value::List(items) = info else { return None };
    let named = |item: &&Value| matches!(field(item, "name"), Some(Value::String(found)) if **found == *name);
    match field(items.iter().find(named)?, "value")? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Map(map) = value else { return None };
    let map: &Map = map;
    map.get(name).filter(|value| !matches!(value, Value::Nil))
}
