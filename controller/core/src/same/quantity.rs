//! Quantities in one spelling: `1000m`, `1` and `1e0` are the same amount of CPU.

use serde_json::Value;

const SUFFIXES: [(&str, i128); 15] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("Pi", 1 << 50),
    ("Ei", 1 << 60),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
    ("E", 1_000_000_000_000_000_000),
    ("m", -1_000),
    ("u", -1_000_000),
    ("n", -1_000_000_000),
];

/// The smallest amount is a billionth.
const NANO: i128 = 1_000_000_000;

/// Spells a quantity, or each in a map, as its billionths. What is none stays as it is; so does zero, as `0`.
pub(super) fn canonical(value: &mut Value) {
    match value {
        Value::Object(map) => map.values_mut().for_each(canonical),
        Value::String(text) => {
            if let Some(nanos) = nanos(text) {
                *text = nanos.to_string();
            }
        }
        _ => {}
    }
}

fn nanos(text: &str) -> Option<i128> {
    let (number, factor) =
        SUFFIXES.iter().find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, *factor))).unwrap_or((text, 1));
    let (number, exponent) = number.split_once(['e', 'E']).map_or((number, "0"), |(number, power)| (number, power));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits: i128 = format!("{whole}{part}").parse().ok()?;
    let power = exponent.parse::<i32>().ok()? - i32::try_from(part.len()).ok()?;
    let shift = 10_i128.checked_pow(power.unsigned_abs())?;
    let (times, over) = if factor < 0 { (1, -factor) } else { (factor, 1) };
    let (times, over) = if power < 0 { (times, over.checked_mul(shift)?) } else { (times.checked_mul(shift)?, over) };
    let scaled = digits.checked_mul(times)?.checked_mul(NANO)?;
    (scaled % over == 0).then_some(scaled / over)
}
