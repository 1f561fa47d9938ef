//! Services as a release sees them.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;
use sluice_core::observed;
use sluice_core::observed::Hash;
use sluice_crds::names::label;
use sluice_traffic::Live;

use crate::context::Context;
use crate::observe::endpoints::Endpoints;
use crate::routing::{Routing, as_value};

/// What each Service selects.
pub(super) fn of(endpoints: &BTreeMap<String, Endpoints>) -> BTreeMap<String, observed::Service> {
    endpoints.iter().map(|(name, one)| (name.clone(), observed::Service { selects: one.selects() })).collect()
}

/// The arms that are subsets of a DestinationRule, as if they were Services.
///
/// An arm that is a Service too selects a revision only if both do.
pub(super) fn add_subsets(ctx: &Context, routing: &Routing, services: &mut BTreeMap<String, observed::Service>) {
    for arm in [&routing.arms.canary, &routing.arms.stable] {
        let Some((subsets, subset)) = routing.subset(arm) else { continue };
        let Ok(Some(rule)) = ctx.caches.routes.find(&subsets.rule) else { continue };
        let live = Live::from_iter([(subsets.rule.clone(), as_value(&rule))]);
        let Ok(hash) = subsets.selects(&live, subset, label::POD_TEMPLATE_HASH) else { continue };
        let hash = hash.filter(|hash| !hash.is_empty()).map(Hash::from);
        let service = services.entry(arm.clone()).or_insert(observed::Service { selects: hash.clone() });
        if service.selects != hash {
            service.selects = None;
        }
    }
}

/// The revision that a Service's selector names.
pub(crate) fn hash_of(service: &Service) -> Option<Hash> {
    let selector = service.spec.as_ref()?.selector.as_ref()?;
    selector.get(label::POD_TEMPLATE_HASH).filter(|hash| !hash.is_empty()).map(|hash| Hash::from(hash.as_str()))
}
