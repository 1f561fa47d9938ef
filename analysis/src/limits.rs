//! How many measurements a metric takes, and how many of each kind it puts up with.

use sluice_crds::{IntOrString, Metric};

use sluice_crds::violation::Violation;

/// The numbers that end a metric, each where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Measurements to take; `None`: until something ends the run.
    pub count: Option<u32>,
    /// Failed measurements put up with; `None`: any number.
    pub failure: Option<u32>,
    /// Inconclusive measurements put up with.
    pub inconclusive: u32,
    /// Errors in a row put up with.
    pub consecutive_error: u32,
    /// Successes in a row that end the metric well; `None`: no number does.
    pub consecutive_success: Option<u32>,
}

/// Errors in a row that are put up with where the metric does not say.
const CONSECUTIVE_ERROR_LIMIT: i32 = 4;

impl Limits {
    /// Reads and checks the limits of a metric. Any violation is added to `violations`.
    pub(crate) fn parse(metric: &Metric, has_interval: bool, violations: &mut Vec<Violation>) -> Self {
        let mut read = |field: &str, written: &Option<IntOrString>, default: i32, least: i32| {
            number(written.as_ref(), default, least).unwrap_or_else(|message| {
                violations.push(Violation::new(field, message));
                default
            })
        };
        let count = read("count", &metric.count, 0, 0);
        let failure = read("failureLimit", &metric.failure_limit, 0, -1);
        let inconclusive = read("inconclusiveLimit", &metric.inconclusive_limit, 0, 0);
        let consecutive_error =
            read("consecutiveErrorLimit", &metric.consecutive_error_limit, CONSECUTIVE_ERROR_LIMIT, 0);
        let consecutive_success = read("consecutiveSuccessLimit", &metric.consecutive_success_limit, 0, 0);

        let limits = Self {
            count: nonzero(count).or_else(|| (!has_interval).then_some(1)),
            failure: u32::try_from(failure).ok(),
            inconclusive: inconclusive.unsigned_abs(),
            consecutive_error: consecutive_error.unsigned_abs(),
            consecutive_success: nonzero(consecutive_success),
        };
        limits.check(nonzero(count), has_interval, violations);
        limits
    }

    fn check(self, count: Option<u32>, has_interval: bool, violations: &mut Vec<Violation>) {
        let mut must = |holds: bool, field: &str, message: &str| {
            if !holds {
                violations.push(Violation::new(field, message));
            }
        };
        must(
            self.failure.is_some() || self.consecutive_success.is_some(),
            "failureLimit",
            "-1 needs a consecutiveSuccessLimit above 0, else nothing can fail the metric",
        );
        let Some(count) = count else { return };
        must(count == 1 || has_interval, "interval", "is needed when count is above 1");
        let needed = self.failure.unwrap_or(0).saturating_add(self.consecutive_success.unwrap_or(0));
        must(count >= needed, "count", "must be at least failureLimit and consecutiveSuccessLimit together");
        must(count >= self.inconclusive, "count", "must be at least inconclusiveLimit");
    }
}

fn nonzero(number: i32) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| *number > 0)
}

/// A whole number, written as such or, where an argument was put in, as a string.
pub(crate) fn number(written: Option<&IntOrString>, default: i32, least: i32) -> Result<i32, String> {
    let number = match written {
        None => return Ok(default),
        Some(IntOrString::Int(number)) => *number,
        Some(IntOrString::String(text)) => text.trim().parse().map_err(|_| format!("{text:?} is no whole number"))?,
    };
    if number < least { Err(format!("{number} is too small; the least is {least}")) } else { Ok(number) }
}
