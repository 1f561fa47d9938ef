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
    ///
    /// With the features of the whole workspace, as its tests are built: with those of the two packages alone, everything that
    /// stands on tokio would be built a second time.
    pub fn build(profile: &str) -> Result<Self> {
        let status = cargo()
            .args(["build", "--profile", profile, "--workspace", "--bin", "sluice", "--bin", "kubectl-sluice"])
            .current_dir(package_dir())
            .status()
            .context("start cargo")?;
        ensure!(status.success(), "build the controller and the plugin: cargo says why above");
        Ok(Self::built(profile))
    }

    /// Builds the plugin alone, and tells where it is.
    pub fn build_plugin(profile: &str) -> Result<PathBuf> {
        let mut build = cargo();
        build.args(["build", "--profile", profile, "--package", "kubectl-sluice"]).current_dir(package_dir());
        ensure!(build.status().context("start cargo")?.success(), "build the plugin: cargo says why above");
        Ok(Self::built(profile).plugin)
    }

    /// Where cargo puts them, built or not.
    pub fn built(profile: &str) -> Self {
        // Cargo keeps the historic folder name for its `dev` profile.
        let folder = target_dir().join(if profile == "dev" { "debug" } else { profile });
        Self { controller: folder.join("sluice"), plugin: folder.join("kubectl-sluice") }
    }
}

/// Cargo, as if started by a person. What the cargo that runs this program says of its package in the environment is for this
/// program alone: `ring` follows it, and would be built anew each time with all that stands on it.
fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in names.filter(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
        cargo.env_remove(name);
    }
    cargo
}
