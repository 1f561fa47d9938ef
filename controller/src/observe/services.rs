//! Services as a release sees them.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;
use sluice_core::observed;
use sluice_core::observed::Hash;
use sluice_crds::names::label;

use crate::observe::endpoints::Endpoints;

/// What each Service selects.
pub(super) fn of(endpoints: &BTreeMap<String, Endpoints>) -> BTreeMap<String, observed::Service> {
    endpoints.iter().map(|(name, one)| (name.clone(), observed::Service { selects: one.selects() })).collect()
}

/// The revision that a Service's selector names.
pub(crate) fn hash_of(service: &Service) -> Option<Hash> {
    let selector = service.spec.as_ref()?.selector.as_ref()?;
    selector.get(label::POD_TEMPLATE_HASH).filter(|hash| !hash.is_empty()).map(|hash| Hash::from(hash.as_str()))
}
