//! What the store shows of the objects that the actors work with, as far as they look at it.
//!
//! Folded from one write after the other, so that nobody reads a whole list again.

mod deployment;
mod entry;
mod pod;
mod read;
mod route;
mod service;
mod set;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::Key;
use crate::api::{Resource, Store, catalog};

pub(super) use deployment::Deployment;
pub(super) use entry::{Entry, Rule};
pub(super) use pod::{Phase, Pod};
pub(super) use route::{Child, Route};
pub(super) use service::{Endpoint, Service, Slice};
pub(super) use set::{Counts, ReplicaSet};

/// The kinds that the actors follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Deployment,
    ReplicaSet,
    Pod,
    Service,
    Slice,
    Route,
    Entry,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::Deployment, Self::ReplicaSet, Self::Pod, Self::Service, Self::Slice, Self::Route, Self::Entry];

    /// Which one an API resource is.
    pub(super) fn of(resource: &Resource) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.resource().plural == resource.plural)
    }

    fn resource(self) -> &'static Resource {
        match self {
            Self::Deployment => &catalog::DEPLOYMENT,
            Self::ReplicaSet => &catalog::REPLICA_SET,
            Self::Pod => &catalog::POD,
            Self::Service => &catalog::SERVICE,
            Self::Slice => &catalog::ENDPOINT_SLICE,
            Self::Route => &catalog::TRAEFIK_SERVICE,
            Self::Entry => &catalog::INGRESS_ROUTE,
        }
    }
}

/// One object as a write left it; `None` for one that is gone.
#[derive(Clone, Debug)]
pub(super) struct Touch {
    pub(super) kind: Kind,
    pub(super) key: Key,
    pub(super) after: Option<Arc<Value>>,
}

/// The objects by name.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) deployments: BTreeMap<Key, Deployment>,
    pub(super) replica_sets: BTreeMap<Key, ReplicaSet>,
    pub(super) pods: BTreeMap<Key, Pod>,
    pub(super) services: BTreeMap<Key, Service>,
    pub(super) slices: BTreeMap<Key, Slice>,
    pub(super) routes: BTreeMap<Key, Route>,
    pub(super) entries: BTreeMap<Key, Entry>,
    /// Pods by the uid of what they belong to.
    owned: BTreeMap<String, BTreeSet<Key>>,
}

/// Everything that is in the store, as if it had just been written.
pub(super) fn all(store: &Store) -> Vec<Touch> {
    let of = |kind: Kind| {
        let listed = store.list(kind.resource(), "");
        listed.into_iter().map(move |object| Touch { kind, key: Key::of(&object), after: Some(object) })
    };
    Kind::ALL.into_iter().flat_map(of).collect()
}

impl View {
    /// Notes a pod as it is now; gives what was known of it, as the others of its kind do.
    pub(super) fn put_pod(&mut self, key: &Key, pod: Option<Pod>) -> Option<Pod> {
        let owner = |pod: &Pod| pod.owner.as_ref().map(|owner| owner.uid.clone());
        let after = pod.as_ref().and_then(owner);
        let before = put(&mut self.pods, key, pod);
        if let Some(owned) = before.as_ref().and_then(owner).and_then(|owner| self.owned.get_mut(&owner)) {
            owned.remove(key);
        }
        if let Some(owner) = after {
            self.owned.entry(owner).or_default().insert(key.clone());
        }
        before
    }

    /// Notes a Deployment.
    pub(super) fn put_deployment(&mut self, key: &Key, deployment: Option<Deployment>) -> Option<Deployment> {
        put(&mut self.deployments, key, deployment)
    }

    /// Notes a ReplicaSet.
    pub(super) fn put_replica_set(&mut self, key: &Key, set: Option<ReplicaSet>) -> Option<ReplicaSet> {
        put(&mut self.replica_sets, key, set)
    }

    /// Notes a Service.
    pub(super) fn put_service(&mut self, key: &Key, service: Option<Service>) -> Option<Service> {
        put(&mut self.services, key, service)
    }

    /// Notes an EndpointSlice.
    pub(super) fn put_slice(&mut self, key: &Key, slice: Option<Slice>) -> Option<Slice> {
        put(&mut self.slices, key, slice)
    }

    /// Notes a TraefikService.
    pub(super) fn put_route(&mut self, key: &Key, route: Option<Route>) -> Option<Route> {
        put(&mut self.routes, key, route)
    }

    /// The ReplicaSets that belong to the Deployment with that uid.
    pub(super) fn replica_sets_of(&self, uid: &str) -> impl Iterator<Item = (&Key, &ReplicaSet)> {
        let own = move |set: &ReplicaSet| set.owner.as_ref().is_some_and(|owner| owner.uid == uid);
        self.replica_sets.iter().filter(move |(_, set)| own(set))
    }

    /// Notes an IngressRoute.
    pub(super) fn put_entry(&mut self, key: &Key, entry: Option<Entry>) -> Option<Entry> {
        put(&mut self.entries, key, entry)
    }

    /// The pods that belong to the object with that uid.
    pub(super) fn pods_of(&self, uid: &str) -> impl Iterator<Item = (&Key, &Pod)> {
        let owned = self.owned.get(uid).into_iter().flatten();
        owned.filter_map(|key| self.pods.get_key_value(key))
    }

    /// The slices that belong to the Service of that name.
    pub(super) fn slices_of(&self, service: &Key) -> impl Iterator<Item = (&Key, &Slice)> {
        in_namespace(&self.slices, &service.namespace).filter(|(_, slice)| slice.service == service.name)
    }

    /// The pods that a Service selects.
    pub(super) fn selected(&self, key: &Key, service: &Service) -> impl Iterator<Item = (&Key, &Pod)> {
        in_namespace(&self.pods, &key.namespace).filter(|(_, pod)| service.selects(&pod.labels))
    }

    /// The Services of the pod's namespace that select it.
    pub(super) fn services_of(&self, key: &Key, pod: &Pod) -> impl Iterator<Item = &Key> {
        let all = in_namespace(&self.services, &key.namespace);
        all.filter(|(_, service)| service.selects(&pod.labels)).map(|(key, _)| key)
    }
}

fn put<T>(map: &mut BTreeMap<Key, T>, key: &Key, value: Option<T>) -> Option<T> {
    match value {
        Some(value) => map.insert(key.clone(), value),
        None => map.remove(key),
    }
}

fn in_namespace<'a, T>(map: &'a BTreeMap<Key, T>, namespace: &str) -> impl Iterator<Item = (&'a Key, &'a T)> {
    let first = Key { namespace: namespace.to_owned(), name: String::new() };
    let namespace = namespace.to_owned();
    map.range(first..).take_while(move |(key, _)| key.namespace == namespace)
}
