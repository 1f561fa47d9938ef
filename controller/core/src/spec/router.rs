//! What a spec says of each kind of router.

use std::collections::{BTreeMap, BTreeSet};

/// Who shares traffic between the two Services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Router {
    /// A weighted TraefikService of this name in the Rollout's namespace.
    Traefik(String),
    /// Routes of the Gateway API.
    Gateway(Gateway),
    /// Istio.
    Istio(Istio),
    /// The NGINX ingress controller.
    Nginx(Nginx),
    /// The AWS load balancer controller.
    Alb(Alb),
    /// The Service Mesh Interface.
    Smi(Smi),
    /// APISIX.
    Apisix(Apisix),
}

impl Router {
    /// What people call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Traefik(_) => "Traefik",
            Self::Gateway(_) => "GatewayAPI",
            Self::Istio(_) => "Istio",
            Self::Nginx(_) => "Nginx",
            Self::Alb(_) => "ALB",
            Self::Smi(_) => "SMI",
            Self::Apisix(_) => "Apisix",
        }
    }

    /// Whether it sends requests to the canary by their headers, where a step says so.
    pub fn has_header_routes(&self) -> bool {
        match self {
            Self::Gateway(gateway) => gateway.routes.iter().any(|route| route.by_header),
            Self::Traefik(_) | Self::Istio(_) | Self::Alb(_) | Self::Apisix(_) => true,
            Self::Nginx(_) | Self::Smi(_) => false,
        }
    }

    /// Whether its weights may add up to anything, not to a hundred alone.
    pub fn has_fine_weights(&self) -> bool {
        match self {
            Self::Traefik(_) | Self::Gateway(_) | Self::Nginx(_) => true,
            Self::Istio(_) | Self::Alb(_) | Self::Smi(_) | Self::Apisix(_) => false,
        }
    }

    /// Whether it may send a part of the traffic to other Services too: those of an experiment, in the Rollout's namespace.
    pub fn has_more_arms(&self) -> bool {
        match self {
            Self::Traefik(_) | Self::Alb(_) | Self::Smi(_) => true,
            Self::Gateway(gateway) => gateway.namespace.is_none(),
            Self::Istio(istio) => istio.services.iter().all(|service| service.namespace.is_none()),
            Self::Nginx(_) | Self::Apisix(_) => false,
        }
    }

    /// Whether it copies requests to the canary, where a step says so.
    pub fn has_mirrors(&self) -> bool {
        matches!(self, Self::Traefik(_) | Self::Istio(_))
    }
}

/// Routes of the Gateway API, all with the same weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Their namespace, if not the Rollout's.
    pub namespace: Option<String>,
    /// The routes: one at least.
    pub routes: Vec<GatewayRoute>,
}

/// A route of the Gateway API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayRoute {
    /// Its kind.
    pub kind: GatewayKind,
    /// Its name.
    pub name: String,
    /// Whether it gets routes by header.
    pub by_header: bool,
}

/// The kinds of routes that the Gateway API has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayKind {
    /// HTTPRoute.
    Http,
    /// GRPCRoute.
    Grpc,
    /// TCPRoute.
    Tcp,
    /// TLSRoute.
    Tls,
}

/// VirtualServices, and the DestinationRule whose subsets are the arms, if they are subsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Istio {
    /// The VirtualServices.
    pub services: Vec<VirtualService>,
    /// The subsets.
    pub subsets: Option<Subsets>,
}

/// A VirtualService, and which of its routes are weighted; none named: its only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualService {
    /// Its namespace, if that is not the Rollout's.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// HTTP routes by name.
    pub http: Vec<String>,
    /// TLS routes.
    pub tls: Vec<TlsRoute>,
    /// TCP routes by port.
    pub tcp: Vec<Option<i64>>,
}

/// A TLS route, by what it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsRoute {
    /// Its port.
    pub port: Option<i64>,
    /// Its SNI hosts.
    pub hosts: BTreeSet<String>,
}

/// A DestinationRule in the Rollout's namespace, and its subsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subsets {
    /// The DestinationRule.
    pub rule: String,
    /// The canary's subset.
    pub canary: String,
    /// The stable subset.
    pub stable: String,
    /// Subsets whose fixed weight is taken from the stable one's.
    pub additional: Vec<String>,
}

/// Ingresses with a canary Ingress beside each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nginx {
    /// The Ingresses of the stable Service.
    pub ingresses: Vec<String>,
    /// How the controller's annotations begin, if it is set up otherwise than usual.
    pub prefix: Option<String>,
    /// Annotations of the canary Ingress; those without the prefix get it.
    pub prefixed: BTreeMap<String, String>,
    /// Annotations of the canary Ingress, as they are.
    pub annotations: BTreeMap<String, String>,
}

/// Ingresses with a weighted action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alb {
    /// The Ingresses.
    pub ingresses: Vec<String>,
    /// The Service port that traffic goes to.
    pub port: i32,
    /// The Service named in the Ingress rule; without it the stable one.
    pub root: Option<String>,
    /// How the controller's annotations begin, if it is set up otherwise than usual.
    pub prefix: Option<String>,
    /// For how many seconds a client stays at its target group.
    pub sticky: Option<i64>,
}

/// A TrafficSplit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smi {
    /// Its name; without it the Rollout's.
    pub split: Option<String>,
    /// The Service that clients ask; without it the stable one.
    pub root: Option<String>,
}

/// An ApisixRoute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apisix {
    /// Its name.
    pub route: String,
    /// Its weighted rules by name; none named: the one of its own name, or its only one.
    pub rules: Vec<String>,
}
