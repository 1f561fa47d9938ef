//! The parts of a Go layout, which shows a time by the example of the second of January 2006.

/// One part of a layout that stands for a part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    LongMonth,
    Month,
    NumberMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    ZoneName,
    Offset(Offset),
    /// Always so many digits after the separator.
    Fraction(u8, usize),
    /// At most so many digits, without zeros at the end.
    ShortFraction(u8, usize),
}

/// How an offset is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    /// Whether UTC is `Z`.
    pub(super) zulu: bool,
    pub(super) colons: bool,
    pub(super) precision: Precision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precision {
    Hours,
    Minutes,
    Seconds,
}

/// Splits a layout at its first part: the text before, the part, and what follows.
pub(super) fn next(layout: &str) -> (&str, Option<Part>, &str) {
    for (at, byte) in layout.bytes().enumerate() {
        let Some(rest) = layout.get(at..) else { continue };
        if let Some((skip, part, length)) = part(byte, rest) {
            let (before, rest) = (layout.get(..at + skip), layout.get(at + skip + length..));
            return (before.unwrap_or_default(), Some(part), rest.unwrap_or_default());
        }
    }
    (layout, None, "")
}

/// The part that begins here, with the bytes to leave before it and those that it takes.
fn part(first: u8, rest: &str) -> Option<(usize, Part, usize)> {
    let whole = |part: Part, length: usize| Some((0, part, length));
    match first {
        b'J' if rest.starts_with("January") => whole(Part::LongMonth, 7),
        b'J' if is_word(rest, "Jan") => whole(Part::Month, 3),
        b'M' if rest.starts_with("Monday") => whole(Part::LongWeekday, 6),
        b'M' if is_word(rest, "Mon") => whole(Part::Weekday, 3),
        b'M' if rest.starts_with("MST") => whole(Part::ZoneName, 3),
        b'0' if rest.starts_with("002") => whole(Part::ZeroYearDay, 3),
        b'0' => whole(zero_part(*rest.as_bytes().get(1)?)?, 2),
        b'1' if rest.starts_with("15") => whole(Part::Hour, 2),
        b'1' => whole(Part::NumberMonth, 1),
        b'2' if rest.starts_with("2006") => whole(Part::LongYear, 4),
        b'2' => whole(Part::Day, 1),
        b'_' if rest.starts_with("_2006") => Some((1, Part::LongYear, 4)),
        b'_' if rest.starts_with("_2") => whole(Part::UnderDay, 2),
        b'_' if rest.starts_with("__2") => whole(Part::UnderYearDay, 3),
        b'3' => whole(Part::Hour12, 1),
        b'4' => whole(Part::Minute, 1),
        b'5' => whole(Part::Second, 1),
        b'P' if rest.starts_with("PM") => whole(Part::UpperHalf, 2),
        b'p' if rest.starts_with("pm") => whole(Part::LowerHalf, 2),
        b'-' | b'Z' => offset(first, rest.get(1..)?),
        b'.' | b',' => fraction(first, rest.get(1..)?),
        _ => None,
    }
}

fn is_word(rest: &str, word: &str) -> bool {
    rest.strip_prefix(word).is_some_and(|after| !after.starts_with(|char: char| char.is_ascii_lowercase()))
}

fn zero_part(second: u8) -> Option<Part> {
    Some(match second {
        b'1' => Part::ZeroMonth,
        b'2' => Part::ZeroDay,
        b'3' => Part::ZeroHour12,
        b'4' => Part::ZeroMinute,
        b'5' => Part::ZeroSecond,
        b'6' => Part::Year,
        _ => return None,
    })
}

fn offset(first: u8, rest: &str) -> Option<(usize, Part, usize)> {
    let forms = [
        ("070000", false, Precision::Seconds),
        ("07:00:00", true, Precision::Seconds),
        ("0700", false, Precision::Minutes),
        ("07:00", true, Precision::Minutes),
        ("07", false, Precision::Hours),
    ];
    let (text, colons, precision) = forms.into_iter().find(|(text, ..)| rest.starts_with(text))?;
    Some((0, Part::Offset(Offset { zulu: first == b'Z', colons, precision }), 1 + text.len()))
}

fn fraction(separator: u8, rest: &str) -> Option<(usize, Part, usize)> {
    let digit = rest.chars().next().filter(|char| matches!(char, '0' | '9'))?;
    let after = rest.trim_start_matches(digit);
    let digits = rest.len() - after.len();
    if after.starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let part = if digit == '0' { Part::Fraction(separator, digits) } else { Part::ShortFraction(separator, digits) };
    Some((0, part, 1 + digits))
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days of a week, from Sunday.
pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The first three letters of a name, as Go shortens months and days.
pub(super) fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}
