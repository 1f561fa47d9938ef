//! Moments relative to the measurement, as `rangeQuery.start` and `.end` write them:
//! `now()`, `now() - duration("5m")`, and any further `+` or `-` of durations.

use jiff::{SignedDuration, Timestamp};

use sluice_crds::duration;

/// A moment so long before or after the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    offset: SignedDuration,
}

impl Moment {
    /// Reads a moment, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.trim();
        rest = rest.strip_prefix("now()").ok_or_else(|| unknown(text))?.trim_start();
        let mut offset = SignedDuration::ZERO;
        while !rest.is_empty() {
            let (sign, after) = rest.split_at_checked(1).ok_or_else(|| unknown(text))?;
            let (length, after) = length(after.trim_start()).ok_or_else(|| unknown(text))?;
            let length = duration::parse(length).map_err(|error| error.to_string())?;
            offset = match sign {
                "+" => offset.checked_add(length),
                "-" => offset.checked_sub(length),
                _ => return Err(unknown(text)),
            }
            .ok_or_else(|| unknown(text))?;
            rest = after.trim_start();
        }
        Ok(Self { offset })
    }

    /// The moment itself, for a measurement taken `now`. Stops at the ends of time.
    pub fn at(self, now: Timestamp) -> Timestamp {
        let end = if self.offset.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
        now.checked_add(self.offset).unwrap_or(end)
    }
}

/// What stands between the quotes of `duration("…")`, and the text after it.
fn length(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("duration")?.trim_start().strip_prefix('(')?.trim_start();
    let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (length, after) = inner.strip_prefix(quote)?.split_once(quote)?;
    Some((length, after.trim_start().strip_prefix(')')?))
}

fn unknown(text: &str) -> String {
    format!("read moment {text:?}: write now() or now() - duration(\"5m\")")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: Expect) {
        let noon = Timestamp::from_second(1_800_014_400).unwrap_or_default();
        let shown = Moment::parse(text).map_or_else(|error| error, |moment| moment.at(noon).to_string());
        expected.assert_eq(&shown);
    }

    #[test]
    fn moments_are_counted_from_the_measurement() {
        check("now()", expect!["2027-01-15T12:00:00Z"]);
        check("now() - duration(\"5m\")", expect!["2027-01-15T11:55:00Z"]);
        check(" now()-duration( '1h' )+duration(\"30m\") ", expect!["2027-01-15T11:30:00Z"]);
        check("now() - duration(\"2000000h\")", expect!["1798-11-18T04:00:00Z"]);
    }

    #[test]
    fn other_words_are_refused() {
        check("", expect![[r#"read moment "": write now() or now() - duration("5m")"#]]);
        check("yesterday", expect![[r#"read moment "yesterday": write now() or now() - duration("5m")"#]]);
        check("now() 5m", expect![[r#"read moment "now() 5m": write now() or now() - duration("5m")"#]]);
        check(
            "now() - duration(\"5\")",
            expect![[r#"read duration "5": the number lacks a unit (ns, us, ms, s, m or h)"#]],
        );
        check(
            "now() * duration(\"5m\")",
            expect![[r#"read moment "now() * duration(\"5m\")": write now() or now() - duration("5m")"#]],
        );
        check(
            "now() - duration(\"5m\"",
            expect![[r#"read moment "now() - duration(\"5m\"": write now() or now() - duration("5m")"#]],
        );
        check("now() - µ", expect![[r#"read moment "now() - µ": write now() or now() - duration("5m")"#]]);
    }
}
