//! Whole numbers and rounding, with sprig's conversions.

use super::{Builtin, Outcome, takes, takes_more};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::format;
use crate::number;
use crate::value::{List, Of, Value};

const ONE: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("int", ONE, |args, _| Ok(Value::Int(to_int64(args.any(0)?)))),
    takes("int64", ONE, |args, _| Ok(Value::Int64(to_int64(args.any(0)?)))),
    takes("float64", ONE, |args, _| Ok(Value::Float(to_float(args.any(0)?)))),
    takes("atoi", &[Type::Text], |args, _| Ok(Value::Int(atoi(args.text(0)?)))),
    takes("toDecimal", ONE, to_decimal),
    takes("add1", ONE, |args, _| Ok(Value::Int64(to_int64(args.any(0)?).wrapping_add(1)))),
    takes_more("add", &[], Type::Any, |args, _| Ok(fold(0, args.values(), i64::wrapping_add))),
    takes("sub", TWO, |args, _| Ok(Value::Int64(to_int64(args.any(0)?).wrapping_sub(to_int64(args.any(1)?))))),
    takes_more("mul", ONE, Type::Any, |args, _| Ok(fold(1, args.values(), i64::wrapping_mul))),
    takes("div", TWO, |args, _| divide(args, i64::wrapping_div)),
    takes("mod", TWO, |args, _| divide(args, i64::wrapping_rem)),
    takes_more("max", ONE, Type::Any, |args, _| Ok(fold(i64::MIN, args.values(), i64::max))),
    takes_more("biggest", ONE, Type::Any, |args, _| Ok(fold(i64::MIN, args.values(), i64::max))),
    takes_more("min", ONE, Type::Any, |args, _| Ok(fold(i64::MAX, args.values(), i64::min))),
    takes_more("maxf", ONE, Type::Any, |args, _| Ok(extreme(args, f64::max))),
    takes_more("minf", ONE, Type::Any, |args, _| Ok(extreme(args, f64::min))),
    takes("ceil", ONE, |args, _| Ok(Value::Float(to_float(args.any(0)?).ceil()))),
    takes("floor", ONE, |args, _| Ok(Value::Float(to_float(args.any(0)?).floor()))),
    takes_more("round", &[Type::Any, Type::Int], Type::Float, round),
    takes("until", &[Type::Int], |args, env| {
        let stop = args.int(0)?;
        Ok(ints(&steps(0, stop, if stop < 0 { -1 } else { 1 }, env)?))
    }),
    takes("untilStep", &[Type::Int, Type::Int, Type::Int], |args, env| {
        Ok(ints(&steps(args.int(0)?, args.int(1)?, args.int(2)?, env)?))
    }),
    takes_more("seq", &[], Type::Int, seq),
];

/// A value as a whole number; what is none counts as zero.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Byte(number) => i64::from(*number),
        Value::Float(number) => number::truncate(*number),
        Value::Bool(value) => i64::from(*value),
        Value::Text(text) => number::parse_int(without_zero_decimals(text)).unwrap_or(0),
        _ => 0,
    }
}

/// A value as a float; what is none counts as zero.
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Float(number) => *number,
        Value::Text(text) => number::parse_float(text).unwrap_or(0.0),
        other => number::widen(to_int64(other)),
    }
}

/// Takes `.000` from the end of a text.
fn without_zero_decimals(text: &str) -> &str {
    let digits = text.trim_end_matches('0');
    match digits.strip_suffix('.') {
        Some(whole) if digits.len() < text.len() => whole,
        _ => text,
    }
}

/// A decimal number as `strconv.Atoi` reads it; zero for none, the nearest for one that is too large.
fn atoi(text: &str) -> i64 {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
}

/// The octal number that a value is written as.
fn to_decimal(args: &Args, env: &mut Env) -> Outcome {
    let text = format::text_of(args.any(0)?, &mut env.budget)?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let plain = !digits.starts_with(['+', '-']);
    let number = if plain { i64::from_str_radix(&text, 8).unwrap_or(0) } else { 0 };
    Ok(Value::Int64(number))
}

fn fold(start: i64, values: &[Value], step: fn(i64, i64) -> i64) -> Value {
    Value::Int64(values.iter().map(to_int64).fold(start, step))
}

fn divide(args: &Args, step: fn(i64, i64) -> i64) -> Outcome {
    match to_int64(args.any(1)?) {
        0 => Err("a division by zero".into()),
        divisor => Ok(Value::Int64(step(to_int64(args.any(0)?), divisor))),
    }
}

fn extreme(args: &Args, step: fn(f64, f64) -> f64) -> Value {
    let numbers = args.values().iter().map(to_float);
    // Go's maximum of anything and NaN is NaN.
    let pick = |one: f64, other: f64| if one.is_nan() || other.is_nan() { f64::NAN } else { step(one, other) };
    Value::Float(numbers.reduce(pick).unwrap_or_default())
}

fn round(args: &Args, _: &mut Env) -> Outcome {
    let round_on = match args.from(2) {
        [Value::Float(bound), ..] => *bound,
        _ => 0.5,
    };
    let power = 10f64.powf(number::widen(args.int(1)?));
    let digits = power * to_float(args.any(0)?);
    let rounded = if digits.fract() >= round_on { digits.ceil() } else { digits.floor() };
    Ok(Value::Float(rounded / power))
}

/// The numbers from `start` to before `stop`.
fn steps(start: i64, stop: i64, by: i64, env: &mut Env) -> Result<Vec<i64>, Failure> {
    let away = i128::from(stop) - i128::from(start);
    let count = match by {
        0 => 0,
        _ if away == 0 || (away < 0) != (by < 0) => 0,
        _ => away.unsigned_abs().div_ceil(i128::from(by).unsigned_abs()),
    };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    env.budget.list(count)?;
    Ok((0..count).map(|index| start.wrapping_add(number::count(index).wrapping_mul(by))).collect())
}

fn ints(numbers: &[i64]) -> Value {
    Value::List(List::new(Of::Int, numbers.iter().copied().map(Value::Int).collect()))
}

fn seq(args: &Args, env: &mut Env) -> Outcome {
    let towards = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let mut numbers = Vec::new();
    match args.len() {
        1 => {
            let step = towards(1, args.int(0)?);
            numbers = steps(1, args.int(0)?.saturating_add(step), step, env)?;
        }
        2 => {
            let (start, end) = (args.int(0)?, args.int(1)?);
            let step = towards(start, end);
            numbers = steps(start, end.saturating_add(step), step, env)?;
        }
        3 => {
            let (start, step, end) = (args.int(0)?, args.int(1)?, args.int(2)?);
            if end >= start || step <= 0 {
                numbers = steps(start, end.saturating_add(towards(start, end)), step, env)?;
            }
        }
        _ => (),
    }
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(texts.join(" ").into())
}
