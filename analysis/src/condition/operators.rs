//! What the operators do with values, by the rules of Go's runtime.

use super::ast::{Binary, Order};
use super::machine::{Machine, Outcome, Stop, fail};
use super::number::{self, widen};
use super::pattern::Pattern;
use super::value::{Elements, List, Map, Value};

/// Steps one compilation of a pattern costs.
const PATTERN_COST: usize = 200;
/// Bytes of a compiled pattern for the price of one step.
const PROGRAM_BYTES_A_STEP: usize = 100;
/// Bytes of text times bytes of pattern for the price of one step: at worst 10 µs, measured.
const SEARCH_A_STEP: usize = 512 << 10;

fn undefined<T>(sign: &str, left: &Value, right: &Value) -> Result<T, Stop> {
    fail(format!("{sign} is not defined between {} and {}", left.type_name(), right.type_name()))
}

/// Every binary operator that needs both sides first.
pub(super) fn binary(machine: &mut Machine, sign: Binary, left: &Value, right: &Value) -> Outcome {
    match sign {
        Binary::Equal => equal(machine, left, right).map(Value::Bool),
        Binary::NotEqual => equal(machine, left, right).map(|same| Value::Bool(!same)),
        Binary::In => contained(machine, left, right).map(Value::Bool),
        Binary::Matches | Binary::Contains | Binary::StartsWith | Binary::EndsWith => {
            texts(machine, sign, left, right).map(Value::Bool)
        }
        Binary::Range => range(machine, left, right),
        _ => arithmetic(machine, sign, left, right),
    }
}

fn arithmetic(machine: &mut Machine, sign: Binary, left: &Value, right: &Value) -> Outcome {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => whole(sign, *a, *b),
        (Value::Int(a), Value::Float(b)) => float(sign, widen(*a), *b),
        (Value::Float(a), Value::Int(b)) => float(sign, *a, widen(*b)),
        (Value::Float(a), Value::Float(b)) => float(sign, *a, *b),
        (Value::String(a), Value::String(b)) if sign == Binary::Add => {
            machine.reserve(a.len() + b.len())?;
            Ok(Value::String(format!("{a}{b}").into()))
        }
        _ => undefined(sign.sign(), left, right),
    }
}

fn whole(sign: Binary, a: i64, b: i64) -> Outcome {
    match sign {
        Binary::Add => Ok(Value::Int(a.wrapping_add(b))),
        Binary::Subtract => Ok(Value::Int(a.wrapping_sub(b))),
        Binary::Multiply => Ok(Value::Int(a.wrapping_mul(b))),
        Binary::Modulo if b == 0 => fail("integer divide by zero"),
        Binary::Modulo => Ok(Value::Int(a.wrapping_rem(b))),
        _ => float(sign, widen(a), widen(b)),
    }
}

fn float(sign: Binary, a: f64, b: f64) -> Outcome {
    match sign {
        Binary::Add => Ok(Value::Float(a + b)),
        Binary::Subtract => Ok(Value::Float(a - b)),
        Binary::Multiply => Ok(Value::Float(a * b)),
        Binary::Divide => Ok(Value::Float(a / b)),
        Binary::Power => Ok(Value::Float(a.powf(b))),
        _ => undefined(sign.sign(), &Value::Float(a), &Value::Float(b)),
    }
}

/// Compares numbers with numbers and texts with texts.
pub(super) fn order(machine: &mut Machine, sign: Order, left: &Value, right: &Value) -> Result<bool, Stop> {
    machine.spend(1)?;
    let found = match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Float(b)) => widen(*a).partial_cmp(b),
        (Value::Float(a), Value::Int(b)) => a.partial_cmp(&widen(*b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::String(a), Value::String(b)) => {
            machine.read(a)?;
            Some(a.cmp(b))
        }
        _ => return undefined(sign.sign(), left, right),
    };
    Ok(found.is_some_and(|found| match sign {
        Order::Less => found.is_lt(),
        Order::LessOrEqual => found.is_le(),
        Order::More => found.is_gt(),
        Order::MoreOrEqual => found.is_ge(),
    }))
}

