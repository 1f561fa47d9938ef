//! Schedules of five fields, as robfig/cron reads them: minute, hour, day of the month, month, day of the week.
//!
//! A field is a list of `*`, `?`, numbers, names of months and days, ranges `a-b`, each with a step behind a slash. If both days
//! are given, either will do. `TZ=` or `CRON_TZ=` before them names the zone. No `@daily`, as the established controller has none.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// Why a text is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not five fields.
    #[error("{0:?} has {1} fields; write five: minute, hour, day of the month, month, day of the week")]
    Fields(String, usize),
    /// A field that cannot be read.
    #[error("{field:?} is no {what}: {why}")]
    Field {
        /// The field.
        field: String,
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// A schedule, each field as the set of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
}

/// The values of a field, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set {
    bits: u64,
    /// Whether it was written as any: days of the month and of the week then must both fit.
    any: bool,
}

impl Set {
    fn has(self, value: i8) -> bool {
        u32::try_from(value).is_ok_and(|value| self.bits & (1_u64 << value) != 0)
    }
}

/// What a field may hold.
struct Bounds {
    what: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const MINUTES: Bounds = Bounds { what: "minute", least: 0, most: 59, names: &[] };
const HOURS: Bounds = Bounds { what: "hour", least: 0, most: 23, names: &[] };
const DAYS: Bounds = Bounds { what: "day of the month", least: 1, most: 31, names: &[] };
const MONTHS: Bounds = Bounds {
    what: "month",
    least: 1,
    most: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAYS: Bounds =
    Bounds { what: "day of the week", least: 0, most: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

/// The name of the time zone before a schedule, where it has one.
pub fn zone_of(text: &str) -> Option<&str> {
    let first = text.split_whitespace().next()?;
    first.strip_prefix("TZ=").or_else(|| first.strip_prefix("CRON_TZ="))
}

/// Years that are searched for the next time.
const YEARS: i16 = 5;

/// Steps that no search needs: five years by months and by the days of months that fit, a day by hours, an hour by minutes.
const STEPS: usize = 2000;

impl Cron {
    /// Reads a schedule.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let zoned = usize::from(zone_of(text).is_some());
        let fields: Vec<&str> = text.split_whitespace().skip(zoned).collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(CronError::Fields(text.to_owned(), fields.len()));
        };
        Ok(Self {
            minutes: set(minutes, &MINUTES)?,
            hours: set(hours, &HOURS)?,
            days: set(days, &DAYS)?,
            months: set(months, &MONTHS)?,
            weekdays: set(weekdays, &WEEKDAYS)?,
        })
    }

    /// The next time after `after` by the clocks of a zone; `None` if there is none in five years.
    ///
    /// A time that a change of clocks leaves out does not come that day; one that it repeats comes twice.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let start = whole_minute(after)?.to_zoned(zone.clone());
        let last = start.year().saturating_add(YEARS);
        let mut at = start;
        for _ in 0..STEPS {
            if at.year() > last {
                return None;
            }
            match self.step(&at) {
                None => return Some(at.timestamp()),
                Some(next) => at = next?,
            }
        }
        None
    }

    /// Whether that is one of its times.
    pub(super) fn has(&self, at: DateTime) -> bool {
        let is_day = self.months.has(at.month()) && self.fits_day(at.date());
        is_day && self.hours.has(at.hour()) && self.minutes.has(at.minute())
    }

    /// Where to look next, if `at` is no time of the schedule; `Some(None)` at the end of time.
    #[allow(clippy::option_option, reason = "found, go on there, and nowhere to go on are three answers")]
    fn step(&self, at: &Zoned) -> Option<Option<Zoned>> {
        if !self.months.has(at.month()) {
            return Some(at.last_of_month().ok().and_then(|last| morning_after(&last)));
        }
        if !self.fits_day(at.date()) {
            return Some(morning_after(at));
        }
        let minutes = if !self.hours.has(at.hour()) {
            60 - i64::from(at.minute())
        } else if self.minutes.has(at.minute()) {
            return None;
        } else {
            1
        };
        Some(at.checked_add(SignedDuration::from_mins(minutes)).ok())
    }

    fn fits_day(&self, date: Date) -> bool {
        let by_month = self.days.has(date.day());
        let by_week = self.weekdays.has(date.weekday().to_sunday_zero_offset());
        if self.days.any || self.weekdays.any { by_month && by_week } else { by_month || by_week }
    }
}

/// The first whole minute after a time.
fn whole_minute(after: Timestamp) -> Option<Timestamp> {
    let seconds = after.as_second().div_euclid(60).checked_add(1)?.checked_mul(60)?;
    Timestamp::from_second(seconds).ok()
}

fn morning_after(at: &Zoned) -> Option<Zoned> {
    at.tomorrow().ok()?.start_of_day().ok()
}

fn set(field: &str, bounds: &Bounds) -> Result<Set, CronError> {
    let mut set = Set { bits: 0, any: false };
    for part in field.split(',').filter(|part| !part.is_empty()) {
        let (bits, any) =
            range(part, bounds).map_err(|why| CronError::Field { field: field.to_owned(), what: bounds.what, why })?;
        set = Set { bits: set.bits | bits, any: set.any || any };
    }
    Ok(set)
}

/// One part of a field, and whether it says any.
fn range(part: &str, bounds: &Bounds) -> Result<(u64, bool), &'static str> {
    let (span, step) = part.split_once('/').map_or((part, None), |(span, step)| (span, Some(step)));
    let (low, high) = span.split_once('-').map_or((span, None), |(low, high)| (low, Some(high)));
    let any = low == "*" || low == "?";
    let (first, last) = match high {
        _ if any => (bounds.least, bounds.most),
        Some(high) => (value(low, bounds)?, value(high, bounds)?),
        None if step.is_some() => (value(low, bounds)?, bounds.most),
        None => (value(low, bounds)?, value(low, bounds)?),
    };
    let step = step.map_or(Ok(1), number)?;
    if first < bounds.least || last > bounds.most {
        return Err("out of range");
    }
    if first > last {
        return Err("a range ends before it begins");
    }
    if step == 0 {
        return Err("a step of 0 leads nowhere");
    }
    let values = (first..=last).step_by(usize::try_from(step).unwrap_or(usize::MAX));
    Ok((values.fold(0, |bits, value| bits | (1_u64 << value)), any && step == 1))
}

fn value(text: &str, bounds: &Bounds) -> Result<u32, &'static str> {
    let text = text.to_lowercase();
    let named = bounds.names.iter().position(|name| *name == text);
    match named.and_then(|at| u32::try_from(at).ok()) {
        Some(at) => Ok(at + bounds.least),
        None => number(&text),
    }
}

fn number(text: &str) -> Result<u32, &'static str> {
    text.parse().map_err(|_| "write a number, a range like 1-5, a list like 1,3, a step like */5, or *")
}
