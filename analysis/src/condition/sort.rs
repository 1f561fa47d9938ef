//! Sorting as Go does it for short lists: stable, and tolerant of NaN.

use super::ast::Order;
use super::machine::{Machine, Stop, fail};
use super::operators::order;
use super::value::Value;

/// Reads a sort order.
pub(super) fn descending(order: &str) -> Result<bool, Stop> {
    match order {
        "asc" => Ok(false),
        "desc" => Ok(true),
        other => fail(format!("the order {other:?} is neither \"asc\" nor \"desc\"")),
    }
}

/// Sorts values by their keys, given as (key, value).
///
/// A merge sort of our own: the comparison can fail, and NaN makes it inconsistent.
pub(super) fn by_key(
    machine: &mut Machine,
    mut items: Vec<(Value, Value)>,
    descending: bool,
) -> Result<Vec<Value>, Stop> {
    const RUN: usize = 12;
    for run in items.chunks_mut(RUN) {
        insertion(machine, run, descending)?;
    }
    let mut width = RUN;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for pair in items.chunks(width * 2) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(machine, left, right, descending, &mut merged)?;
        }
        items = merged;
        width *= 2;
    }
    Ok(items.into_iter().map(|(_, value)| value).collect())
}

type Item = (Value, Value);

fn precedes(machine: &mut Machine, a: &Item, b: &Item, descending: bool) -> Result<bool, Stop> {
    let (a, b) = if descending { (b, a) } else { (a, b) };
    order(machine, Order::Less, &a.0, &b.0)
}

fn insertion(machine: &mut Machine, run: &mut [Item], descending: bool) -> Result<(), Stop> {
    for end in 1..run.len() {
        let mut place = end;
        while let Some([before, item]) = place.checked_sub(1).and_then(|start| run.get(start..=place)) {
            if !precedes(machine, item, before, descending)? {
                break;
            }
            run.swap(place - 1, place);
            place -= 1;
        }
    }
    Ok(())
}

fn merge(
    machine: &mut Machine,
    mut left: &[Item],
    mut right: &[Item],
    descending: bool,
    merged: &mut Vec<Item>,
) -> Result<(), Stop> {
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        if precedes(machine, second, first, descending)? {
            merged.push(second.clone());
            right = right_rest;
        } else {
            merged.push(first.clone());
            left = left_rest;
        }
    }
    merged.extend(left.iter().chain(right).cloned());
    Ok(())
}
