//! Git repositories to deploy from, and a server that has them.

mod forge;
mod server;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

pub use forge::PullRequest;
pub use server::{Manners, PASSWORD, Server, USER};

/// A repository with a work tree, on its branch `main`.
#[derive(Clone, Debug)]
pub struct Repository {
    path: PathBuf,
}

impl Repository {
    /// Makes an empty one in that folder.
    pub fn create(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("create {}", path.display()))?;
        let repository = Self { path: path.to_owned() };
        repository.git(&["init", "--quiet", "--initial-branch=main"])?;
        repository.git(&["config", "uploadpack.allowAnySHA1InWant", "true"])?;
        // Whoever pushes finds his commit in the work tree, so that the next one here comes on top.
        repository.git(&["config", "receive.denyCurrentBranch", "updateInstead"])?;
        repository.git(&["config", "http.receivepack", "true"])?;
        Ok(repository)
    }

    /// Writes a file, to be committed.
    pub fn write(&self, file: &str, text: impl AsRef<[u8]>) -> Result<&Self> {
        let file = self.path.join(file);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
        }
        fs::write(&file, text).with_context(|| format!("write {}", file.display()))?;
        Ok(self)
    }

    /// Copies a folder with all below it into the repository.
    pub fn copy(&self, from: &Path, to: &str) -> Result<&Self> {
        for entry in fs::read_dir(from).with_context(|| format!("list {}", from.display()))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let to = if to.is_empty() { name } else { format!("{to}/{name}") };
            if path.is_dir() {
                self.copy(&path, &to)?;
            } else {
                self.write(&to, fs::read(&path).with_context(|| format!("read {}", path.display()))?)?;
            }
        }
        Ok(self)
    }

    /// Removes a file or a folder, to be committed.
    pub fn remove(&self, path: &str) -> Result<&Self> {
        self.git(&["rm", "-r", "--quiet", path])?;
        Ok(self)
    }

    /// Lets nobody push to its branch `main`, as a server does whose branch is protected.
    pub fn protect(&self) -> Result<()> {
        let hook = self.path.join(".git/hooks/update");
        let text = "#!/bin/sh\n[ \"$1\" = refs/heads/main ] || exit 0\necho \"$3\" >> refused\n\
                    echo 'GH006: Protected branch update failed' >&2\nexit 1\n";
        fs::write(&hook, text).with_context(|| format!("write {}", hook.display()))?;
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).context("let the hook be run")
    }

    /// The commits that were not let onto its branch, one for each attempt.
    pub fn refused(&self) -> Vec<String> {
        let refused = fs::read_to_string(self.path.join(".git/refused")).unwrap_or_default();
        refused.lines().map(str::to_owned).collect()
    }

    /// Commits everything; returns the commit.
    pub fn commit(&self, message: &str) -> Result<String> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message])?;
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git in it; returns what it says.
    pub fn git(&self, arguments: &[&str]) -> Result<String> {
        let mut git = Command::new("git");
        git.current_dir(&self.path).args(arguments);
        // Whoever plays has neither a name nor settings.
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "e2e").env(format!("GIT_{who}_EMAIL"), "e2e@example.com");
        }
        let output = git.output().context("start git")?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "git {}: {told}", arguments.join(" "));
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}
