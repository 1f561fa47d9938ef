//! Read your own writes: which caches have not caught up yet with what a loop wrote.
//!
//! Watches lag behind writes. A pass on a cache that lacks the loop's own last write would do it again, or undo it. So
//! each write is noted here for the object whose pass made it, and its next pass waits until the watch has shown it.
//!
//! Within one kind, resource versions are numbers that grow, and a watch shows changes in their order. So one number a
//! kind, the highest version seen, tells for every write whether it has been seen. A version that is no number counts
//! as seen at once.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::key::{Key, Kind, ObjectId};

/// How long a pass is put off for one write. A watch that is later than this is broken: it is started anew.
const LIFETIME: Duration = Duration::from_secs(10);

/// Writes that no watch has shown yet, by the object whose pass made them.
#[derive(Debug, Default)]
pub struct Expectations {
    seen: BTreeMap<Kind, u64>,
    awaited: BTreeMap<ObjectId, Vec<Awaited>>,
}

#[derive(Debug)]
struct Awaited {
    kind: Kind,
    what: What,
    until: Instant,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    Version(u64),
    Gone { key: Key, uid: String },
}

/// Whether a pass may start.
#[derive(Debug, PartialEq, Eq)]
pub enum Readiness {
    /// All writes have been seen.
    Ready,
    /// Some have not; at this time they are overdue.
    Wait(Instant),
    /// Some have not been seen for too long, in these kinds. They are forgotten now: start the watches anew.
    Overdue(Vec<Kind>),
}

impl Expectations {
    /// Notes that a pass for `owner` wrote an object of that kind, which now has that version.
    pub fn wrote(&mut self, owner: &ObjectId, kind: Kind, version: &str, now: Instant) {
        let Ok(version) = version.parse() else { return };
        if self.seen.get(&kind).is_none_or(|seen| *seen < version) {
            self.await_for(owner, kind, What::Version(version), now);
        }
    }

    /// Notes that a pass for `owner` deleted an object which its cache still has.
    pub fn deleted(&mut self, owner: &ObjectId, object: ObjectId, uid: String, now: Instant) {
        self.await_for(owner, object.kind, What::Gone { key: object.key, uid }, now);
    }

    /// The watch of that kind showed that version. Returns whose wait is over.
    pub fn seen(&mut self, kind: Kind, version: &str) -> Vec<ObjectId> {
        let Ok(version) = version.parse::<u64>() else { return Vec::new() };
        let seen = self.seen.entry(kind).or_default();
        *seen = version.max(*seen);
        let seen = *seen;
        self.settle(kind, |what| matches!(what, What::Version(version) if *version <= seen))
    }

    /// The watch of that kind showed that the object of that uid is gone. Returns whose wait is over.
    pub fn gone(&mut self, object: &ObjectId, uid: &str) -> Vec<ObjectId> {
        self.settle(
            object.kind,
            |what| matches!(what, What::Gone { key, uid: gone } if *key == object.key && gone == uid),
        )
    }

    /// A whole list of that kind was read anew: it shows every deletion before it. Returns whose wait is over.
    pub fn listed(&mut self, kind: Kind) -> Vec<ObjectId> {
        self.settle(kind, |what| matches!(what, What::Gone { .. }))
    }

    /// Whether a pass for `owner` may start.
    pub fn readiness(&mut self, owner: &ObjectId, now: Instant) -> Readiness {
        let Some(awaited) = self.awaited.get(owner) else { return Readiness::Ready };
        let Some(until) = awaited.iter().map(|one| one.until).min() else { return Readiness::Ready };
        if until > now {
            return Readiness::Wait(until);
        }
        let mut kinds: Vec<Kind> = awaited.iter().filter(|one| one.until <= now).map(|one| one.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.awaited.remove(owner);
        Readiness::Overdue(kinds)
    }

    /// Whether a write of `owner` has not been seen yet.
    pub fn is_waiting(&self, owner: &ObjectId) -> bool {
        self.awaited.contains_key(owner)
    }

    /// Drops what was noted for an object that is gone itself.
    pub fn forget(&mut self, owner: &ObjectId) {
        self.awaited.remove(owner);
    }

    fn await_for(&mut self, owner: &ObjectId, kind: Kind, what: What, now: Instant) {
        self.awaited.entry(owner.clone()).or_default().push(Awaited { kind, what, until: now + LIFETIME });
    }

    fn settle(&mut self, kind: Kind, is_seen: impl Fn(&What) -> bool) -> Vec<ObjectId> {
        self.awaited.values_mut().for_each(|awaited| awaited.retain(|one| one.kind != kind || !is_seen(&one.what)));
        self.awaited.extract_if(.., |_, awaited| awaited.is_empty()).map(|(owner, _)| owner).collect()
    }
}

#[cfg(test)]
mod tests;
