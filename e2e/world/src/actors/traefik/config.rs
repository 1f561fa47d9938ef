//! What Traefik makes of the objects.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::actors::view::{Child, Route, Rule, View};
use crate::actors::{EmptyServices, Key};

/// Everything that a replica serves by.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Config {
    /// TraefikServices by Traefik's name for them.
    pub(crate) weighted: BTreeMap<String, Weighted>,
    /// Services with a port, by Traefik's name for them.
    pub(crate) balancers: BTreeMap<String, Balancer>,
    /// TraefikServices that copy so many of a hundred requests, by Traefik's name for them.
    pub(crate) mirrors: BTreeMap<String, u64>,
    /// Routes of IngressRoutes by Traefik's name for them.
    pub(crate) routers: BTreeMap<String, Router>,
    /// TraefikServices that it dropped, and why.
    pub(crate) refused: BTreeMap<Key, Refusal>,
}

/// A TraefikService that was taken.
#[derive(Debug, PartialEq)]
pub(crate) struct Weighted {
    pub(crate) key: Key,
    /// Names of balancers, and their weights.
    pub(crate) children: Vec<(String, u64)>,
}

/// A route of an IngressRoute.
#[derive(Debug, PartialEq)]
pub(crate) struct Router {
    /// Which IngressRoute's.
    pub(crate) key: Key,
    pub(crate) rule: String,
    pub(crate) priority: i64,
    /// Where its requests go, if that is a Service.
    pub(crate) balancer: Option<Balancer>,
}

/// A Service with its pods.
#[derive(Debug, PartialEq)]
pub(crate) struct Balancer {
    /// The name of the Service.
    pub(crate) service: String,
    pub(crate) servers: Vec<Server>,
}

/// One pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) port: i64,
    /// A terminating pod that still serves: it gets no new requests.
    pub(crate) fenced: bool,
}

/// Why a TraefikService is dropped. Whoever asks for its route is answered 404.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotWeighted,
    NotOwnService(String),
    NoWeight(String),
    NoService(String),
    NoPort(String),
    NoSlices(String),
    NoServers(String),
}

impl Config {
    /// What the present state of the objects comes to.
    pub(crate) fn of(view: &View, empty: EmptyServices) -> Self {
        let mut config = Self::default();
        let copying = view.routes.iter().filter_map(|(key, route)| Some((key, route.copies?)));
        config.mirrors = copying.map(|(key, percent)| (name(&[&key.namespace, &key.name]), percent)).collect();
        for (key, route) in view.routes.iter().filter(|(_, route)| route.copies.is_none()) {
            match config.children(view, empty, key, route) {
                Ok(children) => {
                    config.weighted.insert(name(&[&key.namespace, &key.name]), Weighted { key: key.clone(), children });
                }
                Err(refusal) => {
                    config.refused.insert(key.clone(), refusal);
                }
            }
        }
        for (key, entry) in &view.entries {
            let routers = entry.routes.iter().filter_map(|rule| router(view, empty, key, rule));
            config.routers.extend(routers);
        }
        config
    }

    /// One child that cannot be made is enough to drop them all; those before it stay, unused.
    fn children(
        &mut self,
        view: &View,
        empty: EmptyServices,
        key: &Key,
        route: &Route,
    ) -> Result<Vec<(String, u64)>, Refusal> {
        let children = route.children.as_ref().ok_or(Refusal::NotWeighted)?;
        let mut made = Vec::new();
        for child in children {
            let weight = child.weight.ok_or_else(|| Refusal::NoWeight(child.name.clone()))?;
            let port = child.port.as_deref().ok_or_else(|| Refusal::NoPort(child.name.clone()))?;
            let balancer = balancer(view, empty, &key.beside(&child.name), child, port)?;
            let own = name(&[&key.namespace, &child.name, port]);
            self.balancers.insert(own.clone(), balancer);
            made.push((own, weight));
        }
        Ok(made)
    }
}

/// One whose Service cannot be made is left out: what it would take goes by other routes.
fn router(view: &View, empty: EmptyServices, key: &Key, of: &Rule) -> Option<(String, Router)> {
    let balancer = match &of.service {
        Some(child) => Some(balancer(view, empty, &key.beside(&child.name), child, child.port.as_deref()?).ok()?),
        None => None,
    };
    let mut hash = DefaultHasher::new();
    of.matches.hash(&mut hash);
    let name = format!("{}-{:020x}", name(&[&key.namespace, &key.name]), hash.finish());
    Some((name, Router { key: key.clone(), rule: of.matches.clone(), priority: of.priority, balancer }))
}

fn balancer(view: &View, empty: EmptyServices, key: &Key, child: &Child, port: &str) -> Result<Balancer, Refusal> {
    let refused = |why: fn(String) -> Refusal| why(child.name.clone());
    if !child.is_own_service {
        return Err(refused(Refusal::NotOwnService));
    }
    let service = view.services.get(key).ok_or_else(|| refused(Refusal::NoService))?;
    let port = service.port(port).ok_or_else(|| refused(Refusal::NoPort))?;
    let slices: Vec<_> = view.slices_of(key).map(|(_, slice)| slice).collect();
    if slices.is_empty() {
        return Err(refused(Refusal::NoSlices));
    }
    let with_port = slices.into_iter().filter_map(|slice| Some((slice, *slice.ports.get(&port.name)?)));
    let servers: BTreeSet<Server> = with_port
        .flat_map(|(slice, port)| {
            let serving = slice.endpoints.iter().filter(|one| one.ready || one.serving);
            serving.map(move |one| Server {
                address: one.address.clone(),
                port,
                fenced: one.terminating && one.serving,
            })
        })
        .collect();
    if servers.is_empty() && empty == EmptyServices::Refused {
        return Err(refused(Refusal::NoServers));
    }
    Ok(Balancer { service: child.name.clone(), servers: servers.into_iter().collect() })
}

/// Traefik's name for what has these names: dashes between, and for whatever is neither letter nor digit.
fn name(parts: &[&str]) -> String {
    let joined = parts.join("-");
    let words = joined.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (service, what) = match self {
            Self::NotWeighted => return f.write_str("it is not weighted"),
            Self::NotOwnService(service) => (service, "is no Service of its namespace"),
            Self::NoWeight(service) => (service, "has a weight that is none"),
            Self::NoService(service) => (service, "does not exist"),
            Self::NoPort(service) => (service, "has no such port"),
            Self::NoSlices(service) => (service, "has no EndpointSlices"),
            Self::NoServers(service) => (service, "has no servers"),
        };
        write!(f, "{service} {what}")
    }
}
