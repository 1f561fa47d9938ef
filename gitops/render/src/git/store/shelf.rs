//! What is kept of one repository.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use super::{Commit, Refs, Repository, Stores, of_git, of_server};
use crate::child::{ChildError, Jail};
use crate::error::{Kind, OnThisMachine, RenderError};
use crate::git::objects::Objects;
use crate::git::{Answer, GitRequest, list, session};
use crate::limits::bytes;
use crate::tree::{Found, Tree, What};

/// Commits whose list of files is kept.
const COMMITS: usize = 8;
/// Failed commits that are remembered.
const FAILURES: usize = 64;
/// The longest target of a link, as Linux has it.
const TARGET: u64 = 4096;
/// Fetching all is the last resort; these are what a server says that gives no single commit.
const NO_SINGLE_COMMIT: [&str; 4] =
    ["unadvertised object", "not our ref", "dumb http transport", "does not support shallow"];

/// What is kept of one repository. Who comes while somebody asks or fetches waits, and shares what comes of it.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    used: AtomicI64,
    asked: Mutex<Option<Answer<Arc<Refs>>>>,
    kept: Mutex<Kept>,
    /// Commits by the first digits of their hashes.
    short: Mutex<HashMap<String, Answer<Option<String>>>>,
}

#[derive(Debug, Default)]
pub(super) struct Kept {
    objects: Option<Arc<Objects>>,
    commits: VecDeque<Commit>,
    failed: HashMap<String, Answer<Commit>>,
}

/// What a shelf is filled with.
pub(super) struct Store<'a> {
    pub stores: &'a Stores,
    pub jail: &'a Jail,
    pub repository: &'a Repository,
}

impl Shelf {
    pub(super) fn used(&self) -> i64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) async fn known_short(&self) -> MutexGuard<'_, HashMap<String, Answer<Option<String>>>> {
        self.short.lock().await
    }

    pub(super) fn use_at(&self, now: Timestamp) {
        self.used.fetch_max(now.as_second(), Ordering::Relaxed);
    }

    /// Branches and tags, as they were up to `age` ago. A failure counts for `retry`, so that a repository that hangs is not
    /// waited for by each of its Applications in turn.
    pub(super) async fn refs<F>(
        &self,
        now: Timestamp,
        age: Duration,
        retry: Duration,
        ask: impl FnOnce() -> F,
    ) -> Result<Arc<Refs>, RenderError>
    where
        F: Future<Output = Result<Refs, RenderError>>,
    {
        let mut asked = self.asked.lock().await;
        if let Some(known) = asked.as_ref().and_then(|answer| answer.counts(now, (age, retry))) {
            return known;
        }
        let answer = Answer::to(async { ask().await.map(Arc::new) }, now).await;
        asked.insert(answer).what()
    }

    /// Keeps all others from fetching: git knows one list of what is shallow, and whoever looks through a history must not find it cut.
    pub(super) async fn alone(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().await
    }

    pub(super) async fn commit(
        &self,
        store: &Store<'_>,
        (id, name): (&str, Option<&str>),
        now: Timestamp,
    ) -> Result<Commit, RenderError> {
        let mut kept = self.kept.lock().await;
        if let Some(commit) = kept.commits.iter().find(|commit| commit.id == id) {
            return Ok(commit.clone());
        }
        let retry = store.stores.limits.retry;
        if let Some(failure) = kept.failed.get(id).and_then(|answer| answer.counts(now, (retry, retry))) {
            return failure;
        }
        let answer = Answer::to(store.find(&mut kept, id, name), now).await;
        let outcome = answer.what();
        match &outcome {
            Ok(commit) => kept.keep(commit.clone()),
            Err(_) => kept.note(id, answer),
        }
        outcome
    }
}

impl Kept {
    fn keep(&mut self, commit: Commit) {
        self.failed.remove(&commit.id);
        self.commits.push_front(commit);
        self.commits.truncate(COMMITS);
    }

    fn note(&mut self, id: &str, failure: Answer<Commit>) {
        if self.failed.len() >= FAILURES {
            self.failed.clear();
        }
        self.failed.insert(id.to_owned(), failure);
    }
}

