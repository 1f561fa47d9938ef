//! Reading a time by a layout.

use jiff::civil::{Date, DateTime};
use jiff::tz::{self, TimeZone};

use super::layout::{self, MONTHS, Offset, Part, Precision, WEEKDAYS, short};
use super::{Moment, Zone};

/// Reads a moment by a layout, as `time.Parse` does.
pub(super) fn read(layout: &str, text: &str) -> Option<Moment> {
    let mut found = Found::default();
    let mut layout = layout;
    let mut text = text;
    loop {
        let (before, part, after) = layout::next(layout);
        text = skip(text, before)?;
        let Some(part) = part else { break };
        text = found.take(part, text, after)?;
        layout = after;
    }
    if text.is_empty() { found.moment() } else { None }
}

/// What a text has said of a time so far.
#[derive(Default)]
struct Found {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    utc: bool,
    offset: Option<tz::Offset>,
    zone_name: String,
}

impl Found {
    /// Takes a part from the front of a text, and gives what is left.
    fn take<'t>(&mut self, part: Part, text: &'t str, after: &str) -> Option<&'t str> {
        match part {
            Part::LongMonth => self.month_name(text, |name| name),
            Part::Month => self.month_name(text, short),
            Part::NumberMonth | Part::ZeroMonth => {
                let (month, rest) = number(text, least(part))?;
                self.month = Some(month).filter(|month| (1..=12).contains(month));
                self.month.map(|_| rest)
            }
            Part::LongWeekday => lookup(&WEEKDAYS, text, |name| name).map(|(_, rest)| rest),
            Part::Weekday => lookup(&WEEKDAYS, text, short).map(|(_, rest)| rest),
            Part::Day | Part::UnderDay | Part::ZeroDay => {
                let text = if part == Part::UnderDay { text.strip_prefix(' ').unwrap_or(text) } else { text };
                let (day, rest) = number(text, least(part))?;
                self.day = Some(day);
                Some(rest)
            }
            Part::UnderYearDay | Part::ZeroYearDay => self.year_day(part, text),
            Part::Hour => below(24, text, 1, &mut self.hour),
            Part::Hour12 | Part::ZeroHour12 => below(13, text, least(part), &mut self.hour),
            Part::Minute | Part::ZeroMinute => below(60, text, least(part), &mut self.minute),
            Part::Second | Part::ZeroSecond => {
                let rest = below(60, text, least(part), &mut self.second)?;
                let next = layout::next(after).1;
                let has_own = matches!(next, Some(Part::Fraction(..) | Part::ShortFraction(..)));
                if has_own { Some(rest) } else { self.fraction(rest) }
            }
            Part::LongYear => {
                let (digits, rest) = text.split_at_checked(4)?;
                self.year = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
                Some(rest)
            }
            Part::Year => {
                let (digits, rest) = text.split_at_checked(2)?;
                let year: i16 = digits.parse().ok()?;
                self.year = if year >= 69 { 1900 + year } else { 2000 + year };
                Some(rest)
            }
            Part::UpperHalf => self.half(text, ["AM", "PM"]),
            Part::LowerHalf => self.half(text, ["am", "pm"]),
            Part::ZoneName => self.zone_name(text),
            Part::Offset(form) => self.offset(form, text),
            Part::Fraction(_, digits) => {
                let (fraction, rest) = text.split_at_checked(1 + digits)?;
                let rest_of_it = self.fraction(fraction)?;
                (rest_of_it.is_empty() && !fraction.is_empty()).then_some(rest)
            }
            Part::ShortFraction(..) => self.fraction(text),
        }
    }

    fn month_name<'t>(&mut self, text: &'t str, form: fn(&'static str) -> &'static str) -> Option<&'t str> {
        let (index, rest) = lookup(&MONTHS, text, form)?;
        self.month = i8::try_from(index + 1).ok();
        Some(rest)
    }

    fn year_day<'t>(&mut self, part: Part, text: &'t str) -> Option<&'t str> {
        let text = if part == Part::UnderYearDay { text.trim_start_matches(' ') } else { text };
        let digits = text.bytes().take(3).take_while(u8::is_ascii_digit).count();
        if digits == 0 || part == Part::ZeroYearDay && digits != 3 {
            return None;
        }
        let (number, rest) = text.split_at_checked(digits)?;
        self.day_of_year = number.parse().ok();
        Some(rest)
    }

    fn half<'t>(&mut self, text: &'t str, names: [&str; 2]) -> Option<&'t str> {
        let (half, rest) = text.split_at_checked(2)?;
        self.afternoon = Some(names.iter().position(|name| *name == half)? == 1);
        Some(rest)
    }

    /// Takes a fraction of a second, if there is one.
    fn fraction<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let Some(rest) = text.strip_prefix(['.', ',']) else { return Some(text) };
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, after) = rest.split_at_checked(count)?;
        if digits.is_empty() {
            return Some(text);
        }
        self.nanosecond = format!("{digits:0<9}").get(..9)?.parse().ok()?;
        Some(after)
    }

    fn offset<'t>(&mut self, form: Offset, text: &'t str) -> Option<&'t str> {
        if let Some(rest) = text.strip_prefix('Z').filter(|_| form.zulu) {
            self.utc = true;
            return Some(rest);
        }
        let negative = match text.bytes().next()? {
            b'+' => false,
            b'-' => true,
            _ => return None,
        };
        let mut rest = text.get(1..)?;
        let count = match form.precision {
            Precision::Hours => 1,
            Precision::Minutes => 2,
            Precision::Seconds => 3,
        };
        let mut seconds = 0;
        for (index, (unit, most)) in [(3600, 24), (60, 60), (1, 60)].into_iter().take(count).enumerate() {
            if form.colons && index > 0 {
                rest = rest.strip_prefix(':')?;
            }
            let (number, after) = number(rest, 2)?;
            if number > most {
                return None;
            }
            seconds += i32::from(number) * unit;
            rest = after;
        }
        self.offset = Some(tz::Offset::from_seconds(if negative { -seconds } else { seconds }).ok()?);
        Some(rest)
    }

    /// Takes a zone's short name. Go knows the offset of UTC alone: all others count as UTC, under their name.
    fn zone_name<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        if let Some(rest) = text.strip_prefix("UTC") {
            self.utc = true;
            return Some(rest);
        }
        let letters = text.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
        let (name, rest) = text.split_at_checked(letters)?;
        let fits = letters == 3 || (letters == 4 || letters == 5) && name.ends_with('T') || name == "WITA";
        name.clone_into(&mut self.zone_name);
        fits.then_some(rest)
    }

    fn zone(&mut self) -> Zone {
        let name = std::mem::take(&mut self.zone_name);
        match self.offset {
            _ if self.utc => Zone::Named(TimeZone::UTC),
            Some(offset) if offset == tz::Offset::UTC && name.is_empty() => Zone::Named(TimeZone::UTC),
            Some(offset) => Zone::Fixed(offset, name),
            None if name.is_empty() => Zone::Named(TimeZone::UTC),
            None => Zone::Fixed(tz::Offset::UTC, name),
        }
    }

    fn moment(mut self) -> Option<Moment> {
        let zone = self.zone();
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let date = match self.day_of_year {
            Some(day) => {
                let date = Date::new(self.year, 1, 1).ok()?.with().day_of_year(day).build().ok()?;
                let agrees = self.month.is_none_or(|month| month == date.month());
                Some(date).filter(|date| agrees && self.day.is_none_or(|day| day == date.day()))?
            }
            None => Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).ok()?,
        };
        let time = jiff::civil::Time::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        Moment::from_civil(DateTime::from_parts(date, time), zone)
    }
}

