//! Whether a sync may run now, given the windows that are for its Application.

use jiff::Timestamp;

use super::{Kind, Window};

/// Who wants a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The Application's own policy.
    ByItself,
    /// A person.
    ByPerson,
}

/// Whether a sync may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Allowed,
    /// It may not, for the reason given; a window opens or closes at that time.
    Blocked(String),
}

impl Verdict {
    /// Whether it may.
    pub fn is_allowed(&self) -> bool {
        *self == Self::Allowed
    }
}

/// Whether a sync may begin. Without windows it may.
///
/// Windows that deny and are open: only a person may, and only if all of them let a person. Else windows that allow: if one is
/// open, anybody may; if none is, only a person, and only if all of them let a person.
pub fn decide(windows: &[&Window], asked: Asked, now: Timestamp) -> Verdict {
    let blocking = blocking(windows, now);
    let by_person = asked == Asked::ByPerson && blocking.iter().all(|window| window.manual);
    match blocking.first() {
        Some(window) if !by_person => Verdict::Blocked(match window.kind {
            Kind::Deny => format!("blocked by sync window: {} is open", window.shown),
            Kind::Allow => format!("blocked by sync window: {} is not open", window.shown),
        }),
        _ => Verdict::Allowed,
    }
}

/// Whether a sync that began at `started` may go on: if it might begin now, or if it was allowed when it began and all windows
/// that block it now let it end.
pub fn goes_on(windows: &[&Window], asked: Asked, started: Timestamp, now: Timestamp) -> Verdict {
    let verdict = decide(windows, asked, now);
    let overruns = blocking(windows, now).iter().all(|window| window.overrun);
    if overruns && decide(windows, asked, started).is_allowed() { Verdict::Allowed } else { verdict }
}

/// The windows that speak against a sync: those that deny and are open, else those that allow, if none of them is.
fn blocking<'a>(windows: &[&'a Window], now: Timestamp) -> Vec<&'a Window> {
    let of = |kind| windows.iter().copied().filter(move |window| window.kind == kind);
    let denying: Vec<_> = of(Kind::Deny).filter(|window| window.is_open(now)).collect();
    if !denying.is_empty() {
        return denying;
    }
    if of(Kind::Allow).any(|window| window.is_open(now)) { Vec::new() } else { of(Kind::Allow).collect() }
}
