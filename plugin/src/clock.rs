//! The only place that asks what time it is.

use jiff::Timestamp;

/// Now.
#[expect(clippy::disallowed_methods, reason = "elsewhere time is an argument; it has to come from somewhere")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
