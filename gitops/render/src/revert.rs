//! Taking a commit back in git: a commit on top of its branch that undoes it, pushed there or proposed.
//!
//! Nothing is checked out: the change is undone in an index. Nothing is ever pushed by force, and whoever comes twice finds what he did
//! the first time: the branch of a proposal has the same name each time, and a commit that undoes another says so in its message.

mod branch;
mod forge;

use jiff::Timestamp;
use sluice_gitops::application::revert::{Manner, Revert};

use self::branch::Clone;
use self::forge::{Forge, Proposal};
use crate::credentials::Credentials;
use crate::error::RenderError;
use crate::git::Repository;
use crate::workshop::Workshop;

/// What became of a commit that is to be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reverted {
    /// This commit undoes it on its branch.
    Pushed(String),
    /// This pull request proposes to.
    Proposed(String),
    /// Its branch has nothing of it any more, or a commit that undoes it.
    Already,
}

/// Takes a commit back, or proposes to.
pub(crate) async fn revert(
    workshop: &Workshop,
    revert: &Revert,
    (project, credentials): (&str, &Credentials),
    now: Timestamp,
) -> Result<Reverted, RenderError> {
    crate::address::of_git(&revert.repository)?;
    let access = credentials.access(&revert.repository, project)?;
    let repository = Repository { url: revert.repository.clone(), access };
    let outcome = on(workshop, &repository, revert, now).await;
    outcome.map_err(|error| error.within(format!("revert {}", revert.commit)))
}

async fn on(
    workshop: &Workshop,
    repository: &Repository,
    revert: &Revert,
    now: Timestamp,
) -> Result<Reverted, RenderError> {
    // Who cannot open a pull request must not leave a branch behind.
    let forge = match revert.manner {
        Manner::PullRequest => Some(Forge::find(repository, &workshop.limits).await?),
        Manner::Push => None,
    };
    let clone = Clone::new(workshop, repository)?;
    let branches = clone.branches().await?;
    let base = branches.branch(&revert.revision)?;
    let Some(forge) = forge else {
        return match clone.undone(&branches, &base, revert, now).await? {
            Some(commit) => clone.push(&commit, &base).await.map(|()| Reverted::Pushed(commit)),
            None => Ok(Reverted::Already),
        };
    };
    if !branches.has(&revert.branch) {
        let Some(commit) = clone.undone(&branches, &base, revert, now).await? else { return Ok(Reverted::Already) };
        clone.push(&commit, &revert.branch).await?;
    }
    let (title, text) = (title(revert), text(revert));
    let proposal = Proposal { from: &revert.branch, into: &base, title: &title, text: &text };
    forge.propose(&proposal).await.map(Reverted::Proposed)
}

fn title(revert: &Revert) -> String {
    format!("Revert {}", revert.commit.get(..7).unwrap_or(&revert.commit))
}

/// What people read of it. The first sentence is the one that git itself writes, and that is looked for.
fn text(revert: &Revert) -> String {
    format!("This reverts commit {}.\n\n{}\n", revert.commit, revert.why)
}
