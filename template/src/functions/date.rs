//! Dates by Go's layouts. The local zone is UTC.

use super::{Builtin, Outcome, takes};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::time::{Moment, duration};
use crate::value::Value;

const HTML: &str = "2006-01-02";
const MODIFY: &[Type] = &[Type::Text, Type::Time];
const LAYOUT_DATE: &[Type] = &[Type::Text, Type::Any];
const LAYOUT_DATE_ZONE: &[Type] = &[Type::Text, Type::Any, Type::Text];

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("now", &[], |_, env| Ok(Value::Time(env.now.clone()))),
    takes("date", LAYOUT_DATE, |args, env| written(args.text(0)?, args.any(1)?, "UTC", env)),
    takes("htmlDate", &[Type::Any], |args, env| written(HTML, args.any(0)?, "UTC", env)),
    takes("htmlDateInZone", &[Type::Any, Type::Text], |args, env| written(HTML, args.any(0)?, args.text(1)?, env)),
    takes("dateInZone", LAYOUT_DATE_ZONE, |args, env| written(args.text(0)?, args.any(1)?, args.text(2)?, env)),
    takes("date_in_zone", LAYOUT_DATE_ZONE, |args, env| written(args.text(0)?, args.any(1)?, args.text(2)?, env)),
    takes("dateModify", MODIFY, |args, _| modified(args, Some(0))),
    takes("date_modify", MODIFY, |args, _| modified(args, Some(0))),
    takes("mustDateModify", MODIFY, |args, _| modified(args, None)),
    takes("must_date_modify", MODIFY, |args, _| modified(args, None)),
    takes("toDate", &[Type::Text, Type::Text], |args, _| {
        Ok(Value::Time(Moment::parse(args.text(0)?, args.text(1)?).unwrap_or_else(Moment::zero)))
    }),
    takes("mustToDate", &[Type::Text, Type::Text], |args, _| {
        let date = Moment::parse(args.text(0)?, args.text(1)?);
        date.map(Value::Time).ok_or_else(|| "the text is no date of this layout".into())
    }),
    takes("unixEpoch", &[Type::Time], |args, _| {
        Ok(args.time(0)?.unix(duration::SECOND).ok_or_else(beyond)?.to_string().into())
    }),
    takes("ago", &[Type::Any], |args, env| {
        let since = env.now.since(&moment(args.any(0)?, env)?);
        Ok(duration::write(duration::round(since, duration::SECOND)).into())
    }),
    takes("duration", &[Type::Any], seconds),
    takes("durationRound", &[Type::Any], rounded),
];

/// A time, seconds since 1970, or the present for everything else.
fn moment(value: &Value, env: &Env) -> Result<Moment, Failure> {
    match value {
        Value::Time(moment) => Ok(moment.clone()),
        Value::Int(seconds) | Value::Int64(seconds) => Moment::from_unix(*seconds).ok_or_else(beyond),
        _ => Ok(env.now.clone()),
    }
}

fn beyond() -> Failure {
    "no date lies that far away".into()
}

/// Writes a date in a zone; one that is unknown counts as UTC.
fn written(layout: &str, date: &Value, zone: &str, env: &mut Env) -> Outcome {
    let date = moment(date, env)?;
    let date = date.in_zone(zone).unwrap_or_else(|| Moment::utc(date.timestamp()));
    // Each letter of a layout stands for at most nine.
    env.budget.text(layout.len().saturating_mul(9))?;
    Ok(date.format(layout).into())
}

/// A date moved by a duration; one that cannot be read counts as `otherwise`, or is an error.
fn modified(args: &Args, otherwise: Option<i64>) -> Outcome {
    let by = duration::read(args.text(0)?).or(otherwise);
    let by = by.ok_or_else(|| Failure::from("the text is no duration such as -1h30m"))?;
    args.time(1)?.plus(by).map(Value::Time).ok_or_else(beyond)
}

/// A number of seconds as a duration.
fn seconds(args: &Args, _: &mut Env) -> Outcome {
    let seconds = match args.any(0)? {
        Value::Text(text) => text.parse().unwrap_or_else(|_| {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if !number {
                0
            } else if text.starts_with('-') {
                i64::MIN
            } else {
                i64::MAX
            }
        }),
        Value::Int64(seconds) => *seconds,
        _ => 0,
    };
    Ok(duration::write(seconds.wrapping_mul(duration::SECOND)).into())
}

/// A duration in its largest unit: `2h`, `3d`, `1y`.
fn rounded(args: &Args, env: &mut Env) -> Outcome {
    let nanoseconds = match args.any(0)? {
        Value::Text(text) => duration::read(text).unwrap_or(0),
        Value::Int64(nanoseconds) => *nanoseconds,
        Value::Time(moment) => env.now.since(moment),
        _ => 0,
    };
    let hour = 3600 * duration::SECOND.unsigned_abs();
    let units = [(hour * 24 * 365, "y"), (hour * 24 * 30, "mo"), (hour * 24, "d"), (hour, "h"), (hour / 60, "m")];
    let size = nanoseconds.unsigned_abs();
    let all = units.into_iter().chain([(hour / 3600, "s")]);
    let shown = all.filter(|(unit, _)| size > *unit).map(|(unit, name)| format!("{}{name}", size / unit)).next();
    Ok(shown.unwrap_or_else(|| "0s".to_owned()).into())
}
