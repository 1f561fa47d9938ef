//! Pull requests, at GitHub, GitLab and Gitea (and what is made of it).

use reqwest::Method;
use serde_json::{Value, json};

use crate::address;
use crate::error::{Kind, RenderError};
use crate::git::Repository;
use crate::helm::Fetch;
use crate::limits::Limits;

/// The most that is read of an answer.
const MOST: u64 = 1024 * 1024;

/// Which API it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Api {
    GitHub,
    GitLab,
    Gitea,
}

/// Where each has its API, and what of it answers an object.
const KNOWN: [(Api, &str, &str); 3] =
    [(Api::GitLab, "/api/v4", "/version"), (Api::Gitea, "/api/v1", "/version"), (Api::GitHub, "/api/v3", "/meta")];

/// A pull request.
pub(super) struct Proposal<'a> {
    pub from: &'a str,
    pub into: &'a str,
    pub title: &'a str,
    pub text: &'a str,
}

/// What hosts a repository.
pub(super) struct Forge<'a> {
    repository: &'a Repository,
    limits: &'a Limits,
    kind: Api,
    /// Where its API is.
    api: String,
    /// The repository's path there.
    path: String,
}

impl<'a> Forge<'a> {
    /// What hosts the repository: told by its address, else by what its API answers.
    pub(super) async fn find(repository: &'a Repository, limits: &'a Limits) -> Result<Self, RenderError> {
        let (base, path) = place(&repository.url)?;
        if repository.access.bearer.is_empty() && repository.access.password.is_empty() {
            let text = "a pull request takes a token: give the repository's Secret a password or bearerToken that may \
                        open one, or use sluice.dev/revert: push";
            return Err(RenderError::spec(text));
        }
        let mut forge = Self { repository, limits, kind: Api::GitHub, api: "https://api.github.com".to_owned(), path };
        if base == "https://github.com" {
            return Ok(forge);
        }
        for (kind, api, question) in KNOWN {
            (forge.kind, forge.api) = (kind, format!("{base}{api}"));
            match forge.ask(Method::GET, question, None).await {
                Ok(answer) if answer.is_object() => return Ok(forge),
                // Nobody is there: that is no answer.
                Err(error) if error.kind.may_pass() && !error.text.contains("it answered") => return Err(error),
                _ => {}
            }
        }
        let text = format!(
            "{base} is neither GitHub, GitLab nor Gitea, or does not take the token: use sluice.dev/revert: push"
        );
        Err(RenderError::spec(text))
    }

    /// The pull request of that branch, opened if there is none. One that people closed stays closed.
    pub(super) async fn propose(&self, proposal: &Proposal<'_>) -> Result<String, RenderError> {
        if let Some(url) = self.known(proposal).await? {
            return Ok(url);
        }
        let Proposal { from, into, title, text } = proposal;
        let (path, body) = if self.kind == Api::GitLab {
            let body = json!({
                "source_branch": from, "target_branch": into, "title": title, "description": text, "remove_source_branch": true,
            });
            (format!("/projects/{}/merge_requests", escaped(&self.path)), body)
        } else {
            (format!("/repos/{}/pulls", self.path), json!({"head": from, "base": into, "title": title, "body": text}))
        };
        let answer = self.ask(Method::POST, &path, Some(&body)).await?;
        link(&answer).ok_or_else(|| RenderError::new(Kind::Unreachable, "it opened no pull request"))
    }

    async fn known(&self, proposal: &Proposal<'_>) -> Result<Option<String>, RenderError> {
        let (from, into) = (escaped(proposal.from), escaped(proposal.into));
        let path = match self.kind {
            Api::GitHub => {
                let owner = escaped(self.path.split('/').next().unwrap_or_default());
                format!("/repos/{}/pulls?state=all&head={owner}:{from}&base={into}", self.path)
            }
            Api::GitLab => {
                let project = escaped(&self.path);
                format!("/projects/{project}/merge_requests?state=all&source_branch={from}&target_branch={into}")
            }
            Api::Gitea => format!("/repos/{}/pulls/{into}/{from}", self.path),
        };
        match self.ask(Method::GET, &path, None).await {
            Ok(answer) => Ok(link(answer.get(0).unwrap_or(&answer))),
            Err(error) if error.kind == Kind::NotFound && self.kind == Api::Gitea => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, RenderError> {
        let url = format!("{}{path}", self.api);
        let (repository, access, time) = (&*self.repository.url, &self.repository.access, self.limits.ask);
        let fetch = Fetch { repository, access, pass_credentials: false, time, most: MOST };
        let token = if access.bearer.is_empty() { &access.password } else { &access.bearer };
        let scheme = if self.kind == Api::Gitea { "token" } else { "Bearer" };
        let what = format!("{method} {url}");
        let mut request = fetch.client()?.request(method, &url).header("Accept", "application/json");
        request = request.header("Authorization", format!("{scheme} {}", token.reveal()));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = fetch.send(request).await.map_err(|error| error.within(&what))?;
        let read = serde_json::from_slice(&answer);
        read.map_err(|_| RenderError::new(Kind::Unreachable, format!("{what}: it answered no JSON")))
    }
}

/// Where a repository is by https, and its path there.
fn place(url: &str) -> Result<(String, String), RenderError> {
    let host = address::host(url);
    // A port of ssh says nothing of https.
    let name = host.split(':').next().unwrap_or(host);
    let (base, path) = match url.split_once("://") {
        Some((scheme @ ("https" | "http"), rest)) => (format!("{scheme}://{host}"), rest.split_once('/')),
        Some(("ssh", rest)) => (format!("https://{name}"), rest.split_once('/')),
        Some(_) => (String::new(), None),
        None => (format!("https://{name}"), url.split_once(':')),
    };
    let path = path.map(|(_, path)| path.trim_matches('/').trim_end_matches(".git"));
    match path.filter(|path| path.contains('/') && crate::path::is_sound(path)) {
        Some(path) => Ok((base, path.to_owned())),
        None => Err(RenderError::spec("no server of pull requests is at this address: use sluice.dev/revert: push")),
    }
}

fn link(answer: &Value) -> Option<String> {
    let link = answer.get("html_url").or_else(|| answer.get("web_url"))?;
    link.as_str().map(str::to_owned)
}

/// As a part of a path or a query.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => escaped.push(char::from(byte)),
            _ => escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    escaped
}

fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or_default().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_where_a_repository_is() {
        for (url, base, path) in [
            ("https://github.com/org/repo.git", "https://github.com", "org/repo"),
            ("git@gitlab.com:group/sub/repo.git", "https://gitlab.com", "group/sub/repo"),
            ("ssh://git@host:2222/org/repo/", "https://host", "org/repo"),
            ("http://user:pass@host:3000/org/repo", "http://host:3000", "org/repo"),
        ] {
            assert_eq!(place(url).unwrap(), (base.to_owned(), path.to_owned()), "{url}");
        }
        for url in ["file:///srv/repo/a", "https://host/repo", "https://host/../../x"] {
            assert!(place(url).is_err(), "{url}");
        }
        assert_eq!(escaped("sluice/revert-1 ä"), "sluice%2Frevert-1%20%C3%A4");
    }
}
