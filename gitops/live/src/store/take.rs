//! What lists, watches, reads and writes bring into the store.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Arc;

use sluice_gitops::Key;

use super::slot::print;
use super::{Kept, Place, State, Store, Told, Whole};
use crate::watch::peek::Peek;

impl Store {
    /// A place is looked at from now on, or it stands differently. Returns who wants something of it, if that is news.
    ///
    /// Trouble with a place that was listed is no news unless it is refused: what is known stays good for a while.
    pub(crate) fn stand(&mut self, place: &Place, state: State) -> Told {
        let slot = self.slots.entry(place.clone()).or_default();
        if slot.state == state {
            return Told::new();
        }
        slot.state = state;
        self.wanting(place)
    }

    /// How a place stands.
    pub(crate) fn state(&self, place: &Place) -> Option<&State> {
        self.slots.get(place).map(|slot| &slot.state)
    }

    /// Nobody looks at a place any more: nothing is known of it.
    pub(crate) fn forget(&mut self, place: &Place) {
        self.slots.remove(place);
        let gone: Vec<Arc<Key>> = self.kept.keys().filter(|key| self.place(key) == *place).cloned().collect();
        for key in gone {
            self.remove(&key);
        }
    }

    /// A list begins.
    pub(crate) fn begin(&mut self, place: &Place) {
        self.slots.entry(place.clone()).or_default().listing = Some(HashSet::new());
    }

    /// A list or a watch shows an object; `whole` reads all of it.
    pub(crate) fn take(&mut self, place: &Place, peek: &Peek, whole: impl FnOnce() -> Option<Whole>) -> Told {
        let is_kept = peek.owner.is_some() || self.wanters.contains_key(&peek.key);
        let Some(slot) = self.slots.get_mut(place) else { return Told::new() };
        if let Some(seen) = &mut slot.listing {
            seen.insert(print(&peek.key));
        }
        if slot.buried.get(&peek.key) == Some(&peek.uid) {
            return Told::new();
        }
        if !is_kept {
            slot.dropped.insert(print(&peek.key));
            return self.lose(&peek.key);
        }
        let known = self.kept.get(&peek.key);
        if known.is_some_and(|known| *known.version == *peek.version) {
            slot.unseen.remove(&peek.key);
            slot.reading.remove(&peek.key);
            return Told::new();
        }
        if slot.is_unseen(&peek.key) && known.is_some_and(|known| is_older(&peek.version, &known.version)) {
            return Told::new();
        }
        slot.unseen.remove(&peek.key);
        slot.dropped.remove(&print(&peek.key));
        slot.reading.remove(&peek.key);
        let Some(whole) = whole() else { return Told::new() };
        self.keep(peek, whole)
    }

    /// A read has shown an object. Nothing newer gives way to it.
    pub(crate) fn found(&mut self, peek: &Peek, whole: impl FnOnce() -> Option<Whole>) -> Told {
        if self.kept.get(&peek.key).is_some_and(|known| is_older(&peek.version, &known.version)) {
            return Told::new();
        }
        self.take(&self.place(&peek.key), peek, whole)
    }

    /// A write has shown an object. Nothing older takes its place.
    pub(crate) fn put(&mut self, peek: &Peek, whole: impl FnOnce() -> Option<Whole>) -> Told {
        let told = self.found(peek, whole);
        let (place, key) = (self.place(&peek.key), self.same(peek.key.clone()));
        if let Some(slot) = self.slots.get_mut(&place).filter(|_| !told.is_empty()) {
            slot.unseen.insert(key, false);
        }
        told
    }

    /// A watch shows that an object is gone.
    pub(crate) fn gone(&mut self, place: &Place, peek: &Peek) -> Told {
        let Some(slot) = self.slots.get_mut(place) else { return Told::new() };
        slot.dropped.remove(&print(&peek.key));
        slot.reading.remove(&peek.key);
        if slot.buried.get(&peek.key) == Some(&peek.uid) {
            slot.buried.remove(&peek.key);
        }
        // It was made anew since, and that was seen first.
        if self.kept.get(&peek.key).is_some_and(|kept| *kept.uid != *peek.uid) {
            return Told::new();
        }
        self.lose(&peek.key)
    }

    /// A read shows that an object is not there.
    pub(crate) fn absent(&mut self, key: &Key) -> Told {
        let place = self.place(key);
        let Some(slot) = self.slots.get_mut(&place) else { return Told::new() };
        slot.dropped.remove(&print(key));
        slot.buried.remove(key);
        let was_read = slot.reading.remove(key);
        let told = self.lose(key);
        if was_read { self.concerned(key, [None, None]) } else { told }
    }

