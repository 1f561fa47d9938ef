//! Files that were read, by path.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::{OnThisMachine, RenderError};

/// Files that were read, by path from the repository's root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Files(BTreeMap<String, Arc<Vec<u8>>>);

impl Files {
    pub(crate) fn insert(&mut self, path: String, content: Arc<Vec<u8>>) {
        self.0.insert(path, content);
    }

    pub(crate) fn get(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path).map(|content| content.as_slice())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, content)| (path.as_str(), content.as_slice()))
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Writes them below a folder of this machine. All are plain files: no link, no program.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), RenderError> {
        for (path, content) in &self.0 {
            let file = folder.join(path);
            let parent = file.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&file, content.as_slice()))
                .on_this_machine(format!("write {path}"))?;
        }
        Ok(())
    }
}
