//! What GitHub, GitLab, Bitbucket, Gitea and Gogs tell of a push, for the established endpoint `/api/webhook`.
//!
//! A push only makes us look earlier, and what is rendered is kept by content: so what it says is a hint, and never what is deployed.
//! Without any secret in `argocd-secret` everybody may tell, as with the established controller. With one, senders that have none are
//! refused too: there, who names another sender gets around it.

mod payload;

use std::collections::BTreeMap;

use ring::hmac;
use sluice_crds::ApplicationSource;
use sluice_gitops::application::revision::is_commit;
use sluice_gitops::repo_url;

use crate::hidden::Hidden;
use crate::version::{Constraint, Version};

/// The longest body. GitHub sends up to 25 MiB, of pushes of thousands of commits: those are found when git is asked the next time.
pub const LONGEST: usize = 4 * 1024 * 1024;

/// A push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Push {
    /// Every address of the repository that is told.
    pub addresses: Vec<String>,
    /// The full names of what was pushed: `refs/heads/main`, `refs/tags/v1.2.0`.
    pub refs: Vec<String>,
    /// The repository's own branch, if it is told.
    pub own_branch: Option<String>,
    /// The files that changed; `None`: not told, or not all.
    pub changed: Option<Vec<String>>,
}

/// Secrets of the senders, out of the data of `argocd-secret`. Their debug form shows none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, Hidden>);

/// Why a message is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not signed by the secret of its sender.
    #[error("the message is not signed with {0} of argocd-secret: set the same secret at the sender")]
    Unsigned(&'static str),
    /// It is longer than any of its kind.
    #[error("the message is longer than {LONGEST} bytes")]
    TooLong,
    /// It is no message of a sender that is known.
    #[error("{0}")]
    Unknown(String),
}

impl Secrets {
    /// From the data of `argocd-secret`, decoded: those that begin with `webhook.`.
    pub fn new(data: &BTreeMap<String, String>) -> Self {
        let ours = data.iter().filter(|(name, secret)| name.starts_with("webhook.") && !secret.trim().is_empty());
        Self(ours.map(|(name, secret)| (name.clone(), Hidden::new(secret.trim()))).collect())
    }

    /// The secret of that name; none, if there are none at all.
    fn of(&self, name: &'static str) -> Result<Option<&Hidden>, Refused> {
        match self.0.get(name) {
            None if !self.0.is_empty() => Err(Refused::Unsigned(name)),
            secret => Ok(secret),
        }
    }

    /// Whether the message is signed with the secret of that name.
    fn proves(&self, name: &'static str, signature: &str, body: &[u8]) -> Result<(), Refused> {
        let Some(secret) = self.of(name)? else { return Ok(()) };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
        let told = signature.strip_prefix("sha256=").unwrap_or(signature);
        let tag = payload::unhexed(told).ok_or(Refused::Unsigned(name))?;
        hmac::verify(&key, body, &tag).map_err(|_| Refused::Unsigned(name))
    }

    /// Whether the message carries the secret of that name.
    fn has(&self, name: &'static str, told: &str) -> Result<(), Refused> {
        let Some(secret) = self.of(name)? else { return Ok(()) };
        // Compared by their marks, so that the time it takes says nothing of how much fits.
        let key = hmac::Key::new(hmac::HMAC_SHA256, name.as_bytes());
        let tag = hmac::sign(&key, secret.reveal().as_bytes());
        hmac::verify(&key, told.as_bytes(), tag.as_ref()).map_err(|_| Refused::Unsigned(name))
    }
}

/// Reads a message. `None`: it tells of something else, such as that the webhook was set up.
///
/// `header` gives a header by its name in lower case.
pub fn read<'a>(
    header: impl Fn(&str) -> Option<&'a str>,
    body: &[u8],
    secrets: &Secrets,
) -> Result<Option<Push>, Refused> {
    if body.len() > LONGEST {
        return Err(Refused::TooLong);
    }
    let told = |name: &str| header(name).unwrap_or_default();
    let signature = || [told("x-hub-signature-256"), told("x-hub-signature")].into_iter().find(|text| !text.is_empty());
    // Gitea and Gogs send the headers of GitHub too.
    if let Some(event) = header("x-gitea-event").or_else(|| header("x-gogs-event")) {
        let own = [told("x-gitea-signature"), told("x-gogs-signature")].into_iter().find(|text| !text.is_empty());
        secrets.proves("webhook.gogs.secret", own.unwrap_or_default(), body)?;
        return of_event(event == "push", body, payload::github);
    }
    if let Some(event) = header("x-github-event") {
        secrets.proves("webhook.github.secret", signature().unwrap_or_default(), body)?;
        return of_event(event == "push", body, payload::github);
    }
    if let Some(event) = header("x-gitlab-event") {
        secrets.has("webhook.gitlab.secret", told("x-gitlab-token"))?;
        return of_event(matches!(event, "Push Hook" | "Tag Push Hook" | "System Hook"), body, payload::gitlab);
    }
    match (header("x-event-key"), header("x-hook-uuid")) {
        (Some(event), Some(uuid)) => {
            secrets.has("webhook.bitbucket.uuid", uuid)?;
            of_event(event == "repo:push", body, payload::bitbucket)
        }
        (Some(event), None) => {
            secrets.proves("webhook.bitbucketserver.secret", signature().unwrap_or_default(), body)?;
            of_event(event == "repo:refs_changed", body, payload::bitbucket_server)
        }
        (None, _) => {
            Err(Refused::Unknown("no header says who sends it: GitHub, GitLab, Bitbucket, Gitea or Gogs".into()))
        }
    }
}

fn of_event(is_push: bool, body: &[u8], read: impl Fn(&serde_json::Value) -> Push) -> Result<Option<Push>, Refused> {
    if !is_push {
        return Ok(None);
    }
    let value = serde_json::from_slice(body)
        .map_err(|_| Refused::Unknown("the message is no JSON: let the sender send application/json".to_owned()))?;
    let push = read(&value);
    let told = !push.addresses.is_empty() && !push.refs.is_empty();
    Ok(told.then_some(push))
}

impl Push {
    /// Whether a source follows what was pushed. Of files it says nothing: see [`sluice_gitops::paths::concern`].
    pub fn concerns(&self, source: &ApplicationSource) -> bool {
        let chart = source.chart.as_deref().is_some_and(|chart| !chart.is_empty());
        let here = self.addresses.iter().any(|address| repo_url::is_same(address, &source.repo_url));
        !chart && here && self.moves(source.target_revision.as_deref().unwrap_or_default().trim())
    }

    fn moves(&self, revision: &str) -> bool {
        if is_commit(revision) {
            return false;
        }
        let branches = || self.refs.iter().filter_map(|name| name.strip_prefix("refs/heads/"));
        if matches!(revision, "" | "HEAD") {
            return self.own_branch.as_deref().is_none_or(|own| branches().any(|branch| branch == own));
        }
        let is_range = Version::parse(revision).is_none() && Constraint::parse(revision).is_some();
        let named = |name: &String| {
            let short = name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/tags/"));
            name == revision || short == Some(revision) || name.strip_prefix("refs/") == Some(revision)
        };
        self.refs.iter().any(|name| named(name) || (is_range && name.starts_with("refs/tags/")))
    }
}

#[cfg(test)]
mod tests;
