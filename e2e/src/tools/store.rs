//! A folder of finished tools: each is made once, under a lock, and appears all at once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Finished tools, one folder each.
pub(super) struct Store {
    dir: PathBuf,
}

impl Store {
    /// Opens the store, creating its folder.
    pub(super) fn open(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
        let dir = dir.canonicalize().with_context(|| format!("resolve {}", dir.display()))?;
        Ok(Self { dir })
    }

    /// A folder for what a tool's making may keep for the next time, such as a compiler's cache.
    pub(super) fn cache(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The folder of the tool `name`. Where it is missing, `make` fills an empty folder that then takes its place.
    ///
    /// *Guarantees*: the folder is complete or absent, also when several processes ask at once or one is killed.
    pub(super) fn provide(&self, name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let done = self.dir.join(name);
        if done.is_dir() {
            return Ok(done);
        }
        let _lock = self.lock(name)?;
        if !done.is_dir() {
            let draft = self.empty_draft(name)?;
            make(&draft)?;
            fs::rename(&draft, &done).with_context(|| format!("move {} into place", done.display()))?;
        }
        Ok(done)
    }

    /// The lock is let go when the file is closed, also by the death of the process.
    fn lock(&self, name: &str) -> Result<File> {
        let path = self.dir.join(format!("{name}.lock"));
        let file = File::create(&path).with_context(|| format!("create {}", path.display()))?;
        if file.try_lock().is_err() {
            eprintln!("waiting for another process that makes {name}");
            file.lock().with_context(|| format!("lock {}", path.display()))?;
        }
        Ok(file)
    }

    fn empty_draft(&self, name: &str) -> Result<PathBuf> {
        let draft = self.dir.join(format!("{name}.draft"));
        if draft.exists() {
            fs::remove_dir_all(&draft).with_context(|| format!("clear {}", draft.display()))?;
        }
        fs::create_dir_all(&draft).with_context(|| format!("create {}", draft.display()))?;
        Ok(draft)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn store(name: &str) -> Store {
        let dir = std::env::temp_dir().join(format!("sluice-store-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        Store::open(&dir).unwrap()
    }

    #[test]
    fn a_tool_is_made_once() {
        let store = store("once");
        let made = store.provide("tool", |dir| Ok(fs::write(dir.join("tool"), "1")?)).unwrap();
        let again = store.provide("tool", |_| anyhow::bail!("made twice")).unwrap();
        assert_eq!(made, again);
        assert_eq!(fs::read_to_string(made.join("tool")).unwrap(), "1");
        fs::remove_dir_all(&store.dir).unwrap();
    }

    #[test]
    fn a_failed_making_leaves_nothing_that_looks_finished() {
        let store = store("failed");
        let half = store.provide("tool", |dir| {
            fs::write(dir.join("half"), "")?;
            anyhow::bail!("no network")
        });
        assert!(half.is_err());
        let made = store.provide("tool", |dir| Ok(fs::write(dir.join("tool"), "1")?)).unwrap();
        assert!(!made.join("half").exists());
        fs::remove_dir_all(&store.dir).unwrap();
    }
}
