//! Who we are to a repository: read from the established Secrets, chosen by the repository's address.

mod access;
mod read;

use std::collections::BTreeMap;

use sluice_gitops::repo_url;

pub use self::access::{Access, Trust};
use crate::error::RenderError;

/// Which of the established Secrets one is, by its label `argocd.argoproj.io/secret-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretType {
    /// `repository`: one repository.
    Repository,
    /// `repo-creds`: all repositories below an address that lack credentials of their own.
    Template,
}

impl SecretType {
    /// By the value of the label. Other values are no credentials for reading.
    pub fn of(label: &str) -> Option<Self> {
        match label {
            "repository" => Some(Self::Repository),
            "repo-creds" => Some(Self::Template),
            _ => None,
        }
    }
}

/// All credentials there are. Its debug form shows no secret.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    entries: Vec<Entry>,
    trust: Trust,
}

#[derive(Clone, Debug)]
struct Entry {
    kind: SecretType,
    /// The Secret's name, for messages.
    secret: String,
    url: String,
    /// The only project that may use it; empty means all.
    project: String,
    access: Result<Access, RenderError>,
}

impl Credentials {
    /// None, and what is trusted of servers.
    pub fn new(trust: Trust) -> Self {
        Self { entries: Vec::new(), trust }
    }

    /// Adds those of a Secret: its kind, its name, and its data, decoded. One that cannot be used is an error only for the
    /// repositories that it is for.
    pub fn add(&mut self, kind: SecretType, name: &str, data: &BTreeMap<String, String>) {
        let text = |key: &str| data.get(key).map(|text| text.trim().to_owned()).unwrap_or_default();
        let access = read::access(data).map_err(|error| error.within(format!("Secret {name}")));
        let secret = name.to_owned();
        self.entries.push(Entry { kind, secret, url: text("url"), project: text("project"), access });
    }

    /// How a repository is reached for an Application of that project. Without credentials it is reached as anybody would.
    ///
    /// The project's own Secrets go before those of all projects; a Secret of the repository itself before templates; of
    /// templates that with the longest address.
    pub fn access(&self, url: &str, project: &str) -> Result<Access, RenderError> {
        let own = self.best(SecretType::Repository, project, |entry| repo_url::is_same(&entry.url, url));
        let own = own.map(|entry| entry.access.clone()).transpose()?;
        let mut access = match own {
            Some(access) if access.names_somebody() => access,
            own => self.by_template(url, project, own)?,
        };
        access.trust = self.trust.clone();
        Ok(access)
    }

    /// What the repository's own Secret says beside credentials stays.
    fn by_template(&self, url: &str, project: &str, own: Option<Access>) -> Result<Access, RenderError> {
        let template = self.best(SecretType::Template, project, |entry| {
            !entry.url.is_empty() && repo_url::is_below(bare(url), bare(&entry.url))
        });
        let template = template.map(|entry| entry.access.clone()).transpose()?;
        Ok(match (own, template) {
            (Some(own), Some(template)) => template.with_settings_of(&own),
            (own, template) => own.or(template).unwrap_or_default(),
        })
    }

    fn best(&self, kind: SecretType, project: &str, fits: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        let open = |entry: &&Entry| entry.project.is_empty() || entry.project == project;
        let fitting = self.entries.iter().filter(|entry| entry.kind == kind && fits(entry)).filter(open);
        // Of equals that of the first name, so that the order in which Secrets are seen does not matter.
        fitting.max_by(|a, b| {
            let rank = |entry: &Entry| (!entry.project.is_empty(), entry.url.len());
            rank(a).cmp(&rank(b)).then_with(|| b.secret.cmp(&a.secret))
        })
    }
}

/// Registries are written with and without their scheme.
fn bare(url: &str) -> &str {
    url.strip_prefix("oci://").unwrap_or(url)
}

#[cfg(test)]
mod tests;
