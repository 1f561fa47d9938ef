//! Taking a rejected commit back in git, where its Application asks for that by `sluice.dev/revert`.
//!
//! A commit whose release was taken back stands in the way of what comes behind it: git says one thing, the cluster another. The
//! engine may undo it there, by itself or as a proposal; either way the next commit is a new one, which clears the rejection.

mod reads;

use std::collections::BTreeSet;
use std::fmt;

use sluice_crds::names::application::REVERT;
use sluice_crds::{ApplicationSource, RejectedRevision};

use super::change::Change;
use super::fact::{Fact, Trouble};
use super::observed::{Compared, Home, Observed};
use super::plan::Plan;
use super::release;
use super::revision::{Revision, is_commit};
use crate::project::Project;

pub use self::reads::Reads;

/// A commit to be taken back: what came to its Application with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert {
    /// The repository.
    pub repository: String,
    /// What the source names: the branch to take it back on.
    pub revision: String,
    /// The commit that was deployed.
    pub commit: String,
    /// The one that was deployed before it: others between them came along with it. `None`: nobody knows, and it is that commit alone.
    pub before: Option<String>,
    /// What the Application reads there. What else these commits changed is others', and stays.
    pub reads: Reads,
    /// How.
    pub manner: Manner,
    /// Why, for whoever reads the commit.
    pub why: String,
}

/// How a commit is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// A pull request, or merge request, is opened.
    PullRequest,
    /// A commit is pushed.
    Push,
}

impl Manner {
    /// By its name. The error says what to write.
    pub fn read(text: &str) -> Result<Self, String> {
        let named = [Self::PullRequest, Self::Push].into_iter().find(|one| one.name() == text);
        named.ok_or_else(|| format!("is {text:?}; write {} or {}", Self::PullRequest, Self::Push))
    }

    fn name(self) -> &'static str {
        match self {
            Self::PullRequest => "pull-request",
            Self::Push => "push",
        }
    }
}

impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Revert {
    /// The branch that a proposal is pushed to: the same each time, and another one for each branch that it is for and for what is undone.
    pub fn branch(&self) -> String {
        let commit: String = self.commit.chars().take(12).collect();
        let base = self.revision.trim().trim_start_matches("refs/heads/");
        let base = if base.is_empty() { "HEAD" } else { base };
        let Reads { folders, flat, others } = &self.reads;
        let each = self.before.iter().chain(folders).chain(flat).chain(others);
        let print = release::print_of(&each.map(String::as_str).collect::<Vec<&str>>().join("\n"));
        format!("sluice/revert-{commit}-{base}-{}", &print[..8])
    }

    /// What the status says once it is done.
    fn done(&self) -> String {
        match self.manner {
            Manner::PullRequest => format!("proposed from branch {}", self.branch()),
            Manner::Push => "pushed".to_owned(),
        }
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let commit = Revision(vec![self.commit.clone()]).short();
        match self.manner {
            Manner::PullRequest => write!(f, "propose to revert {commit} in {} ({})", self.repository, self.why),
            Manner::Push => write!(f, "revert {commit} in {} ({})", self.repository, self.why),
        }
    }
}

/// What an Application asks for by `sluice.dev/revert`. The error says why that cannot be, also while there is nothing to take back:
/// nobody should learn it on the day of the bad release.
pub fn asked(text: &str, project: &Project) -> Result<Manner, String> {
    let manner = Manner::read(text).map_err(|why| format!("{REVERT} {why}"))?;
    project.permits_revert(manner).map(|()| manner).map_err(|refusal| refusal.to_string())
}

/// What is to be taken back of the commit at hand, and of those before it whose releases git still wants; each once.
pub(super) fn plan(seen: &Observed, home: &Home, compared: &Compared) -> Plan {
    let Some(text) = seen.words.revert.as_deref() else { return Plan::default() };
    let manner = match asked(text, &home.project) {
        Ok(manner) => manner,
        Err(why) => return Plan::saying(vec![Fact::Trouble(Trouble::SyncError, why)]),
    };
    let standing = seen.rejections.iter().filter(|one| release::stands(seen, compared, one));
    let revisions: BTreeSet<String> =
        standing.map(|one| one.revision.clone()).chain([compared.revision.to_string()]).collect();
    let mut plan = Plan::default();
    for revision in revisions {
        let Some((by, why)) = open(seen, &revision) else { continue };
        let why = format!("Rollout {by} took back the release of this commit: {why}");
        let each = guilty(seen, compared, &Revision(revision.split(',').map(str::to_owned).collect()));
        if each.is_empty() {
            let text = format!("{REVERT}: which source brought commit {revision} is not known: revert it by hand");
            plan.facts.push(Fact::Trouble(Trouble::SyncError, text));
        }
        let each = each.iter().map(|guilty| revert(compared, guilty, manner, &why));
        each.fold(Vec::new(), with).into_iter().for_each(|one| plan.changes.push(Change::Revert(Box::new(one))));
    }
    plan
}