/// `==`: numbers by amount, lists by element; maps must agree in the types of numbers too.
pub(super) fn equal(machine: &mut Machine, left: &Value, right: &Value) -> Result<bool, Stop> {
    machine.spend(1)?;
    Ok(match (left, right) {
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => same_float(widen(*a), *b),
        (Value::Float(a), Value::Float(b)) => same_float(*a, *b),
        (Value::List(a), Value::List(b)) => {
            let comparable = a.elements() == b.elements() || [a.elements(), b.elements()].contains(&Elements::Any);
            comparable && all_pairs(machine, a, b, equal)?
        }
        _ => identical(machine, left, right)?,
    })
}

#[allow(clippy::float_cmp)] // `==` of the language is exact
fn same_float(a: f64, b: f64) -> bool {
    a == b
}

fn all_pairs(
    machine: &mut Machine,
    a: &List,
    b: &List,
    same: fn(&mut Machine, &Value, &Value) -> Result<bool, Stop>,
) -> Result<bool, Stop> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (a, b) in a.iter().zip(b.iter()) {
        if !same(machine, a, b)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Go's deep equality: the same types all the way down.
fn identical(machine: &mut Machine, left: &Value, right: &Value) -> Result<bool, Stop> {
    machine.spend(1)?;
    Ok(match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => same_float(*a, *b),
        (Value::String(a), Value::String(b)) => {
            machine.read(a)?;
            a == b
        }
        (Value::List(a), Value::List(b)) => a.elements() == b.elements() && all_pairs(machine, a, b, identical)?,
        (Value::Map(a), Value::Map(b)) => identical_maps(machine, a, b)?,
        _ => false,
    })
}