impl Store<'_> {
    /// The commit out of the objects that are here, or fetched. Objects that turn out damaged are thrown away.
    async fn find(&self, kept: &mut Kept, id: &str, name: Option<&str>) -> Result<Commit, RenderError> {
        if let Some(objects) = kept.objects.clone() {
            match self.list(id, objects).await {
                // Git does not know it: it is not here yet.
                Err(error) if error.kind == Kind::Machine => {}
                Err(error) if error.kind == Kind::Unreachable => kept.objects = None,
                outcome => return outcome,
            }
        }
        let objects = match kept.objects.take() {
            Some(objects) if size_of(objects.path()) < self.stores.limits.store => objects,
            _ => self.empty().await?,
        };
        self.fetch(objects.path(), id, name).await?;
        let commit = self.list(id, Arc::clone(&objects)).await?;
        kept.objects = Some(objects);
        Ok(commit)
    }

    async fn empty(&self) -> Result<Arc<Objects>, RenderError> {
        let objects = Objects::new(&self.stores.folder)?;
        let home = TempDir::new_in(&self.stores.folder).on_this_machine("make a folder")?;
        let job = session::offline(&self.stores.git, home.path(), &self.stores.limits);
        let job = job.args(["init", "--quiet", "--bare", "--template="]).args([objects.path()]);
        self.jail.run(job).await.map_err(|error| of_git("make an object store", &error))?;
        Ok(Arc::new(objects))
    }

    /// One commit without its history; from servers that do not give one alone, all branches and tags.
    async fn fetch(&self, objects: &Path, id: &str, name: Option<&str>) -> Result<(), RenderError> {
        let mut fetched = self.fetch_some(objects, &["--depth=1"], &[id]).await;
        if let Err(ChildError::Failed { said, .. }) = &fetched
            && NO_SINGLE_COMMIT.iter().any(|words| said.contains(words))
        {
            let mut wanted = vec!["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
            wanted.extend(name.filter(|name| name.starts_with("refs/")));
            fetched = self.fetch_some(objects, &[], &wanted).await;
        }
        let most = self.stores.limits.pack;
        fetched.map_err(|error| {
            // Git does not always say that its helper was ended for writing too much.
            if files(objects).any(|size| size >= most) {
                let text =
                    format!("{}: it is bigger than a repository may be, {}", self.repository.shown(), bytes(most));
                return RenderError::new(Kind::Limit, text);
            }
            of_server("fetch", self.repository, error)
        })
    }

    pub(super) async fn fetch_some(&self, objects: &Path, options: &[&str], wanted: &[&str]) -> Result<(), ChildError> {
        let repository = self.repository;
        let machine = |error: RenderError| ChildError::Pipe(std::io::Error::other(error.text));
        crate::address::local(&repository.url, &self.stores.folder).map_err(machine)?;
        let home = TempDir::new_in(&self.stores.folder).map_err(ChildError::Pipe)?;
        let run = (self.stores.git.as_path(), home.path(), &self.stores.limits);
        let job = session::online(run, repository, GitRequest::Fetch).map_err(machine)?;
        let mut job =
            job.arg_git_dir(objects).args(["fetch", "--quiet", "--no-tags", "--force", "--no-write-fetch-head"]);
        job = job.args(options).args(["--", &repository.url]).args(wanted);
        job.time = self.stores.limits.fetch;
        self.jail.run(job).await.map(|_| ())
    }

    /// The list of files of a commit that is here.
    async fn list(&self, id: &str, objects: Arc<Objects>) -> Result<Commit, RenderError> {
        let limits = &self.stores.limits;
        let home = TempDir::new_in(&self.stores.folder).on_this_machine("make a folder")?;
        let job = session::offline(&self.stores.git, home.path(), limits).arg_git_dir(objects.path());
        let job = job.args(["ls-tree", "-r", "-l", "-z", "--full-tree", id]);
        let text = self.jail.run(job).await.map_err(|error| of_git("list files", &error))?;
        let mut entries = list::parse(&text, limits.files)?;
        let links: Vec<Found> = entries
            .iter()
            .filter(|(_, entry)| entry.what == What::Link)
            .map(|(path, entry)| Found { path: path.clone(), id: entry.id.clone(), size: entry.size })
            .collect();
        if let Some(long) = links.iter().find(|link| link.size > TARGET) {
            return Err(RenderError::new(Kind::Limit, format!("link {}: its target is too long", long.path)));
        }
        let targets = self.stores.contents(self.jail, &objects, &links).await?;
        for link in &links {
            if let (Some(entry), Some(target)) = (entries.get_mut(&link.path), targets.get(&link.id)) {
                entry.target = Some(String::from_utf8_lossy(target).into_owned());
            }
        }
        Ok(Commit { id: id.to_owned(), tree: Arc::new(Tree::new(entries)), objects })
    }
}

/// Bytes of the packs in an object store.
fn size_of(objects: &Path) -> u64 {
    files(objects).sum()
}

/// The sizes of the packs in an object store, finished or not.
fn files(objects: &Path) -> impl Iterator<Item = u64> {
    let packs = fs::read_dir(objects.join("objects/pack")).into_iter().flatten();
    packs.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()))
}
