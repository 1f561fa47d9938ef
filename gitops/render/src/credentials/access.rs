//! What one repository is reached with.

use std::collections::BTreeMap;

use crate::address;
use crate::hidden::{Hidden, redact};

/// What one repository is reached with. Its debug form shows no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "the established switches")]
pub struct Access {
    /// The user's name for https.
    pub username: String,
    /// The password or token for https.
    pub password: Hidden,
    /// A token that is sent as it is.
    pub bearer: Hidden,
    /// A private key for ssh.
    pub ssh_key: Hidden,
    /// A client's certificate for https, in PEM.
    pub certificate: String,
    /// Its key, in PEM.
    pub certificate_key: Hidden,
    /// The server may be anybody.
    pub insecure: bool,
    /// The proxy.
    pub proxy: String,
    /// Hosts that are reached without it.
    pub no_proxy: String,
    /// It is a registry of OCI artifacts.
    pub oci: bool,
    /// The registry is spoken to without TLS.
    pub plain_http: bool,
    /// What is trusted of servers.
    pub trust: Trust,
}

/// What is trusted of servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Trust {
    /// Known hosts, as ssh keeps them.
    pub known_hosts: String,
    /// Authorities in PEM, by the host that they are for.
    pub authorities: BTreeMap<String, String>,
}

impl Trust {
    /// The authorities for a repository's host, if it has its own.
    pub(crate) fn authority(&self, url: &str) -> Option<&str> {
        let host = address::host(url);
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        self.authorities.get(host).or_else(|| self.authorities.get(name)).map(String::as_str)
    }
}

impl Access {
    /// Whether it says who we are.
    pub(crate) fn names_somebody(&self) -> bool {
        let hidden = [&self.password, &self.bearer, &self.ssh_key, &self.certificate_key];
        !self.username.is_empty() || hidden.iter().any(|secret| !secret.is_empty())
    }

    /// These credentials, at a server as that other one says it is.
    pub(crate) fn with_settings_of(mut self, own: &Self) -> Self {
        self.insecure |= own.insecure;
        self.oci |= own.oci;
        self.plain_http |= own.plain_http;
        if !own.proxy.is_empty() {
            self.proxy.clone_from(&own.proxy);
            self.no_proxy.clone_from(&own.no_proxy);
        }
        self
    }

    /// The name and password as https sends them.
    pub(crate) fn basic(&self) -> Option<Hidden> {
        use base64::Engine;
        if self.password.is_empty() {
            return None;
        }
        // As the established controller does: a token alone needs some name.
        let name = if self.username.is_empty() { "x-access-token" } else { &self.username };
        let pair = format!("{name}:{}", self.password.reveal());
        Some(Hidden::new(base64::prelude::BASE64_STANDARD.encode(pair)))
    }

    /// A text without the secrets in it.
    pub(crate) fn redact(&self, text: &str) -> String {
        let basic = self.basic().unwrap_or_default();
        redact(text, [&self.password, &self.bearer, &self.ssh_key, &self.certificate_key, &basic])
    }
}
