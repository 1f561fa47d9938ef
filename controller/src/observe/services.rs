//! Services as a release sees them.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;
use sluice_core::observed;
use sluice_core::observed::Hash;
use sluice_crds::names::label;

use crate::observe::endpoints::Endpoints;

/// What each Service selects, and how many pods serve behind it.
///
/// Pods that the selector no longer means do not count: the slices show them for a moment after it was changed.
pub(super) fn of(endpoints: &BTreeMap<String, Endpoints>) -> BTreeMap<String, observed::Service> {
    let service = |one: &Endpoints| observed::Service {
        selects: one.selects(),
        serving: u32::try_from(one.ready().difference(&one.left_over()).count()).unwrap_or(u32::MAX),
    };
    endpoints.iter().map(|(name, one)| (name.clone(), service(one))).collect()
}

/// The revision that a Service's selector names.
pub(crate) fn hash_of(service: &Service) -> Option<Hash> {
    let selector = service.spec.as_ref()?.selector.as_ref()?;
    selector.get(label::POD_TEMPLATE_HASH).filter(|hash| !hash.is_empty()).map(|hash| Hash::from(hash.as_str()))
}
