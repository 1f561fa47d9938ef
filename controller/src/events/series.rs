//! Equal events soon after each other are one event that counts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::ObjectReference;

use super::Event;

/// How long after the last of them an event still counts as another of its kind.
const SERIES: SignedDuration = SignedDuration::from_mins(6);

/// The events of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Lately(BTreeMap<(String, Event), Told>);

/// One that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// The name of its object.
    pub(super) name: String,
    /// How often it was said.
    pub(super) count: i32,
    last: Timestamp,
}

impl Lately {
    /// Counts an event: under which name it is kept, and how often it was said by now. Drops what is too long ago.
    ///
    /// The name follows from what is said of whom and since when, so two events never share one.
    pub(super) fn count(&mut self, about: &ObjectReference, event: &Event, now: Timestamp) -> Told {
        self.0.retain(|_, told| now.duration_since(told.last) < SERIES);
        let uid = about.uid.clone().unwrap_or_default();
        let fresh = || Told { name: name(about, event, now), count: 0, last: now };
        let told = self.0.entry((uid, event.clone())).or_insert_with(fresh);
        told.count = told.count.saturating_add(1);
        told.last = now;
        told.clone()
    }

    /// Forgets one that could not be written: the next one begins anew.
    pub(super) fn forget(&mut self, about: &ObjectReference, event: &Event) {
        self.0.remove(&(about.uid.clone().unwrap_or_default(), event.clone()));
    }
}

fn name(about: &ObjectReference, event: &Event, since: Timestamp) -> String {
    let said = [event.kind, event.reason.as_str(), event.note.as_str(), about.uid.as_deref().unwrap_or_default()];
    let hash = said
        .iter()
        .flat_map(|text| text.bytes().chain([0]))
        .fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    let owner = about.name.as_deref().unwrap_or("sluice");
    format!("{owner}.{:x}.{hash:016x}", since.as_microsecond())
}

/// FNV-1a, 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>).
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> ObjectReference {
        ObjectReference { name: Some("web".to_owned()), uid: Some("1".to_owned()), ..ObjectReference::default() }
    }

    fn said(note: &str) -> Event {
        Event { kind: "Normal", reason: "ScalingReplicaSet".to_owned(), note: note.to_owned() }
    }

    #[test]
    fn equal_events_are_counted_and_others_are_not() {
        let (mut lately, now) = (Lately::default(), Timestamp::UNIX_EPOCH);
        let first = lately.count(&about(), &said("a"), now);
        let second = lately.count(&about(), &said("a"), now + SignedDuration::from_mins(5));
        let other = lately.count(&about(), &said("b"), now);
        assert_eq!((first.count, second.count, other.count), (1, 2, 1));
        assert_eq!(first.name, second.name);
        assert_ne!(first.name, other.name);
    }

    #[test]
    fn long_after_the_last_one_a_new_event_begins() {
        let (mut lately, now) = (Lately::default(), Timestamp::UNIX_EPOCH);
        let first = lately.count(&about(), &said("a"), now);
        let late = lately.count(&about(), &said("a"), now + SignedDuration::from_mins(7));
        assert_eq!(late.count, 1);
        assert_ne!(first.name, late.name);
    }

    #[test]
    fn what_could_not_be_written_begins_anew() {
        let (mut lately, now) = (Lately::default(), Timestamp::UNIX_EPOCH);
        lately.count(&about(), &said("a"), now);
        lately.forget(&about(), &said("a"));
        assert_eq!(lately.count(&about(), &said("a"), now).count, 1);
    }
}
