//! Workloads that lend their pod templates: each kind is watched once a Rollout names one of its objects.

use kube::core::{ApiResource, GroupVersionKind};
use sluice_core::spec::LenderKind;

use crate::caches::demand::{self, OnDemand, Writers};

/// The caches of all kinds that may lend a template.
pub type LenderCaches = OnDemand<LenderKind>;

pub(super) fn new() -> (LenderCaches, Writers<LenderKind>) {
    demand::new(LenderKind::ALL.into_iter().map(|kind| (kind, resource(kind))).collect())
}

fn resource(kind: LenderKind) -> ApiResource {
    let (group, version, plural) = kind.api();
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind.name()), plural)
}

impl LenderCaches {
    /// How the API server calls that kind.
    pub fn resource(&self, kind: LenderKind) -> ApiResource {
        self.known(kind).cloned().unwrap_or_else(|| resource(kind))
    }
}
