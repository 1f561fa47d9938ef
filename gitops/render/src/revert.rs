//! Taking a commit back in git: a commit on top of its branch that undoes what came to the Application with it, pushed there or
//! proposed.
//!
//! Nothing is checked out: the change is undone in an index. Nothing is ever pushed by force, and whoever comes twice finds what he did
//! the first time: the branch of a proposal has the same name each time, and a commit that undoes another says so in its message.

mod branch;
mod forge;
mod guilt;
mod paths;

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
    let Some(guilt) = clone.guilt(&branches, &base, revert).await? else { return Ok(Reverted::Already) };
    let Some(forge) = forge else {
        return match clone.undone(&guilt, revert, now).await? {
            Some(commit) => clone.push(&commit, &base).await.map(|()| Reverted::Pushed(commit)),
            None => Ok(Reverted::Already),
        };
    };
    let branch = revert.branch();
    if !branches.has(&branch) {
        let Some(commit) = clone.undone(&guilt, revert, now).await? else { return Ok(Reverted::Already) };
        clone.push(&commit, &branch).await?;
    } else if !clone.stands_on(&branches, &branch, &base).await? {
        let text =
            format!("branch {branch} is there, and has commits that {base} has not: delete it, or revert it by hand");
        return Err(RenderError::spec(text));
    }
    let (title, text) = (guilt.title(), guilt.text(revert));
    let proposal = Proposal { from: &branch, into: &base, title: &title, text: &text };
    forge.propose(&proposal).await.map(Reverted::Proposed)
}
