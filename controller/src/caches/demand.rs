//! Kinds that are watched once somebody names one of their objects, and not before, so that a cluster without them is not
//! bothered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::core::{ApiResource, DynamicObject};
use kube_runtime::reflector::store::Writer;
use kube_runtime::reflector::{ObjectRef, Store};
use tokio::sync::watch::{Receiver, Sender};

use crate::key::Key;

/// The caches of such kinds. Cloning gives the same caches.
#[derive(Clone, Debug)]
pub struct OnDemand<K> {
    caches: Arc<BTreeMap<K, Cache>>,
    wanted: Arc<Sender<BTreeSet<K>>>,
    states: Arc<Mutex<BTreeMap<K, State>>>,
}

#[derive(Debug)]
struct Cache {
    resource: ApiResource,
    store: Store<DynamicObject>,
}

/// How a kind's watch stands, when it is not well.
#[derive(Clone, Debug)]
enum State {
    /// It was listed once, and the last word was no refusal.
    Listed,
    /// It could not be listed yet, or not any more; this is why.
    Failed(String),
}

/// Why nobody can tell whether an object is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Its kind is being listed.
    Listing,
    /// Its kind cannot be watched; this is why.
    Failed(String),
}

/// The writing ends.
pub(crate) type Writers<K> = BTreeMap<K, Writer<DynamicObject>>;

pub(super) fn new<K: Copy + Ord>(resources: Vec<(K, ApiResource)>) -> (OnDemand<K>, Writers<K>) {
    let writers: Writers<K> = resources.iter().map(|(kind, resource)| (*kind, Writer::new(resource.clone()))).collect();
    let caches = resources.into_iter().filter_map(|(kind, resource)| {
        let store = writers.get(&kind)?.as_reader();
        Some((kind, Cache { resource, store }))
    });
    let caches = OnDemand { caches: Arc::new(caches.collect()), wanted: Arc::default(), states: Arc::default() };
    (caches, writers)
}

impl<K: Copy + Ord> OnDemand<K> {
    /// The object of that name.
    pub fn get(&self, kind: K, key: &Key) -> Option<Arc<DynamicObject>> {
        let Cache { resource, store } = self.caches.get(&kind)?;
        store.get(&ObjectRef::new_with(&key.name, resource.clone()).within(&key.namespace))
    }

    /// The object, `None` where there is none; or why nobody can tell.
    pub fn look(&self, kind: K, key: &Key) -> Result<Option<Arc<DynamicObject>>, Unknown> {
        let found = self.get(kind, key);
        match self.trouble(kind) {
            Some(Unknown::Listing) if found.is_some() => Ok(found),
            Some(trouble) => Err(trouble),
            None => Ok(found),
        }
    }

    /// Why nobody can tell which objects of a kind there are, if so.
    pub fn trouble(&self, kind: K) -> Option<Unknown> {
        match self.states().get(&kind) {
            Some(State::Failed(why)) => Some(Unknown::Failed(why.clone())),
            Some(State::Listed) => None,
            None => Some(Unknown::Listing),
        }
    }

    /// How the API server calls that kind.
    pub(super) fn known(&self, kind: K) -> Option<&ApiResource> {
        self.caches.get(&kind).map(|cache| &cache.resource)
    }

    /// Kinds that somebody has named since the process began.
    pub(super) fn wanted(&self) -> BTreeSet<K> {
        self.wanted.borrow().clone()
    }

    /// The same, to be told when there are more.
    pub(super) fn wants(&self) -> Receiver<BTreeSet<K>> {
        self.wanted.subscribe()
    }

    /// Has objects of these kinds watched from now on.
    pub(super) fn want(&self, kinds: impl IntoIterator<Item = K>) {
        let kinds: Vec<K> = kinds.into_iter().collect();
        self.wanted.send_if_modified(|wanted| kinds.into_iter().filter(|kind| wanted.insert(*kind)).count() > 0);
    }

    /// The kind was listed, or watched again. Returns whether that is news.
    pub(crate) fn listed(&self, kind: K) -> bool {
        !matches!(self.states().insert(kind, State::Listed), Some(State::Listed))
    }

    /// The kind cannot be watched. One that was listed before is trusted unless it is refused for good. Returns whether
    /// that is news.
    pub(crate) fn failed(&self, kind: K, why: &str, refused: bool) -> bool {
        let mut states = self.states();
        match states.get(&kind) {
            Some(State::Listed) if !refused => false,
            Some(State::Failed(before)) if before == why => false,
            _ => {
                states.insert(kind, State::Failed(why.to_owned()));
                true
            }
        }
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<K, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
