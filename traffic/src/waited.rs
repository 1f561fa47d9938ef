//! When a router that cannot be asked must have taken up a write.

use jiff::{SignedDuration, Timestamp};

/// The time from which on every replica of the router acts on the newest of these writes.
///
/// Traefik sleeps one throttle after each message, so a write waits up to one for its turn and one
/// more where another provider's message came between. A second more covers what the watches of
/// both take.
///
/// `None` without any write: there is nothing to wait for.
pub fn not_before(last_writes: impl IntoIterator<Item = Timestamp>, throttle: SignedDuration) -> Option<Timestamp> {
    let newest = last_writes.into_iter().max()?;
    let wait = throttle.checked_mul(2)?.checked_add(SignedDuration::from_secs(1))?;
    newest.checked_add(wait).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(writes: &[&str], throttle_ms: i64, expected: Option<&str>) {
        let time = |text: &&str| format!("2026-03-01T{text}Z").parse::<Timestamp>().unwrap();
        let found = not_before(writes.iter().map(time), SignedDuration::from_millis(throttle_ms));
        assert_eq!(found, expected.as_ref().map(time), "{writes:?} + {throttle_ms} ms");
    }

    #[test]
    fn the_newest_write_counts_with_a_second_more() {
        check(&["10:00:05", "10:00:07", "10:00:01"], 2000, Some("10:00:12"));
        check(&["10:00:05"], 0, Some("10:00:06"));
    }

    #[test]
    fn without_a_write_there_is_nothing_to_wait_for() {
        check(&[], 2000, None);
    }
}
