//! Numbers as Go reads, writes and converts them.

/// Reads a whole decimal number as `strconv.ParseInt(text, 10, 64)` does.
pub(super) fn parse_int(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// Reads a float as `strconv.ParseFloat` does: `1e5`, `1_000`, `inf`, `NaN`; what overflows is refused.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let number: f64 = without_separators(text)?.parse().ok()?;
    let names_infinity = text.contains(['n', 'N']);
    (number.is_finite() || names_infinity).then_some(number)
}

/// Takes out `_`, which may stand between digits only.
fn without_separators(text: &str) -> Option<String> {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let misplaced = |(at, byte): (usize, &u8)| {
        *byte == b'_' && !(digit(at.checked_sub(1).and_then(|before| bytes.get(before))) && digit(bytes.get(at + 1)))
    };
    let well_placed = !bytes.iter().enumerate().any(misplaced);
    well_placed.then(|| text.replace('_', ""))
}

/// Cuts a float to a whole number as Go does on amd64: what does not fit is the smallest number.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // the range is checked first
pub(super) fn truncate(number: f64) -> i64 {
    let fits = number >= i64::MIN as f64 && number < i64::MAX as f64;
    if fits { number as i64 } else { i64::MIN }
}

/// Widens a whole number to a float, rounding beyond 2^53 as Go does.
#[allow(clippy::cast_precision_loss)] // the rounding is the language's
pub(super) fn widen(number: i64) -> f64 {
    number as f64
}

/// Turns a count of things in memory into a whole number.
pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Writes a float as Go's `%v` does: shortest digits, an exponent below 1e-4 and from 1e6.
pub(super) fn format(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let plain = number == 0.0 || (1e-4..1e6).contains(&number.abs());
    if plain { number.to_string() } else { exponent(number, 2) }
}

/// Writes a float as Go's JSON encoder does; NaN and infinities have no JSON form.
pub(super) fn json(number: f64) -> Option<String> {
    let plain = number == 0.0 || (1e-6..1e21).contains(&number.abs());
    number.is_finite().then(|| if plain { number.to_string() } else { exponent(number, 1) })
}

/// Scientific notation with the exponent's sign always written and at least `digits` digits.
fn exponent(number: f64, digits: usize) -> String {
    let text = format!("{number:e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    format!("{mantissa}e{sign}{power:0>digits$}")
}
