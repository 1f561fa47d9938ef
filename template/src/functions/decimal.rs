//! Arithmetic with floats, done in decimal so that 0.1 and 0.2 make 0.3.

use super::math::to_float;
use super::{Builtin, Outcome, takes, takes_more};
use crate::args::Type;
use crate::error::Failure;
use crate::value::Value;

const ONE: &[Type] = &[Type::Any];

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("add1f", ONE, |args, _| compute(to_float(args.any(0)?), &[Value::Int(1)], ADD)),
    takes_more("addf", &[], Type::Any, |args, _| compute(0.0, args.values(), ADD)),
    takes_more("subf", ONE, Type::Any, |args, _| compute(to_float(args.any(0)?), args.from(1), SUBTRACT)),
    takes_more("mulf", ONE, Type::Any, |args, _| compute(to_float(args.any(0)?), args.from(1), MULTIPLY)),
    takes_more("divf", ONE, Type::Any, |args, _| compute(to_float(args.any(0)?), args.from(1), DIVIDE)),
];

/// Digits behind the point that a quotient is rounded to.
const QUOTIENT_DIGITS: i32 = 16;

/// One kind of arithmetic: exact, and by floats for numbers that are too large for that.
#[derive(Clone, Copy)]
struct Operation {
    exact: fn(Decimal, Decimal) -> Option<Decimal>,
    rough: fn(f64, f64) -> f64,
    divides: bool,
}

const ADD: Operation = Operation { exact: Decimal::plus, rough: |one, other| one + other, divides: false };
const SUBTRACT: Operation = Operation {
    exact: |one, other| one.plus(Decimal { digits: other.digits.checked_neg()?, ..other }),
    rough: |one, other| one - other,
    divides: false,
};
const MULTIPLY: Operation = Operation { exact: Decimal::times, rough: |one, other| one * other, divides: false };
const DIVIDE: Operation = Operation { exact: Decimal::over, rough: |one, other| one / other, divides: true };

fn compute(start: f64, values: &[Value], operation: Operation) -> Outcome {
    let finite = |number: f64| {
        if number.is_finite() { Ok(number) } else { Err(Failure::from("there are no decimals of NaN and infinity")) }
    };
    let mut rough = finite(start)?;
    let mut exact = Decimal::of(rough);
    for value in values {
        let other = finite(to_float(value))?;
        if operation.divides && other == 0.0 {
            return Err("a division by zero".into());
        }
        rough = (operation.rough)(exact.and_then(Decimal::to_float).unwrap_or(rough), other);
        exact = exact.zip(Decimal::of(other)).and_then(|(one, other)| (operation.exact)(one, other));
    }
    Ok(Value::Float(exact.and_then(Decimal::to_float).unwrap_or(rough)))
}

/// `digits` times ten to the power of `exponent`.
#[derive(Debug, Clone, Copy)]
struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    /// The shortest decimal that means this float.
    fn of(number: f64) -> Option<Self> {
        let text = format!("{number:e}");
        let (mantissa, power) = text.split_once('e')?;
        let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits = mantissa.replace('.', "").parse().ok()?;
        Some(Decimal { digits, exponent: power.parse::<i32>().ok()? - i32::try_from(fraction).ok()? })
    }

    fn to_float(self) -> Option<f64> {
        format!("{}e{}", self.digits, self.exponent).parse().ok()
    }

    /// The same number with a smaller exponent.
    fn at(self, exponent: i32) -> Option<Self> {
        let shift = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        Some(Decimal { digits: self.digits.checked_mul(10i128.checked_pow(shift)?)?, exponent })
    }

    fn plus(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let digits = self.at(exponent)?.digits.checked_add(other.at(exponent)?.digits)?;
        Some(Decimal { digits, exponent })
    }

    fn times(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.checked_add(other.exponent)?;
        Some(Decimal { digits: self.digits.checked_mul(other.digits)?, exponent })
    }

    /// The quotient, rounded half away from zero.
    fn over(self, other: Self) -> Option<Self> {
        let exponent = -QUOTIENT_DIGITS;
        let shift = self.exponent.checked_sub(other.exponent)?.checked_sub(exponent)?;
        let scale = 10i128.checked_pow(shift.unsigned_abs())?;
        let (numerator, denominator) = if shift >= 0 {
            (self.digits.checked_mul(scale)?, other.digits)
        } else {
            (self.digits, other.digits.checked_mul(scale)?)
        };
        let (quotient, rest) = (numerator.checked_div(denominator)?, numerator.checked_rem(denominator)?);
        let away = rest.unsigned_abs().checked_mul(2)? >= denominator.unsigned_abs();
        let sign = if (numerator < 0) == (denominator < 0) { 1 } else { -1 };
        Some(Decimal { digits: if away { quotient + sign } else { quotient }, exponent })
    }
}
