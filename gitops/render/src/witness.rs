//! What a render looked at beyond the files in its key, so that a kept render can be held against another commit.

use crate::cache::Hashed;
use crate::error::RenderError;
use crate::tree::{Found, Tree};

/// What was seen at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Witness {
    /// A file with that content, or none.
    File { path: String, id: Option<String> },
    /// A folder with those files.
    Folder { path: String, hash: String },
}

impl Witness {
    pub(crate) fn file(tree: &Tree, path: &str) -> Result<Self, RenderError> {
        let id = tree.file(path)?.map(|file| file.id);
        Ok(Self::File { path: path.to_owned(), id })
    }

    pub(crate) fn folder(path: &str, files: &[Found]) -> Self {
        Self::Folder { path: path.to_owned(), hash: hash(files) }
    }

    /// Whether the same is there in this tree.
    pub(crate) fn holds(&self, tree: &Tree) -> bool {
        match self {
            Self::File { path, .. } => Self::file(tree, path).is_ok_and(|there| there == *self),
            Self::Folder { path, .. } => tree.exported(path).is_ok_and(|files| Self::folder(path, &files) == *self),
        }
    }

    /// What is put into the key of what was rendered.
    pub(crate) fn said(&self) -> String {
        format!("{self:?}")
    }
}

/// A hash of names and contents.
fn hash(files: &[Found]) -> String {
    let mut hashed = Hashed::new("folder");
    for file in files {
        hashed.add(&file.path);
        hashed.add(&file.id);
    }
    hashed.key().0
}
