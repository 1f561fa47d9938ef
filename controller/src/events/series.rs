//! Equal events in a row are one event that counts.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use tokio::time::Instant;

use super::Event;

/// How long after the last of them an event still counts as another of its kind.
const SERIES: Duration = Duration::from_mins(6);
/// How often those of longer ago are thrown away.
const SWEEP: Duration = Duration::from_mins(1);
/// So many are remembered at most. A fleet that says more begins its series anew.
const MOST: usize = 16_384;
/// Longest part of an object's name that goes into the name of its event: 253 characters in all are allowed.
const LONGEST_OWNER: usize = 200;

/// The events of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Lately {
    told: BTreeMap<(String, Event), Told>,
    swept: Option<Instant>,
}

/// One that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// The name of its object.
    pub(super) name: String,
    /// How often it was said.
    pub(super) count: i32,
    last: Instant,
}

impl Told {
    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.last) >= SERIES
    }
}

impl Lately {
    /// Counts an event: under which name it is kept, and how often it was said by now.
    ///
    /// The name follows from what is said of whom and since when, so two events never share one.
    pub(super) fn count(&mut self, about: &ObjectReference, event: &Event, now: Timestamp) -> Told {
        let instant = Instant::now();
        self.sweep(instant);
        let fresh = || Told { name: name(about, event, now), count: 0, last: instant };
        let told = self.told.entry(key(about, event)).or_insert_with(fresh);
        if told.is_over(instant) {
            *told = fresh();
        }
        told.count = told.count.saturating_add(1);
        told.last = instant;
        told.clone()
    }

    /// Forgets one that could not be written: the next one begins anew.
    pub(super) fn forget(&mut self, about: &ObjectReference, event: &Event) {
        self.told.remove(&key(about, event));
    }

    fn sweep(&mut self, now: Instant) {
        let swept = *self.swept.get_or_insert(now);
        if now.duration_since(swept) >= SWEEP {
            self.told.retain(|_, told| !told.is_over(now));
            self.swept = Some(now);
        }
        if self.told.len() >= MOST {
            self.told.clear();
        }
    }
}

fn key(about: &ObjectReference, event: &Event) -> (String, Event) {
    (about.uid.clone().unwrap_or_default(), event.clone())
}

fn name(about: &ObjectReference, event: &Event, since: Timestamp) -> String {
    let said = [event.kind, event.reason.as_str(), event.note.as_str(), about.uid.as_deref().unwrap_or_default()];
    let hash = said
        .iter()
        .flat_map(|text| text.bytes().chain([0]))
        .fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    let owner = about.name.as_deref().unwrap_or("sluice");
    let owner = owner.get(..LONGEST_OWNER).unwrap_or(owner).trim_end_matches(['-', '.']);
    format!("{owner}.{:x}.{hash:016x}", since.as_microsecond())
}

/// FNV-1a, 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>).
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use jiff::SignedDuration;
    use tokio::time::advance;

    use super::*;

    fn about() -> ObjectReference {
        ObjectReference { name: Some("web".to_owned()), uid: Some("1".to_owned()), ..ObjectReference::default() }
    }

    fn said(note: &str) -> Event {
        Event { kind: "Normal", reason: "ScalingReplicaSet".to_owned(), note: note.to_owned() }
    }

    #[tokio::test(start_paused = true)]
    async fn equal_events_are_counted_and_others_are_not() {
        let (mut lately, now) = (Lately::default(), Timestamp::UNIX_EPOCH);
        let first = lately.count(&about(), &said("a"), now);
        advance(Duration::from_mins(5)).await;
        let second = lately.count(&about(), &said("a"), now);
        let other = lately.count(&about(), &said("b"), now);
        assert_eq!((first.count, second.count, other.count), (1, 2, 1));
        assert_eq!(first.name, second.name);
        assert_ne!(first.name, other.name);
    }

    #[tokio::test(start_paused = true)]
    async fn long_after_the_last_one_a_new_event_begins_whatever_the_machines_clock_says() {
        let (mut lately, now) = (Lately::default(), Timestamp::UNIX_EPOCH);
        let first = lately.count(&about(), &said("a"), now);
        advance(Duration::from_mins(7)).await;
        let late = lately.count(&about(), &said("a"), now - SignedDuration::from_hours(1));
        assert_eq!(late.count, 1);
        assert_ne!(first.name, late.name);
        assert_eq!(lately.told.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_written_begins_anew() {
        let (mut lately, now) = (Lately::default(), Timestamp::UNIX_EPOCH);
        lately.count(&about(), &said("a"), now);
        lately.forget(&about(), &said("a"));
        assert_eq!(lately.count(&about(), &said("a"), now).count, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_are_remembered() {
        let mut lately = Lately::default();
        for number in 0..=MOST {
            lately.count(&about(), &said(&number.to_string()), Timestamp::UNIX_EPOCH);
        }
        assert!(lately.told.len() < MOST);
    }

    #[test]
    fn the_name_is_one_that_the_api_server_takes_however_long_the_objects_own() {
        let long = format!("{}-{}", "a".repeat(LONGEST_OWNER - 1), "b".repeat(53));
        let about = ObjectReference { name: Some(long), ..about() };
        let name = name(&about, &said("a"), "2026-01-01T00:00:00Z".parse().unwrap());
        assert!(name.len() <= 253, "{name}");
        assert!(name.starts_with(&format!("{}.", "a".repeat(LONGEST_OWNER - 1))), "{name}");
    }
}