/// Several sources may be of one repository: what they brought is taken back by one commit.
fn with(mut all: Vec<Revert>, one: Revert) -> Vec<Revert> {
    let place = |revert: &Revert| (revert.repository.clone(), revert.revision.clone(), revert.commit.clone());
    match all.iter_mut().find(|known| place(known) == place(&one) && known.before == one.before) {
        Some(known) => known.reads.add(one.reads),
        None => all.push(one),
    }
    all
}

fn revert(compared: &Compared, guilty: &Guilty<'_>, manner: Manner, why: &str) -> Revert {
    Revert {
        repository: guilty.source.repo_url.clone(),
        revision: guilty.source.target_revision.clone().unwrap_or_default(),
        commit: guilty.commit.clone(),
        before: guilty.before.clone(),
        reads: Reads::of(&compared.sources, guilty.at),
        manner,
        why: why.to_owned(),
    }
}

/// The first rejection of that commit of which nothing was proposed: who took it back, and why.
fn open(seen: &Observed, revision: &str) -> Option<(String, String)> {
    let mut recorded = seen.status.rejected.iter().filter(|one| one.revision == revision).peekable();
    if recorded.peek().is_some() {
        let proposed = |one: &RejectedRevision| one.reverted.is_some();
        let first = recorded.next().filter(|first| !proposed(first) && !recorded.any(proposed))?;
        return Some((first.by.clone(), first.message.clone()));
    }
    let found = seen.rejections.iter().find(|one| one.revision == revision)?;
    Some((found.rollout.clone(), found.why.clone()))
}

/// What a source brought with a deployment.
struct Guilty<'a> {
    /// Its place among the sources.
    at: usize,
    source: &'a ApplicationSource,
    commit: String,
    /// The commit of the deployment before, if that is known.
    before: Option<String>,
}

/// The repositories whose commits were new then since the deployment before; of a single source, that one. Charts have no commits.
fn guilty<'a>(seen: &Observed, compared: &'a Compared, revision: &Revision) -> Vec<Guilty<'a>> {
    let before = before(seen, compared, revision);
    let each = compared.sources.iter().zip(revision.0.iter().cloned()).enumerate();
    let each = each.map(|(at, (source, commit))| {
        let before = before.as_ref().and_then(|before| before.get(at).cloned()).filter(|before| is_commit(before));
        Guilty { at, source, commit, before }
    });
    let brought = |one: &Guilty<'_>| match &before {
        Some(_) => one.before.as_ref() != Some(&one.commit),
        None => compared.sources.len() == 1,
    };
    let is_git = |one: &Guilty<'_>| one.source.chart.as_deref().is_none_or(str::is_empty);
    each.filter(|one| is_git(one) && brought(one)).collect()
}

/// The deployment before that commit, where that is known.
fn before(seen: &Observed, compared: &Compared, revision: &Revision) -> Option<Vec<String>> {
    let history = seen.status.history.iter();
    let past: Vec<Vec<String>> = history
        .map(|entry| if entry.revisions.is_empty() { vec![entry.revision.clone()] } else { entry.revisions.clone() })
        .collect();
    let end = match past.iter().rposition(|one| *one == revision.0) {
        Some(at) => at,
        None if *revision == compared.revision => past.len(),
        None => 0,
    };
    past.into_iter().take(end).rfind(|one| *one != revision.0)
}

/// Notes that it is done.
pub(super) fn note(rejected: &mut [RejectedRevision], revert: &Revert) {
    let of_it = rejected.iter_mut().filter(|one| one.revision.split(',').any(|commit| commit == revert.commit));
    of_it.for_each(|one| one.reverted = Some(revert.done()));
}
