//! Whole numbers and floats as Go reads, converts and writes them.

/// Reads a whole number as `strconv.ParseInt(text, 0, 64)` does: `-12`, `0x1F`, `0o17`, `017`, `0b11`, `1_000`.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let magnitude = i128::from(parse_magnitude(digits)?);
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// Reads a whole number without a sign as `strconv.ParseUint(text, 0, 64)` does.
pub(crate) fn parse_magnitude(text: &str) -> Option<u64> {
    let (radix, digits) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, text.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, text.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, text.get(2..)?),
        [b'0', _, ..] => (8, text.get(1..)?),
        _ => (10, text),
    };
    let digits = without_separators(digits, radix)?;
    let plain = !digits.is_empty() && !digits.starts_with(['+', '-']);
    if plain { u64::from_str_radix(&digits, radix).ok() } else { None }
}

/// Takes out underscores, which may stand between digits and after a prefix.
fn without_separators(digits: &str, radix: u32) -> Option<String> {
    let mut after_digit = radix != 10;
    for char in digits.chars() {
        match char {
            '_' if !after_digit => return None,
            '_' => after_digit = false,
            _ => after_digit = char.is_digit(radix),
        }
    }
    (!digits.ends_with('_')).then(|| digits.replace('_', ""))
}

/// Reads a float as `strconv.ParseFloat` does: `1e5`, `1_000`, `0x1p-2`, `inf`, `NaN`; what overflows is refused.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    if text.contains('_') && !separators_fit(text) {
        return None;
    }
    let text = text.replace('_', "");
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if let Some(hex) = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        let number = hex_float(hex)?;
        return Some(if text.starts_with('-') { -number } else { number });
    }
    let number: f64 = text.parse().ok()?;
    if number.is_nan() && unsigned.len() < text.len() {
        return None;
    }
    (number.is_finite() || text.contains(['n', 'N'])).then_some(number)
}

/// Whether each underscore stands between digits, or after a prefix as `0x`.
fn separators_fit(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = text.contains(['x', 'X']);
    let digit = |at: Option<usize>| {
        let byte = at.and_then(|at| bytes.get(at));
        byte.is_some_and(|byte| {
            byte.is_ascii_digit() || hex && (byte.is_ascii_hexdigit() || matches!(byte, b'x' | b'X'))
        })
    };
    let placed = |(at, byte): (usize, &u8)| *byte != b'_' || (digit(at.checked_sub(1)) && digit(Some(at + 1)));
    bytes.iter().enumerate().all(placed)
}

/// `1.8p3`: hexadecimal digits and a binary exponent, which must be there.
fn hex_float(text: &str) -> Option<f64> {
    let (digits, power) = text.split_once(['p', 'P'])?;
    let power: i32 = power.parse().ok()?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: String = [whole, fraction].concat();
    let mantissa = u64::from_str_radix(&all, 16).ok()?;
    let shift = power.checked_sub(i32::try_from(fraction.len()).ok()?.checked_mul(4)?)?;
    let number = widen_magnitude(mantissa) * 2f64.powi(shift);
    number.is_finite().then_some(number)
}

/// Cuts a float to a whole number as Go does on amd64: what does not fit is the smallest number.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // the range is checked first
pub(crate) fn truncate(number: f64) -> i64 {
    let fits = number >= i64::MIN as f64 && number < i64::MAX as f64;
    if fits { number as i64 } else { i64::MIN }
}

/// Widens a whole number to a float, rounding beyond 2^53 as Go does.
#[allow(clippy::cast_precision_loss)] // the rounding is the language's
pub(crate) fn widen(number: i64) -> f64 {
    number as f64
}

#[allow(clippy::cast_precision_loss)] // the rounding is the language's
fn widen_magnitude(number: u64) -> f64 {
    number as f64
}

/// Turns a count of things in memory into a whole number.
pub(crate) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Turns a whole number into a count; none for a negative one.
pub(crate) fn size(number: i64) -> Option<usize> {
    usize::try_from(number).ok()
}

/// Writes a float as Go's `%v` and `%g` do: shortest digits, an exponent below 1e-4 and from 1e6.
pub(crate) fn format(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let plain = number == 0.0 || (1e-4..1e6).contains(&number.abs());
    if plain { number.to_string() } else { exponent(&format!("{number:e}"), 2) }
}

/// Writes a float as Go's JSON encoder does; NaN and infinities have no JSON form.
pub(crate) fn json(number: f64) -> Option<String> {
    let plain = number == 0.0 || (1e-6..1e21).contains(&number.abs());
    number.is_finite().then(|| if plain { number.to_string() } else { exponent(&format!("{number:e}"), 1) })
}

/// Turns Rust's scientific notation into Go's: the exponent's sign is always written, with at least `digits` digits.
pub(crate) fn exponent(text: &str, digits: usize) -> String {
    let (mantissa, power) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    format!("{mantissa}e{sign}{power:0>digits$}")
}
