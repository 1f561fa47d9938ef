//! What is done to a repository's branches.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sluice_gitops::application::revert::{Manner, Revert};
use sluice_gitops::application::revision::is_commit;
use tempfile::TempDir;

use super::guilt::Guilt;
use crate::child::{ChildError, Job};
use crate::error::{Kind, OnThisMachine, RenderError};
use crate::git::{GitRequest, Repository, of_git, of_server, session};
use crate::workshop::Workshop;

const HEADS: &str = "refs/heads/";

/// A repository's branches, and which one is its own.
#[derive(Debug, Default)]
pub(super) struct Branches {
    tips: BTreeMap<String, String>,
    head: String,
}

impl Branches {
    /// From what `git ls-remote --symref` writes.
    fn parse(text: &str) -> Self {
        let mut branches = Self::default();
        for (value, name) in text.lines().filter_map(|line| line.split_once('\t')) {
            match (value.strip_prefix("ref: refs/heads/"), name.strip_prefix(HEADS)) {
                (Some(head), _) if name == "HEAD" => head.clone_into(&mut branches.head),
                (None, Some(name)) => drop(branches.tips.insert(name.to_owned(), value.to_owned())),
                _ => {}
            }
        }
        branches
    }

    fn tip(&self, name: &str) -> String {
        self.tips.get(name).cloned().unwrap_or_default()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.tips.contains_key(name)
    }

    /// The branch that a source's revision names. Commits are taken back on branches alone.
    pub(super) fn branch(&self, revision: &str) -> Result<String, RenderError> {
        let name = match revision.trim() {
            "" | "HEAD" => &self.head,
            name => name.strip_prefix(HEADS).unwrap_or(name),
        };
        if self.has(name) {
            return Ok(name.to_owned());
        }
        let text = format!("targetRevision {revision:?} is no branch: let it name one, or revert the commit by hand");
        Err(RenderError::new(Kind::NotFound, text))
    }
}

/// Which of several brought the release is for people to tell: among them are others', that this Application only reads.
fn several(before: &str, commits: &[String]) -> String {
    let short: Vec<&str> = commits.iter().take(10).filter_map(|commit| commit.get(..7)).collect();
    format!(
        "{} commits since {} changed what the Application reads ({}), and nobody knows which of them brought the release: revert it by hand, or have all of them proposed with sluice.dev/revert: pull-request",
        commits.len(),
        before.get(..7).unwrap_or(before),
        short.join(", ")
    )
}

/// A repository with one branch and its history, for as long as this takes.
pub(super) struct Clone<'a> {
    workshop: &'a Workshop,
    repository: &'a Repository,
    objects: TempDir,
    /// Git's own files, its keys, and the index.
    home: TempDir,
}

impl<'a> Clone<'a> {
    pub(super) fn new(workshop: &'a Workshop, repository: &'a Repository) -> Result<Self, RenderError> {
        crate::address::local(&repository.url, &workshop.folder)?;
        let folder = || TempDir::new_in(&workshop.folder).on_this_machine("make a folder");
        Ok(Self { workshop, repository, objects: folder()?, home: folder()? })
    }

    pub(super) async fn branches(&self) -> Result<Branches, RenderError> {
        let mut job = self.online(GitRequest::LsRemote)?.args(["ls-remote", "--symref", "--", &self.repository.url]);
        job.time = self.workshop.limits.ask;
        let text = self.workshop.jail.run(job).await;
        let text = text.map_err(|error| of_server("list its branches", self.repository, error))?;
        Ok(Branches::parse(&String::from_utf8_lossy(&text)))
    }

