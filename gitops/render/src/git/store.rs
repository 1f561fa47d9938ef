//! What is kept of each repository: its branches and tags for a while, and an object store of the commits that were asked for.

mod shelf;
mod short;
mod signed;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use sluice_gitops::application::revision::is_commit;
use tempfile::TempDir;

use self::shelf::Shelf;
use super::objects::Objects;
use super::{GitRequest, Refs, Repository, session};
use crate::child::{ChildError, Jail};
use crate::credentials::Access;
use crate::error::{Kind, OnThisMachine, RenderError};
use crate::limits::{Limits, bytes};
use crate::tree::{Files, Found, Tree};

/// How old what a repository said may be to say that it has no branch or tag of a name.
const NEWS: Duration = Duration::from_secs(1);

/// Repositories that are kept at once; of more the one not used for the longest is forgotten.
const REPOSITORIES: usize = 512;

/// All repositories. Who comes with other credentials is shown another store: what a commit's hash opens here was fetched by
/// somebody who may.
#[derive(Debug)]
pub(crate) struct Stores {
    folder: PathBuf,
    git: PathBuf,
    limits: Limits,
    shelves: Mutex<HashMap<(String, Access), Arc<Shelf>>>,
}

/// A commit that is here.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub id: String,
    pub tree: Arc<Tree>,
    /// Lives as long as anybody reads from it.
    objects: Arc<Objects>,
}

impl Stores {
    pub(crate) fn new(folder: &Path, git: &Path, limits: &Limits) -> Self {
        let (folder, git, limits) = (folder.to_owned(), git.to_owned(), limits.clone());
        Self { folder, git, limits, shelves: Mutex::default() }
    }

    /// The commit of a revision, and the name it was found by. What the repository said up to `age` ago will do, but not for saying
    /// that there is no such name: it may have been pushed since. Many who ask at once are answered by one question.
    pub(crate) async fn resolve(
        &self,
        jail: &Jail,
        repository: &Repository,
        revision: &str,
        (now, age): (Timestamp, Duration),
    ) -> Result<(String, Option<String>), RenderError> {
        crate::address::of_git(&repository.url)?;
        if is_commit(revision.trim()) {
            return Refs::default().resolve(revision);
        }
        let kept = self.shelf(repository, now);
        let known = |age| kept.refs(now, age, self.limits.retry, || self.ask(jail, repository));
        let mut resolved = known(age).await?.resolve(revision);
        if resolved.is_err() {
            resolved = known(age.min(NEWS)).await?.resolve(revision);
        }
        if resolved.is_err()
            && short::is_short(revision.trim())
            && let Some(commit) = self.long(jail, repository, revision.trim(), now).await?
        {
            return Ok((commit, None));
        }
        resolved.map_err(|error| error.within(repository.shown()))
    }

    /// The commit itself, fetched if it is not here.
    pub(crate) async fn commit(
        &self,
        jail: &Jail,
        repository: &Repository,
        (id, name): (&str, Option<&str>),
        now: Timestamp,
    ) -> Result<Commit, RenderError> {
        crate::address::of_git(&repository.url)?;
        let kept = self.shelf(repository, now);
        let store = shelf::Store { stores: self, jail, repository };
        let commit = kept.commit(&store, (id, name), now).await;
        commit.map_err(|error| error.within(format!("{} at {id}", repository.shown())))
    }

    /// Reads files of a commit.
    pub(crate) async fn read(&self, jail: &Jail, commit: &Commit, wanted: &[Found]) -> Result<Files, RenderError> {
        self.allowed(wanted)?;
        let contents = self.contents(jail, &commit.objects, wanted).await?;
        let mut files = Files::default();
        for file in wanted {
            let content = contents.get(&file.id).ok_or_else(|| {
                RenderError::new(Kind::Unreachable, format!("{}: the object store lacks it", file.path))
            })?;
            files.insert(file.path.clone(), Arc::clone(content));
        }
        Ok(files)
    }

