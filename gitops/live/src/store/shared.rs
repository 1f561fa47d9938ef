//! Objects that several Applications name.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use sluice_gitops::Key;

use super::{Store, Told};

/// An instance that names an object, and whether its sources describe it; `None`: these were not rendered yet.
pub(crate) type Claim = (Arc<str>, Option<bool>);

impl Store {
    /// What the sources of an instance describe. Returns who else wants an object of which that is news.
    pub(crate) fn describe(&mut self, instance: &str, keys: &BTreeSet<Key>) -> Told {
        let instance: Arc<str> = Arc::from(instance);
        let now: HashSet<Arc<Key>> = keys.iter().map(|key| self.same(key.clone())).collect();
        let before = self.described.get(&instance);
        if before == Some(&now) {
            return Told::new();
        }
        let changed: Vec<Arc<Key>> = match before {
            Some(before) => before.symmetric_difference(&now).cloned().collect(),
            None => now.iter().cloned().collect(),
        };
        self.described.insert(instance.clone(), now);
        self.others(&instance, &changed)
    }

    /// Its sources describe nothing any more: it is gone. Returns who else wants what they described.
    pub(crate) fn describes_nothing(&mut self, instance: &str) -> Told {
        let Some((instance, before)) = self.described.remove_entry(instance) else { return Told::new() };
        self.others(&instance, &before.into_iter().collect::<Vec<_>>())
    }

    fn others(&self, instance: &Arc<str>, keys: &[Arc<Key>]) -> Told {
        let wanters = keys.iter().filter_map(|key| self.wanters.get(key)).flatten();
        wanters.filter(|one| *one != instance).cloned().collect()
    }

    /// The other instances that want an object.
    pub(crate) fn claims(&self, instance: &str, key: &Key) -> Vec<Claim> {
        let others = self.wanters.get(key).into_iter().flatten().filter(|one| &***one != instance);
        let describes = |one: &Arc<str>| self.described.get(one).map(|keys| keys.contains(key));
        others.map(|one| (one.clone(), describes(one))).collect()
    }

    /// All that an instance wants or that bears its mark, and that others want too.
    pub(crate) fn shared(&self, instance: &str) -> HashMap<Key, Vec<Claim>> {
        let keys = [self.wanted.get(instance), self.owned.get(instance)].into_iter().flatten().flatten();
        let claimed = keys.map(|key| (key, self.claims(instance, key))).filter(|(_, claims)| !claims.is_empty());
        claimed.map(|(key, claims)| (Key::clone(key), claims)).collect()
    }
}
