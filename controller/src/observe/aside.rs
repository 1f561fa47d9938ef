//! The Services in front of an Experiment's sets of pods, where a router may send a share of the traffic.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{Service, ServicePort};
use kube::{Resource, ResourceExt};
use sluice_core::observed::{Aside, Hash};
use sluice_crds::Experiment;
use sluice_crds::names::label;

use crate::caches::Guarded;
use crate::context::Context;
use crate::experiment;
use crate::key::Key;
use crate::observe::endpoints::Endpoints;

/// Such a Service, and the pods behind it.
pub(super) struct Beside {
    /// As a release sees it.
    pub(super) aside: Aside,
    /// What its EndpointSlices say.
    pub(super) endpoints: Endpoints,
    /// Ready pods of its set, as that counts them.
    pub(super) ready: u32,
}

/// One look at the Experiments of a Rollout.
pub(super) struct Look<'a> {
    pub(super) ctx: &'a Context,
    pub(super) key: &'a Key,
    /// What a route sends to such a Service it sends to the port that it names of this one.
    pub(super) stable: Option<&'a Service>,
}

impl Look<'_> {
    /// The Services of all these Experiments, as far as they were made, by name. What names no set of pods any more is not among
    /// them.
    pub(super) fn at(&self, experiments: &[Arc<Guarded<Experiment>>]) -> BTreeMap<String, Beside> {
        let readable = experiments.iter().filter_map(|one| one.0.as_ref().ok());
        let all = readable.flat_map(|one| self.of_experiment(one));
        all.map(|one| (one.aside.service.clone(), one)).collect()
    }

    fn of_experiment(&self, object: &Experiment) -> Vec<Beside> {
        let key = self.key.beside(object.name_any());
        let sets = experiment::sets(self.ctx, object.metadata.uid.as_deref().unwrap_or_default());
        let services = experiment::services(self.ctx, &key, object).into_iter();
        services.filter_map(|(template, one)| self.beside(object, sets.get(&template)?, template, one)).collect()
    }

    fn beside(&self, object: &Experiment, set: &ReplicaSet, template: String, service: Arc<Service>) -> Option<Beside> {
        let name = service.name_any();
        let hash = Hash::from(set.labels().get(label::POD_TEMPLATE_HASH)?.as_str());
        let ready = set.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or_default();
        let endpoints = Endpoints { slices: self.ctx.caches.slices_of(&self.key.beside(&name)), service };
        let stays = !leaves(object) && !leaves(set) && !leaves(&*endpoints.service);
        let takes = endpoints.selects().as_ref() == Some(&hash) && self.has_ports(&endpoints.service);
        let is_ready = stays && takes && !endpoints.ready().is_empty();
        let aside = Aside { experiment: object.name_any(), template, service: name, hash, is_ready };
        Some(Beside { aside, endpoints, ready: u32::try_from(ready).unwrap_or_default() })
    }

    /// Whether it has each port that the stable Service has: a route may name any of them.
    fn has_ports(&self, service: &Service) -> bool {
        let of = |service: &Service| service.spec.as_ref().and_then(|spec| spec.ports.clone()).unwrap_or_default();
        let (wanted, own) = (self.stable.map(of).unwrap_or_default(), of(service));
        wanted.iter().all(|port| own.iter().any(|one| is_port(one, port)))
    }
}

fn is_port(own: &ServicePort, wanted: &ServicePort) -> bool {
    own.port == wanted.port && (wanted.name.is_none() || own.name == wanted.name)
}

fn leaves(object: &impl Resource) -> bool {
    object.meta().deletion_timestamp.is_some()
}
