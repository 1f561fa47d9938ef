//! Durations as Go reads and writes them.

/// Nanoseconds of a second.
pub(crate) const SECOND: i64 = 1_000_000_000;

/// Reads a duration as `time.ParseDuration` does: `1h30m`, `-1.5s`, `10ms`, `0`.
pub(crate) fn read(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        let unit_end = after.find(|char: char| char == '.' || char.is_ascii_digit()).unwrap_or(after.len());
        let (name, after) = after.split_at_checked(unit_end)?;
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        total = total.checked_add(part(whole, fraction, unit(name)?)?)?;
        rest = after;
    }
    // The smallest duration has no positive counterpart.
    i64::try_from(if negative { -total } else { total }).ok()
}

fn digits(text: &str) -> (&str, &str) {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at_checked(count).unwrap_or((text, ""))
}

fn part(whole: &str, fraction: &str, unit: i128) -> Option<i128> {
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // Nothing is finer than a nanosecond, so eighteen digits are enough.
    let fraction = fraction.get(..fraction.len().min(18))?;
    let scale = 10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let fraction: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    whole.checked_mul(unit)?.checked_add(fraction.checked_mul(unit)? / scale)
}

fn unit(name: &str) -> Option<i128> {
    Some(match name {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// Writes a duration as Go does: `1h2m3.5s`, `1.5ms`, `0s`.
pub(crate) fn write(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.unsigned_abs();
    match size {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{size}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", scaled(size, 1_000, 3)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", scaled(size, 1_000_000, 6)),
        _ => {
            let seconds = size / 1_000_000_000;
            let shown = scaled(size % 60_000_000_000, 1_000_000_000, 9);
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            match (hours, minutes) {
                (0, 0) => format!("{sign}{shown}s"),
                (0, _) => format!("{sign}{minutes}m{shown}s"),
                _ => format!("{sign}{hours}h{minutes}m{shown}s"),
            }
        }
    }
}

/// A number of units, with the fraction that is left, without zeros at its end.
fn scaled(size: u64, unit: u64, digits: usize) -> String {
    let fraction = format!("{:0digits$}", size % unit);
    match fraction.trim_end_matches('0') {
        "" => (size / unit).to_string(),
        fraction => format!("{}.{fraction}", size / unit),
    }
}

/// Rounds to whole units, halves away from zero, as `Duration.Round`; no unit leaves it as it is.
pub(crate) fn round(nanoseconds: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return nanoseconds;
    }
    let over = nanoseconds % unit;
    if over.unsigned_abs().saturating_mul(2) < unit.unsigned_abs() {
        return nanoseconds - over;
    }
    let step = if nanoseconds < 0 { -unit } else { unit };
    (nanoseconds - over).saturating_add(step)
}