    /// What is to be undone on the branch; `None`, if it has been already.
    pub(super) async fn guilt(
        &self,
        branches: &Branches,
        base: &str,
        revert: &Revert,
    ) -> Result<Option<Guilt>, RenderError> {
        let tip = branches.tip(base);
        let bad = &revert.commit;
        // They stood in a status, and git must not take them for options.
        if let Some(odd) = std::iter::once(bad).chain(&revert.before).find(|commit| !is_commit(commit)) {
            return Err(RenderError::spec(format!("{odd:?} is no commit: revert by hand what brought the release")));
        }
        self.fetch(&tip).await?;
        if !self.is_ancestor(bad, &tip).await {
            let text = format!("branch {base} has no such commit (any more): there is nothing to revert");
            return Err(RenderError::new(Kind::NotFound, text));
        }
        let before = self.before(revert).await?;
        let paths = self.paths(&before, revert).await?;
        let range = format!("{before}..{bad}");
        let commits = ["log", "--first-parent", "--format=%H", &range, "--"];
        let commits =
            self.git(&with(&commits, &paths)).await.map_err(|error| of_git("look through its history", &error))?;
        let commits: Vec<String> = commits.lines().map(str::to_owned).collect();
        if commits.is_empty() {
            let text = "nothing that the Application is seen to read changed since the deployment before: revert by hand what brought the release";
            return Err(RenderError::spec(text));
        }
        if revert.manner == Manner::Push && commits.len() > 1 {
            return Err(RenderError::spec(several(&before, &commits)));
        }
        let since = format!("{before}..{tip}");
        // What another Application's revert undid of the same commit is not this one's.
        let said = ["log", "--format=%B", "--fixed-strings", "--grep=This reverts commit ", &since, "--"];
        let said = self.git(&with(&said, &paths)).await.map_err(|error| of_git("look through its history", &error))?;
        let is_open = commits.iter().any(|commit| !said.contains(&format!("This reverts commit {commit}")));
        Ok(is_open.then_some(Guilt { tip, before, commits, paths }))
    }

    /// The commit to go back to.
    async fn before(&self, revert: &Revert) -> Result<String, RenderError> {
        let Some(before) = &revert.before else {
            let parent = format!("{}^1", revert.commit);
            let parent = self.git(&["rev-parse", "--verify", "--quiet", &parent]).await;
            let first = "it is the first commit of all: there is nothing to go back to";
            return parent.map_err(|_| RenderError::spec(first));
        };
        if self.is_ancestor(before, &revert.commit).await {
            return Ok(before.clone());
        }
        let text = format!(
            "commit {before}, which was deployed before, does not lead to it: revert by hand what came between"
        );
        Err(RenderError::spec(text))
    }

    async fn is_ancestor(&self, one: &str, of: &str) -> bool {
        self.git(&["merge-base", "--is-ancestor", one, of]).await.is_ok()
    }

    /// A commit on top of the branch that undoes what is guilty; `None`, if the branch has nothing of it any more.
    pub(super) async fn undone(
        &self,
        guilt: &Guilt,
        revert: &Revert,
        now: Timestamp,
    ) -> Result<Option<String>, RenderError> {
        let tree = self.tree(guilt, revert).await?;
        let old = format!("{}^{{tree}}", guilt.tip);
        let old = self.git(&["rev-parse", &old]).await.map_err(|error| of_git("read its branch", &error))?;
        if tree == old {
            return Ok(None);
        }
        self.commit(&tree, guilt, revert, now).await.map(Some)
    }

    /// Whether a branch that is there already has, beside what the base has, nothing but the commit that undoes it, and what came on top.
    pub(super) async fn stands_on(&self, branches: &Branches, branch: &str, base: &str) -> Result<bool, RenderError> {
        let (tip, base) = (branches.tip(branch), branches.tip(base));
        self.fetch(&tip).await?;
        let own = ["log", "--reverse", "--format=%H %s", &format!("{base}..{tip}")];
        let own = self.git(&own).await.map_err(|error| of_git("look through its history", &error))?;
        let first = own.lines().next().and_then(|line| line.split_once(' '));
        Ok(first.is_none_or(|(_, title)| title.starts_with("Revert ")))
    }

    /// The files of the branch without what is guilty.
    async fn tree(&self, guilt: &Guilt, revert: &Revert) -> Result<String, RenderError> {
        let failed = |error: ChildError| of_git("undo it", &error);
        self.git(&["read-tree", &guilt.tip]).await.map_err(failed)?;
        let diff = ["diff-tree", "-p", "--binary", "--full-index", "--no-ext-diff", "--no-textconv", &guilt.before];
        let diff = [&diff[..], &[&revert.commit, "--"]].concat();
        let patch = self.workshop.jail.run(self.job(&with(&diff, &guilt.paths))).await.map_err(failed)?;
        if !patch.is_empty() {
            let mut job = self.job(&["apply", "--cached", "--reverse", "--3way", "-"]);
            job.input = patch;
            self.workshop.jail.run(job).await.map_err(|error| match error {
                ChildError::Failed { said, .. } => conflict(&said),
                error => failed(error),
            })?;
        }
        self.git(&["write-tree"]).await.map_err(failed)
    }

