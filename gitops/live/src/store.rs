//! What is known of a cluster's objects: plain data, with no task and no client in it.
//!
//! Of each kind that somebody wants, what is wanted or bears a mark is kept whole; of everything else only that it is there, in
//! eight bytes.

mod kept;
mod shared;
mod slot;
mod take;
mod text;
mod view;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use sluice_gitops::Key;

pub(crate) use self::kept::{Kept, Whole};
pub(crate) use self::shared::Claim;
use self::slot::Slot;
use self::slot::print;
pub(crate) use self::slot::{Place, State};
pub(crate) use self::text::Text;

/// The instances that have to look.
pub(crate) type Told = BTreeSet<Arc<str>>;

/// What is known.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// Whether each namespace is watched by itself.
    by_namespace: bool,
    kept: HashMap<Arc<Key>, Kept>,
    /// What bears the mark of each instance.
    owned: HashMap<Arc<str>, HashSet<Arc<Key>>>,
    wanted: HashMap<Arc<str>, HashSet<Arc<Key>>>,
    wanters: HashMap<Arc<Key>, Vec<Arc<str>>>,
    /// What the sources of each instance describe, once they were rendered.
    described: HashMap<Arc<str>, HashSet<Arc<Key>>>,
    /// How many objects are wanted of each place.
    demand: HashMap<Place, usize>,
    slots: HashMap<Place, Slot>,
}

impl Store {
    pub(crate) fn new(by_namespace: bool) -> Self {
        Self { by_namespace, ..Self::default() }
    }

    /// Where an object of that key is watched.
    pub(crate) fn place(&self, key: &Key) -> Place {
        let namespace = if self.by_namespace { key.namespace.clone() } else { String::new() };
        Place { group: key.group.clone(), kind: key.kind.clone(), namespace }
    }

    /// All places of which somebody wants an object.
    pub(crate) fn demand(&self) -> Vec<Place> {
        self.demand.keys().cloned().collect()
    }

    /// Whether an instance wants just that already.
    pub(crate) fn is_wanted(&self, instance: &str, keys: &BTreeSet<Key>) -> bool {
        let wanted = self.wanted.get(instance);
        wanted.map_or(0, HashSet::len) == keys.len()
            && wanted.is_none_or(|wanted| keys.iter().all(|key| wanted.contains(key)))
    }

    /// Whether an instance wants anything.
    pub(crate) fn has_wants(&self, instance: &str) -> bool {
        self.wanted.contains_key(instance)
    }

    /// What an instance wants from now on. Returns what nobody wants any more.
    pub(crate) fn want(&mut self, instance: &str, keys: BTreeSet<Key>) -> Vec<Key> {
        let instance: Arc<str> = Arc::from(instance);
        let before = self.wanted.remove(&instance).unwrap_or_default();
        let left: Vec<Arc<Key>> = before.iter().filter(|key| !keys.contains(&***key)).cloned().collect();
        let mut now = HashSet::with_capacity(keys.len());
        for key in keys {
            let key = before.get(&key).cloned().unwrap_or_else(|| self.begin_to_want(&instance, key));
            now.insert(key);
        }
        if !now.is_empty() {
            self.wanted.insert(instance.clone(), now);
        }
        left.iter().filter_map(|key| self.no_longer_want(&instance, key)).collect()
    }

    fn begin_to_want(&mut self, instance: &Arc<str>, key: Key) -> Arc<Key> {
        let place = self.place(&key);
        let key = self.same(key);
        let wanters = self.wanters.entry(key.clone()).or_default();
        wanters.push(instance.clone());
        if wanters.len() == 1 {
            *self.demand.entry(place.clone()).or_default() += 1;
        }
        if !self.kept.contains_key(&key)
            && let Some(slot) = self.slots.get_mut(&place)
        {
            slot.miss(&key);
        }
        key
    }

    fn no_longer_want(&mut self, instance: &Arc<str>, key: &Arc<Key>) -> Option<Key> {
        let wanters = self.wanters.get_mut(key)?;
        wanters.retain(|one| one != instance);
        if !wanters.is_empty() {
            return None;
        }
        self.wanters.remove(key);
        let place = self.place(key);
        if let Some(count) = self.demand.get_mut(&place) {
            *count -= 1;
            if *count == 0 {
                self.demand.remove(&place);
            }
        }
        if let Some(slot) = self.slots.get_mut(&place) {
            slot.reading.remove(key);
            if self.kept.get(key).is_some_and(|kept| kept.owner.is_none()) {
                self.kept.remove(key);
                slot.dropped.insert(print(key));
            }
        }
        Some(Key::clone(key))
    }

    /// The one copy of a key.
    fn same(&self, key: Key) -> Arc<Key> {
        let known = self.kept.get_key_value(&key).map(|(key, _)| key);
        let known = known.or_else(|| self.wanters.get_key_value(&key).map(|(key, _)| key));
        known.cloned().unwrap_or_else(|| Arc::new(key))
    }

    /// Objects of a place that somebody wants.
    pub(crate) fn wanted_at(&self, place: &Place) -> Vec<Key> {
        self.wanters.keys().filter(|key| self.place(key) == *place).map(|key| Key::clone(key)).collect()
    }

    /// Objects that are wanted, and of which only is known that they are there.
    pub(crate) fn to_read(&self) -> Vec<Key> {
        let slots = self.slots.values().filter(|slot| !slot.reading.is_empty());
        slots.flat_map(|slot| slot.reading.iter().map(|key| Key::clone(key))).collect()
    }

    /// All instances that want an object of a place.
    fn wanting(&self, place: &Place) -> Told {
        let of_place = self.wanters.iter().filter(|(key, _)| self.place(key) == *place);
        of_place.flat_map(|(_, wanters)| wanters.iter().cloned()).collect()
    }

    /// All instances that want an object.
    pub(crate) fn wanting_one(&self, key: &Key) -> Told {
        self.concerned(key, [None, None])
    }

    /// All instances that want something.
    pub(crate) fn everybody(&self) -> Told {
        self.wanted.keys().cloned().collect()
    }

    /// Those whom an object concerns: who wants it, and whose mark it bears or bore.
    fn concerned(&self, key: &Key, owners: [Option<&Arc<str>>; 2]) -> Told {
        let wanters = self.wanters.get(key).into_iter().flatten();
        wanters.chain(owners.into_iter().flatten()).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
