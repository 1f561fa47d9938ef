//! The Services that a Rollout names, and the pods behind each as their EndpointSlices say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use sluice_core::observed::Hash;
use sluice_core::spec::CanaryServices;
use sluice_crds::Rollout;

use crate::context::Context;
use crate::key::Key;
use crate::observe::references::named_services;
use crate::observe::services::hash_of;

/// A Service and the slices of it.
pub(super) struct Endpoints {
    /// The Service.
    pub(super) service: Arc<Service>,
    /// Its EndpointSlices.
    pub(super) slices: Vec<Arc<EndpointSlice>>,
}

/// The Services that the spec names, or that the router's entries told, as far as they exist.
pub(super) fn of(
    ctx: &Context,
    key: &Key,
    rollout: &Rollout,
    derived: Option<&CanaryServices>,
) -> BTreeMap<String, Endpoints> {
    let derived = derived.into_iter().flat_map(|arms| [arms.canary.clone(), arms.stable.clone()]);
    let names = named_services(rollout).into_iter().map(|(_, name)| name).chain(derived);
    names
        .filter_map(|name| {
            let service = ctx.caches.service(&key.beside(&name))?;
            let slices = ctx.caches.slices_of(&key.beside(&name));
            Some((name, Endpoints { service, slices }))
        })
        .collect()
}

impl Endpoints {
    /// The revision that the Service's selector names.
    pub(super) fn selects(&self) -> Option<Hash> {
        hash_of(&self.service)
    }

    /// Names of the ready pods (addresses, for endpoints that are no pods).
    pub(super) fn ready(&self) -> BTreeSet<&str> {
        self.endpoints().filter_map(name).collect()
    }

    /// How many ready pods are listed, where that is fewer than there are.
    pub(super) fn lists_fewer_than(&self, ready: u32) -> Option<usize> {
        let listed = self.ready().len();
        (u32::try_from(listed).unwrap_or(u32::MAX) < ready).then_some(listed)
    }

    /// Names of ready pods that the Service's selector no longer means: the slices lag behind it.
    ///
    /// A pod is named after its ReplicaSet, and that after its revision. A name so long that Kubernetes cut it off
    /// (over 58 characters before the random end) does not tell, and counts as meant.
    pub(super) fn left_over(&self) -> BTreeSet<&str> {
        let Some(hash) = self.selects() else { return BTreeSet::new() };
        self.endpoints().filter(|endpoint| !is_of(endpoint, &hash)).filter_map(name).collect()
    }

    /// `host:port` of the ready pods at the Service's port of that name or number.
    pub(super) fn servers(&self, port: Option<&str>) -> BTreeSet<String> {
        let Some(wanted) = self.port_name(port) else { return BTreeSet::new() };
        self.slices
            .iter()
            .filter_map(|slice| Some((slice, port_of(slice, &wanted)?)))
            .flat_map(|(slice, port)| {
                ready(slice).flat_map(move |endpoint| endpoint.addresses.iter().map(move |host| server(host, port)))
            })
            .collect()
    }

    fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.slices.iter().flat_map(|slice| ready(slice))
    }

    /// The name, in the slices, of the Service's port of that name or number; that of its only port without one.
    fn port_name(&self, port: Option<&str>) -> Option<String> {
        let ports = self.service.spec.as_ref()?.ports.as_deref().unwrap_or_default();
        let found = match port {
            Some(port) => ports.iter().find(|one| one.name.as_deref() == Some(port) || one.port.to_string() == port)?,
            None => ports.first()?,
        };
        Some(found.name.clone().unwrap_or_default())
    }
}

fn port_of(slice: &EndpointSlice, name: &str) -> Option<i32> {
    slice.ports.iter().flatten().find(|port| port.name.as_deref().unwrap_or_default() == name)?.port
}

/// Endpoints that take new requests: not those of terminating pods, which serve only what they have.
fn ready(slice: &EndpointSlice) -> impl Iterator<Item = &Endpoint> {
    slice.endpoints.iter().filter(|endpoint| {
        let conditions = endpoint.conditions.clone().unwrap_or_default();
        conditions.ready.unwrap_or(true) && !conditions.terminating.unwrap_or(false)
    })
}

fn name(endpoint: &Endpoint) -> Option<&str> {
    let pod = endpoint.target_ref.as_ref().and_then(|target| target.name.as_deref());
    pod.or_else(|| endpoint.addresses.first().map(String::as_str))
}

/// Where Kubernetes cuts a generated name before it appends five random characters.
const LONGEST_BASE: usize = 58;

fn is_of(endpoint: &Endpoint, hash: &Hash) -> bool {
    let pod = endpoint.target_ref.as_ref().filter(|target| target.kind.as_deref() == Some("Pod"));
    let Some(pod) = pod.and_then(|target| target.name.as_deref()) else { return true };
    let base = pod.len().checked_sub(5).and_then(|end| pod.get(..end)).unwrap_or(pod);
    base.len() >= LONGEST_BASE || base.trim_end_matches('-').ends_with(&hash.0)
}

fn server(host: &str, port: i32) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
