//! What was worked out of objects that have not changed since. In a settled world nothing is checked or hashed twice.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sluice_core::observed::Hash;
use sluice_core::spec::{CanaryServices, Spec};
use sluice_crds::Violation;

use crate::key::Key;

/// What follows from a Rollout and from what its spec names, and from nothing else.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Worked {
    /// The spec, checked.
    pub(super) spec: Result<Spec, Vec<Violation>>,
    /// The hash of its template.
    pub(super) hash: Hash,
    /// The hash of its steps.
    pub(super) steps_hash: Hash,
    /// Its selector as text.
    pub(super) selector: String,
}

/// What it follows from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sources {
    /// The Rollout, its Services and its templates, as far as they exist.
    pub(super) objects: Vec<Source>,
    /// The Services of the two arms, where the spec alone does not tell them.
    pub(super) arms: Option<CanaryServices>,
    /// What is wrong with the workload that lends the template.
    pub(super) lender: Option<Violation>,
    /// Whether the release goes back, for which it needs no analysis templates.
    pub(super) goes_back: bool,
}

/// One state of an object in a cache, which keeps another one for each state.
#[derive(Clone, Debug)]
pub(super) struct Source(Arc<dyn Any + Send + Sync>);

impl Source {
    pub(super) fn of<K: Send + Sync + 'static>(object: &Arc<K>) -> Self {
        Self(object.clone())
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.0), Arc::as_ptr(&other.0))
    }
}

/// What was last worked out for each Rollout. Holds one state of each, and the objects it follows from.
#[derive(Debug, Default)]
pub struct Memo(Mutex<HashMap<Key, (Sources, Worked)>>);

impl Memo {
    /// What follows from these sources: worked out now, unless it follows from the same ones as the last time.
    ///
    /// Take the sources first: what `work` reads may be newer than they are, and then the next pass works anew.
    pub(super) fn of(&self, key: &Key, sources: Sources, work: impl FnOnce() -> Worked) -> Worked {
        if let Some((_, worked)) = self.lock().get(key).filter(|(from, _)| *from == sources) {
            return worked.clone();
        }
        let worked = work();
        self.lock().insert(key.clone(), (sources, worked.clone()));
        worked
    }

    /// Drops what is known of a Rollout that is gone.
    pub(super) fn forget(&self, key: &Key) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, (Sources, Worked)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worked(hash: &str) -> Worked {
        Worked { spec: Err(Vec::new()), hash: Hash::from(hash), steps_hash: Hash::from(""), selector: String::new() }
    }

    fn sources(objects: &[&Arc<String>], arms: Option<&str>) -> Sources {
        let arms = arms.map(|name| CanaryServices { canary: name.to_owned(), stable: name.to_owned() });
        Sources {
            objects: objects.iter().map(|object| Source::of(object)).collect(),
            arms,
            lender: None,
            goes_back: false,
        }
    }

    #[test]
    fn the_same_objects_are_worked_out_once_and_any_other_anew() {
        let (memo, key) = (Memo::default(), Key::new("ns", "shop"));
        let [rollout, service, again] = ["rollout", "service", "service"].map(|text| Arc::new(text.to_owned()));
        let both = || sources(&[&rollout, &service], None);
        let ask = |sources, hash| memo.of(&key, sources, || worked(hash)).hash.0;
        assert_eq!(ask(both(), "first"), "first");
        assert_eq!(ask(both(), "second"), "first");
        assert_eq!(ask(sources(&[&rollout, &again], None), "third"), "third", "equal, but another state");
        assert_eq!(ask(both(), "fourth"), "fourth", "only the last one is kept");
        assert_eq!(ask(sources(&[&rollout], None), "fifth"), "fifth");
        assert_eq!(ask(sources(&[&rollout], Some("canary")), "sixth"), "sixth");
    }

    #[test]
    fn what_is_gone_is_dropped_with_what_it_held() {
        let (memo, key) = (Memo::default(), Key::new("ns", "shop"));
        let rollout = Arc::new(String::new());
        memo.of(&key, sources(&[&rollout], None), || worked(""));
        assert_eq!(Arc::strong_count(&rollout), 2);
        memo.forget(&key);
        assert_eq!(Arc::strong_count(&rollout), 1);
    }
}
