//! Files of one source, wherever they come from.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use crate::child::Jail;
use crate::error::{OnThisMachine, RenderError};
use crate::git::{Commit, Stores};
use crate::helm::Archive;
use crate::limits::Limits;
use crate::tree::{Files, Found, Tree};

/// Where files are read from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// A commit.
    Git(Commit),
    /// A chart out of a Helm repository or registry.
    Chart(Arc<Archive>),
}

/// Files of one source. A folder for its programs' own files can be had too.
pub(crate) struct Reader<'a> {
    pub origin: Origin,
    pub stores: &'a Stores,
    pub jail: &'a Jail,
    pub limits: &'a Limits,
    /// Where scratch folders are made.
    pub folder: &'a Path,
}

impl Reader<'_> {
    pub(crate) fn tree(&self) -> &Tree {
        match &self.origin {
            Origin::Git(commit) => &commit.tree,
            Origin::Chart(archive) => archive.tree(),
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.limits
    }

    pub(crate) fn jail(&self) -> &Jail {
        self.jail
    }

    pub(crate) async fn read(&self, wanted: &[Found]) -> Result<Files, RenderError> {
        match &self.origin {
            Origin::Git(commit) => self.stores.read(self.jail, commit, wanted).await,
            Origin::Chart(archive) => Ok(archive.read(wanted)),
        }
    }

    /// One text file.
    pub(crate) async fn text(&self, file: Found) -> Result<String, RenderError> {
        let path = file.path.clone();
        let files = self.read(&[file]).await?;
        let content = files.get(&path).unwrap_or_default();
        String::from_utf8(content.to_vec()).map_err(|_| crate::objects::malformed(&path, "it is no UTF-8"))
    }

    /// An empty folder that goes when it is dropped.
    pub(crate) fn scratch(&self) -> Result<TempDir, RenderError> {
        TempDir::new_in(self.folder).on_this_machine("make a folder")
    }
}
