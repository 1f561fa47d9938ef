//! What a strategy wants done in one pass, and the parts that all strategies share.

use jiff::{SignedDuration, Timestamp};

use crate::change::{Change, Why};
use crate::fact::Hold;
use crate::observed::{Loaded, Observed, Revision, Service};

/// What a strategy wants done in one pass.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    /// In the order to apply.
    pub(crate) changes: Vec<Change>,
    /// What keeps pods or traffic from being where they should; `None` when they are.
    pub(crate) hold: Option<Hold>,
    /// Whether the new revision was seen to have taken over entirely.
    pub(crate) promoted: bool,
    /// Whether the two Services change roles with that.
    pub(crate) swapped: bool,
    /// Times at which something is due.
    pub(crate) wakes: Vec<Timestamp>,
}

impl Moves {
    /// Adds a change and what it waits for.
    pub(crate) fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Notes a hold unless an earlier one was noted.
    pub(crate) fn hold(&mut self, hold: Hold) {
        self.hold.get_or_insert(hold);
    }
}

/// Makes the ReplicaSet of the new revision, or gives it the highest number when it comes back.
pub(crate) fn create(seen: &Observed) -> Option<Change> {
    let highest = seen.revisions.iter().map(|revision| revision.number).max().unwrap_or(0);
    match seen.new_revision() {
        None => Some(Change::CreateRevision { hash: seen.hash.clone(), number: highest.saturating_add(1) }),
        Some(revision) if revision.number < highest => {
            Some(Change::Renumber { hash: revision.hash.clone(), number: highest.saturating_add(1) })
        }
        Some(_) => None,
    }
}

/// The stable revision's ReplicaSet, made again in the middle of nothing: somebody deleted it, and its pods with it.
pub(crate) fn restore(seen: &Observed) -> Option<Change> {
    create(seen).filter(|_| seen.new_revision().is_none())
}

/// Asks for that many pods; nothing when they are asked for already.
pub(crate) fn scale(revision: &Revision, to: u32, why: Why) -> Option<Change> {
    (revision.desired != to).then(|| Change::Scale { hash: revision.hash.clone(), from: revision.desired, to, why })
}

/// Lets a Service select a revision; nothing when it does.
pub(crate) fn point(name: &str, service: &Service, revision: &Revision, why: Why) -> Option<Change> {
    (service.selects.as_ref() != Some(&revision.hash)).then(|| Change::PointService {
        service: name.to_owned(),
        to: revision.hash.clone(),
        why,
    })
}

/// Lifts the deadline of a revision that is needed.
pub(crate) fn keep(revision: &Revision) -> Option<Change> {
    revision.shrink_after.map(|_| Change::ShrinkAfter { hash: revision.hash.clone(), at: None, why: Why::NeededAgain })
}

/// Deadlines are kept in whole seconds, rounded up.
const ROUNDED: SignedDuration = SignedDuration::from_secs(1);

/// Takes a revision down after a delay: first its deadline is fixed, then, once that has passed, its
/// pods go. A deadline further off than the delay is fixed anew: the delay was made shorter, or the machine's clock was
/// ahead when it was fixed.
///
/// Waits for: nothing itself. The caller has seen that no traffic goes there, so the delay starts when
/// traffic has left, not before.
pub(crate) fn retire(moves: &mut Moves, revision: &Revision, delay: SignedDuration, now: Timestamp) {
    if revision.desired == 0 {
        return;
    }
    match revision.shrink_after {
        None if delay.is_zero() => moves.changes.extend(scale(revision, 0, Why::NoTraffic)),
        fixed if fixed.is_none_or(|at| at > later(now, delay.saturating_add(ROUNDED))) => {
            let at = later(now, delay);
            let hash = revision.hash.clone();
            moves.change(Change::ShrinkAfter { hash, at: Some(at), why: Why::NoTraffic });
            moves.wakes.push(at);
        }
        Some(at) if now < at => moves.wakes.push(at),
        _ => moves.changes.extend(scale(revision, 0, Why::DelayPassed)),
    }
}

/// How long each superseded revision stays: so long the newest `limit` of those with pods (`None`: all), no longer the others.
pub(crate) fn stays<'a>(
    older: impl Iterator<Item = &'a Revision>,
    delay: SignedDuration,
    limit: Option<usize>,
) -> Vec<(&'a Revision, SignedDuration)> {
    let mut older: Vec<_> = older.filter(|revision| revision.desired > 0).collect();
    older.sort_by_key(|revision| std::cmp::Reverse(revision.number));
    let limit = limit.unwrap_or(usize::MAX);
    let stay = |(at, revision)| (revision, if at < limit { delay } else { SignedDuration::ZERO });
    older.into_iter().enumerate().map(stay).collect()
}

/// Waits for a router: notes the hold, and when its reload time is over. True when there is nothing to wait for.
pub(crate) fn await_router(moves: &mut Moves, loaded: &Loaded, now: Timestamp) -> bool {
    match loaded {
        Loaded::Yes => return true,
        Loaded::NotBefore(at) if *at <= now => return true,
        Loaded::NotBefore(at) => {
            moves.wakes.push(*at);
            moves.hold(Hold::Router(format!("waiting out its reload time until {at}")));
        }
        // Whoever asked the router knows when to ask again.
        Loaded::NotYet(why) => moves.hold(Hold::Router(why.clone())),
    }
    false
}

/// All of them together. The counts are other people's, so their sum may be more than fits.
pub(crate) fn total(counts: impl Iterator<Item = u32>) -> u32 {
    counts.fold(0, u32::saturating_add)
}

/// The hold of a revision that has too few pods available.
pub(crate) fn too_few(revision: Option<&Revision>, seen: &Observed, needed: u32) -> Hold {
    Hold::Pods {
        hash: revision.map_or_else(|| seen.hash.clone(), |revision| revision.hash.clone()),
        available: revision.map_or(0, |revision| revision.available),
        needed,
    }
}

/// A time after another; the end of time where that does not exist.
pub(crate) fn later(now: Timestamp, delay: SignedDuration) -> Timestamp {
    now.checked_add(delay).unwrap_or(Timestamp::MAX)
}
