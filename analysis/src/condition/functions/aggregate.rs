//! `min`, `max`, `mean` and `median` over numbers and lists of them.

use super::super::machine::{Machine, Outcome, Stop, fail};
use super::super::number;
use super::super::operators::order;
use super::super::types::Type;
use super::super::value::Value;
use crate::condition::ast::Order;

pub(super) fn rule(found: &[Type]) -> Result<Type, String> {
    let Some(first) = found.first() else { return Err("pass at least 1 argument".to_owned()) };
    for each in found {
        match each {
            // Nothing is said about what follows the first list.
            each if each.is_unknown() || each.is_list() => return Ok(Type::Unknown),
            Type::Int | Type::Float => {}
            other => return Err(format!("pass numbers or arrays, not {}", other.name())),
        }
    }
    Ok(first.clone())
}

pub(super) fn max(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    extreme(machine, arguments, Order::Less)
}

pub(super) fn min(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    extreme(machine, arguments, Order::More)
}

/// The value no other beats; nil when there is none.
fn extreme(machine: &mut Machine, arguments: &[Value], beaten: Order) -> Outcome {
    let mut best = Value::Nil;
    for value in arguments {
        let candidate = match value {
            Value::List(list) => extreme_of_list(machine, list, beaten)?,
            Value::Int(_) | Value::Float(_) => value.clone(),
            other if arguments.len() == 1 => return Ok(other.clone()),
            other => return fail(format!("expected numbers, found {}", other.type_name())),
        };
        best = better(machine, best, candidate, beaten)?;
    }
    Ok(best)
}

fn extreme_of_list(machine: &mut Machine, list: &[Value], beaten: Order) -> Outcome {
    let mut best = Value::Nil;
    for item in list {
        machine.spend(1)?;
        let candidate = match item {
            Value::List(inner) => extreme_of_list(machine, inner, beaten)?,
            Value::Int(_) | Value::Float(_) => item.clone(),
            other => return fail(format!("expected numbers, found {}", other.type_name())),
        };
        best = better(machine, best, candidate, beaten)?;
    }
    Ok(best)
}

fn better(machine: &mut Machine, best: Value, candidate: Value, beaten: Order) -> Outcome {
    Ok(match (&best, &candidate) {
        (_, Value::Nil) => best,
        (Value::Nil, _) => candidate,
        _ if order(machine, beaten, &best, &candidate)? => candidate,
        _ => best,
    })
}

pub(super) fn mean(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let (count, sum) = total(machine, arguments)?;
    Ok(Value::Float(if count == 0 { 0.0 } else { sum / number::widen(count) }))
}

fn total(machine: &mut Machine, values: &[Value]) -> Result<(i64, f64), Stop> {
    let (mut count, mut sum) = (0, 0.0);
    for value in values {
        machine.spend(1)?;
        let (more, amount) = match value {
            Value::List(list) => total(machine, list)?,
            Value::Int(whole) => (1, number::widen(*whole)),
            Value::Float(float) => (1, *float),
            other => return fail(format!("expected numbers, found {}", other.type_name())),
        };
        count += more;
        sum += amount;
    }
    Ok((count, sum))
}

pub(super) fn median(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let mut all = Vec::new();
    collect(machine, arguments, &mut all)?;
    // Go sorts NaN before every number.
    all.sort_by(|a, b| b.is_nan().cmp(&a.is_nan()).then(a.total_cmp(b)));
    let half = all.len() / 2;
    let upper = all.get(half).copied().unwrap_or(0.0);
    if all.len() % 2 == 1 || all.is_empty() {
        return Ok(Value::Float(upper));
    }
    let lower = all.get(half - 1).copied().unwrap_or(0.0);
    #[allow(clippy::manual_midpoint)] // the sum overflows as Go's does
    Ok(Value::Float((lower + upper) / 2.0))
}

fn collect(machine: &mut Machine, values: &[Value], all: &mut Vec<f64>) -> Result<(), Stop> {
    for value in values {
        machine.spend(1)?;
        match value {
            Value::List(list) => collect(machine, list, all)?,
            Value::Int(whole) => all.push(number::widen(*whole)),
            Value::Float(float) => all.push(*float),
            other => return fail(format!("expected numbers, found {}", other.type_name())),
        }
    }
    Ok(())
}
