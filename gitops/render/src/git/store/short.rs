//! Commits that are named by their first digits.

use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;

use super::{Repository, Stores, of_git, of_server, shelf};
use crate::child::{ChildError, Jail};
use crate::error::{OnThisMachine, RenderError};
use crate::git::{Answer, session};

/// The fewest digits that name a commit.
const FEWEST: usize = 7;
/// How long it is believed that there is no such commit: to ask costs a history.
const NONE: Duration = Duration::from_mins(10);
/// The commits alone, of all branches and tags.
const COMMITS: [&str; 1] = ["--filter=tree:0"];
const ALL: [&str; 2] = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

/// Whether it may be the beginning of a commit's hash.
pub(super) fn is_short(revision: &str) -> bool {
    (FEWEST..64).contains(&revision.len()) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Stores {
    /// The one commit of all branches and tags whose hash begins so; `None`: there is none, or several. What is found is remembered.
    pub(super) async fn long(
        &self,
        jail: &Jail,
        repository: &Repository,
        short: &str,
        now: Timestamp,
    ) -> Result<Option<String>, RenderError> {
        let kept = self.shelf(repository, now);
        let mut known = kept.known_short().await;
        let lasts = |answer: &Answer<Option<String>>| {
            let age = if matches!(answer.what(), Ok(Some(_))) { Duration::MAX } else { NONE };
            answer.counts(now, (age, self.limits.retry))
        };
        if let Some(answer) = known.get(short).and_then(lasts) {
            return answer;
        }
        let answer = Answer::to(self.begins_so(jail, repository, short), now).await;
        let found = answer.what();
        known.retain(|_, answer| lasts(answer).is_some());
        known.insert(short.to_owned(), answer);
        found
    }

    async fn begins_so(
        &self,
        jail: &Jail,
        repository: &Repository,
        short: &str,
    ) -> Result<Option<String>, RenderError> {
        let folder = || TempDir::new_in(&self.folder).on_this_machine("make a folder");
        let (objects, home) = (folder()?, folder()?);
        let init = session::offline(&self.git, home.path(), &self.limits);
        let init = init.args(["init", "--quiet", "--bare", "--template="]).args([objects.path()]);
        jail.run(init).await.map_err(|error| of_git("make an object store", &error))?;
        let store = shelf::Store { stores: self, jail, repository };
        let fetched = store.fetch_some(objects.path(), &COMMITS, &ALL).await;
        fetched.map_err(|error| of_server("fetch its history", repository, error))?;
        let job = session::offline(&self.git, home.path(), &self.limits).arg_git_dir(objects.path());
        let wanted = format!("{short}^{{commit}}");
        match jail.run(job.args(["rev-parse", "--verify", "--quiet", &wanted])).await {
            Ok(found) => Ok(Some(String::from_utf8_lossy(&found).trim().to_owned())),
            Err(ChildError::Failed { .. }) => Ok(None),
            Err(error) => Err(of_git("look for a commit", &error)),
        }
    }
}
