//! The objects that say where traffic goes.

use std::collections::BTreeMap;
use std::fmt;

use json_patch::Patch;
use serde_json::Value;

/// A kind of object that some router reads. To add one, add it here and to [`Kind::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Traefik's TraefikService.
    TraefikService,
    /// Traefik's IngressRoute.
    IngressRoute,
    /// The Gateway API's HTTPRoute.
    HttpRoute,
    /// The Gateway API's GRPCRoute.
    GrpcRoute,
    /// The Gateway API's TCPRoute.
    TcpRoute,
    /// The Gateway API's TLSRoute.
    TlsRoute,
    /// Istio's VirtualService.
    VirtualService,
    /// Istio's DestinationRule.
    DestinationRule,
    /// Kubernetes' own Ingress.
    Ingress,
    /// The Service Mesh Interface's TrafficSplit.
    TrafficSplit,
    /// APISIX's ApisixRoute.
    ApisixRoute,
}

/// The Gateway API's group.
const GATEWAY: &str = "gateway.networking.k8s.io";

impl Kind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::TraefikService,
        Self::IngressRoute,
        Self::HttpRoute,
        Self::GrpcRoute,
        Self::TcpRoute,
        Self::TlsRoute,
        Self::VirtualService,
        Self::DestinationRule,
        Self::Ingress,
        Self::TrafficSplit,
        Self::ApisixRoute,
    ];

    /// Its API group, its version there and its plural.
    pub fn api(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::TraefikService => ("traefik.io", "v1alpha1", "traefikservices"),
            Self::IngressRoute => ("traefik.io", "v1alpha1", "ingressroutes"),
            Self::HttpRoute => (GATEWAY, "v1", "httproutes"),
            Self::GrpcRoute => (GATEWAY, "v1", "grpcroutes"),
            Self::TcpRoute => (GATEWAY, "v1", "tcproutes"),
            Self::TlsRoute => (GATEWAY, "v1", "tlsroutes"),
            Self::VirtualService => ("networking.istio.io", "v1alpha3", "virtualservices"),
            Self::DestinationRule => ("networking.istio.io", "v1alpha3", "destinationrules"),
            Self::Ingress => ("networking.k8s.io", "v1", "ingresses"),
            Self::TrafficSplit => ("split.smi-spec.io", "v1alpha1", "trafficsplits"),
            Self::ApisixRoute => ("apisix.apache.org", "v2", "apisixroutes"),
        }
    }

    /// What it is called in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::TraefikService => "TraefikService",
            Self::IngressRoute => "IngressRoute",
            Self::HttpRoute => "HTTPRoute",
            Self::GrpcRoute => "GRPCRoute",
            Self::TcpRoute => "TCPRoute",
            Self::TlsRoute => "TLSRoute",
            Self::VirtualService => "VirtualService",
            Self::DestinationRule => "DestinationRule",
            Self::Ingress => "Ingress",
            Self::TrafficSplit => "TrafficSplit",
            Self::ApisixRoute => "ApisixRoute",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names one object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Object {
    /// The object of that kind and name.
    pub fn new(kind: Kind, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind, namespace: namespace.into(), name: name.into() }
    }

    /// It cannot carry a release, and why.
    pub fn mismatch(&self, why: impl fmt::Display) -> Mismatch {
        Mismatch { object: self.to_string(), why: format!(": {why}") }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.kind, self.name)
    }
}

/// Why a router's object cannot carry a release, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{object}{why}")]
pub struct Mismatch {
    object: String,
    why: String,
}

/// Objects as they are now. One that is named and not there is missing.
///
/// Of each, `metadata.{name, namespace, generation, annotations, labels, ownerReferences}`, `spec` and `status` are there.
#[derive(Clone, Debug, Default)]
pub struct Live(BTreeMap<Object, Value>);

impl Live {
    /// The object, if it is there.
    pub fn find(&self, object: &Object) -> Option<&Value> {
        self.0.get(object)
    }

    /// The object; without it no release can go on.
    pub fn get(&self, object: &Object) -> Result<&Value, Mismatch> {
        let missing = || {
            let why = format!(" not found in namespace {}; create it or correct the name", object.namespace);
            Mismatch { object: object.to_string(), why }
        };
        self.find(object).ok_or_else(missing)
    }
}

impl FromIterator<(Object, Value)> for Live {
    fn from_iter<T: IntoIterator<Item = (Object, Value)>>(objects: T) -> Self {
        Self(objects.into_iter().collect())
    }
}

/// One write to make.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Patch an object that is there.
    Patch(Object, Patch),
    /// Create one that is not there. It becomes the Rollout's, and goes with it.
    Create(Object, Value),
    /// Delete one that is the Rollout's.
    Delete(Object),
}

/// What an object's status tells of the router behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It has taken up the object as it is now.
    Yes,
    /// It has not yet, or refuses to; the text says what is missing.
    NotYet(String),
    /// Nothing is told: this router writes no status that would.
    Untold,
}
