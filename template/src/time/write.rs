//! Writing a time by a layout.

use std::fmt::Write;

use super::Moment;
use super::layout::{self, MONTHS, Offset, Part, Precision, WEEKDAYS, short};
use jiff::Zoned;

/// Writes a moment by a layout, as `time.Format` does.
pub(super) fn write(moment: &Moment, layout: &str) -> String {
    let zoned = moment.zoned();
    let mut out = String::with_capacity(layout.len() + 10);
    let mut rest = layout;
    loop {
        let (before, part, after) = layout::next(rest);
        out.push_str(before);
        let Some(part) = part else { return out };
        put(part, moment, &zoned, &mut out);
        rest = after;
    }
}

fn put(part: Part, moment: &Moment, zoned: &Zoned, out: &mut String) {
    let hour12 = (zoned.hour() + 11) % 12 + 1;
    // Writing to a text never fails.
    let _ = match part {
        Part::LongMonth => write!(out, "{}", month(zoned)),
        Part::Month => write!(out, "{}", short(month(zoned))),
        Part::NumberMonth => write!(out, "{}", zoned.month()),
        Part::ZeroMonth => write!(out, "{:02}", zoned.month()),
        Part::LongWeekday => write!(out, "{}", weekday(zoned)),
        Part::Weekday => write!(out, "{}", short(weekday(zoned))),
        Part::Day => write!(out, "{}", zoned.day()),
        Part::UnderDay => write!(out, "{:2}", zoned.day()),
        Part::ZeroDay => write!(out, "{:02}", zoned.day()),
        Part::UnderYearDay => write!(out, "{:3}", zoned.day_of_year()),
        Part::ZeroYearDay => write!(out, "{:03}", zoned.day_of_year()),
        Part::Hour => write!(out, "{:02}", zoned.hour()),
        Part::Hour12 => write!(out, "{hour12}"),
        Part::ZeroHour12 => write!(out, "{hour12:02}"),
        Part::Minute => write!(out, "{}", zoned.minute()),
        Part::ZeroMinute => write!(out, "{:02}", zoned.minute()),
        Part::Second => write!(out, "{}", zoned.second()),
        Part::ZeroSecond => write!(out, "{:02}", zoned.second()),
        Part::LongYear => write!(out, "{:04}", zoned.year()),
        Part::Year => write!(out, "{:02}", zoned.year().unsigned_abs() % 100),
        Part::UpperHalf => write!(out, "{}", if zoned.hour() >= 12 { "PM" } else { "AM" }),
        Part::LowerHalf => write!(out, "{}", if zoned.hour() >= 12 { "pm" } else { "am" }),
        Part::ZoneName => {
            let name = moment.abbreviation();
            let numeric = Offset { zulu: false, colons: false, precision: Precision::Minutes };
            if name.is_empty() { offset(numeric, zoned, out) } else { write!(out, "{name}") }
        }
        Part::Offset(form) => offset(form, zoned, out),
        Part::Fraction(separator, digits) => {
            let nanoseconds = format!("{:09}", zoned.subsec_nanosecond());
            write!(out, "{}{:0<digits$}", char::from(separator), nanoseconds.get(..digits.min(9)).unwrap_or_default())
        }
        Part::ShortFraction(separator, digits) => {
            let nanoseconds = format!("{:09}", zoned.subsec_nanosecond());
            match nanoseconds.get(..digits.min(9)).unwrap_or_default().trim_end_matches('0') {
                "" => Ok(()),
                shown => write!(out, "{}{shown}", char::from(separator)),
            }
        }
    };
}

fn month(zoned: &Zoned) -> &'static str {
    let index = usize::try_from(zoned.month() - 1).unwrap_or_default();
    MONTHS.get(index).copied().unwrap_or_default()
}

fn weekday(zoned: &Zoned) -> &'static str {
    let index = usize::try_from(zoned.weekday().to_sunday_zero_offset()).unwrap_or_default();
    WEEKDAYS.get(index).copied().unwrap_or_default()
}

/// The name of the month that a moment is in.
pub(crate) fn month_name(moment: &Moment) -> &'static str {
    month(&moment.zoned())
}

/// The name of the day of the week that a moment is in.
pub(crate) fn weekday_name(moment: &Moment) -> &'static str {
    weekday(&moment.zoned())
}

fn offset(form: Offset, zoned: &Zoned, out: &mut String) -> std::fmt::Result {
    let seconds = zoned.offset().seconds();
    if form.zulu && seconds == 0 {
        return write!(out, "Z");
    }
    // Go cuts an offset to whole minutes first, towards zero.
    let (sign, minutes) = if seconds / 60 < 0 { ('-', -(seconds / 60)) } else { ('+', seconds / 60) };
    write!(out, "{sign}{:02}", minutes / 60)?;
    let colon = if form.colons { ":" } else { "" };
    if form.precision != Precision::Hours {
        write!(out, "{colon}{:02}", minutes % 60)?;
    }
    if form.precision == Precision::Seconds {
        write!(out, "{colon}{:02}", seconds.abs() % 60)?;
    }
    Ok(())
}
