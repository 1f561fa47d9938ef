//! Who asks, and what they may.
//!
//! In a cluster people sign in with a bearer token, which a TokenReview must know, and a SubjectAccessReview is asked for
//! each read and each order. On one's own machine the kubeconfig's user does it all, and whoever has the address with its
//! secret is taken for that user.

#[cfg(test)]
mod api;
mod host;
mod review;
mod reviews;
mod rights;
mod secret;
mod sessions;

use crate::Root;

pub(crate) use host::{is_local, is_same_origin};
pub(crate) use review::Question;
pub(crate) use review::myself;
pub(crate) use reviews::{Person, Reviews};
pub(crate) use rights::{NAMESPACES, Rights, Sight, rights, sight};
pub use secret::Secret;
pub(crate) use sessions::{Session, Sessions};

/// Where the dashboard is served.
#[derive(Clone, Debug)]
pub enum Access {
    /// In a cluster, to many people.
    Cluster,
    /// On one's own machine, to whoever has the secret.
    Local {
        /// What the address ends with.
        secret: Secret,
        /// Where it is served.
        port: u16,
    },
}

impl Access {
    /// The name of the session's cookie. Cookies know no ports, so each local dashboard has its own. Browsers take `__Host-`
    /// for a whole host only; below a path, what else is served there is not sent it.
    pub(crate) fn cookie(&self, root: &Root) -> String {
        match self {
            Self::Cluster if root.below().is_some() => "__Secure-sluice".to_owned(),
            Self::Cluster => "__Host-sluice".to_owned(),
            Self::Local { port, .. } => format!("sluice-{port}"),
        }
    }

    /// How browsers have to treat it. A `Secure` cookie would not be kept by all for plain HTTP on a loopback address.
    pub(crate) fn attributes(&self, root: &Root) -> String {
        let secure = if matches!(self, Self::Cluster) { "; Secure" } else { "" };
        format!("Path={}; HttpOnly; SameSite=Lax{secure}", root.whole())
    }
}
