//! All routers, each by its module. This is where a new one is added.

use crate::managed::{Managed, Rule};
use crate::{
    Arms, Kind, Live, Mismatch, Object, Share, Taken, Write, alb, apisix, gateway, istio, nginx, smi, traefik,
};

/// A router, and what a Rollout's spec says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Router {
    /// A weighted TraefikService.
    Traefik(traefik::Route),
    /// Routes of the Gateway API.
    Gateway(gateway::Route),
    /// VirtualServices of Istio, and perhaps the subsets of a DestinationRule.
    Istio(istio::Route),
    /// Canary Ingresses beside the user's.
    Nginx(nginx::Route),
    /// Actions in annotations of Ingresses.
    Alb(alb::Route),
    /// A TrafficSplit.
    Smi(smi::Route),
    /// An ApisixRoute.
    Apisix(apisix::Route),
}

impl Router {
    /// Every object it reads or writes.
    pub fn objects(&self) -> Vec<Object> {
        match self {
            Self::Traefik(route) => route.objects(),
            Self::Gateway(route) => route.objects(),
            Self::Istio(route) => route.objects(),
            Self::Nginx(route) => route.objects(),
            Self::Alb(route) => route.objects(),
            Self::Smi(route) => route.objects(),
            Self::Apisix(route) => route.objects(),
        }
    }

    /// What the live objects send where.
    pub fn read(&self, live: &Live, arms: &Arms) -> Result<Option<Share>, Mismatch> {
        match self {
            Self::Traefik(route) => route.read(live, arms),
            Self::Gateway(route) => route.read(live, arms),
            Self::Istio(route) => route.read(live, arms),
            Self::Nginx(route) => route.read(live, arms),
            Self::Alb(route) => route.read(live, arms),
            Self::Smi(route) => route.read(live, arms),
            Self::Apisix(route) => route.read(live, arms),
        }
    }

    /// What makes the live objects say that.
    pub fn writes(&self, live: &Live, arms: &Arms, share: &Share) -> Result<Vec<Write>, Mismatch> {
        match self {
            Self::Traefik(route) => route.writes(live, arms, share),
            Self::Gateway(route) => route.writes(live, arms, share),
            Self::Istio(route) => route.writes(live, arms, share),
            Self::Nginx(route) => route.writes(live, arms, share),
            Self::Alb(route) => route.writes(live, arms, share),
            Self::Smi(route) => route.writes(live, arms, share),
            Self::Apisix(route) => route.writes(live, arms, share),
        }
    }

    /// Whether it has the routes that steps add, or may have some left.
    pub fn has_managed(&self) -> bool {
        match self {
            Self::Gateway(route) => !route.by_header.is_empty(),
            Self::Istio(_) => true,
            Self::Alb(route) => !route.managed.is_empty(),
            Self::Apisix(route) => !route.managed.is_empty() || !route.left.is_empty(),
            Self::Traefik(route) => !route.managed.is_empty() || !route.left.is_empty(),
            Self::Nginx(_) | Self::Smi(_) => false,
        }
    }

    /// The routes that steps added, where that is known even while the weights are not.
    pub fn added(&self, live: &Live, arms: &Arms) -> Vec<Managed> {
        if let Self::Traefik(route) = self { route.told(live, arms) } else { Vec::new() }
    }

    /// The kind of the user's objects that send to its own, where it has to know them.
    pub fn surroundings(&self) -> Option<Kind> {
        matches!(self, Self::Traefik(_) if self.has_managed()).then_some(Kind::IngressRoute)
    }

    /// Why it cannot be given one now, if so: something of the user's is missing or in the way.
    pub fn lacks(&self, live: &Live, arms: &Arms) -> Option<Mismatch> {
        if let Self::Traefik(route) = self { route.lacks(live, arms) } else { None }
    }

    /// Those of the routes that steps add which it can have.
    pub fn takes(&self, routes: &[Managed]) -> Vec<Managed> {
        let can = |route: &&Managed| match &route.rule {
            Rule::Headers(_) => self.has_managed(),
            Rule::Mirror(..) => {
                matches!(self, Self::Istio(_)) || matches!(self, Self::Traefik(_) if self.has_managed())
            }
        };
        routes.iter().filter(can).cloned().collect()
    }

    /// Whether the objects' status says that the router has taken them up.
    pub fn taken(&self, live: &Live) -> Taken {
        match self {
            Self::Traefik(route) => route.taken(live),
            Self::Gateway(route) => route.taken(live),
            Self::Istio(route) => route.taken(live),
            Self::Nginx(route) => route.taken(live),
            Self::Alb(route) => route.taken(live),
            Self::Smi(route) => route.taken(live),
            Self::Apisix(route) => route.taken(live),
        }
    }
}