/// Takes what stands between parts; a run of spaces fits any other.
fn skip<'t>(text: &'t str, literal: &str) -> Option<&'t str> {
    let (mut text, mut literal) = (text, literal);
    while let Some(char) = literal.chars().next() {
        if char == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            literal = literal.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
            continue;
        }
        text = text.strip_prefix(char)?;
        literal = literal.strip_prefix(char)?;
    }
    Some(text)
}

/// How many digits a part must have.
fn least(part: Part) -> usize {
    use Part::{ZeroDay, ZeroHour12, ZeroMinute, ZeroMonth, ZeroSecond};
    if matches!(part, ZeroDay | ZeroHour12 | ZeroMinute | ZeroMonth | ZeroSecond) { 2 } else { 1 }
}

/// Takes one or two digits, and at least so many.
fn number(text: &str, least: usize) -> Option<(i8, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    if digits < least {
        return None;
    }
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, rest))
}

fn below<'t>(limit: i8, text: &'t str, least: usize, into: &mut i8) -> Option<&'t str> {
    let (number, rest) = number(text, least)?;
    *into = number;
    (number < limit).then_some(rest)
}

fn lookup<'t>(
    names: &[&'static str],
    text: &'t str,
    form: fn(&'static str) -> &'static str,
) -> Option<(usize, &'t str)> {
    names.iter().enumerate().find_map(|(index, name)| {
        let name = form(name);
        let (start, rest) = text.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some((index, rest))
    })
}
