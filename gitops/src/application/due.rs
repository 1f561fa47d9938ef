//! When something is due that waits for a while after another has ended.

use jiff::{SignedDuration, Timestamp};

/// `wait` after `ended`. An end that is yet to come was written before the clock was set back: nobody waits for that time.
pub(super) fn after(ended: Timestamp, wait: SignedDuration, now: Timestamp) -> Timestamp {
    if ended > now { now } else { ended.checked_add(wait).unwrap_or(now) }
}
