//! Where requests would go, and what would become of them.

use std::collections::{BTreeMap, BTreeSet};

use super::config::{Balancer, Config};
use super::{Engine, Traefik, Trouble};
use crate::actors::Key;
use crate::actors::kubelet::{Kubelet, Life};
use crate::actors::view::View;

/// The requests of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    /// Those to each TraefikService, and those that an IngressRoute sends to a Service past them, at each replica that runs.
    pub routes: BTreeMap<Key, Vec<Flow>>,
    /// Those to each Service itself, as clients inside the cluster send them.
    pub services: BTreeMap<Key, Vec<Share>>,
}

/// What one replica of Traefik does with the requests to one TraefikService.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Which replica.
    pub replica: usize,
    /// Whether it has read its configuration since its start.
    pub booted: bool,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
    /// The parts that together are all requests.
    pub shares: Vec<Share>,
}

/// A part of the requests that go the same way.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// How large a part: all parts together are 1.
    pub part: f64,
    /// The Service that they are sent to; `None` where it does not come to that.
    pub service: Option<String>,
    /// The revision that they are sent to; `None` where no pod gets them.
    pub hash: Option<String>,
    /// The image of its pods.
    pub image: Option<String>,
    /// What becomes of them.
    pub fate: Fate,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A pod answers it.
    Answered,
    /// There is no such route, for this reason: 404.
    NoRoute(String),
    /// There is nothing behind the Service, or no weight above 0: 503.
    NoServer,
    /// It is sent to a pod that is not ready.
    NotReady,
    /// It is sent to where no pod is any more: 502.
    Gone,
}

impl Flow {
    /// Whether it serves by a configuration: what fails there follows from the objects, be they old, not from the
    /// replica itself.
    pub fn is_well(&self) -> bool {
        self.booted && self.trouble != Some(Trouble::Refusing)
    }
}

impl Traffic {
    pub(in crate::actors) fn of(view: &View, kubelet: &Kubelet, traefik: &Traefik) -> Self {
        let running = || traefik.engines().iter().enumerate().filter(|(_, one)| one.trouble != Some(Trouble::Down));
        let loaded = running().flat_map(|(_, one)| one.loaded.weighted.values().map(|weighted| &weighted.key));
        let named = view.routes.iter().filter(|(_, route)| route.copies.is_none()).map(|(key, _)| key);
        let keys: BTreeSet<&Key> = named.chain(loaded).collect();
        let flows = |key: &Key| running().map(|(replica, engine)| flow(kubelet, replica, engine, key)).collect();
        let mut routes: BTreeMap<Key, Vec<Flow>> = keys.into_iter().map(|key| (key.clone(), flows(key))).collect();
        for (replica, engine) in running().filter(|(_, engine)| engine.trouble != Some(Trouble::Refusing)) {
            past(kubelet, replica, engine, &mut routes);
        }
        Self { routes, services: view.services.keys().map(|key| (key.clone(), direct(view, kubelet, key))).collect() }
    }

    /// The part of a TraefikService's requests that goes to this revision, over all replicas that are well.
    pub fn part_of(&self, route: &Key, hash: &str) -> f64 {
        self.part(route, |share| share.hash.as_deref() == Some(hash))
    }

    /// The part that fails, over all replicas that are well.
    pub fn failing(&self, route: &Key) -> f64 {
        self.part(route, |share| share.fate != Fate::Answered)
    }

    /// The part that is like that, over all replicas that are well.
    pub fn part(&self, route: &Key, is: impl Fn(&Share) -> bool) -> f64 {
        let flows: Vec<_> = self.routes.get(route).into_iter().flatten().filter(|flow| flow.is_well()).collect();
        let parts = flows.iter().flat_map(|flow| &flow.shares).filter(|share| is(share)).map(|share| share.part);
        #[allow(clippy::cast_precision_loss, reason = "a handful of replicas")]
        let count = flows.len().max(1) as f64;
        parts.sum::<f64>() / count
    }
}

