//! All routers, each by its module. This is where a new one is added.

use crate::{Arms, Live, Mismatch, Object, Share, Taken, Write, gateway, traefik};

/// A router, and what a Rollout's spec says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Router {
    /// A weighted TraefikService.
    Traefik(traefik::Route),
    /// Routes of the Gateway API.
    Gateway(gateway::Route),
}

impl Router {
    /// Every object it reads or writes.
    pub fn objects(&self) -> Vec<Object> {
        match self {
            Self::Traefik(route) => route.objects(),
            Self::Gateway(route) => route.objects(),
        }
    }

    /// What the live objects send where.
    pub fn read(&self, live: &Live, arms: &Arms) -> Result<Option<Share>, Mismatch> {
        match self {
            Self::Traefik(route) => route.read(live, arms),
            Self::Gateway(route) => route.read(live, arms),
        }
    }

    /// What makes the live objects say that.
    pub fn writes(&self, live: &Live, arms: &Arms, share: &Share) -> Result<Vec<Write>, Mismatch> {
        match self {
            Self::Traefik(route) => route.writes(live, arms, share),
            Self::Gateway(route) => route.writes(live, arms, share),
        }
    }

    /// Whether the objects' status says that the router has taken them up.
    pub fn taken(&self, live: &Live) -> Taken {
        match self {
            Self::Traefik(route) => route.taken(live),
            Self::Gateway(route) => route.taken(live),
        }
    }
}
