//! Objects by key, as a list and then a watch tell of them.

use std::collections::BTreeMap;

use kube_runtime::watcher::Event;

/// Objects of one kind.
#[derive(Debug)]
pub(super) struct Kept<Key, Object> {
    now: BTreeMap<Key, Object>,
    /// A list under way: it counts when it is complete, so that nothing seems gone meanwhile.
    coming: BTreeMap<Key, Object>,
    /// Whether a list was ever complete.
    is_ready: bool,
}

impl<Key: Ord, Object> Default for Kept<Key, Object> {
    fn default() -> Self {
        Self { now: BTreeMap::new(), coming: BTreeMap::new(), is_ready: false }
    }
}

impl<Key: Ord, Object> Kept<Key, Object> {
    /// Takes in what a watch says.
    pub(super) fn take(&mut self, event: Event<(Key, Object)>) {
        match event {
            Event::Init => self.coming.clear(),
            Event::InitApply((key, object)) => drop(self.coming.insert(key, object)),
            Event::InitDone => {
                self.now = std::mem::take(&mut self.coming);
                self.is_ready = true;
            }
            Event::Apply((key, object)) => drop(self.now.insert(key, object)),
            Event::Delete((key, _)) => drop(self.now.remove(&key)),
        }
    }

    /// The objects by their keys.
    pub(super) fn now(&self) -> &BTreeMap<Key, Object> {
        &self.now
    }

    /// Whether there was a complete list.
    pub(super) fn is_ready(&self) -> bool {
        self.is_ready
    }
}

/// The event with each object made into something else.
pub(super) fn map<K, T>(event: Event<K>, f: impl FnOnce(K) -> T) -> Event<T> {
    match event {
        Event::Init => Event::Init,
        Event::InitDone => Event::InitDone,
        Event::InitApply(object) => Event::InitApply(f(object)),
        Event::Apply(object) => Event::Apply(f(object)),
        Event::Delete(object) => Event::Delete(f(object)),
    }
}