fn identical_maps(machine: &mut Machine, a: &Map, b: &Map) -> Result<bool, Stop> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for ((a_key, a_value), (b_key, b_value)) in a.iter().zip(b.iter()) {
        machine.read(a_key)?;
        if a_key != b_key || !identical(machine, a_value, b_value)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `needle in stack`.
fn contained(machine: &mut Machine, needle: &Value, stack: &Value) -> Result<bool, Stop> {
    match (needle, stack) {
        (_, Value::Nil) => Ok(false),
        (needle, Value::List(list)) => {
            for item in list.iter() {
                if equal(machine, item, needle)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        (Value::String(key), Value::Map(map)) => {
            machine.read(key)?;
            Ok(map.contains_key(key))
        }
        (Value::Nil, Value::Map(map)) => Ok(map.contains_key("")),
        _ => undefined("in", needle, stack),
    }
}

/// `needle in ["a", "b"]`: among literal texts only a text (or nil, taken as empty) can be looked up.
pub(super) fn among_texts(machine: &mut Machine, needle: &Value, stack: &Value) -> Result<bool, Stop> {
    match needle {
        Value::String(_) => contained(machine, needle, stack),
        Value::Nil => contained(machine, &Value::text(""), stack),
        _ => undefined("in", needle, stack),
    }
}

/// `matches` with a pattern compiled before; nil matches nothing.
pub(super) fn matches(machine: &mut Machine, text: &Value, pattern: &Pattern) -> Result<bool, Stop> {
    match text {
        Value::Nil => Ok(false),
        Value::String(text) => search(machine, text, pattern),
        other => fail(format!("matches is not defined on {}", other.type_name())),
    }
}

/// Looks for a pattern, which takes up to the length of the text times the size of the pattern.
fn search(machine: &mut Machine, text: &str, pattern: &Pattern) -> Result<bool, Stop> {
    machine.read(text)?;
    machine.spend(text.len().saturating_mul(pattern.size()) / SEARCH_A_STEP)?;
    Ok(pattern.is_match(text))
}

fn texts(machine: &mut Machine, sign: Binary, left: &Value, right: &Value) -> Result<bool, Stop> {
    let (text, part) = match (left, right) {
        (Value::Nil, _) | (_, Value::Nil) => return Ok(false),
        (Value::String(text), Value::String(part)) => (text, part),
        _ => return undefined(sign.sign(), left, right),
    };
    machine.read(text)?;
    match sign {
        Binary::Contains => Ok(text.contains(&**part)),
        Binary::StartsWith => Ok(text.starts_with(&**part)),
        Binary::EndsWith => Ok(text.ends_with(&**part)),
        _ => {
            machine.spend(PATTERN_COST + part.len())?;
            match Pattern::compile(part) {
                Ok(pattern) => {
                    machine.spend(pattern.size() / PROGRAM_BYTES_A_STEP)?;
                    search(machine, text, &pattern)
                }
                Err(message) => fail(message),
            }
        }
    }
}

/// `from..to`, both included; paid for before it is made.
fn range(machine: &mut Machine, from: &Value, to: &Value) -> Outcome {
    let (from, to) = (index(from)?, index(to)?);
    let size = to.saturating_sub(from).saturating_add(1).max(0);
    machine.spend(usize::try_from(size).unwrap_or(usize::MAX))?;
    machine.list((from..=to).map(Value::Int).collect(), Elements::Int)
}

/// The whole number a value gives as an index; a float is cut.
pub(super) fn index(value: &Value) -> Result<i64, Stop> {
    match value {
        Value::Int(whole) => Ok(*whole),
        Value::Float(float) => Ok(number::truncate(*float)),
        other => fail(format!("expected an integer, found {}", other.type_name())),
    }
}

/// `base[key]` and `base.key`.
pub(super) fn fetch(machine: &mut Machine, base: &Value, key: &Value) -> Outcome {
    machine.spend(1)?;
    match (base, key) {
        (Value::List(list), key) => {
            let item = place(index(key)?, list.len()).and_then(|place| list.get(place));
            item.map_or_else(|| out_of_range(key, list.len()), |item| Ok(item.clone()))
        }
        // A byte of the text, as in Go.
        (Value::String(text), key) => {
            let byte = place(index(key)?, text.len()).and_then(|place| text.as_bytes().get(place));
            byte.map_or_else(|| out_of_range(key, text.len()), |byte| Ok(Value::Int(i64::from(*byte))))
        }
        (Value::Map(map), Value::String(key)) => {
            machine.read(key)?;
            Ok(map.get(key).cloned().unwrap_or(Value::Nil))
        }
        (Value::Map(map), Value::Nil) => Ok(map.get("").cloned().unwrap_or(Value::Nil)),
        // The key is not written out: lists that share their parts can be endless on paper.
        _ => fail(format!("{} cannot be looked up in a value of type {}", key.type_name(), base.type_name())),
    }
}

fn out_of_range(key: &Value, length: usize) -> Outcome {
    fail(format!("the index {key} is out of range: the length is {length}"))
}

/// The position an index means: from the end when negative.
fn place(index: i64, length: usize) -> Option<usize> {
    let from_end = if index < 0 { number::count(length).wrapping_add(index) } else { index };
    usize::try_from(from_end).ok()
}

/// `base[from:to]`, both ends cut to what is there.
pub(super) fn slice(machine: &mut Machine, base: &Value, from: &Value, to: Option<&Value>) -> Outcome {
    let length = match base {
        Value::List(list) => list.len(),
        Value::String(text) => text.len(),
        other => return fail(format!("a value of type {} cannot be sliced", other.type_name())),
    };
    let end = match to {
        Some(to) => place(index(to)?, length).unwrap_or(0).min(length),
        None => length,
    };
    let start = place(index(from)?, length).unwrap_or(0).min(end);
    match base {
        Value::List(list) => machine.list(list.get(start..end).unwrap_or(&[]).to_vec(), list.elements()),
        Value::String(text) => match text.get(start..end) {
            Some(part) => machine.text(part.to_owned()),
            None => fail("the slice cuts through a character"),
        },
        _ => Ok(Value::Nil),
    }
}

/// `-x`.
pub(super) fn negate(value: &Value) -> Outcome {
    match value {
        Value::Int(whole) => Ok(Value::Int(whole.wrapping_neg())),
        Value::Float(float) => Ok(Value::Float(-float)),
        other => fail(format!("- is not defined on {}", other.type_name())),
    }
}

/// The boolean a value is.
pub(super) fn truth(value: &Value) -> Result<bool, Stop> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        other => fail(format!("expected a boolean, found {}", other.type_name())),
    }
}