    /// An object was deleted, and is gone. What is still told of it counts for nothing.
    pub(crate) fn bury(&mut self, key: &Key, uid: &str) -> Told {
        let (place, shared) = (self.place(key), self.same(key.clone()));
        let Some(slot) = self.slots.get_mut(&place) else { return Told::new() };
        slot.buried.insert(shared, uid.to_owned());
        slot.dropped.remove(&print(key));
        if self.kept.get(key).is_some_and(|kept| *kept.uid == *uid) { self.lose(key) } else { Told::new() }
    }

    /// A list was read to its end: what it did not show is gone.
    pub(crate) fn listed(&mut self, place: &Place) -> Told {
        let Some(slot) = self.slots.get_mut(place) else { return Told::new() };
        let seen = slot.listing.take().unwrap_or_default();
        let is_seen = |key: &Key| seen.contains(&print(key));
        slot.dropped.retain(|print| seen.contains(print));
        slot.buried.retain(|key, _| is_seen(key));
        // What was written after the list began is not in it.
        let unseen: HashMap<Arc<Key>, bool> = mem::take(&mut slot.unseen);
        let gone = |key: &&Arc<Key>| !is_seen(key) && !unseen.contains_key(*key);
        let of_place: Vec<Arc<Key>> = self.kept.keys().filter(gone).cloned().collect();
        let mut told = Told::new();
        for key in of_place {
            if self.place(&key) == *place {
                told.extend(self.lose(&key));
            }
        }
        if let Some(slot) = self.slots.get_mut(place) {
            slot.unseen = unseen;
        }
        told.extend(self.stand(place, State::Ready));
        told
    }

    /// Whether something was written long ago, and the watch does not show it: it has lost the thread.
    ///
    /// Asked at intervals: what was new the time before is long ago.
    pub(crate) fn distrusts(&mut self, place: &Place) -> bool {
        let Some(slot) = self.slots.get_mut(place) else { return false };
        let is_lost = slot.unseen.values().any(|long_ago| *long_ago);
        slot.unseen.values_mut().for_each(|long_ago| *long_ago = true);
        if is_lost {
            slot.unseen.clear();
        }
        is_lost
    }

    fn keep(&mut self, peek: &Peek, whole: Whole) -> Told {
        let key = self.same(peek.key.clone());
        let owner = peek.owner.as_deref().map(|owner| self.instance(owner));
        let kept = Kept {
            text: whole.text,
            version: peek.version.as_str().into(),
            uid: peek.uid.as_str().into(),
            owner: owner.clone(),
            is_made: peek.is_made,
            to_adopt: whole.to_adopt,
            is_released: whole.is_released,
        };
        let before = self.kept.insert(key.clone(), kept).and_then(|before| before.owner);
        if before != owner {
            self.disown(&key, before.as_ref());
        }
        if let Some(owner) = &owner {
            self.owned.entry(owner.clone()).or_default().insert(key.clone());
        }
        self.concerned(&key, [before.as_ref(), owner.as_ref()])
    }

    fn lose(&mut self, key: &Key) -> Told {
        let Some(kept) = self.remove(key) else { return Told::new() };
        self.concerned(key, [kept.owner.as_ref(), None])
    }

    fn remove(&mut self, key: &Key) -> Option<Kept> {
        let (place, kept) = (self.place(key), self.kept.remove(key)?);
        if let Some(slot) = self.slots.get_mut(&place) {
            slot.unseen.remove(key);
        }
        self.disown(key, kept.owner.as_ref());
        Some(kept)
    }

    fn disown(&mut self, key: &Key, owner: Option<&Arc<str>>) {
        let Some(owner) = owner else { return };
        if let Some(keys) = self.owned.get_mut(owner) {
            keys.remove(key);
            if keys.is_empty() {
                self.owned.remove(owner);
            }
        }
    }

    /// The one copy of an instance's name.
    fn instance(&self, name: &str) -> Arc<str> {
        let known = self.owned.get_key_value(name).map(|(name, _)| name);
        let known = known.or_else(|| self.wanted.get_key_value(name).map(|(name, _)| name));
        known.cloned().unwrap_or_else(|| Arc::from(name))
    }
}

/// Whether a version came before another. Of versions that are no numbers nothing is known: the last one counts.
pub(crate) fn is_older(version: &str, than: &str) -> bool {
    let number = |text: &str| text.parse::<u128>().ok();
    number(version).zip(number(than)).is_some_and(|(version, than)| version < than)
}
