//! Durations as manifests write them: the dialect of Go's `time.ParseDuration`.
//!
//! A duration is a signed sequence of decimal numbers, each with a unit: `300ms`, `-1.5h`, `2h45m`.
//! It fits in 64 bits of nanoseconds, about 292 years. A pause may also be a bare number of seconds.

use jiff::SignedDuration;

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Nothing there, or something that is no number where a number belongs.
    #[error("read duration {0:?}: write numbers with units, like \"30s\" or \"1h30m\"")]
    NotANumber(String),
    /// A number with nothing after it.
    #[error("read duration {0:?}: the number lacks a unit (ns, us, ms, s, m or h)")]
    NoUnit(String),
    /// A unit that does not exist, such as `d`.
    #[error("read duration {text:?}: no unit {unit:?}; use ns, us, ms, s, m or h")]
    UnknownUnit {
        /// The whole duration.
        text: String,
        /// What stood where a unit belongs.
        unit: String,
    },
    /// More than 64 bits of nanoseconds.
    #[error("read duration {0:?}: longer than 292 years")]
    TooLong(String),
}

/// Reads a duration exactly as Go does.
pub fn parse(text: &str) -> Result<SignedDuration, DurationError> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if digits == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if digits.is_empty() {
        return Err(DurationError::NotANumber(text.to_owned()));
    }
    let nanos = sum_of_terms(text, digits)?;
    let signed = if negative { 0i64.checked_sub_unsigned(nanos) } else { i64::try_from(nanos).ok() };
    signed.map(SignedDuration::from_nanos).ok_or_else(|| DurationError::TooLong(text.to_owned()))
}

/// Reads a duration, or a bare whole number as seconds: what `pause.duration` takes.
pub fn parse_or_seconds(text: &str) -> Result<SignedDuration, DurationError> {
    text.parse().map(SignedDuration::from_secs).or_else(|_| parse(text))
}

/// The longest magnitude: one more nanosecond below zero than above.
const LONGEST: u64 = 1 << 63;

fn sum_of_terms(text: &str, mut rest: &str) -> Result<u64, DurationError> {
    let mut sum = 0u64;
    while !rest.is_empty() {
        let (nanos, after) = term(text, rest)?;
        sum = sum
            .checked_add(nanos)
            .filter(|sum| *sum <= LONGEST)
            .ok_or_else(|| DurationError::TooLong(text.to_owned()))?;
        rest = after;
    }
    Ok(sum)
}

/// One number and its unit, in nanoseconds, and the text after them.
fn term<'a>(text: &str, rest: &'a str) -> Result<(u64, &'a str), DurationError> {
    let (whole, rest) = digits(rest);
    let (part, rest) = rest.strip_prefix('.').map_or(("", rest), digits);
    if whole.is_empty() && part.is_empty() {
        return Err(DurationError::NotANumber(text.to_owned()));
    }
    let (name, rest) = split_where(rest, |c| c == '.' || c.is_ascii_digit());
    let unit = unit(text, name)?;
    whole_nanos(whole, unit)
        .and_then(|nanos| nanos.checked_add(part_nanos(part, unit)))
        .map(|nanos| (nanos, rest))
        .ok_or_else(|| DurationError::TooLong(text.to_owned()))
}

fn digits(text: &str) -> (&str, &str) {
    split_where(text, |c| !c.is_ascii_digit())
}

fn split_where(text: &str, end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(end).unwrap_or(text.len()))
}

fn unit(text: &str, name: &str) -> Result<u64, DurationError> {
    match name {
        "ns" => Ok(1),
        // Both micro signs: U+00B5 and the Greek letter U+03BC.
        "us" | "\u{b5}s" | "\u{3bc}s" => Ok(1_000),
        "ms" => Ok(1_000_000),
        "s" => Ok(1_000_000_000),
        "m" => Ok(60_000_000_000),
        "h" => Ok(3_600_000_000_000),
        "" => Err(DurationError::NoUnit(text.to_owned())),
        _ => Err(DurationError::UnknownUnit { text: text.to_owned(), unit: name.to_owned() }),
    }
}

fn whole_nanos(digits: &str, unit: u64) -> Option<u64> {
    let number = if digits.is_empty() { 0 } else { digits.parse::<u64>().ok()? };
    number.checked_mul(unit).filter(|nanos| *nanos <= LONGEST)
}

/// The part after the point. Go works it out in floating point, so `0.3333333333333333333h` is 20 minutes sharp.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Go's own rounding is the specification; the product is below one unit"
)]
fn part_nanos(digits: &str, unit: u64) -> u64 {
    let mut number = 0u64;
    let mut scale = 1f64;
    for digit in digits.bytes().map(|byte| u64::from(byte - b'0')) {
        // Digits beyond 63 bits are too small to count.
        match number.checked_mul(10).and_then(|tens| tens.checked_add(digit)) {
            Some(next) if next <= LONGEST => number = next,
            _ => break,
        }
        scale *= 10.0;
    }
    (number as f64 * (unit as f64 / scale)) as u64
}

#[cfg(test)]
mod tests;
