//! The files of one commit, or of one chart, as a list: nothing is checked out, so no link is ever followed by the system.

mod files;

use std::collections::BTreeMap;

pub(crate) use self::files::Files;
use crate::error::{Kind, RenderError};
use crate::path;

/// How many links one path may go through, as Linux has it.
const LINKS: usize = 40;
/// How deep folders may lie in each other once links are followed.
const DEPTH: usize = 64;

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    File,
    Link,
    /// Another repository, of which only the commit is known.
    Submodule,
}

/// One path of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub what: What,
    /// A hash of its content.
    pub id: String,
    pub size: u64,
    /// Where a link leads to, as it is written.
    pub target: Option<String>,
}

/// A list of files, by path from the root.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    entries: BTreeMap<String, Entry>,
}

/// A file as it is wanted: under the path where it was found, with what is behind any links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub path: String,
    pub id: String,
    pub size: u64,
}

impl Tree {
    pub(crate) fn new(entries: BTreeMap<String, Entry>) -> Self {
        Self { entries }
    }

    /// The real path behind any links on the way. Fails if one leads out of the tree, in a circle, or into nothing.
    pub(crate) fn real(&self, path: &str) -> Result<String, RenderError> {
        let mut real = String::new();
        let mut rest: Vec<String> = path.split('/').filter(|part| !part.is_empty()).rev().map(str::to_owned).collect();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            let next = if real.is_empty() { part } else { format!("{real}/{part}") };
            let Some(target) = self.entries.get(&next).and_then(|entry| entry.target.as_deref()) else {
                real = next;
                continue;
            };
            links += 1;
            if links > LINKS {
                return Err(RenderError::new(Kind::Limit, format!("{path}: its links lead in a circle")));
            }
            if target.starts_with('/') {
                return Err(path::escape(&format!("link {next}"), target));
            }
            let led = path::join(&real, target, &format!("link {next}"))?;
            rest.extend(led.split('/').filter(|part| !part.is_empty()).rev().map(str::to_owned));
            real.clear();
        }
        Ok(real)
    }

    /// The file at a path, links followed; `None` if there is no file.
    pub(crate) fn file(&self, path: &str) -> Result<Option<Found>, RenderError> {
        let real = self.real(path)?;
        let entry = self.entries.get(&real).filter(|entry| entry.what == What::File);
        Ok(entry.map(|entry| Found { path: path.to_owned(), id: entry.id.clone(), size: entry.size }))
    }

    /// Whether there is a folder at a path, links followed.
    pub(crate) fn is_folder(&self, path: &str) -> Result<bool, RenderError> {
        let real = self.real(path)?;
        Ok(real.is_empty() || self.within(&real).next().is_some())
    }

    /// Whether the folder is another repository that is not fetched with this one.
    pub(crate) fn is_submodule(&self, path: &str) -> bool {
        self.entries.get(path).is_some_and(|entry| entry.what == What::Submodule)
    }

    /// The files in a folder, by path, links to files followed; those in folders below it if `deep` says so. Links to folders
    /// are not entered, as walking a file system does not either, and links into nothing are left out. Fails where another
    /// repository lies among them.
    pub(crate) fn listed(&self, folder: &str, deep: Depth) -> Result<Vec<Found>, RenderError> {
        let real = self.real(folder)?;
        let mut found = Vec::new();
        for (at, entry) in self.within(&real) {
            let Some(rest) = path::below(at, &real) else { continue };
            if deep == Depth::Top && (rest.contains('/') || entry.what == What::Submodule) {
                continue;
            }
            if entry.what == What::Submodule {
                return Err(submodule(at));
            }
            if let Some(file) = self.file(at)? {
                found.push(Found { path: joined(folder, rest), ..file });
            }
        }
        Ok(found)
    }

    /// Everything below a folder, links to files and to folders followed, as it would look to a program that follows them.
    pub(crate) fn exported(&self, folder: &str) -> Result<Vec<Found>, RenderError> {
        let most = self.entries.len().saturating_mul(4).max(1000);
        let mut export = Export { found: Vec::new(), left: most };
        self.export(folder, 0, &mut export)?;
        Ok(export.found)
    }

    fn export(&self, folder: &str, depth: usize, into: &mut Export) -> Result<(), RenderError> {
        if depth > DEPTH {
            return Err(RenderError::new(Kind::Limit, format!("{folder}: its links lead in a circle")));
        }
        let real = self.real(folder)?;
        for (at, entry) in self.within(&real) {
            let Some(rest) = path::below(at, &real) else { continue };
            let shown = joined(folder, rest);
            let Some(left) = into.left.checked_sub(1) else {
                return Err(RenderError::new(Kind::Limit, format!("{folder}: its links make too many files of a few")));
            };
            into.left = left;
            match entry.what {
                What::Submodule => return Err(submodule(at)),
                What::File => into.found.push(Found { path: shown, id: entry.id.clone(), size: entry.size }),
                What::Link => match self.file(at)? {
                    Some(file) => into.found.push(Found { path: shown, ..file }),
                    None if self.is_folder(at)? => self.export(&shown, depth + 1, into)?,
                    None => {}
                },
            }
        }
        Ok(())
    }

    /// All entries below a real folder.
    fn within<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a String, &'a Entry)> + use<'a> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = self.entries.range(prefix.clone()..);
        from.take_while(move |(path, _)| path.starts_with(&prefix))
    }
}

/// What is missing there must not look as if it were not wanted.
fn submodule(path: &str) -> RenderError {
    let text = format!("{path} is another repository (a submodule), which is not fetched: make it a source of its own");
    RenderError::spec(text)
}

/// An export under way: what it has found, and how many paths it may still pass.
struct Export {
    found: Vec<Found>,
    left: usize,
}

/// How far a folder is looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    Top,
    All,
}

fn joined(folder: &str, rest: &str) -> String {
    if folder.is_empty() { rest.to_owned() } else { format!("{folder}/{rest}") }
}

#[cfg(test)]
pub(crate) mod tests;
