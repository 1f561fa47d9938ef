//! Sluice's own programs, built from this workspace.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::tools::{package_dir, target_dir};

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The controller, `sluice`.
    pub controller: PathBuf,
    /// The plugin, `kubectl-sluice`.
    pub plugin: PathBuf,
}

impl Programs {
    /// Builds both with a cargo profile, as far as they are not up to date; cargo shows its progress.
    pub fn build(profile: &str) -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["build", "--profile", profile])
            .args(["--package", "sluice-controller", "--package", "kubectl-sluice"])
            .current_dir(package_dir())
            .status()
            .context("start cargo")?;
        ensure!(status.success(), "build the controller and the plugin: cargo says why above");
        Ok(Self::built(profile))
    }

    /// Where cargo puts them, built or not.
    pub fn built(profile: &str) -> Self {
        // Cargo keeps the historic folder name for its `dev` profile.
        let folder = target_dir().join(if profile == "dev" { "debug" } else { profile });
        Self { controller: folder.join("sluice"), plugin: folder.join("kubectl-sluice") }
    }
}
