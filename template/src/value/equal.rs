//! When two values are the same in depth.

use super::Value;
use super::map::too_deep;
use crate::error::Failure;
use crate::limits::{Budget, VALUE_DEPTH};

impl Value {
    /// Whether `reflect.DeepEqual` takes both for the same: of one type, and so are all their elements.
    pub(crate) fn deep_equal(&self, other: &Value, budget: &mut Budget) -> Result<bool, Failure> {
        equal(self, other, 0, budget)
    }
}

fn equal(one: &Value, other: &Value, depth: usize, budget: &mut Budget) -> Result<bool, Failure> {
    if depth == VALUE_DEPTH {
        return Err(too_deep());
    }
    budget.step(1)?;
    Ok(match (one, other) {
        (Value::Nil | Value::Missing, Value::Nil | Value::Missing) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one), Value::Int(other))
        | (Value::Int64(one), Value::Int64(other))
        | (Value::Duration(one), Value::Duration(other)) => one == other,
        (Value::Byte(one), Value::Byte(other)) => one == other,
        (Value::Float(one), Value::Float(other)) => same_number(*one, *other),
        (Value::Text(one), Value::Text(other)) => {
            budget.step(one.len() / 64)?;
            one == other
        }
        (Value::List(one), Value::List(other)) => {
            let (left, right) = (one.values(), other.values());
            if one.of() != other.of() || left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right) {
                if !equal(left, right, depth + 1, budget)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(one), Value::Map(other)) => {
            if one.of() != other.of() || one.len() != other.len() {
                return Ok(false);
            }
            for ((left_key, left), (right_key, right)) in one.entries().iter().zip(&other.entries()) {
                if left_key != right_key || !equal(left, right, depth + 1, budget)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Time(one), Value::Time(other)) => one == other,
        (Value::Version(one), Value::Version(other)) => one == other,
        _ => false,
    })
}

#[allow(clippy::float_cmp)] // the language compares floats exactly
pub(crate) fn same_number(one: f64, other: f64) -> bool {
    one == other
}