    async fn commit(&self, tree: &str, guilt: &Guilt, revert: &Revert, now: Timestamp) -> Result<String, RenderError> {
        let mut job = self.job(&["commit-tree", "-p", &guilt.tip, tree]);
        job.input = format!("{}\n\n{}", guilt.title(), guilt.text(revert)).into_bytes();
        for who in ["AUTHOR", "COMMITTER"] {
            job = job.env(&format!("GIT_{who}_NAME"), "Sluice").env(&format!("GIT_{who}_EMAIL"), "sluice@localhost");
            job = job.env(&format!("GIT_{who}_DATE"), format!("@{} +0000", now.as_second()));
        }
        let commit = self.workshop.jail.run(job).await.map_err(|error| of_git("make a commit", &error))?;
        Ok(String::from_utf8_lossy(&commit).trim().to_owned())
    }

    async fn fetch(&self, tip: &str) -> Result<(), RenderError> {
        let init = self.plain().args(["init", "--quiet", "--bare", "--template="]).args([self.objects.path()]);
        self.workshop.jail.run(init).await.map_err(|error| of_git("make an object store", &error))?;
        let mut job = self.online(GitRequest::Fetch)?.arg_git_dir(self.objects.path());
        job = job.args(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", &self.repository.url, tip]);
        job.time = self.workshop.limits.fetch;
        let fetched = self.workshop.jail.run(job).await;
        fetched.map(drop).map_err(|error| of_server("fetch", self.repository, error))
    }

    /// Pushes a commit to a branch. A branch that moved meanwhile is not overwritten: the server refuses.
    pub(super) async fn push(&self, commit: &str, branch: &str) -> Result<(), RenderError> {
        let job = self.online(GitRequest::Push)?.arg_git_dir(self.objects.path());
        let mut job = job.args(["push", "--quiet", "--", &self.repository.url, &format!("{commit}:{HEADS}{branch}")]);
        job.time = self.workshop.limits.fetch;
        let pushed = self.workshop.jail.run(job).await;
        pushed.map(drop).map_err(|error| {
            let advice = advice(&error);
            let mut error = of_server(&format!("push to branch {branch}"), self.repository, error);
            // Each try is another commit, and what people read stays the same.
            error.text = error.text.replace(commit, "the commit") + advice;
            error
        })
    }

    fn plain(&self) -> Job {
        session::offline(&self.workshop.programs.git, self.home.path(), &self.workshop.limits)
    }

    fn online(&self, asks: GitRequest) -> Result<Job, RenderError> {
        let run = (self.workshop.programs.git.as_path(), self.home.path(), &self.workshop.limits);
        session::online(run, self.repository, asks)
    }

    fn job(&self, arguments: &[&str]) -> Job {
        let index = self.home.path().join("index");
        self.plain().arg_git_dir(self.objects.path()).args(arguments).env("GIT_INDEX_FILE", index)
    }

    pub(super) async fn git(&self, arguments: &[&str]) -> Result<String, ChildError> {
        let output = self.workshop.jail.run(self.job(arguments)).await?;
        Ok(String::from_utf8_lossy(&output).trim().to_owned())
    }
}

/// Arguments, and behind them paths.
fn with<'a>(arguments: &[&'a str], paths: &'a [String]) -> Vec<&'a str> {
    arguments.iter().copied().chain(paths.iter().map(String::as_str)).collect()
}

/// What `git apply` says when both sides changed something.
fn conflict(said: &str) -> RenderError {
    let file =
        |line: &'_ str| Some(line.strip_prefix("Applied patch to '")?.strip_suffix("' with conflicts.")?.to_owned());
    let files: Vec<String> = said.lines().filter_map(file).take(5).collect();
    let text = "later commits changed the same lines: revert it by hand, or go on by a new commit";
    RenderError::new(Kind::Tool, format!("{text} ({})", files.join(", ")))
}

fn advice(error: &ChildError) -> &'static str {
    match error {
        ChildError::Failed { said, .. } if said.contains("fetch first") || said.contains("non-fast-forward") => {
            " (the branch moved meanwhile: it is tried again)"
        }
        ChildError::Failed { .. } => {
            " (let its credentials write to the repository; for a branch that is protected, sluice.dev/revert: pull-request)"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_a_branch_or_the_repositorys_own() {
        let text =
            "ref: refs/heads/trunk\tHEAD\nabc\tHEAD\nabc\trefs/heads/trunk\ndef\trefs/heads/dev\nabc\trefs/tags/v1\n";
        let branches = Branches::parse(text);
        for (revision, branch) in [("", "trunk"), ("HEAD", "trunk"), ("dev", "dev"), ("refs/heads/dev", "dev")] {
            assert_eq!(branches.branch(revision).unwrap(), branch);
        }
        let error = branches.branch("v1").unwrap_err().text;
        assert_eq!(error, "targetRevision \"v1\" is no branch: let it name one, or revert the commit by hand");
    }
}
