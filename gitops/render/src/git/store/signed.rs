//! Commits and tags as they are, for whoever looks at their signatures.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;

use super::{Commit, Repository, Stores, of_git, of_server, shelf};
use crate::child::Jail;
use crate::error::{Kind, OnThisMachine, RenderError};
use crate::git::session;

/// All of a history.
const ALL: &str = "--depth=2147483647";

impl Stores {
    /// The annotated tag that a revision names: its full name, and its own hash, which is not that of the commit.
    pub(crate) async fn annotated(
        &self,
        jail: &Jail,
        repository: &Repository,
        revision: &str,
        (now, age): (Timestamp, Duration),
    ) -> Result<Option<(String, String)>, RenderError> {
        let kept = self.shelf(repository, now);
        let refs = kept.refs(now, age, self.limits.retry, || self.ask(jail, repository)).await?;
        Ok(refs.annotated(revision))
    }

    /// Fetches a tag to where its commit is.
    pub(crate) async fn fetch_tag(
        &self,
        jail: &Jail,
        repository: &Repository,
        commit: &Commit,
        name: &str,
        now: Timestamp,
    ) -> Result<(), RenderError> {
        let store = shelf::Store { stores: self, jail, repository };
        let kept = self.shelf(repository, now);
        let _alone = kept.alone().await;
        let fetched = store.fetch_some(commit.objects.path(), &["--depth=1"], &[name]).await;
        fetched.map_err(|error| of_server("fetch its tag", repository, error))
    }

    /// The commits that a commit is made of, itself the first; no more than `most`. Fetches what is not here.
    pub(crate) async fn history(
        &self,
        jail: &Jail,
        repository: &Repository,
        commit: &Commit,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<String>, RenderError> {
        let store = shelf::Store { stores: self, jail, repository };
        let kept = self.shelf(repository, now);
        let _alone = kept.alone().await;
        let fetched = store.fetch_some(commit.objects.path(), &[ALL], &[&commit.id]).await;
        fetched.map_err(|error| of_server("fetch its history", repository, error))?;
        let home = TempDir::new_in(&self.folder).on_this_machine("make a folder")?;
        let job = session::offline(&self.git, home.path(), &self.limits).arg_git_dir(commit.objects.path());
        let job = job.args(["rev-list", &format!("--max-count={most}"), &commit.id, "--"]);
        let text = jail.run(job).await.map_err(|error| of_git("list a history", &error))?;
        Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }

    /// Commits and tags, byte by byte. What is not here is left out.
    pub(crate) async fn raw(
        &self,
        jail: &Jail,
        commit: &Commit,
        ids: &[String],
    ) -> Result<HashMap<String, Vec<u8>>, RenderError> {
        let home = TempDir::new_in(&self.folder).on_this_machine("make a folder")?;
        let mut job = session::offline(&self.git, home.path(), &self.limits).arg_git_dir(commit.objects.path());
        job = job.args(["cat-file", "--batch"]);
        job.input = ids.join("\n").into_bytes();
        let output = jail.run(job).await.map_err(|error| of_git("read commits", &error))?;
        let mut all = HashMap::new();
        let mut rest = output.as_slice();
        while let Some((id, content, behind)) = next(rest)? {
            rest = behind;
            all.extend(content.map(|content| (id, content.to_vec())));
        }
        Ok(all)
    }
}

type Next<'a> = Option<(String, Option<&'a [u8]>, &'a [u8])>;

/// `HASH KIND SIZE<LF>CONTENT<LF>`, or `HASH missing<LF>`; and what is behind it.
fn next(output: &[u8]) -> Result<Next<'_>, RenderError> {
    let Some(end) = output.iter().position(|&byte| byte == b'\n') else { return Ok(None) };
    let damaged = || RenderError::new(Kind::Machine, "git cat-file: its answer cannot be read");
    let (line, rest) = output.split_at_checked(end + 1).ok_or_else(damaged)?;
    let line = String::from_utf8_lossy(line);
    match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        [id, "commit" | "tag", size] => {
            let size: usize = size.parse().map_err(|_| damaged())?;
            let (content, rest) = rest.split_at_checked(size).ok_or_else(damaged)?;
            Ok(Some(((*id).to_owned(), Some(content), rest.strip_prefix(b"\n").ok_or_else(damaged)?)))
        }
        [id, "missing"] => Ok(Some(((*id).to_owned(), None, rest))),
        _ => Err(damaged()),
    }
}