fn flow(kubelet: &Kubelet, replica: usize, engine: &Engine, key: &Key) -> Flow {
    let shares = match engine.trouble {
        Some(Trouble::Refusing) => vec![nowhere(Fate::NoRoute("it is held for broken".to_owned()), 1.0, None)],
        _ => shares(kubelet, &engine.loaded, key),
    };
    Flow { replica, booted: engine.booted, trouble: engine.trouble, shares }
}

/// Adds what a replica sends to a Service past any TraefikService.
fn past(kubelet: &Kubelet, replica: usize, engine: &Engine, routes: &mut BTreeMap<Key, Vec<Flow>>) {
    for router in engine.loaded.routers.values() {
        if let Some(balancer) = &router.balancer {
            let shares = through(kubelet, balancer, 1.0);
            let flow = Flow { replica, booted: engine.booted, trouble: engine.trouble, shares };
            routes.entry(router.key.clone()).or_default().push(flow);
        }
    }
}

/// By weight among the Services, and evenly among the pods of each.
fn shares(kubelet: &Kubelet, config: &Config, key: &Key) -> Vec<Share> {
    let Some(weighted) = config.weighted.values().find(|weighted| weighted.key == *key) else {
        let why = config.refused.get(key).map_or_else(|| "it is not loaded".to_owned(), ToString::to_string);
        return vec![nowhere(Fate::NoRoute(why), 1.0, None)];
    };
    let total: u64 = weighted.children.iter().map(|(_, weight)| weight).sum();
    if total == 0 {
        return vec![nowhere(Fate::NoServer, 1.0, None)];
    }
    let parts = weighted.children.iter().filter(|(_, weight)| *weight > 0);
    parts
        .filter_map(|(name, weight)| Some((config.balancers.get(name)?, ratio(*weight, total))))
        .flat_map(|(balancer, part)| through(kubelet, balancer, part))
        .collect()
}

fn through(kubelet: &Kubelet, balancer: &Balancer, part: f64) -> Vec<Share> {
    let open = balancer.servers.iter().filter(|server| !server.fenced);
    among(kubelet, &balancer.service, &open.map(|server| server.address.as_str()).collect::<Vec<_>>(), part)
}

/// The requests that reach a Service by its own address: they follow its slices.
fn direct(view: &View, kubelet: &Kubelet, key: &Key) -> Vec<Share> {
    let endpoints = view.slices_of(key).flat_map(|(_, slice)| &slice.endpoints).filter(|one| one.ready);
    among(kubelet, &key.name, &endpoints.map(|one| one.address.as_str()).collect::<Vec<_>>(), 1.0)
}

/// Splits a part evenly, and sums up what goes the same way.
fn among(kubelet: &Kubelet, service: &str, addresses: &[&str], part: f64) -> Vec<Share> {
    if addresses.is_empty() {
        return vec![nowhere(Fate::NoServer, part, Some(service))];
    }
    let each = part / ratio(addresses.len() as u64, 1);
    let mut shares: Vec<Share> = Vec::new();
    for address in addresses {
        let one = at(kubelet, service, address, each);
        let same = |share: &&mut Share| share.hash == one.hash && share.image == one.image && share.fate == one.fate;
        match shares.iter_mut().find(same) {
            Some(share) => share.part += each,
            None => shares.push(one),
        }
    }
    shares
}

fn at(kubelet: &Kubelet, service: &str, address: &str, part: f64) -> Share {
    let Some(process) = kubelet.at(address) else { return nowhere(Fate::Gone, part, Some(service)) };
    let fate = match process.life {
        Life::Ready => Fate::Answered,
        Life::Created | Life::Running => Fate::NotReady,
        Life::Crashed | Life::Over | Life::Lost(..) => Fate::Gone,
    };
    let (hash, image) = (process.hash.clone(), Some(process.image.clone()));
    Share { part, service: Some(service.to_owned()), hash, image, fate }
}

fn nowhere(fate: Fate, part: f64, service: Option<&str>) -> Share {
    Share { part, service: service.map(str::to_owned), hash: None, image: None, fate }
}

#[allow(clippy::cast_precision_loss, reason = "weights and pods are few")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}
