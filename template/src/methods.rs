//! Methods of times, durations and versions, as Go has them.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::args::{Args, Type};
use crate::error::Failure;
use crate::number;
use crate::semver::{Bump, Version};
use crate::time::{Moment, duration, month_name, weekday_name};
use crate::value::Value;

/// What a method takes; `None` if there is no such method.
pub(crate) fn parameters(receiver: &Value, name: &str) -> Option<&'static [Type]> {
    match receiver {
        Value::Time(_) => time_parameters(name),
        Value::Duration(_) => duration_parameters(name),
        Value::Version(_) => version_parameters(name),
        _ => None,
    }
}

fn time_parameters(name: &str) -> Option<&'static [Type]> {
    Some(match name {
        "Format" => &[Type::Text],
        "Add" | "Truncate" => &[Type::Duration],
        "Sub" | "Before" | "After" | "Equal" => &[Type::Time],
        "AddDate" => &[Type::Int, Type::Int, Type::Int],
        "String" | "Unix" | "UnixMilli" | "UnixNano" | "UTC" | "Local" | "Year" | "Month" | "Day" | "Hour"
        | "Minute" | "Second" | "Nanosecond" | "Weekday" | "YearDay" | "IsZero" => &[],
        _ => return None,
    })
}

fn duration_parameters(name: &str) -> Option<&'static [Type]> {
    Some(match name {
        "Round" | "Truncate" => &[Type::Duration],
        "String" | "Hours" | "Minutes" | "Seconds" | "Milliseconds" | "Microseconds" | "Nanoseconds" | "Abs" => &[],
        _ => return None,
    })
}

fn version_parameters(name: &str) -> Option<&'static [Type]> {
    Some(match name {
        "Compare" | "Equal" | "LessThan" | "GreaterThan" | "LessThanEqual" | "GreaterThanEqual" => &[Type::Version],
        "String" | "Original" | "Major" | "Minor" | "Patch" | "Prerelease" | "Metadata" | "IncMajor" | "IncMinor"
        | "IncPatch" => &[],
        _ => return None,
    })
}

/// Calls a method that [`parameters`] knows, with the arguments that it asks for.
pub(crate) fn call(receiver: &Value, name: &str, args: &Args) -> Result<Value, Failure> {
    match receiver {
        Value::Time(moment) => of_time(moment, name, args),
        Value::Duration(nanoseconds) => of_duration(*nanoseconds, name, args),
        Value::Version(version) => of_version(version, name, args),
        _ => Err(format!("there is no method {name}").into()),
    }
}

fn of_time(moment: &Moment, name: &str, args: &Args) -> Result<Value, Failure> {
    let beyond = || Failure::from("no date lies that far away");
    let int = |number: i64| Ok(Value::Int(number));
    let zoned = moment.zoned();
    match name {
        "Format" => Ok(moment.format(args.text(0)?).into()),
        "Add" => moment.plus(args.duration(0)?).map(Value::Time).ok_or_else(beyond),
        "Truncate" => moment.plus(-moment.beyond_unit(args.duration(0)?)).map(Value::Time).ok_or_else(beyond),
        "Sub" => Ok(Value::Duration(moment.since(args.time(0)?))),
        "Before" => Ok((moment.timestamp() < args.time(0)?.timestamp()).into()),
        "After" => Ok((moment.timestamp() > args.time(0)?.timestamp()).into()),
        "Equal" => Ok((moment.timestamp() == args.time(0)?.timestamp()).into()),
        "AddDate" => moment.add_date(args.int(0)?, args.int(1)?, args.int(2)?).map(Value::Time).ok_or_else(beyond),
        "String" => Ok(moment.to_string().into()),
        "Unix" => moment.unix(duration::SECOND).map(Value::Int64).ok_or_else(beyond),
        "UnixMilli" => moment.unix(duration::SECOND / 1_000).map(Value::Int64).ok_or_else(beyond),
        "UnixNano" => moment.unix(1).map(Value::Int64).ok_or_else(beyond),
        "UTC" | "Local" => Ok(Value::Time(Moment::utc(moment.timestamp()))),
        "Year" => int(zoned.year().into()),
        "Month" => Ok(month_name(moment).into()),
        "Day" => int(zoned.day().into()),
        "Hour" => int(zoned.hour().into()),
        "Minute" => int(zoned.minute().into()),
        "Second" => int(zoned.second().into()),
        "Nanosecond" => int(zoned.subsec_nanosecond().into()),
        "Weekday" => Ok(weekday_name(moment).into()),
        "YearDay" => int(zoned.day_of_year().into()),
        _ => Ok(moment.is_zero().into()),
    }
}

fn of_duration(nanoseconds: i64, name: &str, args: &Args) -> Result<Value, Failure> {
    let units = |unit: i64| {
        Value::Float(number::widen(nanoseconds / unit) + number::widen(nanoseconds % unit) / number::widen(unit))
    };
    Ok(match name {
        "Round" => Value::Duration(duration::round(nanoseconds, args.duration(0)?)),
        "Truncate" => {
            let unit = args.duration(0)?;
            Value::Duration(if unit > 0 { nanoseconds - nanoseconds % unit } else { nanoseconds })
        }
        "Hours" => units(3600 * duration::SECOND),
        "Minutes" => units(60 * duration::SECOND),
        "Seconds" => units(duration::SECOND),
        "Milliseconds" => Value::Int64(nanoseconds / 1_000_000),
        "Microseconds" => Value::Int64(nanoseconds / 1_000),
        "Nanoseconds" => Value::Int64(nanoseconds),
        "Abs" => Value::Duration(nanoseconds.saturating_abs()),
        _ => duration::write(nanoseconds).into(),
    })
}

fn of_version(version: &Rc<Version>, name: &str, args: &Args) -> Result<Value, Failure> {
    let bumped = |bump| Ok(Value::Version(Rc::new(version.bumped(bump))));
    match name {
        "String" => return Ok(version.to_string().into()),
        "Original" => return Ok(version.original.as_str().into()),
        "Major" => return Ok(Value::Int64(as_int(version.major))),
        "Minor" => return Ok(Value::Int64(as_int(version.minor))),
        "Patch" => return Ok(Value::Int64(as_int(version.patch))),
        "Prerelease" => return Ok(version.pre.as_str().into()),
        "Metadata" => return Ok(version.metadata.as_str().into()),
        "IncMajor" => return bumped(Bump::Major),
        "IncMinor" => return bumped(Bump::Minor),
        "IncPatch" => return bumped(Bump::Patch),
        _ => (),
    }
    let order = version.compare(args.version(0)?);
    Ok(match name {
        "Equal" => Value::Bool(order == Ordering::Equal),
        "LessThan" => Value::Bool(order == Ordering::Less),
        "GreaterThan" => Value::Bool(order == Ordering::Greater),
        "LessThanEqual" => Value::Bool(order != Ordering::Greater),
        "GreaterThanEqual" => Value::Bool(order != Ordering::Less),
        _ => Value::Int(match order {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }),
    })
}

/// Go's versions count in `uint64`; no version is that large.
fn as_int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
