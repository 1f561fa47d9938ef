//! Who leads. One process at a time holds a Lease and acts; the others keep their caches warm and wait.
//!
//! Nobody compares clocks with anybody else: a process counts for how long it has seen the Lease unchanged, by its own
//! clock. The holder stops acting before others may take over: its time runs from before it sent its last renewal, theirs
//! from after they saw it, and its time is the shorter one.

pub mod holder;
mod lock;
mod term;

use std::time::Duration;

use tokio::time::Instant;

pub use lock::Lock;
pub use term::{Standing, Term};

/// Name of the Lease: the established controller's, so that the two never act both.
pub const LOCK: &str = "argo-rollouts-controller-lock";

/// How long what lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// A Lease that is unchanged for so long may be taken.
    pub duration: Duration,
    /// A holder that could not renew for so long stops.
    pub deadline: Duration,
    /// How far apart a holder's renewals are; a candidate looks twice as often.
    pub retry: Duration,
}

impl Times {
    /// Checks that a holder stops before others begin, and tries more than once before it stops.
    pub fn new(duration: Duration, deadline: Duration, retry: Duration) -> Result<Self, String> {
        if duration <= deadline {
            return Err(format!(
                "--leader-election-lease-duration ({duration:?}) must be longer than --leader-election-renew-deadline \
                 ({deadline:?}): a holder must have stopped before another one begins"
            ));
        }
        if deadline <= retry * 2 {
            return Err(format!(
                "--leader-election-renew-deadline ({deadline:?}) must be more than twice \
                 --leader-election-retry-period ({retry:?}): one lost renewal must not end leadership"
            ));
        }
        if retry.is_zero() {
            return Err("--leader-election-retry-period must be longer than 0".to_owned());
        }
        Ok(Self { duration, deadline, retry })
    }
}

/// What the Lease says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who holds it; empty when it was released.
    pub holder: String,
    /// For how long, once unchanged.
    pub duration: Duration,
    /// Its resourceVersion.
    pub version: String,
}

/// What to do about the Lease now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// There is none: make it.
    Create,
    /// It is ours: renew it.
    Renew,
    /// It was released, or its holder has not renewed it for so long: take it.
    Take(Duration),
    /// It is somebody else's.
    Wait,
}

/// Decides. Pure. `since` is when the Lease was first seen as it is.
pub fn turn(me: &str, record: Option<&Record>, since: Instant, now: Instant) -> Turn {
    let unchanged = now.saturating_duration_since(since);
    match record {
        None => Turn::Create,
        Some(record) if record.holder == me => Turn::Renew,
        Some(record) if record.holder.is_empty() => Turn::Take(unchanged),
        Some(record) if unchanged >= record.duration => Turn::Take(unchanged),
        Some(_) => Turn::Wait,
    }
}

#[cfg(test)]
mod tests;
