//! Pull requests, as the published API of GitHub Enterprise Server has them: as much of it as proposing one takes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::Method;
use serde_json::{Value, json};

use super::PASSWORD;

/// Where the API begins.
const API: &str = "/api/v3/";

/// A pull request that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// `OWNER/NAME` of its repository.
    pub repository: String,
    /// The branch that it proposes.
    pub from: String,
    /// The branch that it is for.
    pub into: String,
    /// Its title and its text.
    pub says: String,
}

/// All pull requests of all repositories.
#[derive(Debug, Default)]
pub(super) struct Forge {
    opened: Mutex<Vec<PullRequest>>,
}

/// A status and an answer.
pub(super) type Answer = (u16, Value);

impl Forge {
    /// Whether a path is one of APIs of pull requests, whichever those are.
    pub(super) fn has(path: &str) -> bool {
        path.starts_with("/api/")
    }

    /// Those of a repository.
    pub(super) fn of(&self, repository: &str) -> Vec<PullRequest> {
        self.opened().iter().filter(|one| one.repository == repository).cloned().collect()
    }

    /// Answers a request of the API.
    pub(super) fn answer(&self, method: &Method, (path, query): (&str, &str), token: &str, body: &[u8]) -> Answer {
        let Some(path) = path.strip_prefix(API) else { return said(404, "Not Found") };
        if token != format!("Bearer {PASSWORD}") {
            return said(401, "Bad credentials");
        }
        let repository = path.strip_prefix("repos/").and_then(|path| path.strip_suffix("/pulls"));
        match (method, repository) {
            (&Method::GET, None) if path == "meta" => (200, json!({"installed_version": "3.20.0"})),
            (&Method::GET, Some(repository)) => (200, self.listed(repository, query)),
            (&Method::POST, Some(repository)) => self.open(repository, body),
            _ => said(404, "Not Found"),
        }
    }

    /// Those that `head=OWNER:BRANCH&base=BRANCH` asks for.
    fn listed(&self, repository: &str, query: &str) -> Value {
        let owner = repository.split('/').next().unwrap_or_default();
        let opened = self.opened();
        let asked = |one: &&PullRequest| {
            let head = format!("head={owner}:{}", one.from.replace('/', "%2F"));
            let mut words = query.split('&').filter(|word| word.starts_with("head=") || word.starts_with("base="));
            one.repository == repository && words.all(|word| word == head || word == format!("base={}", one.into))
        };
        opened.iter().filter(asked).map(shown).collect()
    }

    fn open(&self, repository: &str, body: &[u8]) -> Answer {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let new = PullRequest {
            repository: repository.to_owned(),
            from: text("head"),
            into: text("base"),
            says: format!("{}\n\n{}", text("title"), text("body")),
        };
        let mut opened = self.opened();
        if opened.iter().any(|one| (&one.repository, &one.from, &one.into) == (&new.repository, &new.from, &new.into)) {
            return said(422, "A pull request already exists");
        }
        let answer = shown(&new);
        opened.push(new);
        (201, answer)
    }

    fn opened(&self) -> MutexGuard<'_, Vec<PullRequest>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shown(one: &PullRequest) -> Value {
    json!({"html_url": format!("https://forge.test/{}/pull/{}", one.repository, one.from), "state": "open"})
}

fn said(status: u16, message: &str) -> Answer {
    (status, json!({"message": message}))
}