    fn allowed(&self, wanted: &[Found]) -> Result<(), RenderError> {
        let refuse = |text: String| Err(RenderError::new(Kind::Limit, text));
        if let Some(big) = wanted.iter().find(|file| file.size > self.limits.file) {
            let (size, most) = (bytes(big.size), bytes(self.limits.file));
            return refuse(format!("{} has {size}; a file may have {most}", big.path));
        }
        let sum: u64 = wanted.iter().map(|file| file.size).sum();
        if sum > self.limits.source {
            let most = bytes(self.limits.source);
            return refuse(format!("its {} files have {}; a source may have {most}", wanted.len(), bytes(sum)));
        }
        Ok(())
    }

    async fn contents(
        &self,
        jail: &Jail,
        objects: &Objects,
        wanted: &[Found],
    ) -> Result<HashMap<String, Arc<Vec<u8>>>, RenderError> {
        let asked = wanted.iter().map(|file| (file.id.as_str(), file.size));
        objects.read(jail, &self.git, &self.limits, &asked.collect()).await
    }

    async fn ask(&self, jail: &Jail, repository: &Repository) -> Result<Refs, RenderError> {
        crate::address::local(&repository.url, &self.folder)?;
        let home = TempDir::new_in(&self.folder).on_this_machine("make a folder")?;
        let run = (self.git.as_path(), home.path(), &self.limits);
        let mut job = session::online(run, repository, GitRequest::LsRemote)?;
        job = job.args(["ls-remote", "--", &repository.url]);
        job.time = self.limits.ask;
        let text = jail.run(job).await.map_err(|error| of_server("list its branches and tags", repository, error))?;
        Ok(Refs::parse(&String::from_utf8_lossy(&text)))
    }

    fn shelf(&self, repository: &Repository, now: Timestamp) -> Arc<Shelf> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (repository.url.clone(), repository.access.clone());
        if !shelves.contains_key(&key) && shelves.len() >= REPOSITORIES {
            let oldest = shelves.iter().min_by_key(|(_, shelf)| shelf.used()).map(|(key, _)| key.clone());
            oldest.map(|key| shelves.remove(&key));
        }
        let kept = shelves.entry(key).or_default();
        kept.use_at(now);
        Arc::clone(kept)
    }
}

/// What went wrong between git and a server, without credentials, and what to do about it.
pub(crate) fn of_server(what: &str, repository: &Repository, error: ChildError) -> RenderError {
    let shown = repository.shown();
    let (kind, said) = match error {
        ChildError::Failed { said, .. } => (kind_of(&said), repository.access.redact(&said)),
        ChildError::TimedOut(time) => (Kind::TimedOut, format!("it did not answer within {} s", time.as_secs_f32())),
        ChildError::TooMuch(most) => (Kind::Limit, format!("it says more than {}", bytes(most))),
        ChildError::TooLarge(_) => (Kind::Limit, error.to_string()),
        error => (Kind::Machine, error.to_string()),
    };
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(4).collect();
    let advice = advice(&said.concat());
    RenderError::new(kind, format!("{shown}: {what}: {}{advice}", said.join("; ")))
}

fn kind_of(said: &str) -> Kind {
    let gone = ["not found", "does not exist", "does not appear to be a git repository", "couldn't find remote ref"];
    let said = said.to_lowercase();
    if gone.iter().any(|words| said.contains(words)) && !said.contains("could not resolve") {
        Kind::NotFound
    } else {
        Kind::Unreachable
    }
}

fn advice(said: &str) -> &'static str {
    let has = |words: &str| said.contains(words);
    if has("Authentication failed") || has("could not read Username") || has("Permission denied") {
        " (give it a Secret labelled argocd.argoproj.io/secret-type: repository or repo-creds)"
    } else if has("Host key verification failed") {
        " (add its key to the ConfigMap argocd-ssh-known-hosts-cm)"
    } else if ["301", "302", "303", "307", "308"].iter().any(|code| has(&format!("returned error: {code}"))) {
        " (with credentials no redirect is followed: write the address that it redirects to, which may only lack a .git at its end)"
    } else if has("certificate") {
        " (add its authority to the ConfigMap argocd-tls-certs-cm)"
    } else {
        ""
    }
}

/// What went wrong with git alone.
pub(crate) fn of_git(what: &str, error: &ChildError) -> RenderError {
    let kind = match error {
        ChildError::TimedOut(_) => Kind::TimedOut,
        ChildError::TooMuch(_) | ChildError::TooLarge(_) => Kind::Limit,
        _ => Kind::Machine,
    };
    RenderError::new(kind, format!("git: {what}: {error}"))
}
