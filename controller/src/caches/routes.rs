//! The objects of routers: each kind is watched once a Rollout names it, and not before, so that a cluster without it is not
//! bothered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use kube_runtime::reflector::store::Writer;
use kube_runtime::reflector::{ObjectRef, Store};
use sluice_traffic::{Kind, Object};
use tokio::sync::watch::{Receiver, Sender};

use crate::key::Key;
use crate::options::Options;

/// The caches of all kinds that routers' objects are of. Cloning gives the same caches.
#[derive(Clone, Debug)]
pub struct RouteCaches {
    caches: Arc<BTreeMap<Kind, Cache>>,
    wanted: Arc<Sender<BTreeSet<Kind>>>,
    states: Arc<Mutex<BTreeMap<Kind, State>>>,
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

/// The writing ends.
pub(crate) type RouteWriters = BTreeMap<Kind, Writer<DynamicObject>>;

pub(super) fn new(options: &Options) -> (RouteCaches, RouteWriters) {
    let resources: Vec<_> = Kind::ALL.into_iter().map(|kind| (kind, resource(kind, options))).collect();
    let writers: RouteWriters =
        resources.iter().map(|(kind, resource)| (*kind, Writer::new(resource.clone()))).collect();
    let caches = resources.into_iter().filter_map(|(kind, resource)| {
        let store = writers.get(&kind)?.as_reader();
        Some((kind, Cache { resource, store }))
    });
    let caches = RouteCaches { caches: Arc::new(caches.collect()), wanted: Arc::default(), states: Arc::default() };
    (caches, writers)
}

/// How the API server calls that kind; the command line may say otherwise.
fn resource(kind: Kind, options: &Options) -> ApiResource {
    let (group, version, plural) = kind.api();
    let (group, version) = match kind {
        Kind::TraefikService | Kind::IngressRoute => (options.traefik_api_group.as_str(), version),
        Kind::TcpRoute | Kind::TlsRoute => (group, options.gateway_stream_version.as_str()),
        _ => (group, version),
    };
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind.name()), plural)
}

impl RouteCaches {
    /// The object of that name.
    pub fn get(&self, kind: Kind, key: &Key) -> Option<Arc<DynamicObject>> {
        let Cache { resource, store } = self.caches.get(&kind)?;
        store.get(&ObjectRef::new_with(&key.name, resource.clone()).within(&key.namespace))
    }

    /// The object, `None` where there is none; or why nobody can tell.
    pub fn find(&self, object: &Object) -> Result<Option<Arc<DynamicObject>>, String> {
        let found = self.get(object.kind, &Key::new(&object.namespace, &object.name));
        match self.states().get(&object.kind) {
            Some(State::Failed(why)) => Err(format!("{object}: its kind cannot be watched: {why}")),
            None if found.is_none() => Err(format!("{object}: objects of its kind are being listed")),
            _ => Ok(found),
        }
    }

    /// Why objects of a kind cannot be looked for, if so.
    pub fn unreadable(&self, kind: Kind) -> Option<String> {
        match self.states().get(&kind) {
            Some(State::Failed(why)) => Some(format!("{kind}s cannot be watched: {why}")),
            Some(State::Listed) => None,
            None => Some(format!("{kind}s are being listed")),
        }
    }

    /// How the API server calls that kind.
    pub fn resource(&self, kind: Kind) -> ApiResource {
        self.caches.get(&kind).map_or_else(|| resource(kind, &Options::default()), |cache| cache.resource.clone())
    }

    /// Kinds that some Rollout has named since the process began.
    pub(super) fn wanted(&self) -> BTreeSet<Kind> {
        self.wanted.borrow().clone()
    }

    /// The same, to be told when there are more.
    pub(super) fn wants(&self) -> Receiver<BTreeSet<Kind>> {
        self.wanted.subscribe()
    }

    /// Has objects of these kinds watched from now on.
    pub(super) fn want(&self, kinds: impl IntoIterator<Item = Kind>) {
        let kinds: Vec<Kind> = kinds.into_iter().collect();
        self.wanted.send_if_modified(|wanted| kinds.into_iter().filter(|kind| wanted.insert(*kind)).count() > 0);
    }

    /// The kind was listed, or watched again. Returns whether that is news.
    pub(crate) fn listed(&self, kind: Kind) -> bool {
        !matches!(self.states().insert(kind, State::Listed), Some(State::Listed))
    }

    /// The kind cannot be watched. One that was listed before is trusted unless it is refused for good. Returns whether
    /// that is news.
    pub(super) fn failed(&self, kind: Kind, why: &str, refused: bool) -> bool {
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

    fn states(&self) -> MutexGuard<'_, BTreeMap<Kind, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
