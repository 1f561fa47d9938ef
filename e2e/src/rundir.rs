//! The folder of one run: data, logs, sockets, kubeconfig. Short paths, because a socket's may have 107 bytes only.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result};

const PREFIX: &str = "sluice-e2e-";

/// A folder that is removed when this value is dropped.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
}

impl RunDir {
    /// Makes the folder of this process, and removes those that killed processes left behind.
    pub fn create() -> Result<Self> {
        sweep();
        let path = std::env::temp_dir().join(format!("{PREFIX}{}", process::id()));
        fs::create_dir(&path).with_context(|| format!("create {}", path.display()))?;
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes the folders of processes that are no more. What cannot be removed belongs to somebody else.
fn sweep() {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if owner(&path).is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// The number of the process that made the folder, if it is one of ours.
fn owner(path: &Path) -> Option<&str> {
    let pid = path.file_name()?.to_str()?.strip_prefix(PREFIX)?;
    pid.bytes().all(|byte| byte.is_ascii_digit()).then_some(pid)
}
