//! Durations as kubectl writes them: short, and finer the shorter they are.

use jiff::SignedDuration;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// The text of a duration; one that lies in the future counts as none.
pub(crate) fn text(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        _ if seconds < 2 * MINUTE => format!("{seconds}s"),
        _ if seconds < 10 * MINUTE => two(seconds, (MINUTE, "m"), (1, "s")),
        _ if seconds < 3 * HOUR => format!("{}m", seconds / MINUTE),
        _ if seconds < 8 * HOUR => two(seconds, (HOUR, "h"), (MINUTE, "m")),
        _ if seconds < 2 * DAY => format!("{}h", seconds / HOUR),
        _ if seconds < 8 * DAY => two(seconds, (DAY, "d"), (HOUR, "h")),
        _ if seconds < 2 * YEAR => format!("{}d", seconds / DAY),
        _ if seconds < 8 * YEAR => two(seconds, (YEAR, "y"), (DAY, "d")),
        _ => format!("{}y", seconds / YEAR),
    }
}

/// Two units, the smaller one only where there is some of it.
fn two(seconds: i64, large: (i64, &str), small: (i64, &str)) -> String {
    let rest = seconds % large.0 / small.0;
    let rest = if rest == 0 { String::new() } else { format!("{rest}{}", small.1) };
    format!("{}{}{rest}", seconds / large.0, large.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_as_in_kubectl() {
        let cases = [
            (-5, "0s"),
            (119, "119s"),
            (120, "2m"),
            (185, "3m5s"),
            (11 * MINUTE + 3, "11m"),
            (4 * HOUR - 1, "3h59m"),
            (30 * HOUR, "30h"),
            (7 * DAY, "7d"),
            (7 * DAY + 5 * HOUR, "7d5h"),
            (400 * DAY, "400d"),
            (3 * YEAR + 2 * DAY, "3y2d"),
            (9 * YEAR, "9y"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(text(SignedDuration::from_secs(seconds)), expected);
        }
    }
}
