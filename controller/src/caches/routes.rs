//! The objects of routers: each kind is watched once a Rollout names it.

use std::sync::Arc;

use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use sluice_traffic::{Kind, Object};

use crate::caches::demand::{self, OnDemand, Unknown, Writers};
use crate::key::Key;
use crate::options::Options;

/// The caches of all kinds that routers' objects are of.
pub type RouteCaches = OnDemand<Kind>;

pub(super) fn new(options: &Options) -> (RouteCaches, Writers<Kind>) {
    demand::new(Kind::ALL.into_iter().map(|kind| (kind, resource(kind, options))).collect())
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
    /// The object, `None` where there is none; or why nobody can tell.
    pub fn find(&self, object: &Object) -> Result<Option<Arc<DynamicObject>>, String> {
        self.look(object.kind, &Key::new(&object.namespace, &object.name)).map_err(|unknown| match unknown {
            Unknown::Failed(why) => format!("{object}: its kind cannot be watched: {why}"),
            Unknown::Listing => format!("{object}: objects of its kind are being listed"),
        })
    }

    /// Why objects of a kind cannot be looked for, if so.
    pub fn unreadable(&self, kind: Kind) -> Option<String> {
        self.trouble(kind).map(|trouble| match trouble {
            Unknown::Failed(why) => format!("{kind}s cannot be watched: {why}"),
            Unknown::Listing => format!("{kind}s are being listed"),
        })
    }

    /// How the API server calls that kind.
    pub fn resource(&self, kind: Kind) -> ApiResource {
        self.known(kind).cloned().unwrap_or_else(|| resource(kind, &Options::default()))
    }
}

#[cfg(test)]
mod tests;
